import { useId, type ComponentProps, type ReactNode } from 'react';

import { cx } from '../lib/cx';

interface Wiring {
  id: string;
  'aria-describedby'?: string;
  'aria-invalid'?: true;
}

interface FieldProps {
  label: ReactNode;
  help?: ReactNode;
  error?: string;
  className?: string;
  children: (wiring: Wiring) => ReactNode;
}

/** A label, its help and its problem, joined to the control for screen readers. */
export function Field({ label, help, error, className, children }: FieldProps) {
  const id = useId();
  const described = [help ? `${id}-help` : '', error ? `${id}-error` : ''].filter(Boolean).join(' ');
  return (
    <div className={cx('flex flex-col justify-end gap-1', className)}>
      <label htmlFor={id} className="font-medium">
        {label}
      </label>
      {help && (
        <p id={`${id}-help`} className="text-muted text-[13px]">
          {help}
        </p>
      )}
      {children({ id, 'aria-describedby': described || undefined, 'aria-invalid': error ? true : undefined })}
      {error && (
        <p id={`${id}-error`} className="text-danger">
          {error}
        </p>
      )}
    </div>
  );
}

interface Common {
  label: ReactNode;
  help?: ReactNode;
  error?: string;
  className?: string;
  onValue: (value: string) => void;
}

export function TextField({ label, help, error, className, onValue, ...rest }: Common & ComponentProps<'input'>) {
  return (
    <Field label={label} help={help} error={error} className={className}>
      {(wiring) => <input className="field" onChange={(e) => onValue(e.target.value)} {...rest} {...wiring} />}
    </Field>
  );
}

export function TextArea({ label, help, error, className, onValue, ...rest }: Common & ComponentProps<'textarea'>) {
  return (
    <Field label={label} help={help} error={error} className={className}>
      {(wiring) => <textarea className="field" onChange={(e) => onValue(e.target.value)} {...rest} {...wiring} />}
    </Field>
  );
}

export interface Option {
  value: string;
  label: string;
}

export function SelectField({
  label,
  help,
  error,
  className,
  onValue,
  options,
  ...rest
}: Common & ComponentProps<'select'> & { options: readonly Option[] }) {
  return (
    <Field label={label} help={help} error={error} className={className}>
      {(wiring) => (
        <select className="field" onChange={(e) => onValue(e.target.value)} {...rest} {...wiring}>
          {options.map((o) => (
            <option key={o.value} value={o.value}>
              {o.label}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

/** A tick with its label beside it. */
export function Check({
  label,
  help,
  checked,
  onChange,
  disabled,
}: {
  label: ReactNode;
  help?: ReactNode;
  checked: boolean;
  onChange: (on: boolean) => void;
  disabled?: boolean;
}) {
  const id = useId();
  return (
    <div className="flex items-start gap-2.5 py-1">
      <input
        id={id}
        type="checkbox"
        className="accent-brand mt-0.5 size-4 shrink-0"
        checked={checked}
        disabled={disabled}
        onChange={(e) => onChange(e.target.checked)}
        aria-describedby={help ? `${id}-help` : undefined}
      />
      <div>
        <label htmlFor={id}>{label}</label>
        {help && (
          <p id={`${id}-help`} className="text-muted text-[13px]">
            {help}
          </p>
        )}
      </div>
    </div>
  );
}
