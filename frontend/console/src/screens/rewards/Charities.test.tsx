import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test } from 'vitest';

import { charity, due, remittance } from '../../test/factories';
import { answerWith, show } from '../../test/render';
import { Charities } from './Charities';

const page = <T,>(...items: T[]) => ({ body: { items, next_cursor: '' } });

test('what is due is set aside, paid with its proof, and shown', async () => {
  const open = remittance();
  const sent = answerWith({
    'GET /charities': page(charity()),
    'GET /remittances/due': page(due({ overdue: true })),
    'GET /remittances': page(open),
    'POST /remittances': { body: open },
    'POST /remittances/rem_1/mark-paid': { body: remittance({ state: 'paid' }) },
  });
  show(<Charities may />);
  expect(await screen.findByText('Overdue')).toBeTruthy();
  await userEvent.click(screen.getByRole('button', { name: 'Make a remittance' }));
  await waitFor(() => expect(sent.filter((s) => s.method === 'POST').map((s) => s.body)).toEqual([{ charity_id: 'cha_1', currency: 'EUR' }]));
  await userEvent.click(screen.getByRole('button', { name: 'Mark as paid' }));
  await userEvent.type(screen.getByLabelText('Bank reference'), 'SEPA 4711');
  await userEvent.type(screen.getByLabelText('Day of the transfer'), '2026-05-12');
  await userEvent.type(screen.getByLabelText('Receipt'), '17.pdf');
  await userEvent.click(screen.getAllByRole('button', { name: 'Mark as paid' }).slice(-1)[0] ?? document.body);
  await waitFor(() =>
    expect(sent.filter((s) => s.path.endsWith('/mark-paid')).map((s) => s.body)).toEqual([{ reference: 'SEPA 4711', paid_on: '2026-05-12', proof: '17.pdf' }]),
  );
});

test('whoever may only look is offered nothing to do', async () => {
  answerWith({
    'GET /charities': page(charity({ missing: ['contract', 'remit_days'] })),
    'GET /remittances/due': page(due()),
    'GET /remittances': page(remittance()),
  });
  show(<Charities may={false} />);
  expect(await screen.findByText(/Missing before a campaign can be launched with it: contract, remit days/)).toBeTruthy();
  expect(screen.queryAllByRole('button')).toHaveLength(0);
});
