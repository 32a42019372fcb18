import { Link } from '@tanstack/react-router';

import type { Finding } from '../api/types';
import { Badge } from './text';

const stateWords: Record<Finding['state'], { text: string; tone: 'warn' | 'good' | 'bad' }> = {
  open: { text: 'Open', tone: 'warn' },
  cleared: { text: 'Cleared by a person', tone: 'good' },
  confirmed: { text: 'Confirmed by a person', tone: 'bad' },
};

/** What the checks for abuse say, each with its evidence. */
export function Findings({ of }: { of: readonly Finding[] }) {
  if (of.length === 0) return null;
  return (
    <section aria-label="What the checks found">
      <h3 className="mb-1.5 font-semibold">What the checks found</h3>
      <ul className="flex flex-col gap-1.5">
        {of.map((f) => (
          <li key={f.name} className="bg-tint flex flex-col gap-1 rounded-field px-3 py-2">
            <div className="flex flex-wrap items-center gap-2">
              <span className="font-medium">{f.text}</span>
              <Badge tone={stateWords[f.state].tone}>{stateWords[f.state].text}</Badge>
              {!f.strong && <Badge>Weak: counts only with another</Badge>}
              {f.shadow && <Badge>On trial: holds nothing</Badge>}
            </div>
            <ul className="text-muted text-[13px]">
              {f.evidence.map((e) => (
                <li key={e.what} className="wrap-anywhere">
                  {e.text}
                  {e.customers.map((c) => (
                    <span key={c.id}>
                      {' '}
                      <Link to="/customers/$id" params={{ id: c.id }} className="link">
                        {c.name || 'Erased'}
                      </Link>
                    </span>
                  ))}
                  {e.introductions.map((id, n) => (
                    <span key={id}>
                      {' '}
                      <Link to="/introductions" search={{ open: id }} className="link">
                        Introduction {n + 1}
                      </Link>
                    </span>
                  ))}
                </li>
              ))}
            </ul>
          </li>
        ))}
      </ul>
    </section>
  );
}
