import type { Money } from '../api/types';

const locale = typeof navigator === 'undefined' ? 'en' : navigator.language;

/** How many digits stand behind the point in a currency, 0 for JPY, 2 for EUR. */
export function minorDigits(currency: string): number {
  try {
    return new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;
  } catch {
    return 2;
  }
}

/** Writes minor units as a plain decimal, "1234.50", without going through a binary fraction. */
export function decimal(minor: number, currency: string): string {
  const digits = minorDigits(currency);
  const sign = minor < 0 ? '-' : '';
  const text = String(Math.abs(minor)).padStart(digits + 1, '0');
  return digits === 0 ? sign + text : `${sign}${text.slice(0, -digits)}.${text.slice(-digits)}`;
}

/** Shows an amount in the reader's own way: "€1,234.50". */
export function formatMoney(m: Money): string {
  try {
    return new Intl.NumberFormat(locale, { style: 'currency', currency: m.currency }).format(Number(decimal(m.amount_minor, m.currency)));
  } catch {
    return `${decimal(m.amount_minor, m.currency)} ${m.currency}`;
  }
}

/**
 * Reads an amount as a person types it, "1234.5" or "1234,50", into minor units. Returns undefined for what is not
 * clearly one amount: "1,234" could be a thousand or one and a bit, so thousands need both signs or none.
 */
export function parseMinor(text: string, currency: string): number | undefined {
  const digits = minorDigits(currency);
  let plain = text.replace(/[\s\u00a0\u202f'’]/g, '');
  const grouped = /^(\d{1,3})((?:[.,]\d{3})+)([.,])(\d{1,2})$/.exec(plain);
  if (grouped && !(grouped[2] ?? '').includes(grouped[3] ?? '')) {
    plain = `${grouped[1]}${(grouped[2] ?? '').replace(/[.,]/g, '')}.${grouped[4]}`;
  }
  const match = /^(\d{1,12})(?:[.,](\d*))?$/.exec(plain);
  if (!match) return undefined;
  const fraction = match[2] ?? '';
  if (fraction.length > digits) return undefined;
  return Number(`${match[1]}${fraction.padEnd(digits, '0')}`);
}

export function formatNumber(n: number): string {
  return new Intl.NumberFormat(locale).format(n);
}

/** "14 May" this year, "14 May 2025" in another. */
export function formatDate(iso: string, now = new Date()): string {
  const at = new Date(iso);
  const sameYear = at.getFullYear() === now.getFullYear();
  return new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', ...(sameYear ? {} : { year: 'numeric' }) }).format(at);
}

/** "14 May, 15:00" in the reader's zone. */
export function formatTime(iso: string, now = new Date()): string {
  return `${formatDate(iso, now)}, ${new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit' }).format(new Date(iso))}`;
}

/** The whole instant with its zone, for a tooltip. */
export function formatExact(iso: string): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: 'full', timeStyle: 'long' }).format(new Date(iso));
}

const steps: [Intl.RelativeTimeFormatUnit, number][] = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];

/** "3 hours ago", "in 2 days"; a date beyond a month. */
export function formatAgo(iso: string, now = new Date()): string {
  const seconds = Math.round((new Date(iso).getTime() - now.getTime()) / 1000);
  if (Math.abs(seconds) > 30 * 86_400) return formatDate(iso, now);
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
  for (const [unit, size] of steps) {
    if (Math.abs(seconds) >= size) return relative.format(Math.trunc(seconds / size), unit);
  }
  return 'just now';
}

/** Turns a word of the API into one for people: "in_pipeline" becomes "In pipeline". */
export function sentence(word: string): string {
  const text = word.replace(/[_.]/g, ' ');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export function plural(n: number, one: string, many = `${one}s`): string {
  return `${formatNumber(n)} ${n === 1 ? one : many}`;
}
