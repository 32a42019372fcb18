import { formatAgo, formatDate, formatExact, formatMoney, formatTime, sentence } from '../lib/format';
import { cx } from '../lib/cx';
import type { Money } from '../api/types';

/** An amount; a dash where there is none. */
export function Amount({ of, className }: { of: Money | null | undefined; className?: string }) {
  return <span className={cx('tabular whitespace-nowrap', className)}>{of ? formatMoney(of) : '–'}</span>;
}

/** An instant, with the exact one as tooltip. */
export function When({ at, as = 'ago' }: { at: string | null | undefined; as?: 'ago' | 'date' | 'time' }) {
  if (!at) return <span className="text-muted">–</span>;
  const show = { ago: formatAgo, date: formatDate, time: formatTime }[as];
  return (
    <time dateTime={at} title={formatExact(at)} className="tabular whitespace-nowrap">
      {show(at)}
    </time>
  );
}

type Tone = 'plain' | 'good' | 'warn' | 'bad' | 'brand';

const tones: Record<Tone, string> = {
  plain: 'bg-tint text-ink border-line',
  good: 'bg-success-tint text-success border-transparent',
  warn: 'bg-warning-tint text-warning border-transparent',
  bad: 'bg-danger-tint text-danger border-transparent',
  brand: 'border-brand-text text-brand-text',
};

/** A word about a state. The word carries the meaning, the colour only helps. */
export function Badge({ tone = 'plain', children }: { tone?: Tone; children: React.ReactNode }) {
  return <span className={cx('inline-flex items-center gap-1 wrap-normal rounded-[11px] border px-2 py-0.5 text-xs font-medium', tones[tone])}>{children}</span>;
}

const states: Record<string, Tone> = {
  live: 'good',
  won: 'good',
  approved: 'good',
  published: 'good',
  paid: 'good',
  settled: 'good',
  issued: 'good',
  answered: 'good',
  done: 'good',
  active: 'good',
  accepted: 'brand',
  in_pipeline: 'brand',
  scheduled: 'brand',
  ready: 'brand',
  paused: 'warn',
  held: 'warn',
  in_review: 'warn',
  pending: 'warn',
  unknown: 'warn',
  awaiting_author: 'warn',
  changes_requested: 'warn',
  undeliverable: 'bad',
  bounced: 'bad',
  failed: 'bad',
  rejected: 'bad',
  reversed: 'bad',
  unwound: 'bad',
  disabled: 'bad',
};

/** The badge of any state that the API names. */
export function State({ of }: { of: string }) {
  return <Badge tone={states[of] ?? 'plain'}>{sentence(of)}</Badge>;
}

/** A person's initials in a circle, a quiet anchor for the eye in lists. */
export function Initials({ name }: { name: string }) {
  const parts = name.trim().split(/\s+/);
  const letters = [parts[0], parts.length > 1 ? parts.at(-1) : undefined].map((p) => Array.from(p ?? '')[0] ?? '').join('');
  return (
    <span
      aria-hidden="true"
      className="bg-tint border-line inline-flex size-7 shrink-0 items-center justify-center rounded-full border text-[11px] font-semibold uppercase"
    >
      {letters || '?'}
    </span>
  );
}
