import { useInfiniteQuery, useMutation } from '@tanstack/react-query';
import { useState } from 'react';

import { donationsFile, remittancesQuery, useCancelRemittance, useMarkRemitted } from '../../api/charities';
import { fieldsOf, messageOf } from '../../api/problem';
import type { Remittance } from '../../api/types';
import { plural } from '../../lib/format';
import { Button } from '../../ui/Button';
import { Buttons, Dialog } from '../../ui/Dialog';
import { TextField } from '../../ui/Field';
import { Failed, FormProblem, Loading } from '../../ui/states';
import { Amount, Badge, When } from '../../ui/text';
import { TextDialog } from '../../ui/TextDialog';
import { useToasts } from '../../ui/Toast';

/** The transfers to charities: those to be paid first, then what was paid, with its proof. */
export function Remittances({ may }: { may: boolean }) {
  const all = useInfiniteQuery(remittancesQuery);
  const [doing, setDoing] = useState<{ of: Remittance; what: 'pay' | 'cancel' } | null>(null);
  const close = () => setDoing(null);
  if (all.isPending) return <Loading lines={2} />;
  if (!all.data) return <Failed error={all.error} retry={() => void all.refetch()} />;
  if (all.data.length === 0) return null;
  const rows = [...all.data.filter((m) => m.state === 'open'), ...all.data.filter((m) => m.state !== 'open')];
  return (
    <section aria-labelledby="remittances" className="flex flex-col gap-2">
      <h2 id="remittances" className="font-semibold">
        Remittances
      </h2>
      <ul className="card divide-line divide-y">
        {rows.map((m) => (
          <li key={m.id} className="flex flex-wrap items-center gap-x-3 gap-y-2 px-4 py-3">
            <div className="min-w-0 flex-1 basis-64">
              <p className="flex flex-wrap items-center gap-2">
                <Amount of={m.amount} className="font-medium" /> to <b className="wrap-anywhere">{m.charity}</b>
                <StateBadge of={m} />
              </p>
              <p className="text-muted wrap-anywhere">{told(m)}</p>
              <p className="text-muted">
                {plural(m.donations, 'donation')}, made by {m.made_by} <When at={m.created_at} as="date" />
              </p>
            </div>
            {may && m.state !== 'cancelled' && <DonationsButton of={m} />}
            {may && m.state === 'open' && (
              <>
                <Button look="quiet" onClick={() => setDoing({ of: m, what: 'cancel' })}>
                  Cancel
                </Button>
                <Button look="primary" onClick={() => setDoing({ of: m, what: 'pay' })}>
                  Mark as paid
                </Button>
              </>
            )}
          </li>
        ))}
      </ul>
      {all.hasNextPage && (
        <div>
          <Button pending={all.isFetchingNextPage} onClick={() => void all.fetchNextPage()}>
            Show older ones
          </Button>
        </div>
      )}
      {doing?.what === 'pay' && <PaidDialog of={doing.of} onClose={close} />}
      {doing?.what === 'cancel' && <CancelDialog of={doing.of} onClose={close} />}
    </section>
  );
}

function StateBadge({ of: m }: { of: Remittance }) {
  switch (m.state) {
    case 'paid':
      return <Badge tone="good">Paid</Badge>;
    case 'cancelled':
      return <Badge>Cancelled</Badge>;
    default:
      return <Badge tone="warn">To be paid</Badge>;
  }
}

function told(m: Remittance): string {
  switch (m.state) {
    case 'paid':
      return `Paid on ${m.paid_on ?? ''}, reference ${m.reference ?? ''}. Receipt: ${m.proof ?? ''}`;
    case 'cancelled':
      return m.note ?? '';
    default:
      return 'Pay it at your bank, then enter the reference and where the receipt is kept.';
  }
}

/** Saves the donations for the bank and the charity; nobody's name is in them. */
function DonationsButton({ of: m }: { of: Remittance }) {
  const toasts = useToasts();
  const save = useMutation({
    mutationFn: () => donationsFile(m.id),
    onSuccess: (file) => {
      const link = document.createElement('a');
      link.href = URL.createObjectURL(file);
      link.download = `donations-${m.created_at.slice(0, 10)}.csv`;
      link.click();
      URL.revokeObjectURL(link.href);
    },
    onError: (e) => toasts.failed(messageOf(e)),
  });
  return (
    <Button look="quiet" pending={save.isPending} onClick={() => save.mutate()} aria-label={`Save the donations to ${m.charity} as CSV`}>
      CSV
    </Button>
  );
}

const proofFields = ['reference', 'paid_on', 'proof'];

function PaidDialog({ of: m, onClose }: { of: Remittance; onClose: () => void }) {
  const mark = useMarkRemitted(m.id);
  const toasts = useToasts();
  const [reference, setReference] = useState('');
  const [paidOn, setPaidOn] = useState('');
  const [proof, setProof] = useState('');
  const problems = fieldsOf(mark.error);
  return (
    <Dialog title={`Paid to ${m.charity}`} onClose={onClose}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(e) => {
          e.preventDefault();
          mark.mutate(
            { reference, paid_on: paidOn, proof },
            {
              onSuccess: () => {
                toasts.done(`Paid to ${m.charity}. Everybody who gave is told.`);
                onClose();
              },
            },
          );
        }}
      >
        <p>
          <Amount of={m.amount} className="font-semibold" /> in {plural(m.donations, 'donation')}
        </p>
        <TextField label="Bank reference" required maxLength={200} value={reference} onValue={setReference} error={problems['reference']} />
        <TextField label="Day of the transfer" type="date" required value={paidOn} onValue={setPaidOn} error={problems['paid_on']} />
        <TextField
          label="Receipt"
          help="Where the charity's receipt is kept: a file, a folder, a number"
          required
          maxLength={200}
          value={proof}
          onValue={setProof}
          error={problems['proof']}
        />
        <FormProblem error={mark.error} fields={proofFields} />
        <Buttons>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" pending={mark.isPending}>
            Mark as paid
          </Button>
        </Buttons>
      </form>
    </Dialog>
  );
}

function CancelDialog({ of: m, onClose }: { of: Remittance; onClose: () => void }) {
  const cancel = useCancelRemittance(m.id);
  return (
    <TextDialog
      title={`Cancel the remittance to ${m.charity}`}
      about="Only if it was not paid. What was set aside is due again."
      label="Why"
      field="note"
      verb="Cancel the remittance"
      danger
      pending={cancel.isPending}
      error={cancel.error}
      onSend={(note) => cancel.mutate(note, { onSuccess: onClose })}
      onClose={onClose}
    />
  );
}
