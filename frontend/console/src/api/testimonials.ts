import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';

import { api, take } from './client';
import { homeQuery } from './home';
import { pagesOptions } from './pages';
import type { operations } from './schema';
import type { Testimonial, TestimonialStory } from './types';

export const testimonialsKey = ['testimonials'] as const;

export const testimonialsQuery = (filter: { q?: string; state?: Testimonial['state'][]; customer_id?: string }) =>
  pagesOptions([...testimonialsKey, 'list', filter], (cursor, signal) =>
    take(api.GET('/testimonials', { params: { query: { ...filter, cursor, limit: 50 } }, signal })),
  );

export const testimonialQuery = (id: string) =>
  queryOptions({
    queryKey: [...testimonialsKey, id],
    queryFn: ({ signal }) => take(api.GET('/testimonials/{id}', { params: { path: { id } }, signal })),
  });

type Body<Operation extends 'declineTestimonial' | 'requestTestimonialChange' | 'keepQuote'> =
  operations[Operation]['requestBody']['content']['application/json'];

export type DeclineReason = Body<'declineTestimonial'>['reason'];

export type Decision =
  | { verb: 'approve' | 'publish' | 'unpublish' }
  | { verb: 'decline'; body: Body<'declineTestimonial'> }
  | { verb: 'request-change'; body: Body<'requestTestimonialChange'> };

function decide(id: string, d: Decision): Promise<TestimonialStory> {
  const params = { path: { id } };
  switch (d.verb) {
    case 'approve':
      return take(api.POST('/testimonials/{id}/approve', { params }));
    case 'publish':
      return take(api.POST('/testimonials/{id}/publish', { params }));
    case 'unpublish':
      return take(api.POST('/testimonials/{id}/unpublish', { params }));
    case 'decline':
      return take(api.POST('/testimonials/{id}/decline', { params, body: d.body }));
    case 'request-change':
      return take(api.POST('/testimonials/{id}/request-change', { params, body: d.body }));
  }
}

function useRefresh() {
  const queries = useQueryClient();
  return (story?: TestimonialStory) => {
    if (story) queries.setQueryData(testimonialQuery(story.id).queryKey, story);
    return Promise.all([testimonialsKey, homeQuery.queryKey].map((queryKey) => queries.invalidateQueries({ queryKey })));
  };
}

export function useDecideTestimonial() {
  const refresh = useRefresh();
  return useMutation({ mutationFn: ({ id, ...d }: { id: string } & Decision) => decide(id, d), onSuccess: refresh });
}

export function useKeepQuote() {
  const refresh = useRefresh();
  return useMutation({ mutationFn: (body: Body<'keepQuote'>) => take(api.POST('/testimonials', { body })), onSuccess: () => refresh() });
}
