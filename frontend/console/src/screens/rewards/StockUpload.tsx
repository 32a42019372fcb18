import { useState } from 'react';

import { useTakeStock } from '../../api/giftcodes';
import { fieldsOf, messageOf } from '../../api/problem';
import type { Stocked } from '../../api/types';
import { formatMoney, formatNumber, plural } from '../../lib/format';
import { Button } from '../../ui/Button';
import { Note } from '../../ui/states';
import { useToasts } from '../../ui/Toast';
import { FilePicker } from '../import/FilePicker';

/** Takes a file with gift codes into stock: it is looked through first, and taken as a whole. */
export function StockUpload() {
  const take = useTakeStock();
  const toasts = useToasts();
  const [file, setFile] = useState<File | null>(null);
  const [found, setFound] = useState<Stocked | null>(null);
  const choose = (chosen: File) => {
    setFile(chosen);
    setFound(null);
    take.mutate({ file: chosen, dryRun: true }, { onSuccess: setFound });
  };
  const start = () => {
    if (!file) return;
    take.mutate(
      { file, dryRun: false },
      {
        onSuccess: (done) => {
          toasts.done(`${plural(done.added, 'code')} taken into stock.`);
          setFile(null);
          setFound(null);
        },
      },
    );
  };
  return (
    <section aria-labelledby="stock-take" className="flex flex-col gap-3">
      <div>
        <h2 id="stock-take" className="font-semibold">
          Take codes into stock
        </h2>
        <p className="text-muted">
          A CSV file with the columns code, amount and currency, and if you like expires, label and PIN. Codes are encrypted at once, and nobody
          here can read them again.
        </p>
      </div>
      <FilePicker file={file} pending={take.isPending} onFile={choose} />
      {take.error && <Wrong error={take.error} />}
      {found && (
        <div className="card flex flex-wrap items-center gap-3 p-4">
          <p className="min-w-0 flex-1">{said(found)}</p>
          {found.added > 0 && (
            <Button look="primary" pending={take.isPending} onClick={start}>
              Take {plural(found.added, 'code')} into stock
            </Button>
          )}
        </div>
      )}
    </section>
  );
}

/** What a file would add. */
function said(f: Stocked): string {
  const known = f.known > 0 ? ` ${plural(f.known, 'row')} ${f.known === 1 ? 'is' : 'are'} known already and left out.` : '';
  if (f.added === 0) return `There is nothing new in this file.${known}`;
  return `${formatNumber(f.added)} new, worth ${f.worth.map(formatMoney).join(' and ')}.${known}`;
}

/** What is wrong, row by row. */
function Wrong({ error }: { error: unknown }) {
  const rows = Object.entries(fieldsOf(error)).filter(([field]) => field !== 'file');
  return (
    <Note kind="danger">
      <p role="alert">{messageOf(error)}</p>
      {rows.length > 0 && (
        <ul aria-label="Rows that are wrong" className="mt-2 max-h-80 overflow-auto">
          {rows.map(([field, message]) => (
            <li key={field}>
              <b>{field.replace(/^line/, 'Line')}</b>: {message}
            </li>
          ))}
        </ul>
      )}
    </Note>
  );
}
