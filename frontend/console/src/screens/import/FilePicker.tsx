import { useId, useState } from 'react';

import { cx } from '../../lib/cx';
import { formatNumber } from '../../lib/format';
import { Spinner } from '../../ui/Button';

function size(bytes: number): string {
  return bytes < 1 << 20 ? `${formatNumber(Math.max(1, Math.round(bytes / 1024)))} KB` : `${formatNumber(Math.round(bytes / (1 << 20)))} MB`;
}

/** Takes one file, by choosing or by dropping it. */
export function FilePicker({ file, pending, onFile }: { file: File | null; pending: boolean; onFile: (file: File) => void }) {
  const id = useId();
  const [over, setOver] = useState(false);
  return (
    <div
      className={cx(
        'card flex flex-wrap items-center gap-x-4 gap-y-2 p-5',
        !file && 'flex-col py-12 text-center',
        over && 'border-brand-text bg-tint',
      )}
      onDragOver={(e) => {
        e.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(e) => {
        e.preventDefault();
        setOver(false);
        const dropped = e.dataTransfer.files[0];
        if (dropped) onFile(dropped);
      }}
    >
      {file ? (
        <p className="min-w-0 flex-1">
          <span className="font-medium">{file.name}</span> <span className="text-muted">{size(file.size)}</span>
        </p>
      ) : (
        <p className="text-muted">Drop a file here, or</p>
      )}
      {pending && (
        <span role="status" className="text-muted inline-flex items-center gap-2">
          <Spinner /> Reading its beginning
        </span>
      )}
      <label
        htmlFor={id}
        className="border-line-strong bg-raised hover:bg-tint focus-within:outline-focus inline-flex min-h-9 cursor-pointer items-center rounded-field border px-3 py-1.5 font-medium focus-within:outline-2 focus-within:outline-offset-2"
      >
        {file ? 'Choose another file' : 'Choose a CSV file'}
        <input
          id={id}
          type="file"
          accept=".csv,.tsv,.txt,text/csv"
          className="sr-only"
          onChange={(e) => {
            const chosen = e.target.files?.[0];
            if (chosen) onFile(chosen);
            e.target.value = '';
          }}
        />
      </label>
    </div>
  );
}
