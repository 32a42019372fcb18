import { useEffect, useEffectEvent, useState } from 'react';

import type { Option } from './Field';
import { Icon } from './icons';

/** A search that follows the typing after a short rest. */
export function SearchBox({ label, value, onValue }: { label: string; value: string | undefined; onValue: (value: string | undefined) => void }) {
  const [typed, setTyped] = useState(value ?? '');
  const [last, setLast] = useState(value);
  if (last !== value) {
    setLast(value);
    if ((value ?? '') !== typed.trim()) setTyped(value ?? '');
  }
  const tell = useEffectEvent((text: string) => {
    if (text.trim() !== (value ?? '')) onValue(text.trim() || undefined);
  });
  useEffect(() => {
    const timer = setTimeout(() => tell(typed), 250);
    return () => clearTimeout(timer);
  }, [typed]);
  return (
    <div className="relative min-w-48 flex-1 sm:max-w-72">
      <span className="text-muted pointer-events-none absolute top-2.5 left-2.5">
        <Icon name="search" size={16} />
      </span>
      <input
        type="search"
        aria-label={label}
        placeholder={label}
        className="field"
        style={{ paddingLeft: '2rem' }}
        value={typed}
        onChange={(e) => setTyped(e.target.value)}
      />
    </div>
  );
}

/** One filter of a list; its empty choice shows everything. */
export function FilterSelect({
  label,
  all,
  value,
  options,
  onValue,
}: {
  label: string;
  all: string;
  value: string | undefined;
  options: readonly Option[];
  onValue: (value: string | undefined) => void;
}) {
  return (
    <select
      aria-label={label}
      className="field max-w-52"
      style={{ width: 'auto' }}
      value={value ?? ''}
      onChange={(e) => onValue(e.target.value || undefined)}
    >
      <option value="">{all}</option>
      {value !== undefined && !options.some((o) => o.value === value) && <option value={value}>{value}</option>}
      {options.map((o) => (
        <option key={o.value} value={o.value}>
          {o.label}
        </option>
      ))}
    </select>
  );
}
