import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test } from 'vitest';

import { journalFileURL } from '../../api/reports';
import { tax } from '../../test/factories';
import { answerWith, show } from '../../test/render';
import { TaxTable } from './TaxTable';

test('the year says who needs a form and what waits for it', async () => {
  const sent = answerWith({ 'GET /reports/tax': { body: tax() } });
  show(<TaxTable />);
  expect(await screen.findByRole('link', { name: 'Dana Whitfield' })).toBeTruthy();
  expect(screen.getByText(/From .*2,000.00 on a tax form is needed/)).toBeTruthy();
  expect(screen.getByText('none')).toBeTruthy();
  await userEvent.selectOptions(screen.getByLabelText('Calendar year'), '2025');
  expect(sent.at(-1)?.query.get('year')).toBe('2025');
});

test('the file of the journal goes from the first day to the end of the last', () => {
  expect(journalFileURL('2026-01-01', '2026-02-28')).toBe(
    '/api/v1/ledger/journals.csv?from=2026-01-01T00%3A00%3A00Z&to=2026-03-01T00%3A00%3A00.000Z',
  );
  expect(journalFileURL('', '')).toBe('/api/v1/ledger/journals.csv');
});
