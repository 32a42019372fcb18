import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { createMemoryHistory, createRootRouteWithContext, createRouter, RouterContextProvider } from '@tanstack/react-router';
import { render } from '@testing-library/react';
import type { ReactNode } from 'react';
import { vi } from 'vitest';

import { meQuery } from '../api/me';
import type { Me } from '../api/types';
import { ToastProvider } from '../ui/Toast';
import { me } from './factories';

interface Answer {
  status?: number;
  body?: unknown;
}

/** One request that the console sent. */
export interface Sent {
  method: string;
  path: string;
  query: URLSearchParams;
  body: unknown;
  headers: Headers;
}

/** Answers requests by "METHOD /path" instead of a server, and notes them. What is not listed is answered with 404. */
export function answerWith(answers: Record<string, Answer | ((sent: Sent) => Answer)>): Sent[] {
  const sent: Sent[] = [];
  vi.stubGlobal('fetch', async (request: Request) => {
    const text = await request.text();
    const url = new URL(request.url, 'http://localhost');
    const path = url.pathname.replace('/api/v1', '');
    const json = !request.headers.get('Content-Type')?.startsWith('text/');
    const one: Sent = {
      method: request.method,
      path,
      query: url.searchParams,
      body: text && json ? JSON.parse(text) : text || undefined,
      headers: request.headers,
    };
    sent.push(one);
    const given = answers[`${one.method} ${path}`] ?? { status: 404, body: { detail: 'Not here.' } };
    const { status = 200, body } = typeof given === 'function' ? given(one) : given;
    return new Response(body === undefined ? null : JSON.stringify(body), {
      status,
      headers: { 'Content-Type': status < 400 ? 'application/json' : 'application/problem+json' },
    });
  });
  return sent;
}

/** Shows a component inside of what every screen has around it. */
export function show(what: ReactNode, as: Me = me()) {
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false, staleTime: Infinity } } });
  queries.setQueryData(meQuery.queryKey, as);
  const router = createRouter({ routeTree: createRootRouteWithContext()(), history: createMemoryHistory() });
  return render(
    <QueryClientProvider client={queries}>
      <ToastProvider>
        <RouterContextProvider router={router}>{what}</RouterContextProvider>
      </ToastProvider>
    </QueryClientProvider>,
  );
}
