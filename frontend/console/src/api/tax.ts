import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';

import { api, take } from './client';
import { customersKey } from './customers';
import { rewardsKey } from './rewards';
import type { Tax, TaxFormInput } from './types';

const taxKey = ['reports', 'tax'] as const;

/** What payees in the United States got in a year; undefined is the present one. */
export const taxQuery = (year: number | undefined) =>
  queryOptions({
    queryKey: [...taxKey, year],
    queryFn: async ({ signal }): Promise<Tax> => shown(await take(api.GET('/reports/tax', { params: { query: { year } }, signal }))),
  });

/** The answer could be CSV, which is not asked for here. */
function shown(answer: Tax | string): Tax {
  if (typeof answer === 'string') throw new Error('The server answered in a form that cannot be shown.');
  return answer;
}

/** The rows of a year as a CSV file. */
export function taxFile(year: number): Promise<Blob> {
  return take<Blob>(api.GET('/reports/tax', { params: { query: { year } }, parseAs: 'blob', headers: { Accept: 'text/csv' } }));
}

/** What one customer got this year. */
export const customerTaxQuery = (id: string) =>
  queryOptions({
    queryKey: [...customersKey, id, 'tax'],
    queryFn: ({ signal }) => take(api.GET('/customers/{id}/tax', { params: { path: { id } }, signal })),
  });

function useRefresh() {
  const queries = useQueryClient();
  return () => Promise.all([customersKey, rewardsKey, taxKey].map((queryKey) => queries.invalidateQueries({ queryKey })));
}

/** Notes that somebody's tax form has come. */
export function useNoteTaxForm(id: string) {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (body: TaxFormInput) => take(api.POST('/customers/{id}/tax-form', { params: { path: { id } }, body })),
    onSuccess: refresh,
  });
}

/** Takes that back. */
export function useForgetTaxForm(id: string) {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (reason: string) => take(api.POST('/customers/{id}/tax-form/forget', { params: { path: { id } }, body: { reason } })),
    onSuccess: refresh,
  });
}
