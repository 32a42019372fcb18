import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';

import { staffQuery } from '../api/staff';
import { SelectField } from './Field';

/** Chooses an active colleague. */
export function StaffSelect({
  label,
  value,
  none,
  error,
  onValue,
}: {
  label: ReactNode;
  value: string;
  none: string;
  error?: string;
  onValue: (id: string) => void;
}) {
  const staff = useQuery(staffQuery);
  const options = (staff.data ?? []).filter((m) => m.state === 'active' || m.id === value).map((m) => ({ value: m.id, label: m.name }));
  return (
    <SelectField
      label={label}
      value={value}
      onValue={onValue}
      error={error}
      help={staff.isError ? 'Colleagues could not be loaded.' : undefined}
      options={[{ value: '', label: none }, ...options]}
    />
  );
}
