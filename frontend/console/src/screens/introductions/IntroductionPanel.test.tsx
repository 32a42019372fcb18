import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test } from 'vitest';

import { story } from '../../test/factories';
import { answerWith, show } from '../../test/render';
import { IntroductionPanel } from './IntroductionPanel';

const panel = <IntroductionPanel id="int_1" onClose={() => undefined} onOpen={() => undefined} />;

test('only the verbs that the server allows have a button', async () => {
  answerWith({ 'GET /introductions/int_1': { body: story({ actions: ['lose', 'note'] }) } });
  show(panel);
  expect(await screen.findByRole('button', { name: 'Lost' })).toBeTruthy();
  expect(screen.getByRole('button', { name: 'Note' })).toBeTruthy();
  expect(screen.queryByRole('button', { name: 'Won' })).toBeNull();
  expect(screen.queryByRole('button', { name: 'Tell Ana' })).toBeNull();
});

test('telling Ana shows a preview and sends a told note', async () => {
  const sent = answerWith({
    'GET /introductions/int_1': { body: story({ actions: ['tell'] }) },
    'POST /introductions/int_1/notes': {
      body: { id: 'n', author_id: 'stf_1', author: 'Rosa', told: true, text: 'We met.', created_at: '2026-05-14T09:00:00Z' },
    },
  });
  show(panel);
  await userEvent.click(await screen.findByRole('button', { name: 'Tell Ana' }));
  await userEvent.type(screen.getByLabelText('What you tell'), 'We met.');
  expect(screen.getByText('This is what will be read:')).toBeTruthy();
  await userEvent.click(screen.getAllByRole('button', { name: 'Tell Ana' }).at(-1) ?? document.body);
  await waitFor(() => expect(sent.find((s) => s.method === 'POST')?.body).toEqual({ text: 'We met.', told: true }));
});

test('a private note is not told', async () => {
  const sent = answerWith({ 'GET /introductions/int_1': { body: story({ actions: ['note'] }) }, 'POST /introductions/int_1/notes': { body: {} } });
  show(panel);
  await userEvent.click(await screen.findByRole('button', { name: 'Note' }));
  await userEvent.type(screen.getByRole('textbox', { name: 'Note' }), 'Careful.');
  await userEvent.click(screen.getByRole('button', { name: 'Keep' }));
  await waitFor(() => expect(sent.find((s) => s.method === 'POST')?.body).toEqual({ text: 'Careful.', told: false }));
});

test('whoever took the consent back has no link to be contacted by', async () => {
  answerWith({ 'GET /introductions/int_1': { body: story({ contact_blocked: true }) } });
  show(panel);
  expect(await screen.findByText(/Do not contact them/)).toBeTruthy();
  expect(screen.queryByRole('link', { name: 'ben@example.net' })).toBeNull();
});

test('a failed load can be tried again', async () => {
  let calls = 0;
  answerWith({ 'GET /introductions/int_1': () => (++calls === 1 ? { status: 500, body: {} } : { body: story() }) });
  show(panel);
  await userEvent.click(await screen.findByRole('button', { name: 'Try again' }));
  expect(await screen.findByRole('heading', { name: 'Ben Okafor' })).toBeTruthy();
});
