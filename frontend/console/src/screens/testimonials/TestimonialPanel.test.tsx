import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test } from 'vitest';

import { testimonialStory } from '../../test/factories';
import { answerWith, show } from '../../test/render';
import { TestimonialPanel } from './TestimonialPanel';

const panel = <TestimonialPanel id="tst_1" onClose={() => undefined} />;

test('declining offers neutral reasons only, none chosen before', async () => {
  const sent = answerWith({
    'GET /testimonials/tst_1': { body: testimonialStory() },
    'POST /testimonials/tst_1/decline': { body: testimonialStory({ state: 'declined' }) },
  });
  show(panel);
  await userEvent.click(await screen.findByRole('button', { name: 'Decline' }));
  const send = screen.getAllByRole('button', { name: 'Decline' }).at(-1);
  expect(send?.hasAttribute('disabled')).toBe(true);
  await userEvent.click(screen.getByLabelText('It names other people'));
  await userEvent.click(send ?? document.body);
  await waitFor(() => expect(sent.find((s) => s.method === 'POST')?.body).toEqual({ reason: 'personal_data' }));
});

test('a viewer decides nothing', async () => {
  answerWith({ 'GET /testimonials/tst_1': { body: testimonialStory({ actions: [] }) } });
  show(panel);
  await screen.findByText('They called back the same day.');
  expect(screen.queryByRole('button', { name: 'Approve' })).toBeNull();
});

test('stars have words', async () => {
  answerWith({ 'GET /testimonials/tst_1': { body: testimonialStory() } });
  show(panel);
  expect(await screen.findByRole('img', { name: '4 of 5 stars' })).toBeTruthy();
});
