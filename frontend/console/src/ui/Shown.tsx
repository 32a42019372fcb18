import { useState, type ReactNode } from 'react';

import { Button } from './Button';

/** A secret that is shown this once, with a button that copies it. */
export function Shown({ label, value, children }: { label: string; value: string; children?: ReactNode }) {
  const [copied, setCopied] = useState<'yes' | 'no' | null>(null);
  return (
    <div className="flex flex-col gap-2">
      <label className="flex flex-col gap-1">
        <span className="font-medium">{label}</span>
        <input className="field font-mono text-[13px]" readOnly value={value} onFocus={(e) => e.target.select()} />
      </label>
      <div className="flex flex-wrap items-center gap-3">
        <Button
          onClick={() => {
            navigator.clipboard.writeText(value).then(
              () => setCopied('yes'),
              () => setCopied('no'),
            );
          }}
        >
          Copy
        </Button>
        <span role="status" className="text-muted">
          {copied === 'yes' && 'Copied.'}
          {copied === 'no' && 'Select the text and copy it by hand.'}
        </span>
      </div>
      {children}
    </div>
  );
}
