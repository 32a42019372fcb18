import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test } from 'vitest';

import { me, rewardStory, tax } from '../../test/factories';
import { answerWith, show } from '../../test/render';
import { RewardPanel } from './RewardPanel';

const panel = <RewardPanel id="rwd_1" onClose={() => undefined} />;

test('taking back needs a note and what the person is told', async () => {
  const sent = answerWith({
    'GET /rewards/rwd_1': { body: rewardStory() },
    'POST /rewards/rwd_1/reject': { body: rewardStory({ state: 'reversed' }) },
  });
  show(panel);
  await userEvent.click(await screen.findByRole('button', { name: 'Take back' }));
  const send = screen.getAllByRole('button', { name: 'Take back' }).at(-1);
  expect(send?.hasAttribute('disabled')).toBe(true);
  await userEvent.type(screen.getByLabelText('What you found'), 'Bought by themselves before.');
  await userEvent.selectOptions(screen.getByLabelText('What the person is told'), 'self');
  await userEvent.click(send ?? document.body);
  await waitFor(() => expect(sent.find((s) => s.method === 'POST')?.body).toEqual({ reason: 'Bought by themselves before.', why: 'self' }));
});

test('approving names the amount and the person', async () => {
  answerWith({ 'GET /rewards/rwd_1': { body: rewardStory() } });
  show(panel);
  await userEvent.click(await screen.findByRole('button', { name: 'Approve' }));
  expect(screen.getByText(/50.00.* for Ana Weber/)).toBeTruthy();
});

test('who had a hand in it reads why somebody else decides', async () => {
  const why = 'This reward rests on your own word, so somebody else decides about it.';
  answerWith({ 'GET /rewards/rwd_1': { body: rewardStory({ actions: ['reject'], blocked: [{ action: 'approve', why }] }) } });
  show(panel);
  expect(await screen.findByText(why)).toBeTruthy();
  expect(screen.getByRole('button', { name: 'Approve' }).hasAttribute('disabled')).toBe(true);
});

test('an owner who is alone has to say why', async () => {
  const sent = answerWith({
    'GET /rewards/rwd_1': { body: rewardStory({ alone: true }) },
    'POST /rewards/rwd_1/approve': { body: rewardStory({ state: 'approved', decided_alone: 'I was there.' }) },
  });
  show(panel);
  await userEvent.click(await screen.findByRole('button', { name: 'Approve' }));
  const send = screen.getAllByRole('button', { name: 'Approve' }).at(-1);
  expect(send?.hasAttribute('disabled')).toBe(true);
  await userEvent.type(screen.getByLabelText('Why it is right'), 'I was there.');
  await userEvent.click(send ?? document.body);
  await waitFor(() => expect(sent.find((s) => s.method === 'POST')?.body).toEqual({ reason: 'I was there.' }));
});

test('books are asked for only by those who may read them', async () => {
  const sent = answerWith({ 'GET /rewards/rwd_1': { body: rewardStory() } });
  show(panel, me({ permissions: ['read'] }));
  await screen.findByRole('heading', { name: /50.00/ });
  expect(sent.some((s) => s.path === '/ledger/journals')).toBe(false);
});

test('a missing tax form is noted by its kind and day, and nothing else of it', async () => {
  const sent = answerWith({
    'GET /rewards/rwd_1': { body: rewardStory({ held_reason: 'tax_form', actions: ['reject'] }) },
    'POST /customers/cus_1/tax-form': { body: tax() },
  });
  show(panel, me({ permissions: ['read', 'rewards.decide'] }));
  await userEvent.click(await screen.findByRole('button', { name: 'Tax form received' }));
  await userEvent.selectOptions(screen.getByLabelText('Kind'), 'W-8BEN');
  await userEvent.clear(screen.getByLabelText('Received on'));
  await userEvent.type(screen.getByLabelText('Received on'), '2026-05-14');
  await userEvent.click(screen.getByRole('button', { name: 'Note it' }));
  await waitFor(() => expect(sent.find((s) => s.method === 'POST')?.body).toEqual({ kind: 'W-8BEN', received_on: '2026-05-14' }));
});
