import { expect, test } from 'vitest';

import { doer, railName, whyNot } from './words';

test('a reason reads as a sentence, also one that has no words yet', () => {
  expect(whyNot('asked_recently')).toBe('They were asked in the last 30 days.');
  expect(whyNot('on_the_moon')).toBe('On the moon.');
});

test('a way of paying has a name', () => {
  expect(railName('manual')).toBe('By hand');
  expect(railName('carrier_pigeon')).toBe('Carrier pigeon');
});

test('jobs are not named as if they were people', () => {
  expect(doer('reward.mature', 'system')).not.toContain('mature');
  expect(doer('Rosa Winter', 'staff')).toBe('Rosa Winter');
});
