import type { UseInfiniteQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';

import { cx } from '../lib/cx';
import { Button } from './Button';
import { Failed, Loading } from './states';

export interface Column<T> {
  key: string;
  head: ReactNode;
  cell: (row: T) => ReactNode;
  /** Numbers stand to the right. */
  right?: boolean;
  /** Hidden where the table has little room: on a phone, or beside an open panel. */
  wide?: boolean;
  /** Hidden on a phone alone. */
  roomy?: boolean;
}

interface TableProps<T> {
  label: string;
  columns: readonly Column<T>[];
  rows: readonly T[];
  rowKey: (row: T) => string;
  selected?: string;
  /** Opens a row that is clicked anywhere; the first cell still holds a real link or button for the keyboard. */
  onOpen?: (row: T) => void;
}

/** Rows under a head that stays in sight. */
export function Table<T>({ label, columns, rows, rowKey, selected, onOpen }: TableProps<T>) {
  const cell = (c: Column<T>) =>
    cx(
      'border-line border-b px-3 py-2 align-middle first:pl-4 last:pr-4',
      c.right ? 'tabular text-right' : 'min-w-24 wrap-anywhere @md:wrap-break-word',
      c.roomy && 'hidden @md:table-cell',
      c.wide && 'hidden @3xl:table-cell',
    );
  return (
    <div className="@container">
      <table aria-label={label} className="w-full border-separate border-spacing-0 text-left">
        <thead>
          <tr>
            {columns.map((c) => (
              <th
                key={c.key}
                scope="col"
                className={cx(
                  cell(c),
                  'bg-raised text-muted sticky top-(--bar) z-[1] text-[13px] whitespace-nowrap first:rounded-tl-card last:rounded-tr-card',
                )}
              >
                {c.head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody className="[&>tr:last-child>td]:border-b-0">
          {rows.map((row) => (
            <tr
              key={rowKey(row)}
              aria-current={selected === rowKey(row) ? 'true' : undefined}
              className={cx(onOpen && 'hover:bg-tint cursor-pointer', selected === rowKey(row) && 'bg-tint')}
              onClick={(e) => {
                if (onOpen && !(e.target instanceof Element && e.target.closest('a,button,input,label'))) onOpen(row);
              }}
            >
              {columns.map((c) => (
                <td key={c.key} className={cell(c)}>
                  {c.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface PagesProps<T> extends Omit<TableProps<T>, 'rows'> {
  query: Pick<UseInfiniteQueryResult<T[]>, 'data' | 'error' | 'isPending' | 'refetch' | 'hasNextPage' | 'fetchNextPage' | 'isFetchingNextPage'>;
  /** Shown when there is not one row. */
  empty: ReactNode;
}

/** A list that the server gives page by page, in each of its states. */
export function Pages<T>({ query, empty, ...table }: PagesProps<T>) {
  if (query.isPending) return <Loading label={`Loading ${table.label.toLowerCase()}`} />;
  if (!query.data) return <Failed error={query.error} retry={() => void query.refetch()} />;
  if (query.data.length === 0) return empty;
  return (
    <>
      <Table rows={query.data} {...table} />
      {query.hasNextPage && (
        <div className="border-line flex justify-center border-t p-3">
          <Button pending={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            Show more
          </Button>
        </div>
      )}
    </>
  );
}
