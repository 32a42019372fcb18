import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test } from 'vitest';

import { stock, stockLine } from '../../test/factories';
import { answerWith, show } from '../../test/render';
import { Stock } from './Stock';

const file = new File(['code,amount,currency\nAB-1,25,EUR\n'], 'codes.csv', { type: 'text/csv' });

test('the stock says what is free, what runs out and who waits', async () => {
  answerWith({
    'GET /gift-codes': {
      body: stock({
        items: [stockLine({ free: 40 }), stockLine({ amount: { amount_minor: 5000, currency: 'EUR' }, free: 0, shown: 12, low: true })],
        waiting: [{ amount: { amount_minor: 5000, currency: 'EUR' }, rewards: 3 }],
      }),
    },
  });
  show(<Stock />);
  expect(await screen.findByText('None left')).toBeTruthy();
  expect(screen.getByText(/3 rewards wait for a gift code of .*50.00/)).toBeTruthy();
  expect(screen.getByText('40')).toBeTruthy();
});

test('a file is looked through first and then taken as a whole', async () => {
  const found = { dry_run: true, added: 1, known: 2, worth: [{ amount_minor: 2500, currency: 'EUR' }] };
  const sent = answerWith({
    'GET /gift-codes': { body: stock() },
    'POST /gift-codes': () => ({ body: { ...found, dry_run: false } }),
  });
  show(<Stock />);
  await userEvent.upload(await screen.findByLabelText('Choose a CSV file'), file);
  expect(await screen.findByText(/1 new, worth .*25.00\. 2 rows are known already/)).toBeTruthy();
  await userEvent.click(screen.getByRole('button', { name: 'Take 1 code into stock' }));
  await waitFor(() => expect(sent.filter((s) => s.method === 'POST')).toHaveLength(2));
  expect(sent.filter((s) => s.method === 'POST').map((s) => s.query.get('dry_run'))).toEqual(['true', 'false']);
});

test('rows that are wrong are listed and nothing can be taken', async () => {
  answerWith({
    'GET /gift-codes': { body: stock() },
    'POST /gift-codes': {
      status: 422,
      body: { detail: 'Nothing was taken into stock, because some rows are wrong.', errors: [{ field: 'line 3: amount', message: 'This is no amount.' }] },
    },
  });
  show(<Stock />);
  await userEvent.upload(await screen.findByLabelText('Choose a CSV file'), file);
  expect(await screen.findByText(/Nothing was taken/)).toBeTruthy();
  expect(screen.getByText('Line 3: amount')).toBeTruthy();
  expect(screen.queryByRole('button', { name: /into stock/ })).toBeNull();
});

test('codes that have ended are written off after a question', async () => {
  const sent = answerWith({
    'GET /gift-codes': { body: stock({ items: [stockLine({ expired: 2 }), stockLine({ label: 'Café', expired: 1 })] }) },
    'POST /gift-codes/write-off': { body: { codes: 3, worth: [{ amount_minor: 7500, currency: 'EUR' }] } },
  });
  show(<Stock />);
  expect(await screen.findByText(/3 codes have ended in stock/)).toBeTruthy();
  await userEvent.click(screen.getByRole('button', { name: 'Write off' }));
  expect(sent.some((s) => s.method === 'POST')).toBe(false);
  const dialog = await screen.findByRole('dialog', { name: 'Write off 3 codes' });
  await userEvent.click(within(dialog).getByRole('button', { name: 'Write off' }));
  expect(await screen.findByText(/3 codes written off, .*75.00 lost/)).toBeTruthy();
});

test('nothing is to be written off while nothing has ended', async () => {
  answerWith({ 'GET /gift-codes': { body: stock({ items: [stockLine({ written_off: 4 })] }) } });
  show(<Stock />);
  expect(await screen.findByText('20')).toBeTruthy();
  expect(screen.queryByRole('button', { name: 'Write off' })).toBeNull();
});
