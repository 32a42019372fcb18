import { useMutation, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';

import { messageOf } from '../../api/problem';
import { taxFile, taxQuery } from '../../api/tax';
import type { TaxRow } from '../../api/types';
import { formatMoney } from '../../lib/format';
import { railName } from '../../lib/words';
import { Button } from '../../ui/Button';
import { SelectField } from '../../ui/Field';
import { Card, ScrollX } from '../../ui/Page';
import { Empty, Failed, Loading } from '../../ui/states';
import { Table, type Column } from '../../ui/Table';
import { Amount, Badge } from '../../ui/text';
import { useToasts } from '../../ui/Toast';
import { saveFile } from './save';

const columns: Column<TaxRow>[] = [
  {
    key: 'payee',
    head: 'Payee',
    cell: (r) => (
      <Link to="/customers/$id" params={{ id: r.customer_id }} className="link wrap-anywhere">
        {r.payee || 'Erased'}
      </Link>
    ),
  },
  { key: 'country', head: 'Country', cell: (r) => r.country || 'not known', wide: true },
  { key: 'paid', head: 'Paid', cell: (r) => <Amount of={r.paid} />, right: true, wide: true },
  { key: 'taken_back', head: 'Taken back', cell: (r) => <Amount of={r.taken_back} />, right: true, wide: true },
  {
    key: 'total',
    head: 'Total',
    cell: (r) => <Amount of={r.total} className={r.reached ? 'font-semibold' : undefined} />,
    right: true,
  },
  { key: 'held', head: 'Waits for a form', cell: (r) => (r.held.amount_minor > 0 ? <Amount of={r.held} /> : '–'), right: true, roomy: true },
  { key: 'form', head: 'Tax form', cell: (r) => (r.form ? r.form.kind : <Badge tone={r.reached || r.held.amount_minor > 0 ? 'warn' : undefined}>none</Badge>) },
];

/** Who in the United States got how much in a calendar year. */
export function TaxTable() {
  const [year, setYear] = useState<number | undefined>(undefined);
  const tax = useQuery(taxQuery(year));
  const toasts = useToasts();
  const save = useMutation({
    mutationFn: (of: number) => taxFile(of),
    onSuccess: (file, of) => saveFile(file, `tax-${of}.csv`),
    onError: (e) => toasts.failed(messageOf(e)),
  });
  if (tax.isError && !tax.data) return <Failed error={tax.error} retry={() => void tax.refetch()} />;
  if (!tax.data) return <Loading lines={2} />;
  const t = tax.data;
  const newest = Math.max(new Date().getFullYear(), t.year);
  const years = [...new Set([newest, newest - 1, newest - 2, newest - 3, t.year])];
  return (
    <Card
      title={`US tax totals of ${t.year}`}
      actions={
        <Button look="quiet" pending={save.isPending} onClick={() => save.mutate(t.year)} aria-label={`Save the tax totals of ${t.year} as CSV`}>
          CSV
        </Button>
      }
    >
      <div className="flex flex-wrap items-end gap-x-6 gap-y-3 p-4">
        <SelectField
          label="Calendar year"
          value={String(t.year)}
          onValue={(v) => setYear(Number(v))}
          options={years.map((y) => ({ value: String(y), label: String(y) }))}
        />
        <p className="text-muted min-w-0 flex-1 basis-72">
          In dollars, to payees in the United States or nobody knows where, from midnight to midnight in {t.zone}. Counted: {t.rails.map(railName).join(', ')}.
          From {formatMoney(t.threshold)} on a tax form is needed.
        </p>
      </div>
      <div className="border-line border-t">
        <ScrollX label="Rows of the tax totals">
          {t.rows.length > 0 ? (
            <Table label="US tax totals" columns={columns} rows={t.rows} rowKey={(r) => r.customer_id} />
          ) : (
            <Empty title="Nobody got anything that counts" />
          )}
        </ScrollX>
      </div>
    </Card>
  );
}
