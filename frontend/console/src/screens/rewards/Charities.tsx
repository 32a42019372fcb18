import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { charitiesQuery, dueQuery, useCharityActive, useRemit } from '../../api/charities';
import { messageOf } from '../../api/problem';
import type { Charity, Due } from '../../api/types';
import { plural, sentence } from '../../lib/format';
import { Button } from '../../ui/Button';
import { Empty, Failed, Loading } from '../../ui/states';
import { Amount, Badge, When } from '../../ui/text';
import { useToasts } from '../../ui/Toast';
import { CharityDialog } from './CharityDialog';
import { Remittances } from './Remittances';

/** To whom customers may give what they earn, what is due to each, and what was sent. */
export function Charities({ may }: { may: boolean }) {
  const [edited, setEdited] = useState<Charity | 'new' | null>(null);
  const charities = useQuery(charitiesQuery);
  const due = useQuery(dueQuery);
  if (charities.isPending || due.isPending) return <Loading />;
  if (!charities.data) return <Failed error={charities.error} retry={() => void charities.refetch()} />;
  if (!due.data) return <Failed error={due.error} retry={() => void due.refetch()} />;
  return (
    <div className="flex flex-col gap-4">
      {due.data.map((d) => (
        <DueCard key={`${d.charity_id} ${d.amount.currency}`} due={d} may={may} />
      ))}
      <Remittances may={may} />
      <section aria-labelledby="charities-title" className="flex flex-col gap-2">
        <div className="flex items-center justify-between gap-3">
          <h2 id="charities-title" className="font-semibold">
            Charities
          </h2>
          {may && <Button onClick={() => setEdited('new')}>Add a charity</Button>}
        </div>
        <div className="card min-w-0">
          {charities.data.length === 0 ? (
            <Empty title="No charities yet">Once there is one, campaigns can let customers give their thank-you to it.</Empty>
          ) : (
            <ul className="divide-line divide-y">
              {charities.data.map((c) => (
                <CharityLine key={c.id} of={c} may={may} onEdit={() => setEdited(c)} />
              ))}
            </ul>
          )}
        </div>
      </section>
      {edited && <CharityDialog of={edited === 'new' ? null : edited} onClose={() => setEdited(null)} />}
    </div>
  );
}

function DueCard({ due: d, may }: { due: Due; may: boolean }) {
  const remit = useRemit();
  const toasts = useToasts();
  const make = () =>
    remit.mutate(
      { charity_id: d.charity_id, currency: d.amount.currency },
      {
        onSuccess: (made) => toasts.done(`${plural(made.donations, 'donation')} are set aside. Pay them at your bank, then enter the reference below.`),
        onError: (e) => toasts.failed(messageOf(e)),
      },
    );
  return (
    <section aria-label={`Due to ${d.charity}`} className="card flex flex-wrap items-center gap-3 p-4">
      <div className="min-w-0 flex-1 basis-64">
        <p className="flex flex-wrap items-center gap-2">
          <Amount of={d.amount} className="font-semibold" /> due to <b className="wrap-anywhere">{d.charity}</b>
          {d.overdue && <Badge tone="bad">Overdue</Badge>}
        </p>
        <p className="text-muted">
          {plural(d.donations, 'donation')}, the oldest has to be there by <When at={d.due_at} as="date" />
        </p>
      </div>
      {may && !d.remittance_id && (
        <Button look="primary" pending={remit.isPending} onClick={make}>
          Make a remittance
        </Button>
      )}
    </section>
  );
}

function CharityLine({ of: c, may, onEdit }: { of: Charity; may: boolean; onEdit: () => void }) {
  const active = useCharityActive();
  const toasts = useToasts();
  return (
    <li className="flex flex-wrap items-center gap-3 px-4 py-3">
      <div className="min-w-0 flex-1 basis-64">
        <p className="flex flex-wrap items-center gap-2">
          <b className="wrap-anywhere">{c.name}</b>
          <span className="text-muted">{c.registration}</span>
          {!c.active && <Badge>Takes nothing more</Badge>}
          {c.active && c.missing.length > 0 && <Badge tone="warn">To be completed</Badge>}
        </p>
        <p className="text-muted wrap-anywhere">
          {c.missing.length > 0
            ? `Missing before a campaign can be launched with it: ${c.missing.map((m) => sentence(m).toLowerCase()).join(', ')}`
            : `Contract ${c.contract}, within ${plural(c.remit_days, 'day')}, for customers in ${c.jurisdictions.join(', ')}`}
        </p>
      </div>
      {may && (
        <>
          <Button onClick={onEdit} aria-label={`Change ${c.name}`}>
            Change
          </Button>
          <Button
            look="quiet"
            pending={active.isPending}
            aria-label={c.active ? `End donations to ${c.name}` : `Let ${c.name} take donations again`}
            onClick={() => active.mutate({ of: c, active: !c.active }, { onError: (e) => toasts.failed(messageOf(e)) })}
          >
            {c.active ? 'End' : 'Take again'}
          </Button>
        </>
      )}
    </li>
  );
}
