import { expect, test } from 'vitest';

import { fieldsOf, messageOf, problemOf } from './problem';

test('a problem keeps its detail, fields and request', () => {
  const p = problemOf(422, {
    detail: 'Please check the marked fields.',
    errors: [{ field: 'email', message: 'This is no address.' }],
    request_id: 'r1',
  });
  expect(p.message).toBe('Please check the marked fields.');
  expect(p.fields).toEqual({ email: 'This is no address.' });
  expect(p.requestId).toBe('r1');
});

test.each([undefined, null, '<html>', 7, [], { errors: 'no list' }, { errors: [null, 3, { field: 1 }] }])(
  'an answer of another shape (%j) still says what to do',
  (body) => {
    const p = problemOf(500, body);
    expect(p.message).not.toBe('');
    expect(p.fields).toEqual({});
  },
);

test('a failure that is no problem counts as no connection', () => {
  expect(messageOf(new TypeError('x'))).toContain('cannot be reached');
  expect(fieldsOf(new TypeError('x'))).toEqual({});
});
