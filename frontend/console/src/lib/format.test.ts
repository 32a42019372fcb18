import { describe, expect, test } from 'vitest';

import { decimal, formatMoney, parseMinor, sentence } from './format';

describe('parseMinor', () => {
  test.each([
    ['50', 'EUR', 5000],
    ['50.5', 'EUR', 5050],
    ['50,05', 'EUR', 5005],
    ['0.01', 'EUR', 1],
    ['1 234,50', 'EUR', 123450],
    ['1.234,50', 'EUR', 123450],
    ['1,234.50', 'EUR', 123450],
    ['1.234.567,89', 'EUR', 123456789],
    ['1200', 'JPY', 1200],
  ])('reads %s %s', (text, currency, minor) => {
    expect(parseMinor(text, currency)).toBe(minor);
  });

  test.each([
    ['1,234', 'EUR'],
    ['1.234', 'EUR'],
    ['12.345.678', 'EUR'],
    ['50.5', 'JPY'],
    ['-5', 'EUR'],
    ['fifty', 'EUR'],
    ['', 'EUR'],
    ['1e3', 'EUR'],
    ['1,2,3', 'EUR'],
  ])('refuses %s %s, which is not clearly one amount', (text, currency) => {
    expect(parseMinor(text, currency)).toBeUndefined();
  });

  test('takes back what decimal wrote', () => {
    for (const minor of [0, 1, 9, 10, 99, 100, 123456789]) expect(parseMinor(decimal(minor, 'EUR'), 'EUR')).toBe(minor);
  });
});

test('money is shown with all its digits', () => {
  expect(formatMoney({ amount_minor: 618000, currency: 'EUR' }).replace(/\s/g, ' ')).toMatch(/6.?180[.,]00/);
  expect(formatMoney({ amount_minor: 1, currency: 'EUR' })).toMatch(/0[.,]01/);
  expect(formatMoney({ amount_minor: 500, currency: 'JPY' })).toMatch(/500/);
});

test('words of the API become words for people', () => {
  expect(sentence('in_pipeline')).toBe('In pipeline');
  expect(sentence('order.placed')).toBe('Order placed');
});
