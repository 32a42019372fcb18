import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { facetsQuery, useCreateCustomer, useUpdateCustomer } from '../../api/customers';
import { fieldsOf } from '../../api/problem';
import type { Customer } from '../../api/types';
import { Button } from '../../ui/Button';
import { Buttons, Dialog } from '../../ui/Dialog';
import { Check, SelectField, TextArea, TextField } from '../../ui/Field';
import { StaffSelect } from '../../ui/StaffSelect';
import { FormProblem } from '../../ui/states';
import { useToasts } from '../../ui/Toast';
import { choose, giftPolicies, stages } from './words';

const texts = [
  'first_name',
  'last_name',
  'email',
  'phone',
  'company',
  'division',
  'country',
  'language',
  'external_id',
  'stripe_customer',
  'note',
] as const;
type Text = (typeof texts)[number];

const shown = [...texts, 'tags', 'stage', 'gift_policy', 'owner_id', 'renews_at'];

/** The day of an instant, as a date field wants it. */
const day = (iso: string | undefined) => iso?.slice(0, 10) ?? '';

/** Adds a customer, or changes the one that is given. */
export function CustomerForm({ customer, onClose, onSaved }: { customer?: Customer; onClose: () => void; onSaved: (customer: Customer) => void }) {
  const create = useCreateCustomer();
  const update = useUpdateCustomer(customer?.id ?? '');
  const facets = useQuery(facetsQuery);
  const toasts = useToasts();
  const [values, setValues] = useState<Record<Text, string>>(() => ({
    first_name: customer?.first_name ?? '',
    last_name: customer?.last_name ?? '',
    email: customer?.email ?? '',
    phone: customer?.phone ?? '',
    company: customer?.company ?? '',
    division: customer?.division ?? '',
    country: customer?.country ?? '',
    language: customer?.language ?? '',
    external_id: customer?.external_id ?? '',
    stripe_customer: customer?.stripe_customer ?? '',
    note: customer?.note ?? '',
  }));
  const [tags, setTags] = useState(customer?.tags.join(', ') ?? '');
  const [stage, setStage] = useState(customer?.stage ?? 'customer');
  const [gift, setGift] = useState(customer?.gift_policy ?? 'person');
  const [owner, setOwner] = useState(customer?.owner_id ?? '');
  const [renews, setRenews] = useState(day(customer?.renews_at));
  const [askLess, setAskLess] = useState(customer?.ask_less ?? false);

  const { error, isPending } = customer ? update : create;
  const problems = fieldsOf(error);
  const field = (name: Text) => ({ value: values[name], onValue: (v: string) => setValues((all) => ({ ...all, [name]: v })), error: problems[name] });
  const tagList = tags
    .split(',')
    .map((t) => t.trim())
    .filter(Boolean);

  const submit = () => {
    const onSuccess = (saved: Customer) => {
      toasts.done(customer ? 'Saved.' : `${saved.name} was added.`);
      onClose();
      onSaved(saved);
    };
    const more = { tags: tagList, stage, gift_policy: gift };
    if (!customer) {
      const given = Object.fromEntries(Object.entries(values).filter(([, v]) => v.trim() !== ''));
      create.mutate({ ...given, ...more, owner_id: owner || undefined, renews_at: renews ? `${renews}T00:00:00Z` : undefined }, { onSuccess });
      return;
    }
    // Only what was changed is sent, so that nothing else is touched.
    const changed = Object.fromEntries(texts.filter((t) => values[t] !== (customer[t] ?? '')).map((t) => [t, values[t]]));
    update.mutate(
      {
        version: customer.version,
        patch: {
          ...changed,
          ...more,
          owner_id: owner === (customer.owner_id ?? '') ? undefined : owner,
          renews_at: renews === day(customer.renews_at) ? undefined : renews ? `${renews}T00:00:00Z` : null,
          ask_less: askLess,
        },
      },
      { onSuccess },
    );
  };
  return (
    <Dialog wide title={customer ? `Edit ${customer.name}` : 'Add a customer'} onClose={onClose}>
      <form
        onSubmit={(e) => {
          e.preventDefault();
          submit();
        }}
      >
        <div className="grid gap-4 sm:grid-cols-2">
          <TextField label="First name" {...field('first_name')} />
          <TextField label="Last name" {...field('last_name')} />
          <TextField label="Email" type="email" {...field('email')} />
          <TextField label="Phone" type="tel" {...field('phone')} />
          <TextField label="Company" {...field('company')} />
          <TextField label="Division of ours" list="divisions" {...field('division')} />
          <datalist id="divisions">
            {facets.data?.divisions.map((d) => (
              <option key={d} value={d} />
            ))}
          </datalist>
          <StaffSelect label="Owner" none="Nobody" value={owner} onValue={setOwner} error={problems['owner_id']} />
          <SelectField label="Stage" options={stages} value={stage} onValue={(v) => setStage(choose(stages, v) ?? stage)} error={problems['stage']} />
          <TextField label="Country" help="Two letters: DE" maxLength={2} {...field('country')} />
          <TextField label="Language" help="en, de, …" {...field('language')} />
          <SelectField
            label="Gift rule"
            options={giftPolicies}
            value={gift}
            onValue={(v) => setGift(choose(giftPolicies, v) ?? gift)}
            error={problems['gift_policy']}
          />
          <TextField label="Renews on" type="date" value={renews} onValue={setRenews} error={problems['renews_at']} />
          <TextField label="Tags" help="Separated by commas" value={tags} onValue={setTags} error={problems['tags']} />
          <TextField label="Id in your CRM" {...field('external_id')} />
          <TextField label="Stripe customer" placeholder="cus_…" {...field('stripe_customer')} />
          <TextArea label="Note for colleagues" className="sm:col-span-2" {...field('note')} />
        </div>
        {customer && <Check label="Ask less often" help="The person is asked at most half as often." checked={askLess} onChange={setAskLess} />}
        <FormProblem error={error} fields={shown} />
        <Buttons>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" pending={isPending}>
            {customer ? 'Save' : 'Add'}
          </Button>
        </Buttons>
      </form>
    </Dialog>
  );
}
