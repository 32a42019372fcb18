import { useState } from 'react';

import { useMoveIntroduction, type LostReason } from '../../api/introductions';
import { fieldsOf } from '../../api/problem';
import type { Introduction } from '../../api/types';
import { Button } from '../../ui/Button';
import { Buttons, Dialog } from '../../ui/Dialog';
import { SelectField, TextArea } from '../../ui/Field';
import { FormProblem } from '../../ui/states';
import { useToasts } from '../../ui/Toast';
import { introducerName, lostWords, prospectName } from './words';

/** Closes an introduction as lost, with a reason from a closed list. */
export function LoseDialog({ introduction: i, onClose }: { introduction: Introduction; onClose: () => void }) {
  const move = useMoveIntroduction();
  const toasts = useToasts();
  const [reason, setReason] = useState<LostReason>('timing');
  const [note, setNote] = useState('');
  const problems = fieldsOf(move.error);
  return (
    <Dialog title={`Close ${prospectName(i)} as lost?`} onClose={onClose}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(e) => {
          e.preventDefault();
          move.mutate(
            { id: i.id, verb: 'lose', body: { reason, note: note || undefined } },
            {
              onSuccess: () => {
                toasts.done(`${prospectName(i)} was closed as lost.`);
                onClose();
              },
            },
          );
        }}
      >
        <SelectField
          label="Why"
          options={lostWords}
          value={reason}
          onValue={(v) => setReason(lostWords.find((w) => w.value === v)?.value ?? reason)}
          error={problems['reason']}
        />
        <TextArea
          label="Note for colleagues"
          help="May be left out. Nobody outside sees it."
          value={note}
          onValue={setNote}
          error={problems['note']}
        />
        <p className="text-muted">{introducerName(i)} reads “Not this time”, never why. It can be taken up again.</p>
        <FormProblem error={move.error} fields={['reason', 'note']} />
        <Buttons>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="danger" pending={move.isPending}>
            Close as lost
          </Button>
        </Buttons>
      </form>
    </Dialog>
  );
}
