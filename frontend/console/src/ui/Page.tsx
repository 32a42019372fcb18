import { useEffect, type ReactNode } from 'react';

import { Icon } from './icons';

/** The frame of a screen: its title, what can be done, its content. */
export function Page({
  title,
  actions,
  children,
  about,
  back,
}: {
  title: string;
  actions?: ReactNode;
  about?: ReactNode;
  back?: ReactNode;
  children: ReactNode;
}) {
  useEffect(() => {
    document.title = `${title} · Goodword`;
  }, [title]);
  return (
    <div className="flex min-w-0 flex-col gap-5 p-4 sm:p-6">
      <header className="flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
        <div className="min-w-0">
          {back && <div className="mb-1 text-[13px]">{back}</div>}
          <h1 className="text-xl font-semibold tracking-tight">{title}</h1>
          {about && <div className="text-muted mt-0.5">{about}</div>}
        </div>
        {actions && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
      </header>
      {children}
    </div>
  );
}

export function Card({ title, actions, children, className = '' }: { title?: string; actions?: ReactNode; children: ReactNode; className?: string }) {
  return (
    <section className={`card ${className}`} aria-label={title}>
      {title && (
        <div className="border-line flex flex-wrap items-center justify-between gap-2 border-b px-4 py-2.5">
          <h2 className="font-semibold">{title}</h2>
          {actions}
        </div>
      )}
      {children}
    </section>
  );
}

/** Holds a table that may be wider than the screen; the keyboard can scroll it too. */
export function ScrollX({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div role="region" aria-label={label} tabIndex={0} className="overflow-x-auto [--bar:0px]">
      {children}
    </div>
  );
}

/** A list of names and values. */
export function Facts({ rows }: { rows: [string, ReactNode][] }) {
  return (
    <dl className="grid grid-cols-[minmax(6.5rem,auto)_1fr] gap-x-4 gap-y-1.5">
      {rows.map(([name, value]) => (
        <div key={name} className="contents">
          <dt className="text-muted">{name}</dt>
          <dd className="min-w-0">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** A list with the detail of one row beside it; on a narrow screen the detail covers the list. */
export function Split({ list, panel }: { list: ReactNode; panel?: ReactNode }) {
  return (
    <div className="flex min-w-0 items-start gap-5">
      <div className="min-w-0 flex-1">{list}</div>
      {panel}
    </div>
  );
}

export function Panel({ label, onClose, children }: { label: string; onClose: () => void; children: ReactNode }) {
  return (
    <aside
      aria-label={label}
      className="bg-raised border-line shadow-card fixed inset-0 z-30 overflow-y-auto lg:sticky lg:inset-auto lg:top-4 lg:z-0 lg:max-h-[calc(100dvh-2rem)] lg:w-[26rem] lg:shrink-0 lg:rounded-card lg:border xl:w-[30rem]"
      onKeyDown={(e) => {
        if (e.key === 'Escape' && !e.defaultPrevented && !(e.target instanceof Element && e.target.closest('dialog'))) onClose();
      }}
    >
      <div className="bg-raised border-line sticky top-0 z-10 flex items-center justify-between border-b px-4 py-2">
        <p className="text-muted">{label}</p>
        <button type="button" onClick={onClose} aria-label="Close the details" className="hover:bg-tint -mr-1.5 rounded-field p-2">
          <Icon name="close" size={16} />
        </button>
      </div>
      {children}
    </aside>
  );
}
