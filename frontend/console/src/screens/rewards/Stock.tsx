import { useQuery } from '@tanstack/react-query';

import { stockQuery } from '../../api/giftcodes';
import type { Stock as StockOf, StockLine } from '../../api/types';
import { formatMoney, formatNumber, plural } from '../../lib/format';
import { Empty, Failed, Loading, Note } from '../../ui/states';
import { Table, type Column } from '../../ui/Table';
import { Amount, Badge, When } from '../../ui/text';
import { StockLoss } from './StockLoss';
import { StockUpload } from './StockUpload';

const count = (n: number) => (n === 0 ? '–' : formatNumber(n));

const columns: Column<StockLine>[] = [
  {
    key: 'amount',
    head: 'Worth',
    cell: (l) => (
      <>
        <span className="flex flex-wrap items-center gap-x-2">
          <Amount of={l.amount} className="font-medium" />
          {l.low && <Badge tone="warn">{l.free === 0 ? 'None left' : 'Few left'}</Badge>}
        </span>
        {l.label && <span className="text-muted block">{l.label}</span>}
      </>
    ),
  },
  { key: 'free', head: 'Free', right: true, cell: (l) => formatNumber(l.free) },
  { key: 'bound', head: 'Given', right: true, cell: (l) => count(l.bound) },
  { key: 'shown', head: 'Seen', right: true, cell: (l) => count(l.shown) },
  { key: 'ending', head: 'Ending soon', right: true, wide: true, cell: (l) => count(l.ending) },
  { key: 'expired', head: 'Expired', right: true, wide: true, cell: (l) => count(l.expired) },
  { key: 'written_off', head: 'Written off', right: true, wide: true, cell: (l) => count(l.written_off) },
];

/** The gift codes in stock, and where new ones are taken in. */
export function Stock() {
  const stock = useQuery(stockQuery);
  if (stock.isPending) return <Loading />;
  if (!stock.data) return <Failed error={stock.error} retry={() => void stock.refetch()} />;
  return (
    <div className="flex flex-col gap-4">
      <Waiting stock={stock.data} />
      <StockLoss stock={stock.data} />
      <div className="card min-w-0">
        {stock.data.items.length === 0 ? (
          <Empty title="No gift codes in stock">Buy codes from a shop, then take the file with them into stock.</Empty>
        ) : (
          <Table label="Gift codes in stock" columns={columns} rows={stock.data.items} rowKey={(l) => `${formatMoney(l.amount)} ${l.label}`} />
        )}
      </div>
      <StockUpload />
      <Uploads stock={stock.data} />
    </div>
  );
}

/** For which values somebody waits. */
function Waiting({ stock }: { stock: StockOf }) {
  if (stock.waiting.length === 0) return null;
  return (
    <Note kind="warning">
      {stock.waiting.map((w) => (
        <p key={formatMoney(w.amount)}>
          {plural(w.rewards, 'reward')} {w.rewards === 1 ? 'waits' : 'wait'} for a gift code of {formatMoney(w.amount)}.
        </p>
      ))}
      <p>They go on by themselves once there are codes.</p>
    </Note>
  );
}

function Uploads({ stock }: { stock: StockOf }) {
  if (stock.uploads.length === 0) return null;
  return (
    <section aria-labelledby="stock-uploads" className="flex flex-col gap-2">
      <h2 id="stock-uploads" className="font-semibold">
        Taken into stock
      </h2>
      <ul className="card divide-line divide-y">
        {stock.uploads.map((u) => (
          <li key={u.id} className="flex flex-wrap items-baseline gap-x-3 px-4 py-2">
            <span className="wrap-anywhere font-medium">{u.file_name || 'A file without a name'}</span>
            <span>{plural(u.codes, 'code')}</span>
            <span className="text-muted ml-auto">
              {u.actor && `${u.actor}, `}
              <When at={u.created_at} />
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
