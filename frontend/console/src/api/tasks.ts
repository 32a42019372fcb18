import { useMutation, useQueryClient } from '@tanstack/react-query';

import { api, take } from './client';
import { homeQuery } from './home';
import { pagesOptions } from './pages';
import type { Task } from './types';

export const tasksKey = ['tasks'] as const;

export const tasksQuery = (filter: { kind?: Task['kind']; owner?: string; customer_id?: string; introduction_id?: string }) =>
  pagesOptions([...tasksKey, filter], (cursor, signal) =>
    take(api.GET('/tasks', { params: { query: { ...filter, awake: true, cursor, limit: 50 } }, signal })),
  );

function useRefresh() {
  const queries = useQueryClient();
  return () => Promise.all([queries.invalidateQueries({ queryKey: tasksKey }), queries.invalidateQueries({ queryKey: homeQuery.queryKey })]);
}

export function useFinishTask() {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: ({ id, outcome }: { id: string; outcome?: string }) =>
      take(api.POST('/tasks/{id}/done', { params: { path: { id } }, body: { outcome } })),
    onSuccess: refresh,
  });
}

export function useSnoozeTask() {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: ({ id, until }: { id: string; until: string }) => take(api.POST('/tasks/{id}/snooze', { params: { path: { id } }, body: { until } })),
    onSuccess: refresh,
  });
}

export function useReassignTask() {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: ({ id, owner_id }: { id: string; owner_id: string }) =>
      take(api.POST('/tasks/{id}/reassign', { params: { path: { id } }, body: { owner_id } })),
    onSuccess: refresh,
  });
}
