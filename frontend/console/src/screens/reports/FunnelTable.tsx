import type { FunnelRow } from '../../api/types';
import { formatMoney, formatNumber } from '../../lib/format';
import { Card, ScrollX } from '../../ui/Page';
import { Empty } from '../../ui/states';
import { Table, type Column } from '../../ui/Table';
import { CsvButton } from './CsvButton';

const number = (
  key: 'asked' | 'started' | 'introduced' | 'accepted' | 'won' | 'rewarded' | 'testimonials',
  head: string,
  wide = false,
): Column<FunnelRow> => ({
  key,
  head,
  cell: (r) => formatNumber(r[key]),
  right: true,
  wide,
});

const columns: Column<FunnelRow>[] = [
  { key: 'name', head: 'Name', cell: (r) => r.name || r.key || 'none' },
  number('asked', 'Asked'),
  number('started', 'Started', true),
  { ...number('introduced', 'Introduced'), roomy: true },
  number('accepted', 'Yes'),
  number('won', 'Won'),
  number('rewarded', 'Rewarded', true),
  number('testimonials', 'Testimonials', true),
  { key: 'value', head: 'Value', cell: (r) => r.value.map(formatMoney).join(', ') || '–', right: true, wide: true },
];

export function FunnelTable({ rows }: { rows: readonly FunnelRow[] }) {
  return (
    <Card title="Funnel in rows" actions={<CsvButton name="funnel" />}>
      <ScrollX label="Rows of the funnel">
        {rows.length > 0 ? (
          <Table label="Funnel in rows" columns={columns} rows={rows} rowKey={(r) => r.key} />
        ) : (
          <Empty title="Nothing in this time" />
        )}
      </ScrollX>
    </Card>
  );
}
