import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { useCan } from '../../api/me';
import { customerTaxQuery, useForgetTaxForm } from '../../api/tax';
import { formatMoney } from '../../lib/format';
import { Button } from '../../ui/Button';
import { Card, Facts } from '../../ui/Page';
import { Failed, Loading, Note } from '../../ui/states';
import { Amount } from '../../ui/text';
import { TextDialog } from '../../ui/TextDialog';
import { useToasts } from '../../ui/Toast';
import { TaxFormDialog } from './TaxFormDialog';

/** What somebody in the United States got this year, and whether their tax form is there. */
export function TaxCard({ customerId, name }: { customerId: string; name: string }) {
  const tax = useQuery(customerTaxQuery(customerId));
  const forget = useForgetTaxForm(customerId);
  const can = useCan();
  const toasts = useToasts();
  const [open, setOpen] = useState<'note' | 'forget' | null>(null);
  const row = tax.data?.rows[0];
  return (
    <Card title="US tax">
      <div className="flex flex-col gap-3 p-4">
        {tax.isPending && <Loading lines={2} />}
        {tax.isError && !tax.data && <Failed error={tax.error} retry={() => void tax.refetch()} />}
        {tax.data && row && (
          <>
            {row.held.amount_minor > 0 && (
              <Note kind="warning">{formatMoney(row.held)} waits for a tax form. Once it is noted here, it goes on by itself.</Note>
            )}
            <Facts
              rows={[
                [`Got in ${tax.data.year}`, <Amount key="total" of={row.total} />],
                ['Form needed from', <Amount key="threshold" of={tax.data.threshold} />],
                ['Tax form', row.form ? `${row.form.kind}, received ${row.form.received_on}${row.form.noted_by && `, noted by ${row.form.noted_by}`}` : 'none'],
              ]}
            />
            {can('rewards.decide') && (
              <div className="flex flex-wrap gap-2">
                <Button look={row.held.amount_minor > 0 ? 'primary' : undefined} onClick={() => setOpen('note')}>
                  Tax form received
                </Button>
                {row.form && <Button onClick={() => setOpen('forget')}>It does not hold</Button>}
              </div>
            )}
          </>
        )}
      </div>
      {open === 'note' && <TaxFormDialog customerId={customerId} name={name} onClose={() => setOpen(null)} />}
      {open === 'forget' && (
        <TextDialog
          title="Take the tax form back?"
          about={<p>What goes out next is weighed as if there were none. What is on its way stays so.</p>}
          label="Why"
          field="reason"
          verb="Take back"
          danger
          pending={forget.isPending}
          error={forget.error}
          onClose={() => {
            setOpen(null);
            forget.reset();
          }}
          onSend={(reason) =>
            forget.mutate(reason, {
              onSuccess: () => {
                toasts.done('Taken back.');
                setOpen(null);
              },
            })
          }
        />
      )}
    </Card>
  );
}
