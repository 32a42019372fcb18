import { api, take } from './client';
import { pagesOptions } from './pages';

export const auditQuery = (filter: { object?: string; object_id?: string; action?: string }) =>
  pagesOptions(['audit', filter], (cursor, signal) => take(api.GET('/audit', { params: { query: { ...filter, cursor, limit: 50 } }, signal })));
