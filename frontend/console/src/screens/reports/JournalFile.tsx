import { useState } from 'react';

import { journalFileURL } from '../../api/reports';
import { TextField } from '../../ui/Field';
import { Card } from '../../ui/Page';

const today = () => new Date().toISOString().slice(0, 10);

/** The journal of a period as a file, leg by leg. The browser saves it while it comes, however long it is. */
export function JournalFile() {
  const [from, setFrom] = useState(() => `${today().slice(0, 4)}-01-01`);
  const [to, setTo] = useState(today);
  const wrong = from && to && from > to ? 'The first day lies after the last.' : undefined;
  return (
    <Card title="The journal as a file">
      <div className="flex flex-col gap-3 p-4">
        <p className="text-muted">
          Every posting with its account, amount, time and who caused it, one row a leg. Debits equal credits in each journal, and all rows together add up to
          the accounts.
        </p>
        <div className="flex flex-wrap items-end gap-3">
          <TextField label="First day" type="date" value={from} max={today()} onValue={setFrom} error={wrong} />
          <TextField label="Last day" type="date" value={to} onValue={setTo} />
          {wrong ? (
            <span className="text-muted py-2">Save as CSV</span>
          ) : (
            <a className="link py-2" href={journalFileURL(from, to)} download>
              Save as CSV
            </a>
          )}
        </div>
        <p className="text-muted text-[13px]">Days begin and end at midnight UTC. What was posted in the last seconds may be missing.</p>
      </div>
    </Card>
  );
}
