import { useQuery } from '@tanstack/react-query';
import { Link, Outlet, useNavigate, useRouterState } from '@tanstack/react-router';
import { useEffect, useState } from 'react';

import { homeQuery } from '../api/home';
import { useMe, useSignOut } from '../api/me';
import { messageOf } from '../api/problem';
import { useBrand } from './useBrand';
import { useStream } from '../api/stream';
import { formatNumber } from '../lib/format';
import { useKeys } from '../lib/useKeys';
import { Icon } from '../ui/icons';
import { Initials } from '../ui/text';
import { useToasts } from '../ui/Toast';
import { KeyList } from './KeyList';
import { places, type Place } from './places';
import { Palette } from './Palette';

/** The frame of every screen behind the sign-in: navigation with counts, the palette, live updates. */
export function Shell() {
  const me = useMe();
  const navigate = useNavigate();
  const path = useRouterState({ select: (s) => s.location.pathname });
  const [open, setOpen] = useState<'menu' | 'palette' | 'keys' | null>(null);
  const shown = places.filter((p) => !p.needs || me.permissions.includes(p.needs));
  const close = () => setOpen(null);
  useStream();
  useBrand();
  useEffect(() => setOpen(null), [path]);
  useKeys({
    'mod+k': () => setOpen('palette'),
    '/': () => setOpen('palette'),
    '?': () => setOpen('keys'),
    ...Object.fromEntries(shown.map((p) => [`g ${p.key}`, () => void navigate({ to: p.to })])),
  });
  return (
    <div className="flex min-h-dvh">
      <a href="#content" className="bg-raised focus:shadow-card sr-only z-50 rounded-field p-2 focus:not-sr-only focus:absolute">
        Skip to the content
      </a>
      <header className="border-line hidden w-56 shrink-0 border-r lg:block print:hidden">
        <div className="sticky top-0 flex h-dvh flex-col">
          <Navigation places={shown} onSearch={() => setOpen('palette')} onGo={close} />
        </div>
      </header>
      <div className="flex min-w-0 flex-1 flex-col">
        <header className="border-line bg-ground sticky top-0 z-20 flex items-center gap-3 border-b px-3 py-2 lg:hidden print:hidden">
          <button
            type="button"
            className="hover:bg-tint rounded-field p-2"
            aria-label="Menu"
            aria-expanded={open === 'menu'}
            onClick={() => setOpen(open === 'menu' ? null : 'menu')}
          >
            <Icon name={open === 'menu' ? 'close' : 'menu'} />
          </button>
          <p className="min-w-0 truncate font-semibold">{me.company}</p>
          <button type="button" className="hover:bg-tint ml-auto rounded-field p-2" aria-label="Search" onClick={() => setOpen('palette')}>
            <Icon name="search" />
          </button>
          {open === 'menu' && (
            <div className="bg-ground fixed inset-x-0 top-[53px] bottom-0 z-20 flex flex-col overflow-y-auto lg:hidden">
              <Navigation places={shown} onSearch={() => setOpen('palette')} onGo={close} />
            </div>
          )}
        </header>
        <main id="content" tabIndex={-1} className="bg-paper min-w-0 flex-1 outline-none [--bar:53px] lg:[--bar:0px]">
          <Outlet />
        </main>
      </div>
      {open === 'palette' && <Palette places={shown} onClose={close} />}
      {open === 'keys' && <KeyList places={shown} onClose={close} />}
    </div>
  );
}

function Navigation({ places: shown, onSearch, onGo }: { places: readonly Place[]; onSearch: () => void; onGo: () => void }) {
  const me = useMe();
  const navigate = useNavigate();
  const toasts = useToasts();
  const signOut = useSignOut();
  const { data: home } = useQuery(homeQuery);
  return (
    <>
      <div className="hidden items-center gap-2 px-4 pt-4 pb-2 lg:flex">
        <span className="bg-brand text-brand-ink inline-flex size-6 shrink-0 items-center justify-center rounded-md">
          <Icon name="testimonials" size={14} />
        </span>
        <p className="min-w-0 truncate font-semibold" title={me.company}>
          {me.company}
        </p>
      </div>
      <div className="hidden px-3 py-2 lg:block">
        <button
          type="button"
          onClick={onSearch}
          className="border-line bg-raised text-muted hover:border-line-strong flex w-full items-center gap-2 rounded-field border px-2.5 py-1.5 text-left"
        >
          <Icon name="search" size={16} />
          <span className="flex-1">Search</span>
          <kbd className="font-sans text-xs">Ctrl K</kbd>
        </button>
      </div>
      <nav aria-label="Main" className="flex-1 overflow-y-auto px-3 py-2">
        <ul className="flex flex-col gap-0.5">
          {shown.map((p) => {
            const count = home && p.count?.(home);
            return (
              <li key={p.to} className={p.first ? 'border-line mt-2 border-t pt-2' : undefined}>
                <Link
                  to={p.to}
                  // Also for the screen that is open already: its path does not change then.
                  onClick={onGo}
                  activeOptions={{ exact: p.to === '/' }}
                  className="flex min-h-10 items-center gap-2.5 rounded-field px-2.5 py-1.5 lg:min-h-8"
                  activeProps={{ className: 'bg-tint font-semibold', 'aria-current': 'page' }}
                  inactiveProps={{ className: 'hover:bg-tint' }}
                >
                  <Icon name={p.icon} size={18} />
                  <span className="flex-1">{p.name}</span>
                  {count ? <span className="text-muted tabular text-xs">{formatNumber(count)}</span> : null}
                </Link>
              </li>
            );
          })}
        </ul>
      </nav>
      <div className="border-line flex items-center gap-2.5 border-t px-4 py-3">
        <Initials name={me.name} />
        <div className="min-w-0 flex-1">
          <p className="truncate font-medium">{me.name}</p>
          <p className="text-muted truncate text-xs">{me.role}</p>
        </div>
        <button
          type="button"
          aria-label="Sign out"
          title="Sign out"
          className="hover:bg-tint rounded-field p-2"
          disabled={signOut.isPending}
          onClick={() =>
            signOut.mutate(undefined, { onSuccess: () => void navigate({ to: '/sign-in' }), onError: (e) => toasts.failed(messageOf(e)) })
          }
        >
          <Icon name="out" size={18} />
        </button>
      </div>
    </>
  );
}
