import { useInfiniteQuery } from '@tanstack/react-query';

import { rewardsQuery } from '../../api/rewards';
import type { Reward } from '../../api/types';
import { sentence } from '../../lib/format';
import { railName } from '../../lib/words';
import { FilterSelect } from '../../ui/filters';
import { Empty } from '../../ui/states';
import { Pages, type Column } from '../../ui/Table';
import { Amount, Badge, When } from '../../ui/text';
import { earnedFor, heldWords, states, stateTones } from './words';

interface Props {
  state: string | undefined;
  selected: string | undefined;
  onState: (state: string | undefined) => void;
  onOpen: (id: string) => void;
}

export function RewardList({ state, selected, onState, onOpen }: Props) {
  const chosen = states.find((s) => s.value === state)?.value;
  const rewards = useInfiniteQuery(rewardsQuery({ state: chosen && [chosen] }));
  const columns: Column<Reward>[] = [
    {
      key: 'payee',
      head: 'For',
      cell: (r) => (
        <div className="min-w-0">
          <button type="button" className="text-left font-medium hover:underline" onClick={() => onOpen(r.id)}>
            {r.payee || 'Erased'}
          </button>
          <div className="text-muted text-[13px]">because {earnedFor(r)}</div>
        </div>
      ),
    },
    { key: 'amount', head: 'Amount', cell: (r) => <Amount of={r.amount} className="font-medium" />, right: true },
    {
      key: 'state',
      head: 'State',
      cell: (r) => (
        <>
          <Badge tone={stateTones[r.state]}>{r.state_text}</Badge>
          {r.held_reason && <div className="text-muted mt-0.5 text-[13px]">{heldWords[r.held_reason] ?? sentence(r.held_reason)}</div>}
        </>
      ),
    },
    { key: 'rail', head: 'Paid as', cell: (r) => (r.rail ? railName(r.rail) : <span className="text-muted">not chosen</span>), wide: true },
    { key: 'campaign', head: 'Campaign', cell: (r) => r.campaign_name, wide: true },
    { key: 'until', head: 'Window ends', cell: (r) => <When at={r.matures_at} as="date" />, right: true, wide: true },
  ];
  return (
    <div className="flex flex-col gap-4">
      <div role="search" aria-label="Filters">
        <FilterSelect label="State" all="Any state" value={state} options={states} onValue={onState} />
      </div>
      <div className="card min-w-0">
        <Pages
          label="Rewards"
          query={rewards}
          columns={columns}
          rowKey={(r) => r.id}
          selected={selected}
          onOpen={(r) => onOpen(r.id)}
          empty={
            chosen ? (
              <Empty title="None in this state" />
            ) : (
              <Empty title="No rewards yet">They appear when somebody earns one, by the offer of a campaign.</Empty>
            )
          }
        />
      </div>
    </div>
  );
}
