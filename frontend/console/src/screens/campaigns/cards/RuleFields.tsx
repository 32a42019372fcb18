import { useId } from 'react';

import type { Rule } from '../../../api/types';
import { Button } from '../../../ui/Button';
import { Check, SelectField } from '../../../ui/Field';
import { AmountField, CountField, PercentField } from '../../../ui/NumberField';
import { withWorth, worthOf, type Worth } from '../draft';
import { bases, moments, rails } from '../words';
import { Tiers } from './Tiers';

interface Props {
  rule: Rule;
  at: number;
  currency: string;
  problems: Readonly<Record<string, string>>;
  disabled: boolean;
  onRule: (rule: Rule) => void;
  onRemove: () => void;
}

const worths: { value: Worth; label: string }[] = [
  { value: 'fixed', label: 'A fixed amount' },
  { value: 'tiers', label: 'Steps by the size of the deal' },
  { value: 'percent', label: 'A percentage' },
];

// A prospect has no customer account yet, and no address on file to which the key to a gift code could go.
const forProspects = ['promotion_code', 'manual'];

/** One rule: who gets what, from when, and how it can be paid. */
export function RuleFields({ rule, at, currency, problems, disabled, onRule, onRemove }: Props) {
  const id = useId();
  const worth = worthOf(rule);
  const problem = (field: string) => problems[`offer.rewards.${at}.${field}`];
  const railProblem = Object.entries(problems).find(([field]) => field.startsWith(`offer.rewards.${at}.rails`))?.[1];
  const possible = rails.filter((r) => rule.to === 'customer' || forProspects.includes(r.value));
  const name = rule.to === 'customer' ? `Reward ${at + 1}: for the customer` : `Reward ${at + 1}: for the person introduced`;
  return (
    <section aria-labelledby={id} className="border-line rounded-card border p-4">
      <div className="mb-3 flex items-center justify-between gap-3">
        <h3 id={id} className="font-semibold">
          {name}
        </h3>
        {!disabled && (
          <Button look="quiet" onClick={onRemove} aria-label={`Remove the reward: ${name}`}>
            Remove
          </Button>
        )}
      </div>
      <div className="grid gap-4 sm:grid-cols-2">
        <SelectField
          label="Who gets it"
          disabled={disabled}
          value={rule.to}
          onValue={(v) =>
            onRule(
              v === 'prospect' ? { ...rule, to: 'prospect', rails: rule.rails.filter((r) => forProspects.includes(r)) } : { ...rule, to: 'customer' },
            )
          }
          options={[
            { value: 'customer', label: 'The customer' },
            { value: 'prospect', label: 'The person introduced' },
          ]}
          error={problem('to')}
        />
        <SelectField
          label="When"
          disabled={disabled}
          value={rule.on}
          onValue={(v) => onRule({ ...rule, on: moments.find((m) => m.value === v)?.value ?? rule.on })}
          options={moments}
          error={problem('on')}
        />
        <SelectField
          label="How much"
          disabled={disabled}
          value={worth}
          onValue={(v) => onRule(withWorth(rule, worths.find((w) => w.value === v)?.value ?? worth))}
          options={worths}
        />
        {worth === 'fixed' && (
          <AmountField
            label="Amount"
            currency={currency}
            disabled={disabled}
            minor={rule.amount_minor}
            onMinor={(amount_minor) => onRule({ ...rule, amount_minor })}
            error={problem('amount_minor')}
          />
        )}
        {worth === 'percent' && (
          <>
            <PercentField
              label="Percentage"
              disabled={disabled}
              basisPoints={rule.percent_bps ?? 0}
              onBasisPoints={(percent_bps) => onRule({ ...rule, percent_bps })}
              error={problem('percent_bps')}
            />
            <SelectField
              label="Of"
              disabled={disabled}
              value={rule.of ?? 'first_invoice'}
              onValue={(v) => {
                const of = bases.find((b) => b.value === v)?.value ?? 'first_invoice';
                onRule({ ...rule, of, within_days: of === 'invoices' ? 365 : undefined });
              }}
              options={bases}
              error={problem('of')}
            />
            <AmountField
              label="At most"
              currency={currency}
              disabled={disabled}
              minor={rule.max_minor}
              onMinor={(max_minor) => onRule({ ...rule, max_minor })}
              error={problem('max_minor')}
            />
            {rule.of === 'invoices' && (
              <CountField
                label="Within days"
                disabled={disabled}
                value={rule.within_days ?? 0}
                onCount={(within_days) => onRule({ ...rule, within_days })}
                error={problem('within_days')}
              />
            )}
          </>
        )}
        {worth === 'tiers' && <Tiers rule={rule} at={at} currency={currency} problems={problems} disabled={disabled} onRule={onRule} />}
        <CountField
          label="At most per customer"
          help="0: no limit"
          disabled={disabled}
          value={rule.caps?.per_customer ?? 0}
          onCount={(n) => onRule({ ...rule, caps: { ...rule.caps, per_customer: n || undefined } })}
          error={problem('caps.per_customer')}
        />
        <CountField
          label="At most per company"
          help="0: no limit"
          disabled={disabled}
          value={rule.caps?.per_company ?? 0}
          onCount={(n) => onRule({ ...rule, caps: { ...rule.caps, per_company: n || undefined } })}
          error={problem('caps.per_company')}
        />
      </div>
      <fieldset className="mt-3">
        <legend className="font-medium">Can be paid as</legend>
        <div className="grid gap-x-4 sm:grid-cols-2">
          {possible.map((r) => (
            <Check
              key={r.value}
              label={r.label}
              disabled={disabled}
              checked={rule.rails.includes(r.value)}
              onChange={(on) => onRule({ ...rule, rails: on ? [...rule.rails, r.value] : rule.rails.filter((x) => x !== r.value) })}
            />
          ))}
        </div>
        {railProblem && <p className="text-danger">{railProblem}</p>}
      </fieldset>
    </section>
  );
}
