import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test } from 'vitest';

import { me, rewardStory } from '../../test/factories';
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

test('books are asked for only by those who may read them', async () => {
  const sent = answerWith({ 'GET /rewards/rwd_1': { body: rewardStory() } });
  show(panel, me({ permissions: ['read'] }));
  await screen.findByRole('heading', { name: /50.00/ });
  expect(sent.some((s) => s.path === '/ledger/journals')).toBe(false);
});
