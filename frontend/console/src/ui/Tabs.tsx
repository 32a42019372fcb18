import { Link, type LinkProps } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';

import { cx } from '../lib/cx';

export interface Tab {
  key: string;
  name: string;
  link: Pick<LinkProps, 'to' | 'params' | 'search'>;
  count?: number;
}

/** Links to the parts of a screen, which the address names. */
export function Tabs({ label, tabs, current }: { label: string; tabs: readonly Tab[]; current: string }) {
  const strip = useRef<HTMLElement>(null);
  useEffect(() => {
    // On a phone the strip is wider than the screen: what is open must be in sight. The page itself does not move.
    const box = strip.current;
    const open = box?.querySelector<HTMLElement>('[aria-current]');
    if (box && open) box.scrollLeft = open.offsetLeft - (box.clientWidth - open.offsetWidth) / 2;
  }, [current]);
  return (
    <nav ref={strip} aria-label={label} className="border-line relative -mb-1 overflow-x-auto border-b">
      <ul className="flex gap-1">
        {tabs.map((t) => (
          <li key={t.key}>
            <Link
              {...t.link}
              aria-current={t.key === current ? 'page' : undefined}
              className={cx(
                '-mb-px inline-flex min-h-10 items-center gap-2 border-b-2 px-3 whitespace-nowrap',
                t.key === current ? 'border-brand-text font-semibold' : 'text-muted hover:text-ink border-transparent',
              )}
            >
              {t.name}
              {t.count !== undefined && <span className="tabular text-muted text-xs font-normal">{t.count}</span>}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
