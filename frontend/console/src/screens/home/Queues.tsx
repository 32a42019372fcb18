import { Link, type LinkProps } from '@tanstack/react-router';

import type { Home } from '../../api/types';
import { formatNumber } from '../../lib/format';
import { cx } from '../../lib/cx';
import { Card } from '../../ui/Page';

type Target = Pick<LinkProps, 'to' | 'search'>;

/** What each queue is called and which rows stand behind its number. */
const queues: Record<string, { name: string; about: string; to: Target; urgent?: boolean }> = {
  my_tasks: { name: 'Your tasks', about: 'What waits for you', to: { to: '/tasks' } },
  overdue_answers: {
    name: 'Silent beyond the promised time',
    about: 'Somebody said yes and has heard nothing',
    to: { to: '/introductions', search: { only: 'overdue' } },
    urgent: true,
  },
  to_review: { name: 'Introductions to review', about: 'The checks found something', to: { to: '/introductions', search: { only: 'review' } } },
  testimonials: { name: 'Testimonials to decide', about: 'Approve, ask for a change or decline', to: { to: '/testimonials' } },
  rewards_held: { name: 'Rewards being checked', about: 'Release them or take them back', to: { to: '/rewards', search: { state: 'held' } } },
  rewards_refused: {
    name: 'Rewards refused by the rail',
    about: 'Try again or choose another way',
    to: { to: '/rewards', search: { state: 'failed' } },
    urgent: true,
  },
  payouts_unknown: {
    name: 'Payouts with an unknown outcome',
    about: 'Never repeated before they are known',
    to: { to: '/rewards', search: { tab: 'payouts', state: 'unknown' } },
    urgent: true,
  },
  cases: { name: 'Open cases', about: 'Books and rails do not agree', to: { to: '/rewards', search: { tab: 'cases' } }, urgent: true },
  recovery: {
    name: 'Recovery tasks',
    about: 'Somebody is unhappy',
    to: { to: '/tasks', search: { kind: 'recovery', everybody: true } },
    urgent: true,
  },
  blind_spots: { name: 'Blind spots', about: 'Customers whom nobody has ever asked', to: { to: '/customers', search: { asked: 'never' } } },
};

export function Queues({ queues: counts }: { queues: Home['queues'] }) {
  return (
    <Card title="Waiting for a decision">
      <ul>
        {counts.map(({ key, count }) => {
          const queue = queues[key];
          if (!queue) return null;
          return (
            <li key={key} className="border-line border-b last:border-b-0">
              <Link {...queue.to} className="hover:bg-tint flex items-center gap-3 px-4 py-2.5">
                <span className="min-w-0 flex-1">
                  <span className={cx('block', count > 0 ? 'font-medium' : 'text-muted')}>{queue.name}</span>
                  <span className="text-muted block text-[13px]">{queue.about}</span>
                </span>
                <span
                  className={cx(
                    'tabular text-base font-semibold',
                    count === 0 && 'text-muted font-normal',
                    queue.urgent && count > 0 && 'text-danger',
                  )}
                >
                  {formatNumber(count)}
                </span>
              </Link>
            </li>
          );
        })}
      </ul>
    </Card>
  );
}
