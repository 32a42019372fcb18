import { useState } from 'react';

import { useRecordFact } from '../../api/customers';
import type { Customer } from '../../api/types';
import { Button } from '../../ui/Button';
import { Buttons, Dialog } from '../../ui/Dialog';
import { SelectField } from '../../ui/Field';
import { FormProblem } from '../../ui/states';
import { useToasts } from '../../ui/Toast';
import { choose, facts } from './words';

/** Records something that happened outside; campaigns may wait for it. */
export function FactDialog({ customer, onClose }: { customer: Customer; onClose: () => void }) {
  const [type, setType] = useState<(typeof facts)[number]['value']>('thanked');
  const record = useRecordFact(customer.id);
  const toasts = useToasts();
  return (
    <Dialog title={`What happened with ${customer.name}?`} onClose={onClose}>
      <form
        onSubmit={(e) => {
          e.preventDefault();
          record.mutate(
            { type },
            {
              onSuccess: () => {
                toasts.done('Written down.');
                onClose();
              },
            },
          );
        }}
      >
        <SelectField
          label="What"
          help="Campaigns that wait for this will ask at this moment."
          options={facts}
          value={type}
          onValue={(v) => setType(choose(facts, v) ?? type)}
        />
        <FormProblem error={record.error} />
        <Buttons>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" pending={record.isPending}>
            Write down
          </Button>
        </Buttons>
      </form>
    </Dialog>
  );
}
