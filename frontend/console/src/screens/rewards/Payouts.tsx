import { useInfiniteQuery } from '@tanstack/react-query';

import { payoutsQuery } from '../../api/rewards';
import type { Payout } from '../../api/types';
import { railName } from '../../lib/words';
import { FilterSelect } from '../../ui/filters';
import { Empty } from '../../ui/states';
import { Pages, type Column } from '../../ui/Table';
import { Amount, Badge, When } from '../../ui/text';
import { answer, payoutStates, payoutTones } from './words';

const sentAt = (p: Payout) => p.last_sent_at ?? p.created_at;

/** Every attempt to pay, with what the rail said. */
export function Payouts({
  state,
  onState,
  onOpen,
}: {
  state: string | undefined;
  onState: (state: string | undefined) => void;
  onOpen: (rewardId: string) => void;
}) {
  const chosen = payoutStates.find((s) => s.value === state)?.value;
  const payouts = useInfiniteQuery(payoutsQuery({ state: chosen && [chosen] }));
  const columns: Column<Payout>[] = [
    {
      key: 'payee',
      head: 'To',
      cell: (p) => (
        <div className="min-w-0">
          <button type="button" className="text-left font-medium hover:underline" onClick={() => onOpen(p.reward_id)}>
            {p.payee || 'Erased'}
          </button>
          <div className="text-muted hidden text-[13px] @md:block">{p.campaign_name}</div>
          <div className="text-muted text-[13px] @md:hidden">
            {railName(p.rail)}, <When at={sentAt(p)} as="date" />
          </div>
        </div>
      ),
    },
    { key: 'amount', head: 'Amount', cell: (p) => <Amount of={p.amount} className="font-medium" />, right: true },
    { key: 'state', head: 'State', cell: (p) => <Badge tone={payoutTones[p.state]}>{payoutStates.find((s) => s.value === p.state)?.label}</Badge> },
    { key: 'rail', head: 'Rail', cell: (p) => railName(p.rail), roomy: true },
    { key: 'answer', head: 'Last answer', cell: (p) => answer(p) || '–', wide: true },
    { key: 'object', head: 'Reference', cell: (p) => <span className="font-mono text-[13px]">{p.rail_object ?? '–'}</span>, wide: true },
    { key: 'sent', head: 'Sent', cell: (p) => <When at={sentAt(p)} as="date" />, right: true, roomy: true },
  ];
  return (
    <div className="flex flex-col gap-4">
      <div role="search" aria-label="Filters">
        <FilterSelect label="State" all="Any state" value={state} options={payoutStates} onValue={onState} />
      </div>
      <div className="card min-w-0">
        <Pages label="Payouts" query={payouts} columns={columns} rowKey={(p) => p.id} empty={<Empty title="No payouts" />} />
      </div>
    </div>
  );
}
