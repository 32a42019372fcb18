import { Link } from '@tanstack/react-router';
import type { ComponentProps } from 'react';

import type { Customer } from '../../api/types';
import { whyNot } from '../../lib/words';
import { ButtonLink } from '../../ui/Button';
import { Empty } from '../../ui/states';
import { Pages, type Column } from '../../ui/Table';
import { Amount, Badge, When } from '../../ui/text';

const columns: Column<Customer>[] = [
  {
    key: 'name',
    head: 'Name',
    cell: (c) => (
      <div className="min-w-0">
        <Link to="/customers/$id" params={{ id: c.id }} className="font-medium hover:underline">
          {c.name || c.email || 'Without a name'}
        </Link>
        <div className="text-muted text-[13px] wrap-anywhere">{c.email || 'no working address'}</div>
      </div>
    ),
  },
  { key: 'company', head: 'Company', cell: (c) => c.company || <span className="text-muted">–</span> },
  { key: 'division', head: 'Division', cell: (c) => c.division, wide: true },
  { key: 'owner', head: 'Owner', cell: (c) => c.owner_name ?? <span className="text-muted">nobody</span>, wide: true },
  { key: 'order', head: 'Last order', cell: (c) => <Amount of={c.last_order} />, right: true, wide: true },
  { key: 'asked', head: 'Asked', cell: (c) => (c.asked_at ? <When at={c.asked_at} /> : <Badge>never</Badge>), wide: true },
  {
    key: 'may',
    head: 'May be asked',
    cell: (c) => (c.may_not_ask ? <span className="text-muted text-[13px]">{whyNot(c.may_not_ask)}</span> : 'yes'),
    wide: true,
  },
];

interface Props {
  query: ComponentProps<typeof Pages<Customer>>['query'];
  narrowed: boolean;
  mayImport: boolean;
  onOpen: (customer: Customer) => void;
}

export function CustomerTable({ query, narrowed, mayImport, onOpen }: Props) {
  return (
    <div className="card min-w-0">
      <Pages
        label="Customers"
        query={query}
        columns={columns}
        rowKey={(c) => c.id}
        onOpen={onOpen}
        empty={
          narrowed ? (
            <Empty title="Nobody fits">Take a filter away, or search for something shorter.</Empty>
          ) : (
            <Empty title="No customers yet">
              <p>Bring them in from your CRM. You see what is read before anything is kept.</p>
              {mayImport && (
                <ButtonLink to="/import" look="primary">
                  Import a CSV file
                </ButtonLink>
              )}
            </Empty>
          )
        }
      />
    </div>
  );
}
