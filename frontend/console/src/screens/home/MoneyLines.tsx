import { Link } from '@tanstack/react-router';

import type { Home } from '../../api/types';
import { Card } from '../../ui/Page';
import { Amount } from '../../ui/text';

/** What is promised and not yet due, due, and paid, in each currency. */
export function MoneyLines({ lines }: { lines: Home['money'] }) {
  return (
    <Card title="Rewards">
      <div className="divide-line divide-y">
        {lines.map((m) => (
          <dl key={m.held.currency} className="grid grid-cols-3 gap-3 px-4 py-3">
            <div>
              <dt className="text-muted">Held</dt>
              <dd className="text-base font-semibold">
                <Link to="/rewards" search={{ state: 'pending' }} className="link">
                  <Amount of={m.held} />
                </Link>
              </dd>
            </div>
            <div>
              <dt className="text-muted">Due</dt>
              <dd className="text-base font-semibold">
                <Link to="/rewards" search={{ state: 'approved' }} className="link">
                  <Amount of={m.due} />
                </Link>
              </dd>
            </div>
            <div>
              <dt className="text-muted">Paid in all</dt>
              <dd className="text-base font-semibold">
                <Link to="/rewards" search={{ state: 'issued' }} className="link">
                  <Amount of={m.paid} />
                </Link>
              </dd>
            </div>
          </dl>
        ))}
      </div>
    </Card>
  );
}
