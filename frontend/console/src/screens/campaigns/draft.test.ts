import { expect, test } from 'vitest';

import { rule } from '../../test/factories';
import { changes, withWorth, worthOf, type Draft } from './draft';

const draft: Draft = {
  name: 'Order placed',
  division: '',
  asks: ['introduction'],
  suits: { en: 'a warehouse manager' },
  nudges: { unsent_days: 1, unanswered_days: 4 },
  audience: {},
  trigger: { kind: 'now' },
  offer: { currency: 'EUR', budget_minor: 0, hold_days: 30, protection_days: 90, terms: '', cost_centre: '', rewards: [], charities: [] },
  messages: {},
  reminders: { after_days: [7], max: 1 },
};

test('only the parts that were changed are sent', () => {
  expect(changes(draft, { ...draft, name: 'Another' })).toEqual({ name: 'Another' });
  expect(changes(draft, structuredClone(draft))).toBeUndefined();
});

test('a rule that changes its way of counting keeps nothing of the old way', () => {
  const percent = withWorth(rule(), 'percent');
  expect(worthOf(percent)).toBe('percent');
  expect(percent.amount_minor).toBeUndefined();
  expect(percent.max_minor).toBeGreaterThan(0);
  const fixed = withWorth(percent, 'fixed');
  expect(worthOf(fixed)).toBe('fixed');
  expect([fixed.percent_bps, fixed.of, fixed.max_minor]).toEqual([undefined, undefined, undefined]);
  expect(worthOf(withWorth(fixed, 'tiers'))).toBe('tiers');
});
