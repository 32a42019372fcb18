import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { openCampaignsQuery } from '../../api/campaigns';
import { useCreateIntroduction } from '../../api/introductions';
import { fieldsOf } from '../../api/problem';
import type { Customer, Story } from '../../api/types';
import { Button } from '../../ui/Button';
import { CustomerSelect } from '../../ui/CustomerSelect';
import { Buttons, Dialog } from '../../ui/Dialog';
import { SelectField, TextArea, TextField } from '../../ui/Field';
import { FormProblem } from '../../ui/states';
import { useToasts } from '../../ui/Toast';

const fields = ['campaign_id', 'introducer', 'introducer.customer_id', 'first_name', 'last_name', 'company', 'note', 'how'];

/** Records an introduction that a customer made in a talk. */
export function ByHandDialog({ onClose, onSaved }: { onClose: () => void; onSaved: (story: Story) => void }) {
  const create = useCreateIntroduction();
  const campaigns = useQuery(openCampaignsQuery);
  const toasts = useToasts();
  const [customer, setCustomer] = useState<Customer>();
  const [campaign, setCampaign] = useState('');
  const [how, setHow] = useState<'self' | 'lead'>('self');
  const [values, setValues] = useState({ first_name: '', last_name: '', company: '', note: '' });
  const problems = fieldsOf(create.error);
  const field = (name: keyof typeof values) => ({
    value: values[name],
    onValue: (v: string) => setValues((all) => ({ ...all, [name]: v })),
    error: problems[name],
  });
  const chosen = campaign || campaigns.data?.[0]?.id || '';
  return (
    <Dialog title="Record an introduction" onClose={onClose}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(e) => {
          e.preventDefault();
          if (!customer) return;
          create.mutate(
            { campaign_id: chosen, introducer: { customer_id: customer.id }, how, ...values },
            {
              onSuccess: (story) => {
                toasts.done('Recorded.');
                onSaved(story);
              },
            },
          );
        }}
      >
        <CustomerSelect
          label="Who introduces"
          value={customer}
          onCustomer={setCustomer}
          error={problems['introducer.customer_id'] ?? problems['introducer']}
        />
        <SelectField
          label="Campaign"
          help="It says what was promised"
          value={chosen}
          onValue={setCampaign}
          options={(campaigns.data ?? []).map((c) => ({ value: c.id, label: c.name }))}
          error={problems['campaign_id']}
        />
        <SelectField
          label="How"
          value={how}
          onValue={(v) => setHow(v === 'lead' ? 'lead' : 'self')}
          options={[
            { value: 'self', label: 'They pass our message on themselves' },
            { value: 'lead', label: 'Just a suggestion: first name and company' },
          ]}
          error={problems['how']}
        />
        <div className="grid gap-4 sm:grid-cols-2">
          <TextField label="First name of the person" required {...field('first_name')} />
          <TextField label="Last name" {...field('last_name')} />
        </div>
        <TextField label="Company" required={how === 'lead'} {...field('company')} />
        <TextArea label="Why, in the customer’s words" {...field('note')} />
        <p className="text-muted">No address is asked for: the person gives their own when they say yes.</p>
        <FormProblem error={create.error} fields={fields} />
        <Buttons>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" pending={create.isPending} disabled={!customer || !chosen}>
            Record
          </Button>
        </Buttons>
      </form>
    </Dialog>
  );
}
