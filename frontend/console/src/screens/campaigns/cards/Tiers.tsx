import type { Rule } from '../../../api/types';
import { Button } from '../../../ui/Button';
import { AmountField } from '../../../ui/NumberField';

interface Props {
  rule: Rule;
  at: number;
  currency: string;
  problems: Readonly<Record<string, string>>;
  disabled: boolean;
  onRule: (rule: Rule) => void;
}

/** The steps of a reward that grows with the deal. */
export function Tiers({ rule, at, currency, problems, disabled, onRule }: Props) {
  const tiers = rule.tiers ?? [];
  const set = (next: typeof tiers) => onRule({ ...rule, tiers: next });
  return (
    <div className="flex flex-col gap-3 sm:col-span-2">
      {tiers.map((tier, i) => (
        <div key={i} className="flex flex-wrap items-end gap-3">
          <AmountField
            label="Deal from"
            currency={currency}
            minor={tier.from_minor}
            whenEmpty={0}
            disabled={disabled}
            onMinor={(from_minor) => set(tiers.map((t, j) => (j === i ? { ...t, from_minor } : t)))}
            error={problems[`offer.rewards.${at}.tiers.${i}.from_minor`]}
          />
          <AmountField
            label="is worth"
            currency={currency}
            minor={tier.amount_minor}
            disabled={disabled}
            onMinor={(amount_minor) => set(tiers.map((t, j) => (j === i ? { ...t, amount_minor } : t)))}
            error={problems[`offer.rewards.${at}.tiers.${i}.amount_minor`]}
          />
          {!disabled && i === tiers.length - 1 && tiers.length > 1 && (
            <Button look="quiet" onClick={() => set(tiers.slice(0, -1))}>
              Remove this step
            </Button>
          )}
        </div>
      ))}
      {!disabled && (
        <div>
          {/* The next step begins empty, so that its amounts are chosen and not invented. */}
          <Button look="quiet" onClick={() => set([...tiers, { from_minor: 0, amount_minor: 0 }])}>
            Add a step
          </Button>
        </div>
      )}
    </div>
  );
}
