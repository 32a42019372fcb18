import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';

import { customerCountQuery, customersQuery, facetsQuery, segmentsQuery, type CustomersFilter } from '../../api/customers';
import { useCan } from '../../api/me';
import { plural } from '../../lib/format';
import { Button, ButtonLink } from '../../ui/Button';
import { Page } from '../../ui/Page';
import { CustomerForm } from './CustomerForm';
import { CustomerFilters, type Filters } from './CustomerFilters';
import { CustomerTable } from './CustomerTable';
import { SaveSegment } from './SaveSegment';
import { stages } from './words';

export default function CustomersScreen() {
  const { add, ...filters } = useSearch({ from: '/shell/customers' });
  const navigate = useNavigate({ from: '/customers' });
  const can = useCan();
  const [saving, setSaving] = useState(false);
  const filter: CustomersFilter = {
    q: filters.q,
    tag: filters.tag ? [filters.tag] : undefined,
    division: filters.division ? [filters.division] : undefined,
    country: filters.country ? [filters.country] : undefined,
    stage: stages.filter((s) => s.value === filters.stage).map((s) => s.value),
    owner_id: filters.owner_id,
    asked: filters.asked,
    segment_id: filters.segment_id,
  };
  if (filter.stage?.length === 0) delete filter.stage;
  const customers = useInfiniteQuery(customersQuery(filter));
  const count = useQuery(customerCountQuery(filter));
  const facets = useQuery(facetsQuery);
  const segments = useQuery(segmentsQuery);
  const narrowed = Object.values(filters).some((v) => v !== undefined);
  const narrow = (change: Partial<Filters>) => void navigate({ search: (before) => ({ ...before, ...change }), replace: true });
  return (
    <Page
      title="Customers"
      about={count.data && plural(count.data.count, 'person', 'people')}
      actions={
        <>
          {can('customers.import') && <ButtonLink to="/import">Import</ButtonLink>}
          {can('customers.edit') && (
            <Button look="primary" onClick={() => void navigate({ search: (before) => ({ ...before, add: true }) })}>
              Add a customer
            </Button>
          )}
        </>
      }
    >
      <CustomerFilters
        filters={filters}
        facets={facets.data}
        segments={segments.data}
        onChange={narrow}
        onClear={narrowed ? () => void navigate({ search: {} }) : undefined}
        onSave={narrowed && !filters.segment_id && can('customers.edit') ? () => setSaving(true) : undefined}
      />
      <CustomerTable
        query={customers}
        narrowed={narrowed}
        mayImport={can('customers.import')}
        onOpen={(c) => void navigate({ to: '/customers/$id', params: { id: c.id } })}
      />
      {add && (
        <CustomerForm
          onClose={() => void navigate({ search: (before) => ({ ...before, add: undefined }) })}
          onSaved={(c) => void navigate({ to: '/customers/$id', params: { id: c.id } })}
        />
      )}
      {saving && (
        <SaveSegment
          filter={filter}
          count={count.data?.count}
          onClose={() => setSaving(false)}
          onSaved={(s) => void navigate({ search: { segment_id: s.id } })}
        />
      )}
    </Page>
  );
}
