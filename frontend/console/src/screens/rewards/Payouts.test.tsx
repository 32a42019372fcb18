import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test, vi } from 'vitest';

import { payout } from '../../test/factories';
import { answerWith, show } from '../../test/render';
import { Payouts } from './Payouts';

const ignore = () => undefined;

test('a payout names who gets it and leads to the reward', async () => {
  answerWith({ 'GET /payouts': { body: { items: [payout({ reward_id: 'rwd_7', payee: 'Ben Okafor', campaign_name: 'Spring' })] } } });
  const open = vi.fn();
  show(<Payouts state={undefined} onState={ignore} onOpen={open} />);
  await userEvent.click(await screen.findByRole('button', { name: 'Ben Okafor' }));
  expect(open.mock.calls).toEqual([['rwd_7']]);
  expect(screen.getByText('Spring')).toBeTruthy();
});

test('an erased person has no name', async () => {
  answerWith({ 'GET /payouts': { body: { items: [payout({ payee: '' })] } } });
  show(<Payouts state={undefined} onState={ignore} onOpen={ignore} />);
  expect(await screen.findByRole('button', { name: 'Erased' })).toBeTruthy();
});

test('on a phone the rail and the day stand under the name', async () => {
  answerWith({ 'GET /payouts': { body: { items: [payout({ rail: 'promotion_code', last_sent_at: '2026-05-12T09:00:00Z' })] } } });
  show(<Payouts state={undefined} onState={ignore} onOpen={ignore} />);
  expect((await screen.findByText(/^Promotion code,/)).textContent).toMatch(/^Promotion code, .*12/);
});
