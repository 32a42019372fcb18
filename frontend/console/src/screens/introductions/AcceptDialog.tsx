import { useState } from 'react';

import { useMoveIntroduction } from '../../api/introductions';
import { fieldsOf } from '../../api/problem';
import type { Introduction } from '../../api/types';
import { Button } from '../../ui/Button';
import { Buttons, Dialog } from '../../ui/Dialog';
import { TextArea, TextField } from '../../ui/Field';
import { FormProblem } from '../../ui/states';
import { useToasts } from '../../ui/Toast';
import { prospectName } from './words';

const fields = ['evidence', 'name', 'email', 'phone'];

/** Writes down a yes that the prospect gave by simply answering. */
export function AcceptDialog({ introduction: i, onClose }: { introduction: Introduction; onClose: () => void }) {
  const move = useMoveIntroduction();
  const toasts = useToasts();
  const [values, setValues] = useState({ evidence: '', name: i.prospect.name, email: i.prospect.email, phone: i.prospect.phone });
  const problems = fieldsOf(move.error);
  const field = (name: keyof typeof values) => ({
    value: values[name],
    onValue: (v: string) => setValues((all) => ({ ...all, [name]: v })),
    error: problems[name],
  });
  return (
    <Dialog title={`${i.prospect.first_name || 'The person'} answered`} onClose={onClose}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(e) => {
          e.preventDefault();
          const { evidence, name, email, phone } = values;
          move.mutate(
            { id: i.id, verb: 'accept', body: { evidence, name: name || undefined, email: email || undefined, phone: phone || undefined } },
            {
              onSuccess: () => {
                toasts.done(`${prospectName(i)} said yes. A confirmation with an undo goes out.`);
                onClose();
              },
            },
          );
        }}
      >
        <TextArea label="Their words" help="What was written or said; it is the proof of the yes." required {...field('evidence')} />
        <TextField label="Name" {...field('name')} />
        <div className="grid gap-4 sm:grid-cols-2">
          <TextField label="Email" type="email" {...field('email')} />
          <TextField label="Phone" type="tel" {...field('phone')} />
        </div>
        <FormProblem error={move.error} fields={fields} />
        <Buttons>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" pending={move.isPending}>
            Write down the yes
          </Button>
        </Buttons>
      </form>
    </Dialog>
  );
}
