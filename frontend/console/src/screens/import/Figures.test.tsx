import { screen } from '@testing-library/react';
import { expect, test } from 'vitest';

import { importRun } from '../../test/factories';
import { show } from '../../test/render';
import { Working } from './Figures';

test('a running import shows its rows and the time left', () => {
  const run = importRun({ created_at: '2026-05-14T09:00:00Z', rows_done: 250, rows_total: 1000 });
  show(<Working run={run} now={Date.parse('2026-05-14T09:01:00Z')} />);
  expect(screen.getByText('250 of 1,000 rows')).toBeTruthy();
  expect(screen.getByText('about 3 minutes left')).toBeTruthy();
});

test('without a total it only counts', () => {
  show(<Working run={importRun({ rows_total: 0, rows_done: 12 })} />);
  expect(screen.getByText('12 rows so far')).toBeTruthy();
});
