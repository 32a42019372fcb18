import type { ReactNode } from 'react';

import { Button } from './Button';
import { Buttons, Dialog } from './Dialog';
import { FormProblem } from './states';

interface ConfirmProps {
  title: string;
  /** What will happen: what, how many, how much money. */
  children: ReactNode;
  verb: string;
  danger?: boolean;
  pending: boolean;
  error: unknown;
  onConfirm: () => void;
  onClose: () => void;
}

/** A plain question before what cannot be undone. */
export function Confirm({ title, children, verb, danger = false, pending, error, onConfirm, onClose }: ConfirmProps) {
  return (
    <Dialog title={title} onClose={onClose}>
      <div className="flex flex-col gap-3">{children}</div>
      <FormProblem error={error} />
      <Buttons>
        <Button onClick={onClose}>Cancel</Button>
        <Button look={danger ? 'danger' : 'primary'} pending={pending} onClick={onConfirm}>
          {verb}
        </Button>
      </Buttons>
    </Dialog>
  );
}
