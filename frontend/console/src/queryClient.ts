import { QueryClient } from '@tanstack/react-query';

import { Problem } from './api/problem';

/** What the server knows, kept in one place. The stream says when something changed, so that little is asked twice. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 20_000,
      // Asking again helps against a lost connection or a restart, not against a clear no.
      retry: (failures, error) => failures < 2 && (!(error instanceof Problem) || error.status === 0 || error.status >= 500),
    },
    mutations: { retry: false },
  },
});
