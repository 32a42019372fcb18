import { useQuery } from '@tanstack/react-query';

import { customerCountQuery, facetsQuery, segmentsQuery } from '../../../api/customers';
import type { CustomerFilter } from '../../../api/types';
import { plural } from '../../../lib/format';
import { Card } from '../../../ui/Page';
import { SelectField, TextField } from '../../../ui/Field';
import { CountField } from '../../../ui/NumberField';
import type { CardProps } from './card';

/** Who is asked: a saved filter or a few conditions, with how many fit now. */
export function WhoCard({ draft, change, problems, disabled }: CardProps) {
  const { audience } = draft;
  const segments = useQuery(segmentsQuery);
  const facets = useQuery(facetsQuery);
  const filter: CustomerFilter = audience.filter ?? {};
  const count = useQuery(
    customerCountQuery({
      segment_id: audience.segment_id || filter.segment_id,
      q: filter.q,
      tag: filter.tags,
      division: filter.divisions,
      country: filter.countries,
      language: filter.languages,
      // Leads are asked for nothing unless a campaign is for them.
      stage: filter.stages ?? ['customer', 'former'],
      gift_policy: filter.gift_policy,
      owner_id: filter.owner_id,
      company_id: filter.company_id,
      asked: filter.asked,
    }),
  );
  const narrow = (part: CustomerFilter) => {
    const next = Object.fromEntries(
      Object.entries({ ...filter, ...part }).filter(([, v]) => v !== undefined && !(Array.isArray(v) && v.length === 0)),
    );
    change({ audience: { ...audience, filter: Object.keys(next).length > 0 ? next : undefined } });
  };
  const byDays = Boolean(audience.renews_within_days || audience.silent_days);
  const one = (value: string) => (value ? [value] : undefined);
  const options = (all: string, values: readonly string[] = []) => [{ value: '', label: all }, ...values.map((v) => ({ value: v, label: v }))];
  return (
    <Card title="Who" actions={count.data && <span className="text-muted">
            {byDays && 'At most '}
            {plural(count.data.count, 'person fits', 'people fit')} now
          </span>}>
      <div className="grid gap-4 p-4 sm:grid-cols-2">
        <TextField
          label="Name of the campaign"
          className="sm:col-span-2"
          required
          disabled={disabled}
          value={draft.name}
          onValue={(name) => change({ name })}
          error={problems['name']}
        />
        <SelectField
          label="Saved filter"
          disabled={disabled}
          value={audience.segment_id ?? ''}
          onValue={(v) => change({ audience: { ...audience, segment_id: v || undefined } })}
          options={[{ value: '', label: 'All customers' }, ...(segments.data ?? []).map((s) => ({ value: s.id, label: `${s.name} (${s.count})` }))]}
          error={problems['audience.segment_id']}
        />
        <SelectField
          label="Asked before"
          disabled={disabled}
          value={filter.asked ?? ''}
          onValue={(v) => narrow({ asked: v === 'never' || v === 'ever' ? v : undefined })}
          options={[
            { value: '', label: 'Asked or not' },
            { value: 'never', label: 'Never asked' },
            { value: 'ever', label: 'Asked before' },
          ]}
        />
        <SelectField
          label="Division"
          disabled={disabled}
          value={filter.divisions?.[0] ?? ''}
          onValue={(v) => narrow({ divisions: one(v) })}
          options={options('Any division', facets.data?.divisions)}
        />
        <SelectField
          label="Tag"
          disabled={disabled}
          value={filter.tags?.[0] ?? ''}
          onValue={(v) => narrow({ tags: one(v) })}
          options={options('Any tag', facets.data?.tags)}
        />
        <CountField
          label="Renews within days"
          help="0: whenever"
          disabled={disabled}
          value={audience.renews_within_days ?? 0}
          onCount={(n) => change({ audience: { ...audience, renews_within_days: n || undefined } })}
          error={problems['audience.renews_within_days']}
        />
        <CountField
          label="No contact for days"
          help="0: does not matter"
          disabled={disabled}
          value={audience.silent_days ?? 0}
          onCount={(n) => change({ audience: { ...audience, silent_days: n || undefined } })}
          error={problems['audience.silent_days']}
        />
      </div>
      <p className="border-line text-muted border-t px-4 py-2.5 text-[13px]">
        Left out by themselves: whoever was asked lately, said stop, has an open complaint, or has no address that works. The dry run counts them.
      </p>
    </Card>
  );
}
