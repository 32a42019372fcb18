import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { switchQuery, useSwitchPayouts } from '../../api/rewards';
import { Button } from '../../ui/Button';
import { Note } from '../../ui/states';
import { When } from '../../ui/text';
import { TextDialog } from '../../ui/TextDialog';
import { useToasts } from '../../ui/Toast';

/** Whether anything is paid out, by whose word, and the way to stop everything. */
export function PauseSwitch({ may }: { may: boolean }) {
  const now = useQuery(switchQuery);
  const change = useSwitchPayouts();
  const toasts = useToasts();
  const [asking, setAsking] = useState(false);
  if (!now.data) return now.isError ? <Note kind="warning">Whether payouts are paused could not be loaded.</Note> : null;
  const { paused, scopes } = now.data;
  const all = scopes.find((s) => s.scope === 'all');
  const others = scopes.filter((s) => s.scope !== 'all' && s.paused);
  const close = () => {
    setAsking(false);
    change.reset();
  };
  return (
    <>
      <div
        className={
          paused
            ? 'border-warning bg-warning-tint rounded-card flex flex-wrap items-center gap-3 border px-4 py-3'
            : 'card flex flex-wrap items-center gap-3 px-4 py-3'
        }
      >
        <div className="min-w-0 flex-1">
          <p className="font-semibold">{paused ? 'Payouts are paused' : 'Payouts are running'}</p>
          {paused && all && (
            <p>
              {all.actor}, <When at={all.changed_at} as="time" />: {all.reason}
            </p>
          )}
          {others.length > 0 && <p className="text-muted">Paused besides: {others.map((s) => s.scope).join(', ')}</p>}
        </div>
        {may && (
          <Button look={paused ? 'primary' : 'danger'} onClick={() => setAsking(true)}>
            {paused ? 'Resume' : 'Pause everything'}
          </Button>
        )}
      </div>
      {asking && (
        <TextDialog
          title={paused ? 'Resume payouts?' : 'Pause all payouts?'}
          about={
            paused
              ? 'What is ready goes out again.'
              : 'Nothing more goes out on any rail. What is on its way is followed to its end. Rewards are still earned and held.'
          }
          label="Why"
          field="reason"
          verb={paused ? 'Resume' : 'Pause everything'}
          danger={!paused}
          pending={change.isPending}
          error={change.error}
          onClose={close}
          onSend={(reason) =>
            change.mutate(
              { paused: !paused, reason },
              {
                onSuccess: () => {
                  toasts.done(paused ? 'Payouts are running again.' : 'Payouts are paused.');
                  close();
                },
              },
            )
          }
        />
      )}
    </>
  );
}
