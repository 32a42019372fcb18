import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';

import { useCan } from '../../api/me';
import { messageOf } from '../../api/problem';
import { tasksQuery, useFinishTask, useReassignTask, useSnoozeTask } from '../../api/tasks';
import type { Task } from '../../api/types';
import { Button } from '../../ui/Button';
import { FilterSelect } from '../../ui/filters';
import { Page } from '../../ui/Page';
import { Empty, Failed, Loading } from '../../ui/states';
import { TextDialog } from '../../ui/TextDialog';
import { useToasts } from '../../ui/Toast';
import { ReassignDialog } from './ReassignDialog';
import { TaskItem } from './TaskItem';
import { kinds } from './words';

/** Tomorrow at nine in the reader's zone. */
function tomorrow(): string {
  const at = new Date();
  at.setDate(at.getDate() + 1);
  at.setHours(9, 0, 0, 0);
  return at.toISOString();
}

export default function TasksScreen() {
  const { kind, everybody } = useSearch({ from: '/shell/tasks' });
  const navigate = useNavigate({ from: '/tasks' });
  const tasks = useInfiniteQuery(tasksQuery({ kind, owner: everybody ? undefined : 'me' }));
  const finish = useFinishTask();
  const snooze = useSnoozeTask();
  const reassign = useReassignTask();
  const toasts = useToasts();
  const can = useCan();
  const [open, setOpen] = useState<{ what: 'done' | 'reassign'; task: Task } | null>(null);
  const close = () => {
    setOpen(null);
    finish.reset();
    reassign.reset();
  };
  return (
    <Page title="Tasks" about="What somebody should do, the most urgent first.">
      <div role="search" aria-label="Filters" className="flex flex-wrap gap-2">
        <FilterSelect
          label="Kind"
          all="All kinds"
          value={kind}
          options={kinds}
          onValue={(v) => void navigate({ search: (before) => ({ ...before, kind: kinds.find((k) => k.value === v)?.value }), replace: true })}
        />
        <FilterSelect
          label="Whose"
          all="Mine"
          value={everybody ? 'all' : undefined}
          options={[{ value: 'all', label: 'Everybody’s' }]}
          onValue={(v) => void navigate({ search: (before) => ({ ...before, everybody: v === 'all' || undefined }), replace: true })}
        />
      </div>
      {tasks.isPending && <Loading />}
      {tasks.isError && !tasks.data && <Failed error={tasks.error} retry={() => void tasks.refetch()} />}
      {tasks.data?.length === 0 && (
        <div className="card">
          <Empty title="Nothing waits for you">Tasks appear when somebody says yes, is unhappy, or is best asked now.</Empty>
        </div>
      )}
      <ul className="flex flex-col gap-3">
        {tasks.data?.map((t) => (
          <li key={t.id}>
            <TaskItem
              task={t}
              showOwner={Boolean(everybody)}
              busy={(finish.isPending && finish.variables.id === t.id) || (snooze.isPending && snooze.variables.id === t.id)}
              onDone={can('tasks.work') ? () => setOpen({ what: 'done', task: t }) : undefined}
              onTomorrow={
                can('tasks.work')
                  ? () =>
                      snooze.mutate(
                        { id: t.id, until: tomorrow() },
                        { onSuccess: () => toasts.done('Back tomorrow at nine.'), onError: (e) => toasts.failed(messageOf(e)) },
                      )
                  : undefined
              }
              onReassign={can('tasks.work') ? () => setOpen({ what: 'reassign', task: t }) : undefined}
            />
          </li>
        ))}
      </ul>
      {tasks.hasNextPage && (
        <Button pending={tasks.isFetchingNextPage} onClick={() => void tasks.fetchNextPage()}>
          Show more
        </Button>
      )}
      {open?.what === 'done' && (
        <TextDialog
          title={open.task.title}
          label="What was done"
          field="outcome"
          optional={open.task.kind !== 'recovery'}
          verb="Done"
          pending={finish.isPending}
          error={finish.error}
          onClose={close}
          onSend={(outcome) =>
            finish.mutate(
              { id: open.task.id, outcome: outcome || undefined },
              {
                onSuccess: () => {
                  toasts.done('Done.');
                  close();
                },
              },
            )
          }
        />
      )}
      {open?.what === 'reassign' && (
        <ReassignDialog
          task={open.task}
          pending={reassign.isPending}
          error={reassign.error}
          onClose={close}
          onReassign={(owner_id) =>
            reassign.mutate(
              { id: open.task.id, owner_id },
              {
                onSuccess: () => {
                  toasts.done('Handed over.');
                  close();
                },
              },
            )
          }
        />
      )}
    </Page>
  );
}
