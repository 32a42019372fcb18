import { useState } from 'react';

import { useDisableStaff } from '../../api/staff';
import type { Member } from '../../api/types';
import { Confirm } from '../../ui/Confirm';
import { StaffSelect } from '../../ui/StaffSelect';
import { useToasts } from '../../ui/Toast';

/** Disables an account after everything was handed over. */
export function DisableDialog({ member, onClose }: { member: Member; onClose: () => void }) {
  const disable = useDisableStaff();
  const toasts = useToasts();
  const [successor, setSuccessor] = useState('');
  return (
    <Confirm
      title={`Disable ${member.name}?`}
      verb="Disable"
      danger
      pending={disable.isPending}
      error={disable.error}
      onClose={onClose}
      onConfirm={() =>
        disable.mutate(
          { id: member.id, successorId: successor || undefined },
          {
            onSuccess: () => {
              toasts.done(`${member.name} can no longer sign in.`);
              onClose();
            },
          },
        )
      }
    >
      <p>They are signed out everywhere. Customers, open introductions and tasks go to:</p>
      <StaffSelect label="Successor" none="Their deputy" value={successor} onValue={setSuccessor} />
    </Confirm>
  );
}
