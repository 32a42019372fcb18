import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';

import { campaignsQuery } from '../../api/campaigns';
import { useCan } from '../../api/me';
import type { Campaign } from '../../api/types';
import { formatNumber, sentence } from '../../lib/format';
import { ButtonLink } from '../../ui/Button';
import { FilterSelect, SearchBox } from '../../ui/filters';
import { Page } from '../../ui/Page';
import { Empty } from '../../ui/states';
import { Pages, type Column } from '../../ui/Table';
import { State, When } from '../../ui/text';
import { askName } from './words';

const states = ['draft', 'scheduled', 'live', 'paused', 'ended'] as const;

const columns: Column<Campaign>[] = [
  {
    key: 'name',
    head: 'Name',
    cell: (c) => (
      <Link to="/campaigns/$id" params={{ id: c.id }} className="font-medium hover:underline">
        {c.name}
      </Link>
    ),
  },
  { key: 'state', head: 'State', cell: (c) => <State of={c.state} /> },
  { key: 'asks', head: 'Asks for', cell: (c) => c.asks.map(askName).join(', '), wide: true },
  { key: 'planned', head: 'Invited', cell: (c) => formatNumber(c.planned), right: true },
  { key: 'owner', head: 'Owner', cell: (c) => c.owner_name ?? '–', wide: true },
  { key: 'launched', head: 'Launched', cell: (c) => <When at={c.launched_at} as="date" />, wide: true },
];

export default function CampaignsScreen() {
  const { q, state } = useSearch({ from: '/shell/campaigns' });
  const navigate = useNavigate({ from: '/campaigns' });
  const can = useCan();
  const campaigns = useInfiniteQuery(campaignsQuery({ q, state }));
  const narrowed = Boolean(q || state);
  const start = can('campaigns.edit') && (
    <ButtonLink to="/campaigns/new" look="primary">
      Start a campaign
    </ButtonLink>
  );
  return (
    <Page title="Campaigns" actions={start}>
      <div role="search" aria-label="Filters" className="flex flex-wrap gap-2">
        <SearchBox label="Name" value={q} onValue={(v) => void navigate({ search: (before) => ({ ...before, q: v }), replace: true })} />
        <FilterSelect
          label="State"
          all="Any state"
          value={state}
          options={states.map((s) => ({ value: s, label: sentence(s) }))}
          onValue={(v) => void navigate({ search: (before) => ({ ...before, state: states.find((s) => s === v) }), replace: true })}
        />
      </div>
      <div className="card min-w-0">
        <Pages
          label="Campaigns"
          query={campaigns}
          columns={columns}
          rowKey={(c) => c.id}
          onOpen={(c) => void navigate({ to: '/campaigns/$id', params: { id: c.id } })}
          empty={
            narrowed ? (
              <Empty title="No campaign fits" />
            ) : (
              <Empty title="No campaigns yet">
                <p>Start from one of seven. All words are written; you change what is different with you.</p>
                {start}
              </Empty>
            )
          }
        />
      </div>
    </Page>
  );
}
