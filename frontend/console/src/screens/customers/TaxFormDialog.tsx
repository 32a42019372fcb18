import { useState } from 'react';

import { fieldsOf } from '../../api/problem';
import { useNoteTaxForm } from '../../api/tax';
import type { TaxFormInput } from '../../api/types';
import { Button } from '../../ui/Button';
import { Buttons, Dialog } from '../../ui/Dialog';
import { SelectField, TextField } from '../../ui/Field';
import { FormProblem } from '../../ui/states';
import { useToasts } from '../../ui/Toast';
import { taxForms } from './words';

/** Notes that a tax form has come: its kind and the day, never what it says. */
export function TaxFormDialog({ customerId, name, onClose }: { customerId: string; name: string; onClose: () => void }) {
  const [kind, setKind] = useState<TaxFormInput['kind']>('W-9');
  const [day, setDay] = useState(() => new Date().toISOString().slice(0, 10));
  const note = useNoteTaxForm(customerId);
  const toasts = useToasts();
  const problems = fieldsOf(note.error);
  return (
    <Dialog title="Tax form received" onClose={onClose}>
      <form
        className="flex flex-col gap-3"
        onSubmit={(e) => {
          e.preventDefault();
          note.mutate(
            { kind, received_on: day },
            {
              onSuccess: () => {
                toasts.done('Noted. What waited for it goes on.');
                onClose();
              },
            },
          );
        }}
      >
        <p>
          From {name || 'somebody erased'}. Keep the form itself where you keep such papers: here belongs only that it is there, never a tax number.
        </p>
        <SelectField
          label="Kind"
          value={kind}
          onValue={(v) => setKind(taxForms.find((f) => f.value === v)?.value ?? kind)}
          options={taxForms}
          error={problems['kind']}
        />
        <TextField label="Received on" type="date" required value={day} onValue={setDay} error={problems['received_on']} />
        <FormProblem error={note.error} fields={['kind', 'received_on']} />
        <Buttons>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" pending={note.isPending} disabled={!day}>
            Note it
          </Button>
        </Buttons>
      </form>
    </Dialog>
  );
}
