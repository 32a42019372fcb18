import { useState } from 'react';

import type { DeclineReason } from '../../api/testimonials';
import { Button } from '../../ui/Button';
import { Buttons, Dialog } from '../../ui/Dialog';
import { FormProblem } from '../../ui/states';
import { declineWords } from './words';

/** Declines for one of the neutral reasons; that somebody is unhappy is none of them. */
export function DeclineDialog({
  pending,
  error,
  onClose,
  onDecline,
}: {
  pending: boolean;
  error: unknown;
  onClose: () => void;
  onDecline: (reason: DeclineReason) => void;
}) {
  const [reason, setReason] = useState<DeclineReason>();
  return (
    <Dialog title="Decline this testimonial?" onClose={onClose}>
      <form
        onSubmit={(e) => {
          e.preventDefault();
          if (reason) onDecline(reason);
        }}
      >
        <fieldset>
          <legend className="mb-2">Why? The author reads the reason. That somebody is not happy with us is no reason.</legend>
          <div className="flex flex-col gap-1">
            {declineWords.map((w) => (
              <label key={w.value} className="flex min-h-8 items-center gap-2.5">
                <input
                  type="radio"
                  name="reason"
                  required
                  className="accent-brand size-4"
                  checked={reason === w.value}
                  onChange={() => setReason(w.value)}
                />
                {w.label}
              </label>
            ))}
          </div>
        </fieldset>
        <FormProblem error={error} />
        <Buttons>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="danger" pending={pending} disabled={!reason}>
            Decline
          </Button>
        </Buttons>
      </form>
    </Dialog>
  );
}
