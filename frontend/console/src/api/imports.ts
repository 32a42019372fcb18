import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';

import { api, take } from './client';
import { customersKey } from './customers';
import { pagesOptions } from './pages';

/** How a file is read; what is left out is recognised or listed as a problem. */
export interface ReadOptions {
  mapping: Record<string, string>;
  date_order?: 'dmy' | 'mdy' | 'ymd';
  decimal?: 'point' | 'comma';
  currency?: string;
  division?: string;
  language?: string;
  country?: string;
}

export type Severity = 'refused' | 'warning' | 'merged';

const importsKey = ['imports'] as const;

export const importsQuery = pagesOptions([...importsKey, 'list'], (cursor, signal) =>
  take(api.GET('/imports', { params: { query: { cursor, limit: 20 } }, signal })),
);

/** One import; while it runs it is asked again every second. */
export const importQuery = (id: string) =>
  queryOptions({
    queryKey: [...importsKey, id],
    queryFn: ({ signal }) => take(api.GET('/imports/{id}', { params: { path: { id } }, signal })),
    refetchInterval: (query) => (query.state.data && ['uploaded', 'running'].includes(query.state.data.state) ? 1000 : false),
  });

/** What was found in the rows. An import that has ended is asked once more, because its last problems came with its end. */
export const importProblemsQuery = (id: string, severity: Severity | undefined, working: boolean) =>
  pagesOptions([...importsKey, id, 'problems', severity, working], (cursor, signal) =>
    take(api.GET('/imports/{id}/problems', { params: { path: { id }, query: { cursor, severity, limit: 100 } }, signal })),
  );

export const problemsFile = (id: string) => `/api/v1/imports/${encodeURIComponent(id)}/problems.csv`;

const csv = { headers: { 'Content-Type': 'text/csv' } } as const;

export function usePreviewImport() {
  return useMutation({
    // The beginning says enough about columns, and is quick to send.
    mutationFn: async (file: File) => {
      const start = await file.slice(0, 1 << 20).arrayBuffer();
      return take(api.POST('/imports/preview', { params: { query: { name: file.name } }, ...csv, body: '', bodySerializer: () => start }));
    },
  });
}

export function useStartImport() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ file, options, dryRun }: { file: File; options: ReadOptions; dryRun: boolean }) => {
      const { mapping, ...rest } = options;
      return take(
        api.POST('/imports', {
          params: { query: { name: file.name, dry_run: dryRun, mapping: JSON.stringify(mapping), ...rest } },
          ...csv,
          body: '',
          bodySerializer: () => file,
        }),
      );
    },
    onSuccess: () => queries.invalidateQueries({ queryKey: importsKey }),
  });
}

/** Imports for real what was a dry run, with the file that is already there. */
export function useApplyImport() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => take(api.POST('/imports/{id}/start', { params: { path: { id } } })),
    onSuccess: () => Promise.all([queries.invalidateQueries({ queryKey: importsKey }), queries.invalidateQueries({ queryKey: customersKey })]),
  });
}

export function useStopImport() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => take(api.POST('/imports/{id}/stop', { params: { path: { id } } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: importsKey }),
  });
}
