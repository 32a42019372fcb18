import { queryOptions } from '@tanstack/react-query';

import { api, take } from './client';
import { Problem } from './problem';
import type { operations } from './schema';

export type Dimension = NonNullable<NonNullable<operations['funnelReport']['parameters']['query']>['by']>;

/** The rows of a report; the API can answer with CSV too, which is not asked for here. */
async function rows<T extends object>(answer: Promise<T | string>): Promise<T> {
  const data = await answer;
  if (typeof data === 'string') throw new Problem(200, 'The server answered in a form that cannot be shown.');
  return data;
}

export const funnelQuery = (days: number, by: Dimension | undefined) =>
  queryOptions({
    queryKey: ['reports', 'funnel', days, by],
    queryFn: ({ signal }) =>
      rows(take(api.GET('/reports/funnel', { params: { query: { from: new Date(Date.now() - days * 86_400_000).toISOString(), by } }, signal }))),
  });

export const coverageQuery = queryOptions({
  queryKey: ['reports', 'coverage'],
  queryFn: ({ signal }) => rows(take(api.GET('/reports/coverage', { signal }))),
});

export const liabilityQuery = queryOptions({
  queryKey: ['reports', 'liability'],
  queryFn: ({ signal }) => rows(take(api.GET('/reports/liability', { signal }))),
});

/** Where the journal of a period is to be had as CSV, from the first day to the last, UTC; empty days bound nothing. */
export function journalFileURL(from: string, to: string): string {
  const query = new URLSearchParams();
  if (from) query.set('from', `${from}T00:00:00Z`);
  if (to) query.set('to', new Date(Date.parse(`${to}T00:00:00Z`) + 86_400_000).toISOString());
  const text = query.toString();
  return `/api/v1/ledger/journals.csv${text && '?'}${text}`;
}

export type ReportName = 'funnel' | 'coverage' | 'pipeline' | 'liability';

/** The rows of a report as a CSV file. */
export async function reportFile(name: ReportName): Promise<Blob> {
  const options = { parseAs: 'blob', headers: { Accept: 'text/csv' } } as const;
  switch (name) {
    case 'funnel':
      return take<Blob>(api.GET('/reports/funnel', options));
    case 'coverage':
      return take<Blob>(api.GET('/reports/coverage', options));
    case 'pipeline':
      return take<Blob>(api.GET('/reports/pipeline', options));
    case 'liability':
      return take<Blob>(api.GET('/reports/liability', options));
  }
}
