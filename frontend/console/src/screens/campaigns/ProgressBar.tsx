import type { Campaign, Progress } from '../../api/types';
import { formatNumber, plural } from '../../lib/format';
import { whyNot } from '../../lib/words';

/** How far the sending has come, live. */
export function ProgressBar({ progress: p, state }: { progress: Progress; state: Campaign['state'] }) {
  const all = p.waiting + p.sent + p.answered + p.stopped + p.expired + p.bounced;
  const out = all - p.waiting;
  const figures: [string, number][] = [
    ['Waiting', p.waiting],
    ['Sent', p.sent],
    ['Answered', p.answered],
    ['Stopped', p.stopped],
    ['Expired', p.expired],
    ['Bounced', p.bounced],
  ];
  const skipped = p.skipped.reduce((sum, s) => sum + s.count, 0);
  const working = state === 'live' && (!p.done || p.waiting > 0);
  return (
    <section className="card flex flex-col gap-3 p-4" aria-label="Progress">
      {working && (
        <div>
          <p role="status" className="mb-1">
            {p.done
              ? `${formatNumber(out)} of ${formatNumber(all)} went out`
              : `Choosing the recipients: ${plural(p.planned, 'person', 'people')} so far`}
          </p>
          <progress
            className="accent-brand h-2 w-full"
            aria-label="Mails sent"
            value={p.done && all > 0 ? out : undefined}
            max={p.done && all > 0 ? all : undefined}
          />
          <p className="text-muted mt-1 text-[13px]">You can close this page; it goes on.</p>
        </div>
      )}
      <dl className="grid grid-cols-3 gap-4 sm:grid-cols-6">
        {figures.map(([name, n]) => (
          <div key={name}>
            <dt className="text-muted">{name}</dt>
            <dd className="tabular text-lg font-semibold">{formatNumber(n)}</dd>
          </div>
        ))}
      </dl>
      {skipped > 0 && (
        <div className="text-muted text-[13px]">
          <p>{plural(skipped, 'person was', 'people were')} left out:</p>
          <ul>
            {p.skipped.map((s) => (
              <li key={s.reason}>
                <span className="tabular">{formatNumber(s.count)}</span>: {whyNot(s.reason)}
              </li>
            ))}
          </ul>
        </div>
      )}
    </section>
  );
}
