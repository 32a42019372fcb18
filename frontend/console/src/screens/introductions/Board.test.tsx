import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test, vi } from 'vitest';

import { introduction, story } from '../../test/factories';
import { answerWith, show } from '../../test/render';
import { Board } from './Board';

const columns = [
  { state: 'accepted' as const, count: 1, items: [introduction()] },
  {
    state: 'in_pipeline' as const,
    count: 1,
    items: [introduction({ id: 'int_2', state: 'in_pipeline', step: 'qualified', prospect: { ...introduction().prospect, name: 'Cem Aydin' } })],
  },
  { state: 'won' as const, count: 0, items: [] },
];

test('arrows walk from card to card', async () => {
  answerWith({});
  show(<Board columns={columns} selected={undefined} onOpen={() => undefined} />);
  screen.getByRole('button', { name: /Ben Okafor/ }).focus();
  await userEvent.keyboard('{ArrowRight}');
  expect(document.activeElement).toBe(screen.getByRole('button', { name: /Cem Aydin/ }));
  await userEvent.keyboard('{ArrowLeft}');
  expect(document.activeElement).toBe(screen.getByRole('button', { name: /Ben Okafor/ }));
});

test('Shift and the right arrow move an introduction to its next step', async () => {
  const sent = answerWith({ 'POST /introductions/int_1/advance': { body: story({ state: 'in_pipeline', step: 'contacted' }) } });
  show(<Board columns={columns} selected={undefined} onOpen={() => undefined} />);
  screen.getByRole('button', { name: /Ben Okafor/ }).focus();
  await userEvent.keyboard('{Shift>}{ArrowRight}{/Shift}');
  await waitFor(() => expect(sent).toHaveLength(1));
  expect(sent[0]?.body).toEqual({ step: 'contacted' });
  expect(await screen.findByText('Ben Okafor: contacted.')).toBeTruthy();
});

test('winning from the board asks for the amount first', async () => {
  const sent = answerWith({});
  show(<Board columns={columns} selected={undefined} onOpen={() => undefined} />);
  screen.getByRole('button', { name: /Cem Aydin/ }).focus();
  await userEvent.keyboard('{Shift>}{ArrowRight}{/Shift}');
  expect(await screen.findByRole('heading', { name: 'Cem Aydin is a customer' })).toBeTruthy();
  expect(sent).toHaveLength(0);
});

test('a refused move says why', async () => {
  answerWith({
    'POST /introductions/int_1/advance': { status: 409, body: { detail: 'This introduction has moved on, so this is no longer possible.' } },
  });
  show(<Board columns={columns} selected={undefined} onOpen={() => undefined} />);
  screen.getByRole('button', { name: /Ben Okafor/ }).focus();
  await userEvent.keyboard('{Shift>}{ArrowRight}{/Shift}');
  expect(await screen.findByText(/has moved on/)).toBeTruthy();
});

test('a press opens the card', async () => {
  answerWith({});
  const onOpen = vi.fn();
  show(<Board columns={columns} selected={undefined} onOpen={onOpen} />);
  await userEvent.click(screen.getByRole('button', { name: /Ben Okafor/ }));
  expect(onOpen).toHaveBeenCalledWith(columns[0]?.items[0]);
});
