import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';

import { api, ifMatch, take, took } from './client';
import { pagesOptions } from './pages';
import type { Campaign, CampaignPatch, InviteChannel } from './types';

export const campaignsKey = ['campaigns'] as const;

export const campaignsQuery = (filter: { q?: string; state?: Campaign['state'] }) =>
  pagesOptions([...campaignsKey, 'list', filter], (cursor, signal) =>
    take(api.GET('/campaigns', { params: { query: { q: filter.q, state: filter.state && [filter.state], cursor, limit: 50 } }, signal })),
  );

/** Campaigns whose pages take answers, for choosing one. */
export const openCampaignsQuery = queryOptions({
  queryKey: [...campaignsKey, 'open'],
  queryFn: async ({ signal }) => (await take(api.GET('/campaigns', { params: { query: { state: ['live', 'paused'], limit: 200 } }, signal }))).items,
});

export const campaignQuery = (id: string) =>
  queryOptions({
    queryKey: [...campaignsKey, id],
    queryFn: ({ signal }) => take(api.GET('/campaigns/{id}', { params: { path: { id } }, signal })),
  });

export const progressQuery = (id: string) =>
  queryOptions({
    queryKey: [...campaignsKey, id, 'progress'],
    queryFn: ({ signal }) => take(api.GET('/campaigns/{id}/progress', { params: { path: { id } }, signal })),
    refetchInterval: (query) => (query.state.data && (!query.state.data.done || query.state.data.waiting > 0) ? 2000 : 30_000),
  });

export const campaignTimelineQuery = (id: string) =>
  pagesOptions([...campaignsKey, id, 'timeline'], (cursor, signal) =>
    take(api.GET('/campaigns/{id}/timeline', { params: { path: { id }, query: { cursor, limit: 30 } }, signal })),
  );

export const templatesQuery = queryOptions({
  queryKey: ['templates'],
  queryFn: async ({ signal }) => (await take(api.GET('/templates', { signal }))).items,
  staleTime: Infinity,
});

export type PreviewKind = 'mail' | 'reminder' | 'page';

/** How what is being written looks, drawn by the server with the real templates; nothing is saved for it. */
export const previewQuery = (campaign: CampaignPatch, kind: PreviewKind, language: string) =>
  queryOptions({
    queryKey: ['preview', kind, language, campaign],
    queryFn: ({ signal }) => take(api.POST('/campaigns/preview', { body: { campaign, kind, language }, signal })),
    gcTime: 30_000,
    retry: false,
  });

function useRefresh() {
  const queries = useQueryClient();
  return (campaign?: Campaign) => {
    if (campaign) queries.setQueryData(campaignQuery(campaign.id).queryKey, campaign);
    return queries.invalidateQueries({ queryKey: campaignsKey });
  };
}

export function useCreateCampaign() {
  const refresh = useRefresh();
  return useMutation({ mutationFn: (template: string) => take(api.POST('/campaigns', { body: { template } })), onSuccess: refresh });
}

export function useUpdateCampaign(id: string) {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: ({ version, patch }: { version: number; patch: CampaignPatch }) =>
      take(api.PATCH('/campaigns/{id}', { params: { path: { id }, header: ifMatch(version) }, body: patch })),
    onSuccess: refresh,
  });
}

/** Counts who would get it and what it may cost; it changes nothing. The version makes an edited campaign count anew. */
export const dryRunQuery = (id: string, version: number) =>
  queryOptions({
    queryKey: ['dry-run', id, version],
    queryFn: ({ signal }) => take(api.POST('/campaigns/{id}/dry-run', { params: { path: { id } }, signal })),
    gcTime: 0,
    staleTime: 0,
    retry: false,
  });

export function useTestSend(id: string) {
  return useMutation({
    mutationFn: (body: { language: string; to: string }) => took(api.POST('/campaigns/{id}/test-send', { params: { path: { id } }, body })),
  });
}

export type CampaignVerb = 'launch' | 'pause' | 'resume' | 'end';

export function useMoveCampaign(id: string) {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (verb: CampaignVerb) => {
      const params = { path: { id } };
      switch (verb) {
        case 'launch':
          return take(api.POST('/campaigns/{id}/launch', { params }));
        case 'pause':
          return take(api.POST('/campaigns/{id}/pause', { params }));
        case 'resume':
          return take(api.POST('/campaigns/{id}/resume', { params }));
        case 'end':
          return take(api.POST('/campaigns/{id}/end', { params }));
      }
    },
    onSuccess: refresh,
  });
}

export const invitationsQuery = (filter: { campaign_id?: string; customer_id?: string }) =>
  pagesOptions(['invitations', filter], (cursor, signal) =>
    take(api.GET('/invitations', { params: { query: { ...filter, cursor, limit: 50 } }, signal })),
  );

/** Makes an invitation by hand; the answer holds the private link, which is kept nowhere. */
export function useInvite() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ campaignId, customerId, channel }: { campaignId: string; customerId: string; channel: InviteChannel }) =>
      take(api.POST('/campaigns/{id}/invitations', { params: { path: { id: campaignId } }, body: { customer_id: customerId, channel } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['invitations'] }),
    gcTime: 0,
  });
}

export function useStopInvitation() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => took(api.POST('/invitations/{id}/stop', { params: { path: { id } } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['invitations'] }),
  });
}

export const placementsQuery = (campaignId: string) =>
  pagesOptions(['placements', campaignId], (cursor, signal) =>
    take(api.GET('/placements', { params: { query: { campaign_id: campaignId, cursor, limit: 50 } }, signal })),
  );

export function useAddPlacement(campaignId: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (name: string) => take(api.POST('/placements', { body: { campaign_id: campaignId, name } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['placements'] }),
  });
}

export function useEndPlacement() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => took(api.POST('/placements/{id}/end', { params: { path: { id } } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['placements'] }),
  });
}
