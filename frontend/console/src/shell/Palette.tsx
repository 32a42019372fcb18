import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useDeferredValue, useEffect, useId, useRef, useState } from 'react';

import { customerSearchQuery } from '../api/customers';
import { introductionSearchQuery } from '../api/introductions';
import { useCan } from '../api/me';
import { cx } from '../lib/cx';
import { Icon, type IconName } from '../ui/icons';
import type { Place } from './places';

interface Entry {
  id: string;
  icon: IconName;
  name: string;
  about?: string;
  run: () => void;
}

/** Finds screens, commands, customers and introductions by typing. */
export function Palette({ places, onClose }: { places: readonly Place[]; onClose: () => void }) {
  const navigate = useNavigate();
  const can = useCan();
  const id = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  const [typed, setTyped] = useState('');
  const [at, setAt] = useState(0);
  const wanted = useDeferredValue(typed.trim());
  const search = { enabled: wanted.length >= 2, placeholderData: keepPreviousData };
  const customers = useQuery({ ...customerSearchQuery(wanted), ...search });
  const introductions = useQuery({ ...introductionSearchQuery(wanted), ...search });
  useEffect(() => dialog.current?.showModal(), []);

  const matches = (name: string) => name.toLowerCase().includes(wanted.toLowerCase());
  const commands: Entry[] = [
    ...places.map((p): Entry => ({ id: p.to, icon: p.icon, name: p.name, about: 'Go to', run: () => void navigate({ to: p.to }) })),
    ...(can('customers.edit')
      ? [{ id: 'new-customer', icon: 'plus' as const, name: 'Add a customer', run: () => void navigate({ to: '/customers', search: { add: true } }) }]
      : []),
    ...(can('customers.import')
      ? [{ id: 'import', icon: 'plus' as const, name: 'Import customers', run: () => void navigate({ to: '/import' }) }]
      : []),
    ...(can('campaigns.edit')
      ? [{ id: 'new-campaign', icon: 'plus' as const, name: 'Start a campaign', run: () => void navigate({ to: '/campaigns/new' }) }]
      : []),
  ].filter((e) => matches(e.name));
  const found: Entry[] = search.enabled
    ? [
        ...(customers.data ?? []).map(
          (c): Entry => ({
            id: c.id,
            icon: 'customers',
            name: c.name,
            about: c.company,
            run: () => void navigate({ to: '/customers/$id', params: { id: c.id } }),
          }),
        ),
        ...(introductions.data ?? []).map(
          (i): Entry => ({
            id: i.id,
            icon: 'introductions',
            name: i.prospect.name || 'Without a name',
            about: i.introducer.name ? `introduced by ${i.introducer.name}` : i.campaign_name,
            run: () => void navigate({ to: '/introductions', search: { open: i.id } }),
          }),
        ),
      ]
    : [];
  const entries = [...commands, ...found];
  const current = Math.min(at, entries.length - 1);
  const choose = (entry: Entry | undefined) => {
    if (!entry) return;
    onClose();
    entry.run();
  };
  return (
    <dialog
      ref={dialog}
      aria-label="Search and commands"
      onCancel={(e) => {
        e.preventDefault();
        onClose();
      }}
      onClick={(e) => {
        if (e.target === dialog.current) onClose();
      }}
      className="bg-raised text-ink border-line shadow-card mx-auto mt-[12vh] w-[calc(100vw-2rem)] max-w-xl rounded-card border p-0"
    >
      <input
        role="combobox"
        aria-label="Search customers, introductions and commands"
        aria-expanded="true"
        aria-controls={`${id}-list`}
        aria-activedescendant={entries[current] ? `${id}-${current}` : undefined}
        autoFocus
        autoComplete="off"
        placeholder="Search or go to"
        className="border-line w-full border-b bg-transparent px-4 py-3 text-base outline-none"
        value={typed}
        onChange={(e) => {
          setTyped(e.target.value);
          setAt(0);
        }}
        onKeyDown={(e) => {
          if (e.key === 'ArrowDown' || e.key === 'ArrowUp') {
            e.preventDefault();
            setAt((current + (e.key === 'ArrowDown' ? 1 : -1) + entries.length) % Math.max(entries.length, 1));
          } else if (e.key === 'Enter') {
            e.preventDefault();
            choose(entries[current]);
          }
        }}
      />
      <ul id={`${id}-list`} role="listbox" aria-label="Results" className="max-h-[50vh] overflow-y-auto p-2">
        {entries.map((entry, i) => (
          <li
            key={entry.id}
            id={`${id}-${i}`}
            role="option"
            aria-selected={i === current}
            className={cx('flex cursor-pointer items-center gap-3 rounded-field px-3 py-2', i === current && 'bg-tint')}
            onMouseMove={() => setAt(i)}
            onClick={() => choose(entry)}
          >
            <Icon name={entry.icon} size={16} />
            <span className="min-w-0 flex-1 truncate">{entry.name}</span>
            {entry.about && <span className="text-muted max-w-[45%] truncate text-xs">{entry.about}</span>}
          </li>
        ))}
      </ul>
      {entries.length === 0 && (
        <p role="status" className="text-muted px-4 pb-4">
          {customers.isFetching ? 'Searching' : 'Nothing found. Try a name, a company or an address.'}
        </p>
      )}
    </dialog>
  );
}
