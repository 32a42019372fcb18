import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { customerSearchQuery } from '../api/customers';
import type { Customer } from '../api/types';
import { useDebounced } from '../lib/useDebounced';
import { Button } from './Button';
import { Field } from './Field';

/** Finds one customer by typing and keeps the choice in sight. */
export function CustomerSelect({
  label,
  value,
  error,
  onCustomer,
}: {
  label: string;
  value: Customer | undefined;
  error?: string;
  onCustomer: (customer: Customer | undefined) => void;
}) {
  const [typed, setTyped] = useState('');
  const wanted = useDebounced(typed.trim(), 250);
  const found = useQuery({ ...customerSearchQuery(wanted), enabled: wanted.length >= 2 && !value, placeholderData: keepPreviousData });
  if (value) {
    return (
      <div className="flex flex-col gap-1">
        <span className="font-medium">{label}</span>
        <div className="border-line flex items-center justify-between gap-3 rounded-field border px-3 py-1.5">
          <span>
            {value.name} <span className="text-muted">{value.company}</span>
          </span>
          <Button look="quiet" onClick={() => onCustomer(undefined)}>
            Change
          </Button>
        </div>
        {error && <p className="text-danger">{error}</p>}
      </div>
    );
  }
  return (
    <div>
      <Field label={label} error={error}>
        {(wiring) => (
          <input
            className="field"
            autoComplete="off"
            placeholder="Name, company or address"
            required
            value={typed}
            onChange={(e) => setTyped(e.target.value)}
            {...wiring}
          />
        )}
      </Field>
      {wanted.length >= 2 && (
        <ul aria-label="Customers found" className="border-line mt-1 rounded-field border">
          {found.data?.map((c) => (
            <li key={c.id}>
              <button type="button" className="hover:bg-tint w-full px-3 py-2 text-left" onClick={() => onCustomer(c)}>
                {c.name} <span className="text-muted">{c.company}</span>
              </button>
            </li>
          ))}
          {found.data?.length === 0 && <li className="text-muted px-3 py-2">Nobody found.</li>}
          {found.isPending && <li className="text-muted px-3 py-2">Searching</li>}
        </ul>
      )}
    </div>
  );
}
