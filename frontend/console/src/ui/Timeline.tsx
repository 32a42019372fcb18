import type { Entry } from '../api/types';
import { When } from './text';

/** What happened, newest first. */
export function Timeline({ entries }: { entries: readonly Entry[] }) {
  if (entries.length === 0) return <p className="text-muted">Nothing has happened yet.</p>;
  return (
    <ol className="flex flex-col">
      {entries.map((e) => (
        <li key={e.id} className="border-line relative ml-1.5 border-l pb-3 pl-4 last:pb-0">
          <span aria-hidden="true" className="bg-raised border-line-strong absolute top-1.5 -left-[4.5px] size-2 rounded-full border" />
          <p>{e.text}</p>
          <p className="text-muted text-[13px]">
            <When at={e.at} />
            {e.actor.name && ` · ${e.actor.name}`}
          </p>
        </li>
      ))}
    </ol>
  );
}
