import { useState } from 'react';

import { fieldsOf } from '../../api/problem';
import type { Story } from '../../api/types';
import { Button } from '../../ui/Button';
import { Buttons, Dialog } from '../../ui/Dialog';
import { StaffSelect } from '../../ui/StaffSelect';
import { FormProblem } from '../../ui/states';

/** Gives an introduction to a colleague. */
export function AssignDialog({
  story,
  pending,
  error,
  onClose,
  onAssign,
}: {
  story: Story;
  pending: boolean;
  error: unknown;
  onClose: () => void;
  onAssign: (ownerId: string) => void;
}) {
  const [owner, setOwner] = useState(story.owner_id ?? '');
  return (
    <Dialog title="Who looks after it?" onClose={onClose}>
      <form
        onSubmit={(e) => {
          e.preventDefault();
          onAssign(owner || 'me');
        }}
      >
        <StaffSelect label="Owner" none="Me" value={owner} onValue={setOwner} error={fieldsOf(error)['owner_id']} />
        <FormProblem error={error} fields={['owner_id']} />
        <Buttons>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" pending={pending}>
            Assign
          </Button>
        </Buttons>
      </form>
    </Dialog>
  );
}
