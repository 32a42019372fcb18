import { useState } from 'react';

import { fieldsOf } from '../../api/problem';
import type { Task } from '../../api/types';
import { Button } from '../../ui/Button';
import { Buttons, Dialog } from '../../ui/Dialog';
import { StaffSelect } from '../../ui/StaffSelect';
import { FormProblem } from '../../ui/states';

/** Gives a task to a colleague. */
export function ReassignDialog({
  task,
  pending,
  error,
  onClose,
  onReassign,
}: {
  task: Task;
  pending: boolean;
  error: unknown;
  onClose: () => void;
  onReassign: (ownerId: string) => void;
}) {
  const [owner, setOwner] = useState(task.owner_id ?? '');
  return (
    <Dialog title="Hand over" onClose={onClose}>
      <form
        onSubmit={(e) => {
          e.preventDefault();
          onReassign(owner || 'me');
        }}
      >
        <p className="mb-3">{task.title}</p>
        <StaffSelect label="To whom" none="Me" value={owner} onValue={setOwner} error={fieldsOf(error)['owner_id']} />
        <FormProblem error={error} fields={['owner_id']} />
        <Buttons>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" pending={pending}>
            Hand over
          </Button>
        </Buttons>
      </form>
    </Dialog>
  );
}
