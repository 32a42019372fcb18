import { expect, test, vi } from 'vitest';

import { api, take } from './client';
import { Problem } from './problem';

function network(...steps: (() => Promise<Response>)[]) {
  const keys: (string | null)[] = [];
  vi.stubGlobal('fetch', (request: Request) => {
    keys.push(request.headers.get('Idempotency-Key'));
    return (steps.shift() ?? (() => Promise.reject(new TypeError('no network'))))();
  });
  return keys;
}

const yes = () => Promise.resolve(Response.json({ ok: true }));
const lost = () => Promise.reject(new TypeError('connection lost'));

test('a POST whose answer was lost is sent again under the same key', async () => {
  const keys = network(lost, yes);
  await take(api.POST('/session', { body: { email: 'a@example.com', password: 'x' } }));
  expect(keys).toHaveLength(2);
  expect(keys[0]).toMatch(/^[0-9a-f]{32}$/);
  expect(keys[1]).toBe(keys[0]);
});

test('two presses of a button are two requests', async () => {
  const keys = network(yes, yes);
  await take(api.POST('/session', { body: { email: 'a@example.com', password: 'x' } }));
  await take(api.POST('/session', { body: { email: 'a@example.com', password: 'x' } }));
  expect(keys[0]).not.toBe(keys[1]);
});

test('without a network the failure says so', async () => {
  network(lost, lost);
  await expect(take(api.GET('/me'))).rejects.toMatchObject({ status: 0 });
});

test('a refusal is thrown as a Problem', async () => {
  network(() => Promise.resolve(Response.json({ detail: 'Your role does not allow this.' }, { status: 403 })));
  await expect(take(api.GET('/me'))).rejects.toSatisfy(
    (e) => e instanceof Problem && e.status === 403 && e.message === 'Your role does not allow this.',
  );
});

test('lists in the address are separated by commas', async () => {
  let url = '';
  vi.stubGlobal('fetch', (request: Request) => {
    url = request.url;
    return yes();
  });
  await take(api.GET('/customers', { params: { query: { tag: ['a', 'b'] } } }));
  expect(decodeURIComponent(url)).toContain('tag=a,b');
});
