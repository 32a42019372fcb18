import { useQueryClient, type QueryKey } from '@tanstack/react-query';
import { useEffect } from 'react';

import { campaignsKey } from './campaigns';
import { customersKey } from './customers';
import { homeQuery } from './home';
import { introductionsKey } from './introductions';
import { rewardsKey } from './rewards';
import { tasksKey } from './tasks';
import { testimonialsKey } from './testimonials';

/** What to ask for again when something happened to an object of a kind: the first part of the event's type. */
const affected: Record<string, readonly QueryKey[]> = {
  customer: [customersKey],
  invitation: [['invitations'], campaignsKey, customersKey],
  campaign: [campaignsKey],
  introduction: [introductionsKey, tasksKey],
  testimonial: [testimonialsKey],
  reward: [rewardsKey, introductionsKey],
  payout: [rewardsKey],
  case: [rewardsKey],
  task: [tasksKey],
};

/** Reads the kind out of a message of the stream; undefined for what is none. */
export function kindOf(data: unknown): string | undefined {
  if (typeof data !== 'string') return undefined;
  try {
    const message: unknown = JSON.parse(data);
    if (typeof message === 'object' && message !== null && 'type' in message && typeof message.type === 'string') return message.type.split('.')[0];
  } catch {
    // A cut-off message says nothing; the next one will.
  }
  return undefined;
}

/** Keeps what is on the screen fresh while the server tells what changes. Bursts are gathered into one refresh. */
export function useStream(): void {
  const queries = useQueryClient();
  useEffect(() => {
    const kinds = new Set<string>();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const refresh = () => {
      timer = undefined;
      const keys = [...kinds].flatMap((kind) => affected[kind] ?? []);
      kinds.clear();
      for (const queryKey of [...keys, homeQuery.queryKey]) void queries.invalidateQueries({ queryKey });
    };
    const source = new EventSource('/api/v1/stream');
    source.onmessage = (event) => {
      const kind = kindOf(event.data);
      if (kind === undefined) return;
      kinds.add(kind);
      timer ??= setTimeout(refresh, 400);
    };
    return () => {
      clearTimeout(timer);
      source.close();
    };
  }, [queries]);
}
