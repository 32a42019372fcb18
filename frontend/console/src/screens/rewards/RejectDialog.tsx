import { useState, type ReactNode } from 'react';

import { fieldsOf } from '../../api/problem';
import { Button } from '../../ui/Button';
import { Buttons, Dialog } from '../../ui/Dialog';
import { SelectField, TextArea } from '../../ui/Field';
import { FormProblem } from '../../ui/states';
import { rejectReasons, type RejectReason } from './words';

interface RejectDialogProps {
  about: ReactNode;
  /** The API's name of the field for the note. */
  field: 'reason' | 'note';
  pending: boolean;
  error: unknown;
  onSend: (note: string, why: RejectReason) => void;
  onClose: () => void;
}

/** Takes a reward from somebody: what they are told, and what colleagues should know. */
export function RejectDialog({ about, field, pending, error, onSend, onClose }: RejectDialogProps) {
  const [why, setWhy] = useState<RejectReason | ''>('');
  const [note, setNote] = useState('');
  return (
    <Dialog title="Take this reward back?" onClose={onClose}>
      <form
        className="flex flex-col gap-3"
        onSubmit={(e) => {
          e.preventDefault();
          if (why) onSend(note.trim(), why);
        }}
      >
        {about}
        <SelectField
          label="What the person is told"
          help="What concerns the person introduced they read as “does not fit the terms”. They can say something against it, and another colleague decides."
          required
          value={why}
          onValue={(v) => setWhy(rejectReasons.find((r) => r.value === v)?.value ?? '')}
          options={[{ value: '', label: 'Please choose' }, ...rejectReasons]}
          error={fieldsOf(error)['why']}
        />
        <TextArea label="What you found" help="For colleagues only." required value={note} onValue={setNote} error={fieldsOf(error)[field]} />
        <FormProblem error={error} fields={[field, 'why']} />
        <Buttons>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="danger" pending={pending} disabled={!why || !note.trim()}>
            Take back
          </Button>
        </Buttons>
      </form>
    </Dialog>
  );
}
