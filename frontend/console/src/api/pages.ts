import { infiniteQueryOptions, type QueryKey } from '@tanstack/react-query';

interface Page<T> {
  items: T[];
  next_cursor: string;
}

/** The options of a list that is read page by page; its data is all rows read so far. */
export function pagesOptions<T>(queryKey: QueryKey, read: (cursor: string | undefined, signal: AbortSignal) => Promise<Page<T>>) {
  return infiniteQueryOptions({
    queryKey,
    queryFn: ({ pageParam, signal }) => read(pageParam || undefined, signal),
    initialPageParam: '',
    getNextPageParam: (last: Page<T>) => last.next_cursor || undefined,
    select: (data) => data.pages.flatMap((p) => p.items),
  });
}
