import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test, vi } from 'vitest';

import { importPreview } from '../../test/factories';
import { show } from '../../test/render';
import { Mapping } from './Mapping';

test('the guess stands, and what is chosen otherwise is sent', async () => {
  const onRun = vi.fn();
  show(<Mapping preview={importPreview()} pending={false} onRun={onRun} />);
  await userEvent.selectOptions(screen.getByLabelText('Letzter Auftrag'), '');
  await userEvent.click(screen.getByRole('button', { name: 'Try it (dry run)' }));
  expect(onRun).toHaveBeenCalledWith(expect.objectContaining({ mapping: { Vorname: 'first_name', 'E-Mail': 'email', 'Letzter Auftrag': '' } }), true);
});

test('a date that can be read in two ways is asked about, not guessed', async () => {
  const onRun = vi.fn();
  show(<Mapping preview={importPreview()} pending={false} onRun={onRun} />);
  await userEvent.click(screen.getByRole('button', { name: 'Import without trying' }));
  expect(onRun.mock.lastCall?.[0].date_order).toBeUndefined();
  await userEvent.click(screen.getByLabelText('Day, month, year'));
  await userEvent.click(screen.getByRole('button', { name: 'Import without trying' }));
  expect(onRun.mock.lastCall?.[0].date_order).toBe('dmy');
});

test('two columns for one field are pointed out', async () => {
  show(<Mapping preview={importPreview()} pending={false} onRun={() => undefined} />);
  await userEvent.selectOptions(screen.getByLabelText('Letzter Auftrag'), 'first_name');
  expect(screen.getByText(/several columns fill this/)).toBeTruthy();
});
