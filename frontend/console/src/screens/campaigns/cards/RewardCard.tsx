import { useQuery } from '@tanstack/react-query';

import { charitiesQuery } from '../../../api/charities';
import type { Rule } from '../../../api/types';
import { Button } from '../../../ui/Button';
import { Check, SelectField, TextArea, TextField } from '../../../ui/Field';
import { AmountField, CountField } from '../../../ui/NumberField';
import { Card } from '../../../ui/Page';
import { newRule, type Draft } from '../draft';
import { rails } from '../words';
import type { CardProps } from './card';
import { RuleFields } from './RuleFields';

/** What is promised to both sides, when it is earned and how it is paid. */
export function RewardCard({ draft, change, problems, disabled }: CardProps) {
  const { offer } = draft;
  const set = (part: Partial<Draft['offer']>) => change({ offer: { ...offer, ...part } });
  const setRule = (at: number, rule: Rule) => set({ rewards: offer.rewards.map((r, i) => (i === at ? rule : r)) });
  const used = rails.filter((rail) => offer.rewards.some((r) => r.to === 'customer' && r.rails.includes(rail.value)));
  return (
    <Card title="Reward">
      <div className="flex flex-col gap-4 p-4">
        {offer.rewards.length === 0 && (
          <p className="text-muted">Nothing is promised. That is fine: most people introduce because it helps somebody.</p>
        )}
        {offer.rewards.map((rule, i) => (
          // Rules have no id of their own; when one goes, the fields of the others are made anew.
          <RuleFields
            key={`${i} of ${offer.rewards.length}`}
            rule={rule}
            at={i}
            currency={offer.currency}
            problems={problems}
            disabled={disabled}
            onRule={(r) => setRule(i, r)}
            onRemove={() => set({ rewards: offer.rewards.filter((_, j) => j !== i) })}
          />
        ))}
        {!disabled && (
          <div>
            <Button
              onClick={() =>
                set({ rewards: [...offer.rewards, { ...newRule, on: draft.asks.includes('introduction') ? 'won' : 'testimonial_submitted' }] })
              }
            >
              Add a reward
            </Button>
          </div>
        )}
        {problems['offer.rewards'] && <p className="text-danger">{problems['offer.rewards']}</p>}
        {offer.rewards.some((r) => r.rails.includes('donation')) && (
          <CharityChoice chosen={offer.charities} problems={problems} disabled={disabled} onChosen={(charities) => set({ charities })} />
        )}
        {offer.rewards.length > 0 && (
          <div className="border-line grid gap-4 border-t pt-4 sm:grid-cols-2">
            <TextField
              label="Currency"
              maxLength={3}
              disabled={disabled}
              value={offer.currency}
              onValue={(v) => set({ currency: v.toUpperCase() })}
              error={problems['offer.currency']}
            />
            <AmountField
              key={offer.currency}
              label="Budget"
              help="Never more than this is promised in all"
              currency={offer.currency}
              minor={offer.budget_minor}
              whenEmpty={0}
              disabled={disabled}
              onMinor={(budget_minor) => set({ budget_minor })}
              error={problems['offer.budget_minor']}
            />
            <CountField
              label="Hold for days"
              help="The refund window, before a reward is paid"
              max={365}
              disabled={disabled}
              value={offer.hold_days}
              onCount={(hold_days) => set({ hold_days })}
              error={problems['offer.hold_days']}
            />
            <CountField
              label="Credit is protected for days"
              help="Whoever introduced first keeps it"
              disabled={disabled}
              value={offer.protection_days}
              onCount={(protection_days) => set({ protection_days })}
              error={problems['offer.protection_days']}
            />
            <SelectField
              label="Paid how, if nobody chooses"
              disabled={disabled}
              value={offer.default_rail ?? ''}
              onValue={(v) => set({ default_rail: rails.find((r) => r.value === v)?.value })}
              options={[{ value: '', label: 'Only when chosen' }, ...used]}
              error={problems['offer.default_rail']}
            />
            <TextField
              label="Cost centre"
              disabled={disabled}
              value={offer.cost_centre}
              onValue={(cost_centre) => set({ cost_centre })}
              error={problems['offer.cost_centre']}
            />
            <TextArea
              label="Terms"
              help="Shown where the reward is promised"
              className="sm:col-span-2"
              disabled={disabled}
              value={offer.terms}
              onValue={(terms) => set({ terms })}
              error={problems['offer.terms']}
            />
          </div>
        )}
      </div>
    </Card>
  );
}

/** To whom customers may give; the first that is ticked is taken where the default decides. */
function CharityChoice({
  chosen,
  problems,
  disabled,
  onChosen,
}: {
  chosen: readonly string[];
  problems: Readonly<Record<string, string>>;
  disabled: boolean;
  onChosen: (ids: string[]) => void;
}) {
  const { data } = useQuery(charitiesQuery);
  if (!data) return null;
  const offered = data.filter((c) => c.active || chosen.includes(c.id));
  const wrong = Object.entries(problems).filter(([field]) => field.startsWith('offer.charities'));
  return (
    <fieldset>
      <legend className="font-medium">Customers may give to</legend>
      {offered.length === 0 && <p className="text-muted">There is no charity yet. Finance enters them under Rewards, Charities.</p>}
      <div className="grid gap-x-4 sm:grid-cols-2">
        {offered.map((c) => (
          <Check
            key={c.id}
            label={c.name}
            help={c.missing.length > 0 ? 'Something is still to be filled in under Rewards, Charities.' : undefined}
            disabled={disabled}
            checked={chosen.includes(c.id)}
            onChange={(on) => onChosen(on ? [...chosen, c.id] : chosen.filter((id) => id !== c.id))}
          />
        ))}
      </div>
      {wrong.map(([field, message]) => (
        <p key={field} className="text-danger">
          {message}
        </p>
      ))}
    </fieldset>
  );
}
