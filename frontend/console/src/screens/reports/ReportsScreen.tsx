import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';

import { useCan } from '../../api/me';
import { coverageQuery, funnelQuery, liabilityQuery } from '../../api/reports';
import { FilterSelect } from '../../ui/filters';
import { Page } from '../../ui/Page';
import { Failed, Loading } from '../../ui/states';
import { FunnelBars } from '../home/FunnelBars';
import { CoverageTable } from './CoverageTable';
import { dimensions, periods } from './words';
import { FunnelTable } from './FunnelTable';
import { JournalFile } from './JournalFile';
import { LiabilityTable } from './LiabilityTable';
import { TaxTable } from './TaxTable';

export default function ReportsScreen() {
  const { days = '30', by } = useSearch({ from: '/shell/reports' });
  const navigate = useNavigate({ from: '/reports' });
  const can = useCan();
  const dimension = dimensions.find((d) => d.value === by)?.value ?? 'campaign';
  const funnel = useQuery(funnelQuery(Number(days), dimension));
  const coverage = useQuery(coverageQuery);
  const liability = useQuery({ ...liabilityQuery, enabled: can('money.read') });
  return (
    <Page title="Reports">
      <div role="search" aria-label="Period and split" className="flex flex-wrap gap-2">
        <FilterSelect
          label="Period"
          all="30 days"
          value={days === '30' ? undefined : days}
          options={periods}
          onValue={(v) => void navigate({ search: (before) => ({ ...before, days: periods.find((p) => p.value === v)?.value }), replace: true })}
        />
        <FilterSelect
          label="Split by"
          all="By campaign"
          value={dimension === 'campaign' ? undefined : dimension}
          options={dimensions.filter((d) => d.value !== 'campaign')}
          onValue={(v) => void navigate({ search: (before) => ({ ...before, by: v }), replace: true })}
        />
      </div>
      {funnel.isPending && <Loading />}
      {funnel.isError && !funnel.data && <Failed error={funnel.error} retry={() => void funnel.refetch()} />}
      {funnel.data && (
        <>
          <FunnelBars title={`The last ${days} days`} row={funnel.data.total} />
          <FunnelTable rows={funnel.data.rows} />
        </>
      )}
      {coverage.data && <CoverageTable coverage={coverage.data} />}
      {coverage.isError && !coverage.data && <Failed error={coverage.error} retry={() => void coverage.refetch()} />}
      {liability.data && <LiabilityTable liability={liability.data} />}
      {liability.isError && !liability.data && <Failed error={liability.error} retry={() => void liability.refetch()} />}
      {can('money.read') && <TaxTable />}
      {can('money.read') && <JournalFile />}
    </Page>
  );
}
