import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';

import { api, ifMatch, take, took } from './client';
import { meQuery } from './me';
import type { operations } from './schema';
import type { Member, MemberInput } from './types';

export const staffQuery = queryOptions({
  queryKey: ['staff'],
  queryFn: async ({ signal }) => (await take(api.GET('/staff', { signal }))).items,
  staleTime: 60_000,
});

function useRefresh() {
  const queries = useQueryClient();
  return () => queries.invalidateQueries({ queryKey: staffQuery.queryKey });
}

/** Adds a colleague; the answer holds the set-up link, which is shown once. */
export function useAddStaff() {
  return useMutation({ mutationFn: (body: MemberInput) => take(api.POST('/staff', { body })), onSuccess: useRefresh(), gcTime: 0 });
}

export function useChangeRole() {
  return useMutation({
    mutationFn: ({ member, role }: { member: Member; role: Member['role'] }) =>
      take(api.PATCH('/staff/{id}', { params: { path: { id: member.id }, header: ifMatch(member.version) }, body: { role } })),
    onSuccess: useRefresh(),
  });
}

export function useDisableStaff() {
  return useMutation({
    mutationFn: ({ id, successorId }: { id: string; successorId?: string }) =>
      take(api.POST('/staff/{id}/disable', { params: { path: { id } }, body: { successor_id: successorId } })),
    onSuccess: useRefresh(),
  });
}

/** Makes a new set-up link, letting a disabled colleague back in where needed. */
export function useSetupLink() {
  return useMutation({
    mutationFn: (member: Member) => {
      const params = { path: { id: member.id } };
      return member.state === 'disabled' ? take(api.POST('/staff/{id}/enable', { params })) : take(api.POST('/staff/{id}/setup-link', { params }));
    },
    onSuccess: useRefresh(),
    gcTime: 0,
  });
}

export const keysQuery = queryOptions({
  queryKey: ['api-keys'],
  queryFn: async ({ signal }) => (await take(api.GET('/api-keys', { signal }))).items,
});

/** Makes an API key; the answer holds its token, which is shown once. */
export function useAddKey() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: { name: string; role: Member['role'] }) => take(api.POST('/api-keys', { body })),
    onSuccess: () => queries.invalidateQueries({ queryKey: keysQuery.queryKey }),
    gcTime: 0,
  });
}

export function useRevokeKey() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => took(api.DELETE('/api-keys/{id}', { params: { path: { id } } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: keysQuery.queryKey }),
  });
}

type MePatch = operations['updateMe']['requestBody']['content']['application/json'];

export function useUpdateMe() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: MePatch) => take(api.PATCH('/me', { body })),
    onSuccess: (me) => queries.setQueryData(meQuery.queryKey, me),
  });
}

export function useChangePassword() {
  return useMutation({ mutationFn: (body: { old: string; new: string; end_others: boolean }) => took(api.POST('/me/password', { body })) });
}
