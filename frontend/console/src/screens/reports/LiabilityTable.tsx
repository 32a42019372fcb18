import type { Liability } from '../../api/types';
import { formatTime } from '../../lib/format';
import { Card, ScrollX } from '../../ui/Page';
import { Empty } from '../../ui/states';
import { Table, type Column } from '../../ui/Table';
import { Amount } from '../../ui/text';
import { CsvButton } from './CsvButton';

type Sum = Exclude<keyof Liability['rows'][number], 'currency'>;

interface Line {
  of: Sum;
  name: string;
  help?: string;
  total?: boolean;
}

const lines: readonly Line[] = [
  { of: 'pending', name: 'In the window', help: 'Earned, and still refundable' },
  { of: 'held', name: 'Being checked' },
  { of: 'payable', name: 'Approved' },
  { of: 'clearing', name: 'On its way' },
  { of: 'outstanding', name: 'Not used yet', help: 'Codes and credits that were given' },
  { of: 'charity', name: 'For charities' },
  { of: 'total', name: 'Owed in all', total: true },
  { of: 'receivable', name: 'Owed to us' },
  { of: 'paid', name: 'Paid so far' },
  { of: 'reversed', name: 'Taken back' },
];

/** What is owed, to the cent: a line for each state of a thank-you, a column for each currency. */
export function LiabilityTable({ liability: l }: { liability: Liability }) {
  const columns: Column<Line>[] = [
    {
      key: 'name',
      head: 'Thank-yous',
      cell: (line) => (
        <>
          <span className={line.total ? 'font-semibold' : undefined}>{line.name}</span>
          {line.help && <span className="text-muted block text-[13px]">{line.help}</span>}
        </>
      ),
    },
    ...l.rows.map((r) => ({
      key: r.currency,
      head: r.currency,
      cell: (line: Line) => <Amount of={r[line.of]} className={line.total ? 'font-semibold' : undefined} />,
      right: true,
    })),
  ];
  return (
    <Card title={`Liability on ${formatTime(l.at)}`} actions={<CsvButton name="liability" />}>
      <ScrollX label="Rows of the liability">
        {l.rows.length > 0 ? (
          <Table label="Liability" columns={columns} rows={lines} rowKey={(line) => line.of} />
        ) : (
          <Empty title="Nothing is owed" />
        )}
      </ScrollX>
    </Card>
  );
}
