import { screen } from '@testing-library/react';
import { expect, test } from 'vitest';

import { me, payout, rewardStory } from '../../test/factories';
import { answerWith, show } from '../../test/render';
import { WholeStory } from './RewardStoryScreen';
import { accountName } from './words';

const at = '2026-05-14T09:00:00Z';
const fifty = { amount_minor: 5000, currency: 'EUR' };

test('one page says what made it, who decided and why, what was posted and what the rail has', async () => {
  const story = rewardStory({
    payouts: [payout({ rail: 'transfer', rail_object: 'tr_17', key: 'po_1:1', claims: 3 })],
    why: [
      { rule: 0, to: 'customer', on: 'won', happened: true, earned: fifty, why: 'undone', waiting: false, text: '10.00 EUR of 60.00 EUR was taken back.', reward_id: 'rwd_1' },
    ],
    deals: [{ id: 'del_1', source: 'stripe', external_id: 'in_9', amount: fifty, net: { amount_minor: 4000, currency: 'EUR' }, counted: true, at }],
    steps: [
      { at, what: 'introduction.won', text: 'Was won.', actor: { kind: 'stripe' }, postings: [] },
      {
        at,
        what: 'reward.approved',
        text: '50.00 EUR was approved.',
        reason: 'Invoice looked at.',
        actor: { kind: 'staff', name: 'Felix Amann' },
        journal: 'approve:rwd_1:2',
        postings: [
          { account: 'L:pending:rwd_1', side: 'debit', amount: fifty },
          { account: 'L:payable:rwd_1', side: 'credit', amount: fifty },
        ],
      },
      { at, what: 'mail.sent', text: 'The owner was told by mail that it is theirs.', actor: { kind: 'system' }, postings: [] },
    ],
  });
  answerWith({ 'GET /rewards/rwd_1': { body: story } });
  show(<WholeStory id="rwd_1" />, me({ permissions: ['read', 'money.read'] }));
  await screen.findByRole('heading', { name: /50.00 for Ana Weber/ });
  for (const text of [/version 1, rule 1/, /was taken back/, /40.00 after refunds/, 'tr_17', 'po_1:1', '3 times', 'Was won.', /Invoice looked at/, /Felix Amann/, /told by mail/, 'approve:rwd_1:2'])
    expect(screen.getAllByText(text).length).toBeGreaterThan(0);
  expect(screen.getByRole('table', { name: 'Legs of approve:rwd_1:2' }).textContent).toContain('Owed, to be paid');
});

test('who may not read money is told that something is left out', async () => {
  answerWith({ 'GET /rewards/rwd_1': { body: rewardStory() } });
  show(<WholeStory id="rwd_1" />, me({ permissions: ['read'] }));
  expect(await screen.findByText(/for those who may read money/)).toBeTruthy();
});

test('an account of the books is told in words, an unknown one by its name', () => {
  expect(accountName('A:stripe')).toBe('Our balance at Stripe');
  expect(accountName('Z:else')).toBe('Z:else');
});
