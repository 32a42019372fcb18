import { useState } from 'react';

import { useSuggest } from '../../api/customers';
import { fieldsOf } from '../../api/problem';
import type { Customer } from '../../api/types';
import { Button } from '../../ui/Button';
import { Buttons, Dialog } from '../../ui/Dialog';
import { SelectField, TextField } from '../../ui/Field';
import { FormProblem } from '../../ui/states';
import { choose, sources } from './words';

/** Names a person whom the customer may know; no contact data. */
export function SuggestDialog({ customer, onClose }: { customer: Customer; onClose: () => void }) {
  const suggest = useSuggest(customer.id);
  const [name, setName] = useState('');
  const [company, setCompany] = useState('');
  const [source, setSource] = useState('');
  const problems = fieldsOf(suggest.error);
  return (
    <Dialog title={`Whom might ${customer.first_name || customer.name} know?`} onClose={onClose}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(e) => {
          e.preventDefault();
          suggest.mutate({ first_name: name, company: company || undefined, source: choose(sources, source) }, { onSuccess: onClose });
        }}
      >
        <TextField label="First name" required value={name} onValue={setName} error={problems['first_name']} />
        <TextField label="Company" value={company} onValue={setCompany} error={problems['company']} />
        <SelectField
          label="From where"
          options={[{ value: '', label: 'Not known' }, ...sources]}
          value={source}
          onValue={setSource}
          error={problems['source']}
        />
        <FormProblem error={suggest.error} fields={['first_name', 'company', 'source']} />
        <Buttons>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" pending={suggest.isPending}>
            Suggest
          </Button>
        </Buttons>
      </form>
    </Dialog>
  );
}
