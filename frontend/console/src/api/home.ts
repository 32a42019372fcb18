import { queryOptions } from '@tanstack/react-query';

import { api, take } from './client';

export const homeQuery = queryOptions({
  queryKey: ['home'],
  queryFn: ({ signal }) => take(api.GET('/home', { signal })),
});
