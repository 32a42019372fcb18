import type { UseQueryResult } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';

import type { Customer, Introduction, Invitation, Reward, Suggestion, Unearned } from '../../api/types';
import { sentence } from '../../lib/format';
import { railName } from '../../lib/words';
import { Button } from '../../ui/Button';
import { Card, Facts } from '../../ui/Page';
import { Failed, Loading } from '../../ui/states';
import { Amount, Badge, State, When } from '../../ui/text';
import { giftPolicies, label, sources, stages } from './words';

const or = (text: string | undefined) => text || <span className="text-muted">–</span>;

export function CustomerFacts({ customer: c }: { customer: Customer }) {
  return (
    <Card title="About">
      <div className="flex flex-col gap-4 p-4">
        <Facts
          rows={[
            ['Owner', c.owner_name ?? <span className="text-muted">nobody</span>],
            ['Division', or(c.division)],
            ['Stage', label(stages, c.stage)],
            ['Country', or(c.country)],
            ['Language', or(c.language)],
            ['Gift rule', label(giftPolicies, c.gift_policy)],
            ['Likes best', c.preferred_rail ? railName(c.preferred_rail) : or('')],
            [
              'Last order',
              c.last_order || c.last_order_at ? (
                <>
                  <Amount of={c.last_order} /> <When at={c.last_order_at} as="date" />
                </>
              ) : (
                or('')
              ),
            ],
            ['Renews', <When key="renews" at={c.renews_at} as="date" />],
            ['Asked', c.asked_at ? <When key="asked" at={c.asked_at} /> : 'never'],
            ['Real contact', <When key="contact" at={c.contacted_at} />],
            ['CRM id', or(c.external_id)],
            ['Stripe', or(c.stripe_customer)],
          ]}
        />
        {c.addresses.length > 0 && (
          <div>
            <h3 className="mb-1 font-medium">Addresses</h3>
            <ul className="flex flex-col gap-1">
              {c.addresses.map((a) => (
                <li key={a.id} className="flex flex-wrap items-center gap-2">
                  <span>{a.value}</span>
                  <span className="text-muted text-[13px]">{[a.label, a.main && 'main'].filter(Boolean).join(', ')}</span>
                  {a.state !== 'ok' && <Badge tone="bad">{sentence(a.state)}</Badge>}
                  {a.state === 'bounced' && a.label === 'work' && <span className="text-muted text-[13px]">perhaps a new job</span>}
                </li>
              ))}
            </ul>
          </div>
        )}
        {c.note && (
          <div>
            <h3 className="mb-1 font-medium">Note</h3>
            <p className="whitespace-pre-line">{c.note}</p>
          </div>
        )}
      </div>
    </Card>
  );
}

export function Suggestions({
  query,
  onAdd,
  onForget,
}: {
  query: Pick<UseQueryResult<Suggestion[]>, 'data' | 'isPending' | 'error' | 'refetch'>;
  onAdd?: () => void;
  onForget?: (s: Suggestion) => void;
}) {
  return (
    <Card title="Worth naming" actions={onAdd && <Button onClick={onAdd}>Suggest somebody</Button>}>
      {query.isPending && <Loading lines={2} />}
      {!query.isPending && !query.data && <Failed error={query.error} retry={() => void query.refetch()} />}
      {query.data?.length === 0 && (
        <p className="text-muted p-4">
          A name draws an answer where “who do you know?” draws a blank. Suggestions are shown when the customer introduces, and gone after 30 days.
        </p>
      )}
      <ul>
        {query.data?.map((s) => (
          <li key={s.id} className="border-line flex items-center gap-3 border-b px-4 py-2 last:border-b-0">
            <span className="min-w-0 flex-1">
              {s.first_name}
              {s.company && ` at ${s.company}`}
              {s.source && <span className="text-muted"> · {label(sources, s.source)}</span>}
            </span>
            {onForget && (
              <Button look="quiet" onClick={() => onForget(s)} aria-label={`Forget ${s.first_name}`}>
                Forget
              </Button>
            )}
          </li>
        ))}
      </ul>
    </Card>
  );
}

/** What hangs on a customer: people introduced, rewards, asks. */
export function Links({
  introductions,
  rewards,
  unearned,
  invitations,
}: {
  introductions: readonly Introduction[];
  rewards: readonly Reward[];
  unearned: readonly Unearned[];
  invitations: readonly Invitation[];
}) {
  return (
    <>
      {introductions.length > 0 && (
        <Card title="People introduced">
          <ul>
            {introductions.map((i) => (
              <li key={i.id} className="border-line flex flex-col gap-1 border-b px-4 py-2 last:border-b-0">
                <div className="flex items-center gap-3">
                  <Link to="/introductions" search={{ open: i.id }} className="link min-w-0 flex-1">
                    {i.prospect.name || 'Deleted'}
                  </Link>
                  <State of={i.state} />
                </div>
                {unearned
                  .find((u) => u.introduction_id === i.id)
                  ?.why.map((w) => (
                    <p key={`${w.rule} ${w.why} ${w.deal_id ?? ''}`} className="text-muted text-[13px] wrap-anywhere">
                      {w.reward_id ? 'Not more: ' : 'No reward: '}
                      {w.text}
                    </p>
                  ))}
              </li>
            ))}
          </ul>
        </Card>
      )}
      {rewards.length > 0 && (
        <Card title="Rewards">
          <ul>
            {rewards.map((r) => (
              <li key={r.id} className="border-line flex items-center gap-3 border-b px-4 py-2 last:border-b-0">
                <Link to="/rewards" search={{ open: r.id }} className="link flex-1">
                  <Amount of={r.amount} />
                </Link>
                <span className="text-muted text-[13px]">{r.state_text}</span>
              </li>
            ))}
          </ul>
        </Card>
      )}
      {invitations.length > 0 && (
        <Card title="Asks">
          <ul>
            {invitations.map((i) => (
              <li key={i.id} className="border-line flex flex-wrap items-center gap-3 border-b px-4 py-2 last:border-b-0">
                <Link to="/campaigns/$id" params={{ id: i.campaign_id }} className="link min-w-0 flex-1">
                  {i.campaign_name}
                </Link>
                <span className="text-muted text-[13px]">
                  {i.channel} · <When at={i.sent_at ?? i.created_at} />
                </span>
                <State of={i.state} />
              </li>
            ))}
          </ul>
        </Card>
      )}
    </>
  );
}
