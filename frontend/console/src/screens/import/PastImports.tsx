import { Link } from '@tanstack/react-router';

import type { Import } from '../../api/types';
import { formatNumber } from '../../lib/format';
import { Card } from '../../ui/Page';
import { Table, type Column } from '../../ui/Table';
import { Badge, State, When } from '../../ui/text';

const columns: Column<Import>[] = [
  {
    key: 'file',
    head: 'File',
    cell: (i) => (
      <Link to="/import/$id" params={{ id: i.id }} className="font-medium hover:underline">
        {i.file_name || 'customers.csv'}
      </Link>
    ),
  },
  { key: 'state', head: 'State', cell: (i) => (i.dry_run ? <Badge>Dry run</Badge> : <State of={i.state} />) },
  { key: 'created', head: 'New', cell: (i) => formatNumber(i.created), right: true, wide: true },
  { key: 'updated', head: 'Changed', cell: (i) => formatNumber(i.updated), right: true, wide: true },
  { key: 'refused', head: 'Refused', cell: (i) => formatNumber(i.refused), right: true, wide: true },
  { key: 'by', head: 'By', cell: (i) => i.actor, wide: true },
  { key: 'at', head: 'When', cell: (i) => <When at={i.created_at} />, right: true },
];

export function PastImports({ imports }: { imports: readonly Import[] }) {
  return (
    <Card title="Earlier imports">
      <Table label="Earlier imports" columns={columns} rows={imports} rowKey={(i) => i.id} />
    </Card>
  );
}
