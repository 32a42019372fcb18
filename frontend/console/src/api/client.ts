import createClient from 'openapi-fetch';

import { Problem, problemOf } from './problem';
import type { paths } from './schema';

/** A name for one press of a button, so that a repeated request is the same request. */
function requestKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, '0')).join('');
}

/** Sends a request; one that never arrived or whose answer was lost is sent once more, under the same key. */
async function send(request: Request): Promise<Response> {
  if (request.method === 'POST') request.headers.set('Idempotency-Key', requestKey());
  const again = request.clone();
  try {
    return await fetch(request);
  } catch (cause) {
    if (request.signal.aborted) throw cause;
    try {
      return await fetch(again);
    } catch {
      throw problemOf(0, undefined);
    }
  }
}

export const api = createClient<paths>({
  baseUrl: '/api/v1',
  fetch: send,
  // Lists in the address are separated by commas.
  querySerializer: { array: { style: 'form', explode: false } },
});

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** Returns what came back, or throws the Problem. */
export async function take<T>(answer: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await answer;
  if (!response.ok) throw problemOf(response.status, error);
  if (data === undefined) throw new Problem(response.status, 'The server sent an empty answer. Try again in a moment.');
  return data;
}

/** Waits for a request whose answer holds nothing. */
export async function took(answer: Promise<Answer<unknown>>): Promise<void> {
  const { error, response } = await answer;
  if (!response.ok) throw problemOf(response.status, error);
}

/** The ETag of a version, for If-Match. */
export function ifMatch(version: number): { 'If-Match': string } {
  return { 'If-Match': `"${version}"` };
}
