import { useState } from 'react';

import { useMoveIntroduction } from '../../api/introductions';
import { fieldsOf } from '../../api/problem';
import type { Introduction } from '../../api/types';
import { formatMoney } from '../../lib/format';
import { Button } from '../../ui/Button';
import { Buttons, Dialog } from '../../ui/Dialog';
import { TextArea, TextField } from '../../ui/Field';
import { AmountField } from '../../ui/NumberField';
import { FormProblem } from '../../ui/states';
import { useToasts } from '../../ui/Toast';
import { introducerName, prospectName } from './words';

const fields = ['amount', 'amount.amount_minor', 'amount.currency', 'stripe_customer', 'external_id', 'evidence'];

/** Closes an introduction as won. Rewards follow from it. */
export function WinDialog({
  introduction: i,
  currency: usual = 'EUR',
  onClose,
}: {
  introduction: Introduction;
  currency?: string;
  onClose: () => void;
}) {
  const move = useMoveIntroduction();
  const toasts = useToasts();
  const [currency, setCurrency] = useState(usual);
  const [minor, setMinor] = useState(0);
  const [stripe, setStripe] = useState('');
  const [external, setExternal] = useState('');
  const [evidence, setEvidence] = useState('');
  const problems = fieldsOf(move.error);
  return (
    <Dialog title={`${prospectName(i)} is a customer`} onClose={onClose}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(e) => {
          e.preventDefault();
          const body = {
            amount: { amount_minor: minor, currency },
            stripe_customer: stripe || undefined,
            external_id: external || undefined,
            evidence: evidence || undefined,
          };
          move.mutate(
            { id: i.id, verb: 'win', body },
            {
              onSuccess: () => {
                toasts.done(`Won: ${formatMoney(body.amount)}. ${introducerName(i)} hears about it.`);
                onClose();
              },
            },
          );
        }}
      >
        <div className="grid grid-cols-[1fr_6rem] gap-3">
          <AmountField
            key={currency}
            label="What the deal is worth"
            help="Net of tax, discounts and credits"
            currency={currency}
            minor={minor}
            onMinor={setMinor}
            error={problems['amount'] ?? problems['amount.amount_minor']}
          />
          <TextField
            label="Currency"
            maxLength={3}
            required
            value={currency}
            onValue={(v) => setCurrency(v.toUpperCase())}
            error={problems['amount.currency']}
          />
        </div>
        <TextField
          label="Stripe customer"
          help="Lets refunds be recognised"
          placeholder="cus_…"
          value={stripe}
          onValue={setStripe}
          error={problems['stripe_customer']}
        />
        <TextField label="Id of the deal in your CRM" value={external} onValue={setExternal} error={problems['external_id']} />
        <TextArea
          label="What shows it"
          help="An order number, a signed offer"
          required
          value={evidence}
          onValue={setEvidence}
          error={problems['evidence']}
        />
        <p className="text-muted">Rewards follow from the offer and wait out the refund window. Whoever closes by hand does not approve them.</p>
        <FormProblem error={move.error} fields={fields} />
        <Buttons>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" pending={move.isPending}>
            Close as won
          </Button>
        </Buttons>
      </form>
    </Dialog>
  );
}
