import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test, vi } from 'vitest';

import { task } from '../../test/factories';
import { show } from '../../test/render';
import { TaskItem } from './TaskItem';

test('an overdue task says so in words', () => {
  show(<TaskItem task={task({ overdue: true })} showOwner={false} busy={false} />);
  expect(screen.getByText(/Overdue since/)).toBeTruthy();
});

test('whoever may not work tasks sees no buttons', () => {
  show(<TaskItem task={task()} showOwner={false} busy={false} />);
  expect(screen.queryByRole('button')).toBeNull();
});

test('done is one press', async () => {
  const onDone = vi.fn();
  show(<TaskItem task={task()} showOwner={false} busy={false} onDone={onDone} />);
  await userEvent.click(screen.getByRole('button', { name: 'Done' }));
  expect(onDone).toHaveBeenCalled();
});
