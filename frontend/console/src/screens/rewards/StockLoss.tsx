import { useState } from 'react';

import { useWriteOffStock } from '../../api/giftcodes';
import type { Stock } from '../../api/types';
import { formatMoney, plural } from '../../lib/format';
import { Button } from '../../ui/Button';
import { Confirm } from '../../ui/Confirm';
import { Note } from '../../ui/states';
import { useToasts } from '../../ui/Toast';

/** Codes that ended before anybody got them, and the way to take them out of the books. */
export function StockLoss({ stock }: { stock: Stock }) {
  const [asking, setAsking] = useState(false);
  const writeOff = useWriteOffStock();
  const toasts = useToasts();
  const ended = stock.items.reduce((n, l) => n + l.expired, 0);
  if (ended === 0) return null;
  const codes = plural(ended, 'code');
  return (
    <Note kind="warning">
      <div className="flex flex-wrap items-center gap-3">
        <p className="min-w-0 flex-1">
          {codes} {ended === 1 ? 'has' : 'have'} ended in stock and can no longer be given to anybody.
        </p>
        <Button onClick={() => setAsking(true)}>Write off</Button>
      </div>
      {asking && (
        <Confirm
          title={`Write off ${codes}`}
          verb="Write off"
          danger
          pending={writeOff.isPending}
          error={writeOff.error}
          onClose={() => setAsking(false)}
          onConfirm={() =>
            writeOff.mutate(undefined, {
              onSuccess: (done) => {
                toasts.done(`${plural(done.codes, 'code')} written off, ${done.worth.map(formatMoney).join(' and ')} lost.`);
                setAsking(false);
              },
            })
          }
        >
          <p>What was paid for {ended === 1 ? 'it' : 'them'} is booked as a loss. This cannot be undone.</p>
        </Confirm>
      )}
    </Note>
  );
}
