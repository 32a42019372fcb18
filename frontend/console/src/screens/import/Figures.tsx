import type { Import } from '../../api/types';
import { formatNumber, plural } from '../../lib/format';

/** How far a running import has come, and how long it will still take at this pace. */
export function Working({ run, now = Date.now() }: { run: Import; now?: number }) {
  const known = run.rows_total > 0;
  const seconds = (now - new Date(run.created_at).getTime()) / 1000;
  const left = known && run.rows_done > 0 ? Math.round((seconds / run.rows_done) * (run.rows_total - run.rows_done)) : undefined;
  return (
    <div className="card flex flex-col gap-2 p-4">
      <div className="flex flex-wrap justify-between gap-2" role="status">
        <span>{known ? `${formatNumber(run.rows_done)} of ${plural(run.rows_total, 'row')}` : `${plural(run.rows_done, 'row')} so far`}</span>
        {left !== undefined && (
          <span className="text-muted">{left < 60 ? 'less than a minute left' : `about ${plural(Math.ceil(left / 60), 'minute')} left`}</span>
        )}
      </div>
      <progress
        className="accent-brand h-2 w-full"
        value={known ? run.rows_done : undefined}
        max={known ? run.rows_total : undefined}
        aria-label="Rows read"
      />
      <p className="text-muted text-[13px]">You can close this page; it goes on.</p>
    </div>
  );
}

/** What came of the rows, or would come of them. */
export function Figures({ run }: { run: Import }) {
  const figures: [string, number, string][] = [
    [run.dry_run ? 'Would be new' : 'New', run.created, ''],
    [run.dry_run ? 'Would change' : 'Changed', run.updated, ''],
    ['Unchanged', run.unchanged, ''],
    ['Merged', run.merged, 'rows put together with an earlier one'],
    ['Refused', run.refused, 'listed below with line and reason'],
    ['Values left out', run.warnings, 'of rows that were taken'],
  ];
  return (
    <dl className="card grid grid-cols-2 gap-4 p-4 sm:grid-cols-3 lg:grid-cols-6">
      {figures.map(([name, n, about]) => (
        <div key={name}>
          <dt className="text-muted">{name}</dt>
          <dd className="tabular text-lg font-semibold">{formatNumber(n)}</dd>
          {about && <dd className="text-muted text-xs">{about}</dd>}
        </div>
      ))}
    </dl>
  );
}
