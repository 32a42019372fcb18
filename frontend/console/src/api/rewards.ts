import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';

import { api, take } from './client';
import { homeQuery } from './home';
import { pagesOptions } from './pages';
import type { operations } from './schema';
import type { BacktestInput, Payout, RejectInput, Reward, RewardStory } from './types';

export const rewardsKey = ['rewards'] as const;

export const rewardsQuery = (filter: { state?: Reward['state'][]; customer_id?: string; introduction_id?: string }) =>
  pagesOptions([...rewardsKey, 'list', filter], (cursor, signal) =>
    take(api.GET('/rewards', { params: { query: { ...filter, cursor, limit: 50 } }, signal })),
  );

export const rewardQuery = (id: string) =>
  queryOptions({
    queryKey: [...rewardsKey, id],
    queryFn: ({ signal }) => take(api.GET('/rewards/{id}', { params: { path: { id } }, signal })),
  });

/** The postings of one reward in the books. */
export const journalsQuery = (rewardId: string) =>
  queryOptions({
    queryKey: [...rewardsKey, rewardId, 'journals'],
    queryFn: async ({ signal }) =>
      (await take(api.GET('/ledger/journals', { params: { query: { reward_id: rewardId, limit: 200 } }, signal }))).items,
  });

export const payoutsQuery = (filter: { state?: Payout['state'][] }) =>
  pagesOptions([...rewardsKey, 'payouts', filter], (cursor, signal) =>
    take(api.GET('/payouts', { params: { query: { ...filter, cursor, limit: 50 } }, signal })),
  );

export const casesQuery = (queue: 'reviews' | 'money') =>
  pagesOptions([...rewardsKey, 'cases', queue], (cursor, signal) =>
    take(api.GET('/cases', { params: { query: { queue, cursor, limit: 50 } }, signal })),
  );

/** Customers who share what they should not. */
export const ringsQuery = queryOptions({
  queryKey: [...rewardsKey, 'rings'],
  queryFn: async ({ signal }) => (await take(api.GET('/risk/rings', { signal }))).items,
});

/** Tries checks and limits on past rewards; changes nothing. */
export function useBacktest() {
  return useMutation({ mutationFn: (body: BacktestInput) => take(api.POST('/risk/backtest', { body })) });
}

export const switchQuery = queryOptions({
  queryKey: [...rewardsKey, 'switch'],
  queryFn: ({ signal }) => take(api.GET('/payouts/switch', { signal })),
});

/** When the books were last proven and compared with the rails. */
export const proofQuery = queryOptions({
  queryKey: [...rewardsKey, 'proof'],
  queryFn: ({ signal }) => take(api.GET('/ledger/proof', { signal })),
});

export type RewardVerb = 'approve' | 'hold' | 'release' | 'reject' | 'retry' | 'write-off' | 'mark-paid' | 'paid-back';

function act(id: string, verb: RewardVerb, text: string, why?: RejectInput['why']): Promise<RewardStory> {
  const params = { path: { id } };
  switch (verb) {
    case 'approve':
      return take(api.POST('/rewards/{id}/approve', { params, body: { reason: text || undefined } }));
    case 'hold':
      return take(api.POST('/rewards/{id}/hold', { params, body: { reason: text } }));
    case 'release':
      return take(api.POST('/rewards/{id}/release', { params, body: { reason: text || undefined } }));
    case 'reject':
      return take(api.POST('/rewards/{id}/reject', { params, body: { reason: text, why } }));
    case 'retry':
      return take(api.POST('/rewards/{id}/retry', { params, body: {} }));
    case 'write-off':
      return take(api.POST('/rewards/{id}/write-off', { params, body: { reason: text } }));
    case 'mark-paid':
      return take(api.POST('/rewards/{id}/mark-paid', { params, body: { reference: text } }));
    case 'paid-back':
      return take(api.POST('/rewards/{id}/paid-back', { params, body: { reference: text } }));
  }
}

function useRefresh() {
  const queries = useQueryClient();
  return () => Promise.all([rewardsKey, homeQuery.queryKey].map((queryKey) => queries.invalidateQueries({ queryKey })));
}

export function useActOnReward() {
  const refresh = useRefresh();
  return useMutation({ mutationFn: ({ id, verb, text, why }: { id: string; verb: RewardVerb; text: string; why?: RejectInput['why'] }) => act(id, verb, text, why), onSuccess: refresh });
}

type Resolve = operations['resolveCase']['requestBody']['content']['application/json'];

export function useResolveCase() {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: ({ id, ...body }: { id: string } & Resolve) => take(api.POST('/cases/{id}/resolve', { params: { path: { id } }, body })),
    onSuccess: refresh,
  });
}

export function useSwitchPayouts() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: { paused: boolean; reason: string }) => take(api.PUT('/payouts/switch', { body })),
    onSuccess: (now) => queries.setQueryData(switchQuery.queryKey, now),
  });
}
