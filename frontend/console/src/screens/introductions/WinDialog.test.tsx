import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test, vi } from 'vitest';

import { introduction, story } from '../../test/factories';
import { answerWith, show } from '../../test/render';
import { WinDialog } from './WinDialog';

test('the amount is sent in minor units and the dialog closes', async () => {
  const sent = answerWith({ 'POST /introductions/int_1/win': { body: story({ state: 'won' }) } });
  const onClose = vi.fn();
  show(<WinDialog introduction={introduction()} onClose={onClose} />);
  await userEvent.type(screen.getByLabelText('What the deal is worth'), '12.400,50');
  await userEvent.type(screen.getByLabelText('What shows it'), 'Order 4711');
  await userEvent.click(screen.getByRole('button', { name: 'Close as won' }));
  await waitFor(() => expect(onClose).toHaveBeenCalled());
  expect(sent[0]?.body).toEqual({ amount: { amount_minor: 1240050, currency: 'EUR' }, evidence: 'Order 4711' });
});

test('an amount that can be read in two ways is not sent', async () => {
  const sent = answerWith({});
  show(<WinDialog introduction={introduction()} onClose={() => undefined} />);
  await userEvent.type(screen.getByLabelText('What the deal is worth'), '12,400');
  await userEvent.type(screen.getByLabelText('What shows it'), 'Order 4711');
  await userEvent.click(screen.getByRole('button', { name: 'Close as won' }));
  expect(screen.getByText(/Write an amount such as/)).toBeTruthy();
  expect(sent).toHaveLength(0);
});

test('a problem stands at its field and the dialog stays', async () => {
  answerWith({
    'POST /introductions/int_1/win': {
      status: 422,
      body: { detail: 'Please check the marked fields.', errors: [{ field: 'stripe_customer', message: 'This is no Stripe customer.' }] },
    },
  });
  const onClose = vi.fn();
  show(<WinDialog introduction={introduction()} onClose={onClose} />);
  await userEvent.type(screen.getByLabelText('What the deal is worth'), '100');
  await userEvent.type(screen.getByLabelText('What shows it'), 'Order 4711');
  await userEvent.click(screen.getByRole('button', { name: 'Close as won' }));
  expect(await screen.findByText('This is no Stripe customer.')).toBeTruthy();
  expect(screen.getByLabelText('Stripe customer').getAttribute('aria-invalid')).toBe('true');
  expect(onClose).not.toHaveBeenCalled();
});
