import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';

import { api, ifMatch, take, took } from './client';
import { pagesOptions } from './pages';
import type { CustomerFilter, CustomerInput, CustomerPatch, FactInput, SuggestionInput } from './types';
import type { operations } from './schema';

type ListQuery = NonNullable<operations['listCustomers']['parameters']['query']>;

/** The filters of the list as they stand in the address. */
export type CustomersFilter = Omit<ListQuery, 'limit' | 'cursor'>;

export const customersKey = ['customers'] as const;

export const customersQuery = (filter: CustomersFilter) =>
  pagesOptions([...customersKey, 'list', filter], (cursor, signal) =>
    take(api.GET('/customers', { params: { query: { ...filter, cursor, limit: 50 } }, signal })),
  );

export const customerCountQuery = (filter: CustomersFilter) =>
  queryOptions({
    queryKey: [...customersKey, 'count', filter],
    queryFn: ({ signal }) => take(api.GET('/customers/count', { params: { query: filter }, signal })),
  });

export const customerSearchQuery = (q: string) =>
  queryOptions({
    queryKey: [...customersKey, 'search', q],
    queryFn: async ({ signal }) => (await take(api.GET('/customers', { params: { query: { q, limit: 6 } }, signal }))).items,
  });

export const customerQuery = (id: string) =>
  queryOptions({
    queryKey: [...customersKey, id],
    queryFn: ({ signal }) => take(api.GET('/customers/{id}', { params: { path: { id } }, signal })),
  });

export const customerTimelineQuery = (id: string) =>
  pagesOptions([...customersKey, id, 'timeline'], (cursor, signal) =>
    take(api.GET('/customers/{id}/timeline', { params: { path: { id }, query: { cursor, limit: 30 } }, signal })),
  );

/** Why introductions of a customer earned nothing, or less than was promised. */
export const unearnedQuery = (id: string) =>
  queryOptions({
    queryKey: [...customersKey, id, 'unearned'],
    queryFn: async ({ signal }) => (await take(api.GET('/customers/{id}/unearned', { params: { path: { id } }, signal }))).items,
  });

export const facetsQuery = queryOptions({
  queryKey: [...customersKey, 'facets'],
  queryFn: ({ signal }) => take(api.GET('/customers/facets', { signal })),
  staleTime: 60_000,
});

export const suggestionsQuery = (id: string) =>
  queryOptions({
    queryKey: [...customersKey, id, 'suggestions'],
    queryFn: async ({ signal }) => (await take(api.GET('/customers/{id}/suggestions', { params: { path: { id } }, signal }))).items,
  });

export const segmentsQuery = queryOptions({
  queryKey: ['segments'],
  queryFn: async ({ signal }) => (await take(api.GET('/segments', { signal }))).items,
});

/** Everything about customers is read again after a change to one of them. */
function useRefresh() {
  const queries = useQueryClient();
  return () => queries.invalidateQueries({ queryKey: customersKey });
}

export function useCreateCustomer() {
  const refresh = useRefresh();
  return useMutation({ mutationFn: (body: CustomerInput) => take(api.POST('/customers', { body })), onSuccess: refresh });
}

export function useUpdateCustomer(id: string) {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: ({ version, patch }: { version: number; patch: CustomerPatch }) =>
      take(api.PATCH('/customers/{id}', { params: { path: { id }, header: ifMatch(version) }, body: patch })),
    onSuccess: refresh,
  });
}

export function useRecordFact(id: string) {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (body: FactInput) => took(api.POST('/customers/{id}/events', { params: { path: { id } }, body })),
    onSuccess: refresh,
  });
}

export function useSuggest(id: string) {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (body: SuggestionInput) => take(api.POST('/customers/{id}/suggestions', { params: { path: { id } }, body })),
    onSuccess: refresh,
  });
}

export function useForgetSuggestion(id: string) {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (suggestionId: string) =>
      took(api.DELETE('/customers/{id}/suggestions/{suggestion_id}', { params: { path: { id, suggestion_id: suggestionId } } })),
    onSuccess: refresh,
  });
}

export function useSaveSegment() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: { name: string; filter: CustomerFilter }) => take(api.POST('/segments', { body })),
    onSuccess: () => queries.invalidateQueries({ queryKey: segmentsQuery.queryKey }),
  });
}
