import { Link } from '@tanstack/react-router';

import type { Task } from '../../api/types';
import { Button } from '../../ui/Button';
import { Badge, When } from '../../ui/text';
import { kinds } from './words';

interface Props {
  task: Task;
  showOwner: boolean;
  busy: boolean;
  onDone?: () => void;
  onTomorrow?: () => void;
  onReassign?: () => void;
}

/** One task, made for a thumb. */
export function TaskItem({ task: t, showOwner, busy, onDone, onTomorrow, onReassign }: Props) {
  return (
    <article className="card flex flex-col gap-3 p-4 sm:flex-row sm:items-center">
      <div className="min-w-0 flex-1">
        <div className="mb-1 flex flex-wrap items-center gap-2">
          <Badge tone={t.kind === 'recovery' ? 'warn' : 'plain'}>{kinds.find((k) => k.value === t.kind)?.label ?? t.kind}</Badge>
          {t.overdue ? (
            <Badge tone="bad">
              Overdue since <When at={t.due_at} as="time" />
            </Badge>
          ) : (
            <span className="text-muted">
              by <When at={t.due_at} as="time" />
            </span>
          )}
          {showOwner && <span className="text-muted">{t.owner_name ?? 'nobody'}</span>}
        </div>
        <h2 className="text-base font-semibold">{t.title}</h2>
        <p className="flex flex-wrap gap-x-4">
          {t.introduction_id && (
            <Link to="/introductions" search={{ open: t.introduction_id }} className="link">
              {t.prospect || 'The introduction'}
            </Link>
          )}
          {t.customer_id && (
            <Link to="/customers/$id" params={{ id: t.customer_id }} className="link">
              {t.customer_name || 'The customer'}
            </Link>
          )}
        </p>
      </div>
      <div className="flex flex-wrap gap-2">
        {onDone && (
          <Button look="primary" className="min-h-11 flex-1 sm:min-h-9" pending={busy} onClick={onDone}>
            Done
          </Button>
        )}
        {onTomorrow && (
          <Button className="min-h-11 flex-1 sm:min-h-9" disabled={busy} onClick={onTomorrow}>
            Tomorrow
          </Button>
        )}
        {onReassign && (
          <Button look="quiet" className="min-h-11 sm:min-h-9" disabled={busy} onClick={onReassign}>
            Hand over
          </Button>
        )}
      </div>
    </article>
  );
}
