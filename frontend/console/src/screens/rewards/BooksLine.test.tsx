import { screen } from '@testing-library/react';
import { expect, test } from 'vitest';

import type { Proof } from '../../api/types';
import { answerWith, show } from '../../test/render';
import { BooksLine } from './BooksLine';

const proof = (change: Partial<Proof> = {}): Proof => ({
  proven_at: '2026-05-12T02:00:05Z',
  looked_at: '2026-05-12T02:00:05Z',
  findings: 0,
  rewards: 12,
  payouts: 7,
  journals: 1200,
  legs: 4800,
  entries: 90,
  comparison: [
    { rail: 'invoice_credit', at: '2026-05-12T02:01:00Z', account: 'acct_1 (test)', payouts: 7, effects: 7, discrepancies: 0 },
    { rail: 'transfer', at: '2026-05-12T02:01:00Z', payouts: 0, effects: 0, discrepancies: 0 },
  ],
  ...change,
});

test('sound books say when they were proven and compared', async () => {
  answerWith({ 'GET /ledger/proof': { body: proof() } });
  show(<BooksLine />);
  expect(await screen.findByText('Books proven')).toBeTruthy();
  expect(screen.getByText(/7 payouts, all as in the books/)).toBeTruthy();
  expect(screen.queryByText(/Bank transfer/)).toBeNull();
  expect(screen.queryByRole('link')).toBeNull();
});

test('books that do not hold say what was found first', async () => {
  answerWith({ 'GET /ledger/proof': { body: proof({ findings: 3, detail: 'ledger_journal 0197: debits and credits differ by EUR 0.01' }) } });
  show(<BooksLine />);
  expect(await screen.findByText('The books do not hold')).toBeTruthy();
  expect(screen.getByText(/3 things were found.*differ by EUR 0.01/)).toBeTruthy();
  expect(screen.getByText(/They last held/)).toBeTruthy();
});

test('what a rail shows otherwise leads to the cases', async () => {
  const comparison = [{ rail: 'invoice_credit', at: '2026-05-12T02:01:00Z', account: 'acct_1 (test)', payouts: 7, effects: 8, discrepancies: 1 }];
  answerWith({ 'GET /ledger/proof': { body: proof({ comparison }) } });
  show(<BooksLine />);
  expect(await screen.findByText(/one thing does not fit/)).toBeTruthy();
  expect(screen.getByRole('link', { name: 'See the cases' })).toBeTruthy();
});
