import { useRef, useState, type KeyboardEvent } from 'react';

import { useMoveIntroduction, type Move } from '../../api/introductions';
import { useCan } from '../../api/me';
import { messageOf } from '../../api/problem';
import type { Board as BoardData, Introduction } from '../../api/types';
import { cx } from '../../lib/cx';
import { formatNumber } from '../../lib/format';
import { Badge, When } from '../../ui/text';
import { useToasts } from '../../ui/Toast';
import { LoseDialog } from './LoseDialog';
import { nextMove } from './moves';
import { StateBadge } from './StateBadge';
import { WinDialog } from './WinDialog';
import { introducerName, prospectName, stateWords } from './words';

/** Introductions by state. Arrows walk over it; Shift with an arrow moves the introduction on or takes it up again. */
export function Board({
  columns,
  selected,
  onOpen,
}: {
  columns: BoardData['columns'];
  selected: string | undefined;
  onOpen: (introduction: Introduction) => void;
}) {
  const root = useRef<HTMLDivElement>(null);
  const move = useMoveIntroduction();
  const toasts = useToasts();
  const can = useCan();
  const [asking, setAsking] = useState<{ what: 'win' | 'lose'; introduction: Introduction } | null>(null);

  const focusCard = (column: number, row: number): boolean => {
    const cards = root.current?.querySelectorAll<HTMLElement>(`[data-column="${column}"]`);
    const card = cards && cards[Math.min(row, cards.length - 1)];
    card?.focus();
    return Boolean(card);
  };
  const go = (i: Introduction, to: Move, said: string) =>
    move.mutate({ id: i.id, ...to }, { onSuccess: () => toasts.done(`${prospectName(i)}: ${said}.`), onError: (e) => toasts.failed(messageOf(e)) });
  const step = (i: Introduction, direction: 'on' | 'back') => {
    const next = nextMove(i, direction);
    if (!next || !can(next.needs)) {
      toasts.failed('There is no such move from here.');
    } else if (next.ask) {
      setAsking({ what: next.ask, introduction: i });
    } else {
      go(i, next.move, next.said);
    }
  };
  const onKey = (event: KeyboardEvent, i: Introduction, column: number, row: number) => {
    const across = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    const down = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (across === 0 && down === 0) return;
    event.preventDefault();
    if (event.shiftKey && across !== 0) {
      step(i, across > 0 ? 'on' : 'back');
    } else if (across !== 0) {
      for (let c = column + across; c >= 0 && c < columns.length; c += across) if (focusCard(c, row)) break;
    } else {
      focusCard(column, Math.max(0, row + down));
    }
  };
  return (
    <>
      <p id="board-help" className="sr-only">
        Arrow keys go from card to card. Shift with the right arrow moves an introduction on, Shift with the left arrow closes it as lost, or takes it
        up again.
      </p>
      <div ref={root} className="flex gap-3 overflow-x-auto pb-3" role="group" aria-label="Board" aria-describedby="board-help">
        {columns.map((column, c) => (
          <section
            key={column.state}
            aria-label={`${stateWords[column.state]}, ${column.count}`}
            className="bg-ground border-line flex w-60 shrink-0 flex-col rounded-card border xl:w-auto xl:min-w-52 xl:flex-1"
          >
            <h2 className="flex items-center justify-between px-3 py-2">
              <span className="font-semibold">{stateWords[column.state]}</span>
              <span className="text-muted tabular">{formatNumber(column.count)}</span>
            </h2>
            <ul className="flex flex-col gap-2 px-2 pb-2">
              {column.items.map((i, r) => (
                <li key={i.id}>
                  <button
                    type="button"
                    data-column={c}
                    aria-current={selected === i.id ? 'true' : undefined}
                    onClick={() => onOpen(i)}
                    onKeyDown={(e) => onKey(e, i, c, r)}
                    className={cx(
                      'bg-raised hover:border-line-strong flex w-full flex-col gap-1 rounded-field border p-2.5 text-left',
                      selected === i.id ? 'border-brand-text' : 'border-line',
                      move.isPending && move.variables.id === i.id && 'opacity-55',
                    )}
                  >
                    <span className="font-medium">{prospectName(i)}</span>
                    {i.prospect.company && <span className="text-[13px]">{i.prospect.company}</span>}
                    <span className="text-muted text-[13px]">by {introducerName(i)}</span>
                    <span className="mt-1 flex flex-wrap items-center gap-1">
                      {i.state === 'in_pipeline' && <StateBadge of={i} />}
                      {i.overdue && <Badge tone="bad">Overdue</Badge>}
                      {i.review === 'to_review' && <Badge tone="warn">To review</Badge>}
                      <span className="text-muted ml-auto text-xs">
                        {i.owner_name ?? 'no owner'} · <When at={i.updated_at} />
                      </span>
                    </span>
                  </button>
                </li>
              ))}
              {column.items.length === 0 && <li className="text-muted px-1 py-3 text-center text-[13px]">Empty</li>}
              {column.count > column.items.length && (
                <li className="text-muted px-1 text-center text-[13px]">and {formatNumber(column.count - column.items.length)} more in the list</li>
              )}
            </ul>
          </section>
        ))}
      </div>
      {asking?.what === 'win' && <WinDialog introduction={asking.introduction} onClose={() => setAsking(null)} />}
      {asking?.what === 'lose' && <LoseDialog introduction={asking.introduction} onClose={() => setAsking(null)} />}
    </>
  );
}
