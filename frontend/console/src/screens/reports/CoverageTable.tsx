import { Link } from '@tanstack/react-router';

import type { Coverage } from '../../api/types';
import { formatNumber, sentence } from '../../lib/format';
import { Card, ScrollX } from '../../ui/Page';
import { Table, type Column } from '../../ui/Table';
import { CsvButton } from './CsvButton';

const columns: Column<Coverage['sources'][number]>[] = [
  { key: 'source', head: 'Source', cell: (s) => sentence(s.source) || 'Not said' },
  { key: 'introductions', head: 'Introductions', cell: (s) => formatNumber(s.introductions), right: true },
  { key: 'customers', head: 'By customers', cell: (s) => formatNumber(s.customers), right: true, roomy: true },
  { key: 'accepted', head: 'Yes', cell: (s) => formatNumber(s.accepted), right: true },
  { key: 'won', head: 'Won', cell: (s) => formatNumber(s.won), right: true },
];

/** Who was never asked, who was never thanked, and which of the five sources was never tried. */
export function CoverageTable({ coverage: c }: { coverage: Coverage }) {
  return (
    <Card title="Blind spots" actions={<CsvButton name="coverage" />}>
      <p className="p-4">
        Of {formatNumber(c.customers)} customers, {formatNumber(c.asked)} were asked at least once and{' '}
        <Link to="/customers" search={{ asked: 'never' }} className="link">
          {formatNumber(c.never_asked)} never
        </Link>
        . {formatNumber(c.introducers)} introduced somebody; {formatNumber(c.never_thanked)} of them were never thanked.
      </p>
      <div className="border-line border-t">
        <ScrollX label="Rows of the sources">
          <Table label="Sources" columns={columns} rows={c.sources} rowKey={(s) => s.source} />
        </ScrollX>
      </div>
    </Card>
  );
}
