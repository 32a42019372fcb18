import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test, vi } from 'vitest';

import { reward, rewardStory } from '../../test/factories';
import { answerWith, show } from '../../test/render';
import { Reviews } from './Reviews';

const ignore = () => undefined;

const review = {
  id: 'cas_1',
  kind: 'review',
  subject: 'rwd_1',
  detail: 'A reward of EUR 50.00.',
  state: 'open',
  reward_id: 'rwd_1',
  actions: ['release', 'reject'],
  blocked: [],
  opened_at: '2026-05-14T09:00:00Z',
  findings: [
    {
      name: 'shared_payee',
      text: 'Somebody of another company is paid the same way.',
      strong: true,
      shadow: false,
      state: 'open',
      found_at: '2026-05-14T09:00:00Z',
      evidence: [{ what: 'account', text: '1 others are paid to the same account.', customers: [{ id: 'cus_9', name: 'Carl Zimmer' }], introductions: [] }],
    },
  ],
};

const answers = {
  'GET /cases': { body: { items: [review] } },
  'GET /risk/rings': { body: { items: [] } },
  'GET /rewards/rwd_1': { body: rewardStory({ ...reward(), id: 'rwd_1' }) },
};

test('a review shows what was found and names the others', async () => {
  answerWith(answers);
  show(<Reviews may={true} onOpen={ignore} />);
  expect(await screen.findByText('Somebody of another company is paid the same way.')).toBeTruthy();
  expect(screen.getByText('Carl Zimmer')).toBeTruthy();
});

test('taking back needs a note and what the person is told', async () => {
  answerWith(answers);
  show(<Reviews may={true} onOpen={vi.fn()} />);
  await userEvent.click(await screen.findByRole('button', { name: 'Take back' }));
  const buttons = await screen.findAllByRole('button', { name: 'Take back' });
  const send = buttons[buttons.length - 1];
  expect(send?.hasAttribute('disabled')).toBe(true);
  await userEvent.type(screen.getByLabelText('What you found'), 'The same account.');
  expect(send?.hasAttribute('disabled')).toBe(true);
  await userEvent.selectOptions(screen.getByLabelText('What the person is told'), 'self');
  expect(send?.hasAttribute('disabled')).toBe(false);
});

test('who had a hand in it reads why somebody else releases it', async () => {
  const why = 'You wrote the terms of this reward, so somebody else decides about it.';
  answerWith({ ...answers, 'GET /cases': { body: { items: [{ ...review, actions: ['reject'], blocked: [{ action: 'release', why }] }] } } });
  show(<Reviews may={true} onOpen={ignore} />);
  expect(await screen.findByText(why)).toBeTruthy();
  expect(screen.getByRole('button', { name: 'Release' }).hasAttribute('disabled')).toBe(true);
});

test('whoever may not decide sees no buttons', async () => {
  answerWith(answers);
  show(<Reviews may={false} onOpen={ignore} />);
  expect(await screen.findByText('Somebody of another company is paid the same way.')).toBeTruthy();
  expect(screen.queryByRole('button', { name: 'Release' })).toBeNull();
});
