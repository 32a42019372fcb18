import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';

import { api, take } from './client';
import type { SettingsPatch } from './types';

export const settingsQuery = queryOptions({
  queryKey: ['settings'],
  queryFn: async ({ signal }) => {
    const answer = await api.GET('/settings', { signal });
    return { settings: await take(Promise.resolve(answer)), etag: answer.response.headers.get('ETag') ?? '*' };
  },
  staleTime: 60_000,
});

export function useUpdateSettings() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ etag, patch }: { etag: string; patch: SettingsPatch }) =>
      take(api.PATCH('/settings', { params: { header: { 'If-Match': etag } }, body: patch })),
    onSuccess: () => Promise.all([queries.invalidateQueries({ queryKey: settingsQuery.queryKey }), queries.invalidateQueries({ queryKey: ['me'] })]),
  });
}
