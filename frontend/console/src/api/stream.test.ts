import { expect, test } from 'vitest';

import { kindOf } from './stream';

test('the kind of object is the first part of the type', () => {
  expect(kindOf('{"type":"introduction.accepted"}')).toBe('introduction');
});

test.each(['', '{', 'null', '7', '{"type":3}', undefined, 12])('%j says nothing', (data) => {
  expect(kindOf(data)).toBeUndefined();
});
