import { useState } from 'react';

import { fieldsOf } from '../../api/problem';
import { useKeepQuote } from '../../api/testimonials';
import type { Customer, Testimonial } from '../../api/types';
import { Button } from '../../ui/Button';
import { CustomerSelect } from '../../ui/CustomerSelect';
import { Buttons, Dialog } from '../../ui/Dialog';
import { TextArea, TextField } from '../../ui/Field';
import { FormProblem } from '../../ui/states';
import { useToasts } from '../../ui/Toast';

/** Keeps praise from a mail or a call until its author confirms it. */
export function QuoteDialog({ onClose, onSaved }: { onClose: () => void; onSaved: (t: Pick<Testimonial, 'id'>) => void }) {
  const keep = useKeepQuote();
  const toasts = useToasts();
  const [customer, setCustomer] = useState<Customer>();
  const [text, setText] = useState('');
  const [source, setSource] = useState('');
  const problems = fieldsOf(keep.error);
  return (
    <Dialog title="Keep a quote" onClose={onClose}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(e) => {
          e.preventDefault();
          if (!customer) return;
          keep.mutate(
            { customer_id: customer.id, text, source },
            {
              onSuccess: (t) => {
                toasts.done(`${customer.first_name || customer.name} is asked: is this what you said, may we use it?`);
                onClose();
                onSaved(t);
              },
            },
          );
        }}
      >
        <CustomerSelect label="Who said it" value={customer} onCustomer={setCustomer} error={problems['customer_id']} />
        <TextArea label="Their words" help="As they stand; do not polish them." required value={text} onValue={setText} error={problems['text']} />
        <TextField label="Where it comes from" help="Mail of 12 May, a call" required value={source} onValue={setSource} error={problems['source']} />
        <p className="text-muted">Nothing is shown before the author confirms it.</p>
        <FormProblem error={keep.error} fields={['customer_id', 'text', 'source']} />
        <Buttons>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" pending={keep.isPending} disabled={!customer}>
            Keep and ask
          </Button>
        </Buttons>
      </form>
    </Dialog>
  );
}
