import { QueryCache, QueryClient } from '@tanstack/react-query';

import { Problem } from './api/problem';

let signedOut = (): void => undefined;

/** Says what to do when the server no longer knows who this is: the session has ended, or was ended elsewhere. */
export function onSignedOut(act: () => void): void {
  signedOut = act;
}

/** What the server knows, kept in one place. The stream says when something changed, so that little is asked twice. */
export const queryClient = new QueryClient({
  queryCache: new QueryCache({
    // What is being written stays: a change that is refused says so where it stands.
    onError: (error, query) => {
      if (query.queryKey[0] !== 'me' && error instanceof Problem && error.status === 401) signedOut();
    },
  }),
  defaultOptions: {
    queries: {
      staleTime: 20_000,
      // Asking again helps against a lost connection or a restart, not against a clear no.
      retry: (failures, error) => failures < 2 && (!(error instanceof Problem) || error.status === 0 || error.status >= 500),
    },
    mutations: { retry: false },
  },
});
