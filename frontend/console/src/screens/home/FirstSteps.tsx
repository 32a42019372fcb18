import { Link, type LinkProps } from '@tanstack/react-router';

import type { Home } from '../../api/types';
import { Card } from '../../ui/Page';
import { Icon } from '../../ui/icons';

const steps: Record<string, { name: string; about: string; to: Pick<LinkProps, 'to' | 'search'> }> = {
  company: { name: 'Say who you are', about: 'Name, colour, postal address and what you do in one sentence', to: { to: '/settings' } },
  customers: { name: 'Bring in your customers', about: 'A CSV file from your CRM is enough', to: { to: '/import' } },
  campaign: { name: 'Write the first campaign', about: 'Start from one of seven; all words are written', to: { to: '/campaigns/new' } },
  staff: { name: 'Invite a colleague', about: 'Reps answer the people who say yes', to: { to: '/settings', search: { tab: 'staff' } } },
  launch: { name: 'Launch it', about: 'A dry run first says who gets it and what it may cost', to: { to: '/campaigns' } },
};

/** What a new installation still needs. It goes away when everything is done. */
export function FirstSteps({ steps: given }: { steps: Home['steps'] }) {
  const done = given.filter((s) => s.done).length;
  return (
    <Card title="First steps" actions={<span className="text-muted">{`${done} of ${given.length} done`}</span>}>
      <ol>
        {given.map(({ key, done: isDone }) => {
          const step = steps[key];
          if (!step) return null;
          return (
            <li key={key} className="border-line flex items-start gap-3 border-b px-4 py-2.5 last:border-b-0">
              <span className={isDone ? 'text-success mt-0.5' : 'border-line-strong mt-0.5 size-5 shrink-0 rounded-full border'}>
                {isDone && <Icon name="check" />}
              </span>
              <div className="min-w-0">
                {isDone ? (
                  <p className="text-muted">
                    {step.name} <span className="sr-only">(done)</span>
                  </p>
                ) : (
                  <>
                    <Link {...step.to} className="link font-medium">
                      {step.name}
                    </Link>
                    <p className="text-muted text-[13px]">{step.about}</p>
                  </>
                )}
              </div>
            </li>
          );
        })}
      </ol>
    </Card>
  );
}
