import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';

import { api, ifMatch, take } from './client';
import { pagesOptions } from './pages';
import { rewardsKey } from './rewards';
import type { Charity, CharityInput, CharityPatch, RemittanceProof } from './types';

const charitiesKey = [...rewardsKey, 'charities'] as const;

/** The organisations to which customers may give their thank-you, by name. */
export const charitiesQuery = queryOptions({
  queryKey: charitiesKey,
  queryFn: async ({ signal }) => (await take(api.GET('/charities', { signal }))).items,
});

/** What is due to each of them. */
export const dueQuery = queryOptions({
  queryKey: [...charitiesKey, 'due'],
  queryFn: async ({ signal }) => (await take(api.GET('/remittances/due', { signal }))).items,
});

export const remittancesQuery = pagesOptions([...charitiesKey, 'remittances'], (cursor, signal) =>
  take(api.GET('/remittances', { params: { query: { cursor, limit: 50 } }, signal })),
);

/** Enters a charity, or changes one. */
export function useSaveCharity(of: Charity | null) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ registration, ...rest }: CharityInput) => {
      if (!of) return take(api.POST('/charities', { body: { registration, ...rest } }));
      const patch: CharityPatch = rest;
      return take(api.PATCH('/charities/{id}', { params: { path: { id: of.id }, header: ifMatch(of.version) }, body: patch }));
    },
    onSuccess: () => queries.invalidateQueries({ queryKey: charitiesKey }),
  });
}

/** Lets a charity take donations, or ends that. */
export function useCharityActive() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ of, active }: { of: Charity; active: boolean }) =>
      take(api.PATCH('/charities/{id}', { params: { path: { id: of.id }, header: ifMatch(of.version) }, body: { active } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: charitiesKey }),
  });
}

/** Freezes what is due to a charity. */
export function useRemit() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (of: { charity_id: string; currency: string }) => take(api.POST('/remittances', { body: of })),
    onSettled: () => queries.invalidateQueries({ queryKey: charitiesKey }),
  });
}

export function useMarkRemitted(id: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: RemittanceProof) => take(api.POST('/remittances/{id}/mark-paid', { params: { path: { id } }, body })),
    onSuccess: () => queries.invalidateQueries({ queryKey: rewardsKey }),
  });
}

export function useCancelRemittance(id: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (note: string) => take(api.POST('/remittances/{id}/cancel', { params: { path: { id } }, body: { note } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: charitiesKey }),
  });
}

/** The donations of a remittance as a CSV file. */
export function donationsFile(id: string): Promise<Blob> {
  return take<Blob>(api.GET('/remittances/{id}/donations.csv', { params: { path: { id } }, parseAs: 'blob' }));
}
