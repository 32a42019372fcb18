import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';

import { api, take } from './client';
import { rewardsKey } from './rewards';

const stockKey = [...rewardsKey, 'stock'] as const;

/** How many gift codes there are of each value. No code itself ever comes here. */
export const stockQuery = queryOptions({
  queryKey: stockKey,
  queryFn: ({ signal }) => take(api.GET('/gift-codes', { signal })),
});

/** Looks a file through, or takes it into stock. */
export function useTakeStock() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ file, dryRun }: { file: File; dryRun: boolean }) =>
      take(
        api.POST('/gift-codes', {
          params: { query: { name: file.name, dry_run: dryRun } },
          headers: { 'Content-Type': 'text/csv' },
          body: '',
          bodySerializer: () => file,
        }),
      ),
    onSuccess: (_, { dryRun }) => (dryRun ? undefined : queries.invalidateQueries({ queryKey: rewardsKey })),
  });
}

/** Takes the codes that ended in stock out of the books. */
export function useWriteOffStock() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => take(api.POST('/gift-codes/write-off')),
    onSuccess: () => queries.invalidateQueries({ queryKey: rewardsKey }),
  });
}
