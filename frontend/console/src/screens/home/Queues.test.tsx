import { screen } from '@testing-library/react';
import { expect, test } from 'vitest';

import { home } from '../../test/factories';
import { show } from '../../test/render';
import { Queues } from './Queues';

test('every number leads to its rows', () => {
  show(
    <Queues
      queues={
        home({
          queues: [
            { key: 'rewards_held', count: 7 },
            { key: 'blind_spots', count: 0 },
          ],
        }).queues
      }
    />,
  );
  expect(screen.getByRole('link', { name: /Rewards being checked.*7/ }).getAttribute('href')).toBe('/rewards?state=held');
  expect(screen.getByRole('link', { name: /Blind spots/ }).getAttribute('href')).toBe('/customers?asked=never');
});
