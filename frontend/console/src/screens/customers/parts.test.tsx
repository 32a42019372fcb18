import { screen } from '@testing-library/react';
import { expect, test } from 'vitest';

import { introduction } from '../../test/factories';
import { answerWith, show } from '../../test/render';
import { Links } from './parts';

test('an introduction that earned nothing says why', () => {
  answerWith({});
  const none = { rule: 0, to: 'customer', on: 'won', happened: true, earned: { amount_minor: 0, currency: 'EUR' }, waiting: false };
  show(
    <Links
      introductions={[introduction({ state: 'won' })]}
      rewards={[]}
      invitations={[]}
      unearned={[
        { introduction_id: 'int_1', name: 'Ben Okafor', state: 'won', why: [{ ...none, why: 'cap_person', text: 'A cap was reached: at most 2 for one customer.' }] },
      ]}
    />,
  );
  expect(screen.getByText(/No reward: A cap was reached: at most 2/)).toBeTruthy();
});
