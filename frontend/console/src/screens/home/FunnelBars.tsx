import { Link, type LinkProps } from '@tanstack/react-router';

import type { FunnelRow } from '../../api/types';
import { formatMoney, formatNumber, plural } from '../../lib/format';
import { cx } from '../../lib/cx';
import { Card } from '../../ui/Page';

type Step = 'asked' | 'started' | 'introduced' | 'accepted' | 'won' | 'rewarded';

const steps: { key: Step; name: string; to?: Pick<LinkProps, 'to' | 'search'> }[] = [
  { key: 'asked', name: 'Asked', to: { to: '/customers', search: { asked: 'ever' } } },
  { key: 'started', name: 'Started' },
  { key: 'introduced', name: 'Introduced', to: { to: '/introductions' } },
  { key: 'accepted', name: 'Said yes', to: { to: '/introductions', search: { state: 'accepted' } } },
  { key: 'won', name: 'Won', to: { to: '/introductions', search: { state: 'won' } } },
  { key: 'rewarded', name: 'Rewarded', to: { to: '/rewards' } },
];

/** The way from an ask to a reward as bars with their numbers; each number leads to its rows. */
export function FunnelBars({ title, row, visits }: { title: string; row: FunnelRow; visits?: number }) {
  const most = Math.max(1, ...steps.map((s) => row[s.key]));
  const notes = [
    row.testimonials > 0 && `${plural(row.testimonials, 'testimonial')} came in.`,
    row.value.length > 0 && `Won deals are worth ${row.value.map(formatMoney).join(' and ')}.`,
    visits !== undefined &&
      visits > 0 &&
      `Pages were opened ${formatNumber(visits)} times, which is no reliable number: mail scanners open links too.`,
  ].filter(Boolean);
  return (
    <Card title={title}>
      <table className="w-full">
        <caption className="sr-only">{title}: from asked to rewarded</caption>
        <tbody>
          {steps.map((s) => (
            <tr key={s.key}>
              <th scope="row" className="w-28 py-1.5 pl-4 text-left">
                {s.to ? (
                  <Link {...s.to} className="link">
                    {s.name}
                  </Link>
                ) : (
                  s.name
                )}
              </th>
              <td className="tabular w-16 py-1.5 pr-3 text-right font-semibold">{formatNumber(row[s.key])}</td>
              <td className="py-1.5 pr-4" aria-hidden="true">
                <div
                  className={cx('bg-brand h-4 rounded-sm opacity-80', row[s.key] > 0 && 'min-w-0.5')}
                  style={{ width: `${(100 * row[s.key]) / most}%` }}
                />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {notes.length > 0 && <p className="border-line text-muted mt-2 border-t px-4 py-2.5 text-[13px]">{notes.join(' ')}</p>}
    </Card>
  );
}
