import { queryOptions, useMutation, useQueryClient, useSuspenseQuery } from '@tanstack/react-query';

import { api, take, took } from './client';
import type { Permission } from './types';

export const meQuery = queryOptions({
  queryKey: ['me'],
  queryFn: ({ signal }) => take(api.GET('/me', { signal })),
  staleTime: 5 * 60_000,
  retry: false,
});

/** Who is signed in. Below the shell, which has read it already. */
export function useMe() {
  return useSuspenseQuery(meQuery).data;
}

/** Whether to show what needs a permission. It hides what would be refused; the server decides. */
export function useCan(): (permission: Permission) => boolean {
  const { permissions } = useMe();
  return (permission) => permissions.includes(permission);
}

export function useSignIn() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: { email: string; password: string }) => take(api.POST('/session', { body })),
    onSuccess: (me) => {
      queries.clear();
      queries.setQueryData(meQuery.queryKey, me);
    },
  });
}

export function useSignOut() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => took(api.DELETE('/session')),
    onSuccess: () => queries.clear(),
  });
}

/** Whose set-up link this is. It changes nothing; the POST keeps the token out of addresses and logs. */
export const setupQuery = (token: string) =>
  queryOptions({
    queryKey: ['setup', token],
    queryFn: ({ signal }) => take(api.POST('/setup/check', { body: { token }, signal })),
    retry: false,
    staleTime: Infinity,
  });

export function useSetup() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: { token: string; password: string }) => take(api.POST('/setup', { body })),
    onSuccess: (me) => {
      queries.clear();
      queries.setQueryData(meQuery.queryKey, me);
    },
  });
}
