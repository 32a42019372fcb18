import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';

import { api, take } from './client';
import { pagesOptions } from './pages';
import { homeQuery } from './home';
import { tasksKey } from './tasks';
import type { operations } from './schema';
import type { IntroductionInput, Money, Story } from './types';

type ListQuery = NonNullable<operations['listIntroductions']['parameters']['query']>;
type BoardQuery = NonNullable<operations['introductionBoard']['parameters']['query']>;

export type IntroductionsFilter = Omit<ListQuery, 'limit' | 'cursor'>;

export const introductionsKey = ['introductions'] as const;

export const introductionsQuery = (filter: IntroductionsFilter) =>
  pagesOptions([...introductionsKey, 'list', filter], (cursor, signal) =>
    take(api.GET('/introductions', { params: { query: { ...filter, cursor, limit: 50 } }, signal })),
  );

export const introductionSearchQuery = (q: string) =>
  queryOptions({
    queryKey: [...introductionsKey, 'search', q],
    queryFn: async ({ signal }) => (await take(api.GET('/introductions', { params: { query: { q, limit: 6 } }, signal }))).items,
  });

export const boardQuery = (filter: BoardQuery) =>
  queryOptions({
    queryKey: [...introductionsKey, 'board', filter],
    queryFn: async ({ signal }) => (await take(api.GET('/introductions/board', { params: { query: filter }, signal }))).columns,
  });

export const introductionQuery = (id: string) =>
  queryOptions({
    queryKey: [...introductionsKey, id],
    queryFn: ({ signal }) => take(api.GET('/introductions/{id}', { params: { path: { id } }, signal })),
  });

function useRefresh() {
  const queries = useQueryClient();
  return (story?: Story) => {
    if (story) queries.setQueryData(introductionQuery(story.id).queryKey, story);
    return Promise.all([introductionsKey, homeQuery.queryKey, tasksKey].map((queryKey) => queries.invalidateQueries({ queryKey })));
  };
}

/** What can be done to an introduction, as the API's verbs. */
export type Move =
  | { verb: 'accept'; body: { evidence: string; name?: string; email?: string; phone?: string } }
  | { verb: 'assign'; body: { owner_id: string } }
  | { verb: 'advance'; body: { step: NonNullable<Story['step']> } }
  | { verb: 'win'; body: { amount: Money; stripe_customer?: string; external_id?: string; evidence?: string } }
  | { verb: 'lose'; body: { reason: LostReason; note?: string } }
  | { verb: 'reopen' }
  | { verb: 'unwind'; body: { reason: string } }
  | { verb: 'rewin'; body: { reason: string } }
  | { verb: 'thank'; body: { line?: string } }
  | { verb: 'review'; body: { verdict: 'to_review' | 'cleared'; reason?: string } };

export type LostReason = operations['loseIntroduction']['requestBody']['content']['application/json']['reason'];

function move(id: string, m: Move): Promise<Story> {
  const params = { path: { id } };
  switch (m.verb) {
    case 'accept':
      return take(api.POST('/introductions/{id}/accept', { params, body: m.body }));
    case 'assign':
      return take(api.POST('/introductions/{id}/assign', { params, body: m.body }));
    case 'advance':
      return take(api.POST('/introductions/{id}/advance', { params, body: m.body }));
    case 'win':
      return take(api.POST('/introductions/{id}/win', { params, body: m.body }));
    case 'lose':
      return take(api.POST('/introductions/{id}/lose', { params, body: m.body }));
    case 'reopen':
      return take(api.POST('/introductions/{id}/reopen', { params }));
    case 'unwind':
      return take(api.POST('/introductions/{id}/unwind', { params, body: m.body }));
    case 'rewin':
      return take(api.POST('/introductions/{id}/rewin', { params, body: m.body }));
    case 'thank':
      return take(api.POST('/introductions/{id}/thank', { params, body: m.body }));
    case 'review':
      return take(api.POST('/introductions/{id}/review', { params, body: m.body }));
  }
}

export function useMoveIntroduction() {
  const refresh = useRefresh();
  return useMutation({ mutationFn: ({ id, ...m }: { id: string } & Move) => move(id, m), onSuccess: refresh });
}

export function useAddNote(id: string) {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (body: { text: string; told: boolean }) => take(api.POST('/introductions/{id}/notes', { params: { path: { id } }, body })),
    onSuccess: () => refresh(),
  });
}

export function useCreateIntroduction() {
  const refresh = useRefresh();
  return useMutation({ mutationFn: (body: IntroductionInput) => take(api.POST('/introductions', { body })), onSuccess: refresh });
}
