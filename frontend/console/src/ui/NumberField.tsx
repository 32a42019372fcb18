import { useState, type ReactNode } from 'react';

import { decimal, minorDigits, parseMinor } from '../lib/format';
import { Field } from './Field';

interface AmountProps {
  label: ReactNode;
  help?: ReactNode;
  error?: string;
  className?: string;
  currency: string;
  minor: number | undefined;
  /** What an empty field stands for; without it the field must be filled. */
  whenEmpty?: number;
  onMinor: (minor: number) => void;
  disabled?: boolean;
}

/** An amount of money as a person writes it. What is not clearly one amount is said at once and not taken. */
export function AmountField({ label, help, error, className, currency, minor, whenEmpty, onMinor, disabled }: AmountProps) {
  const [text, setText] = useState(() => (minor ? decimal(minor, currency) : ''));
  const read = text.trim() === '' ? whenEmpty : parseMinor(text, currency);
  const unclear = read === undefined && text.trim() !== '' ? `Write an amount such as ${decimal(5000, currency)}.` : undefined;
  return (
    <Field label={label} help={help} error={unclear ?? error} className={className}>
      {(wiring) => (
        <div className="flex items-center gap-2">
          <input
            {...wiring}
            ref={(input) => input?.setCustomValidity(unclear ?? '')}
            className="field tabular text-right"
            inputMode={minorDigits(currency) > 0 ? 'decimal' : 'numeric'}
            required={whenEmpty === undefined}
            disabled={disabled}
            value={text}
            onChange={(e) => {
              setText(e.target.value);
              const value = e.target.value.trim() === '' ? whenEmpty : parseMinor(e.target.value, currency);
              if (value !== undefined) onMinor(value);
            }}
          />
          <span className="text-muted">{currency}</span>
        </div>
      )}
    </Field>
  );
}

/** A percentage, kept in hundredths of a per cent. */
export function PercentField({
  label,
  error,
  basisPoints,
  onBasisPoints,
  disabled,
}: {
  label: ReactNode;
  error?: string;
  basisPoints: number;
  onBasisPoints: (bps: number) => void;
  disabled?: boolean;
}) {
  const [text, setText] = useState(() => (basisPoints ? decimal(basisPoints, 'EUR').replace(/\.?0+$/, '') : ''));
  const unclear = text.trim() !== '' && parseMinor(text, 'EUR') === undefined ? 'Write a percentage such as 5 or 2.5.' : undefined;
  return (
    <Field label={label} error={unclear ?? error}>
      {(wiring) => (
        <div className="flex items-center gap-2">
          <input
            {...wiring}
            ref={(input) => input?.setCustomValidity(unclear ?? '')}
            className="field tabular text-right"
            inputMode="decimal"
            required
            disabled={disabled}
            value={text}
            onChange={(e) => {
              setText(e.target.value);
              const value = parseMinor(e.target.value, 'EUR');
              if (value !== undefined) onBasisPoints(value);
            }}
          />
          <span className="text-muted">%</span>
        </div>
      )}
    </Field>
  );
}

/** A whole number from 0 up; empty is 0. */
export function CountField({
  label,
  help,
  error,
  value,
  onCount,
  max = 3650,
  className,
  disabled,
}: {
  label: ReactNode;
  help?: ReactNode;
  error?: string;
  value: number;
  onCount: (n: number) => void;
  max?: number;
  className?: string;
  disabled?: boolean;
}) {
  return (
    <Field label={label} help={help} error={error} className={className}>
      {(wiring) => (
        <input
          {...wiring}
          className="field tabular"
          type="number"
          min={0}
          max={max}
          step={1}
          disabled={disabled}
          value={value === 0 ? '' : value}
          placeholder="0"
          onChange={(e) => onCount(Number.isInteger(e.target.valueAsNumber) ? e.target.valueAsNumber : 0)}
        />
      )}
    </Field>
  );
}
