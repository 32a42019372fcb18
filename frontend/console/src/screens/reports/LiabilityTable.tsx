import type { Liability } from '../../api/types';
import { formatTime } from '../../lib/format';
import { Card, ScrollX } from '../../ui/Page';
import { Empty } from '../../ui/states';
import { Table, type Column } from '../../ui/Table';
import { Amount } from '../../ui/text';
import { CsvButton } from './CsvButton';

type Row = Liability['rows'][number];

const amount = (
  key: 'pending' | 'held' | 'payable' | 'clearing' | 'outstanding' | 'charity' | 'total' | 'receivable' | 'paid' | 'reversed',
  head: string,
  wide = false,
): Column<Row> => ({
  key,
  head,
  cell: (r) => <Amount of={r[key]} className={key === 'total' ? 'font-semibold' : undefined} />,
  right: true,
  wide,
});

const columns: Column<Row>[] = [
  { key: 'currency', head: 'Currency', cell: (r) => r.currency },
  { ...amount('pending', 'In the window'), roomy: true },
  amount('held', 'Being checked', true),
  amount('payable', 'Approved'),
  amount('clearing', 'On its way', true),
  amount('outstanding', 'Not used yet', true),
  amount('charity', 'For charities', true),
  amount('total', 'Owed in all'),
  amount('receivable', 'Owed to us', true),
  amount('paid', 'Paid so far', true),
  amount('reversed', 'Taken back', true),
];

/** What is owed, to the cent. */
export function LiabilityTable({ liability: l }: { liability: Liability }) {
  return (
    <Card title={`Liability on ${formatTime(l.at)}`} actions={<CsvButton name="liability" />}>
      <ScrollX label="Rows of the liability">
        {l.rows.length > 0 ? (
          <Table label="Liability" columns={columns} rows={l.rows} rowKey={(r) => r.currency} />
        ) : (
          <Empty title="Nothing is owed" />
        )}
      </ScrollX>
    </Card>
  );
}
