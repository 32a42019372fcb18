import { expect, test } from 'vitest';

import { nextMove } from './moves';

test('an introduction goes on step by step until only the win is left', () => {
  expect(nextMove({ state: 'accepted' }, 'on')?.move).toEqual({ verb: 'advance', body: { step: 'contacted' } });
  expect(nextMove({ state: 'in_pipeline', step: 'contacted' }, 'on')?.move).toEqual({ verb: 'advance', body: { step: 'meeting' } });
  expect(nextMove({ state: 'in_pipeline', step: 'proposal' }, 'on')?.move).toEqual({ verb: 'advance', body: { step: 'qualified' } });
  expect(nextMove({ state: 'in_pipeline', step: 'qualified' }, 'on')?.ask).toBe('win');
});

test('what is closed as won or was never accepted is moved nowhere', () => {
  for (const state of ['won', 'invited', 'ready', 'declined'] as const) {
    expect(nextMove({ state }, 'on')).toBeUndefined();
    expect(nextMove({ state }, 'back')).toBeUndefined();
  }
});

test('back means lost, after asking why; from lost it means taking up again', () => {
  expect(nextMove({ state: 'in_pipeline', step: 'meeting' }, 'back')?.ask).toBe('lose');
  expect(nextMove({ state: 'lost' }, 'back')?.move).toEqual({ verb: 'reopen' });
});
