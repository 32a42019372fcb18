import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import type { ReactNode } from 'react';

import { useCan } from '../../api/me';
import { rewardQuery } from '../../api/rewards';
import type { Payout, RewardStory } from '../../api/types';
import { formatMoney, sentence } from '../../lib/format';
import { doer, railName } from '../../lib/words';
import { Button } from '../../ui/Button';
import { Findings } from '../../ui/Findings';
import { Card, Facts, Page } from '../../ui/Page';
import { Failed, Loading, Note } from '../../ui/states';
import { Amount, Badge, When } from '../../ui/text';
import { accountName, answer, backWords, caseWords, dealSources, earnedFor, heldWords, payoutStates, payoutTones, stateTones } from './words';

/** Everything about one reward on one page, to be read, passed on by its address, and printed. */
export default function RewardStoryScreen() {
  const { id } = useParams({ from: '/shell/rewards/$id' });
  return <WholeStory id={id} />;
}

export function WholeStory({ id }: { id: string }) {
  const story = useQuery(rewardQuery(id));
  const back = (
    <Link to="/rewards" className="link print:hidden">
      Rewards
    </Link>
  );
  if (!story.data) {
    return (
      <Page title="The story of a reward" back={back}>
        {story.isPending ? <Loading /> : <Failed error={story.error} retry={() => void story.refetch()} />}
      </Page>
    );
  }
  const r = story.data;
  return (
    <Page
      title={`${formatMoney(r.amount)} for ${r.payee || 'somebody erased'}`}
      back={back}
      about={
        <span className="flex flex-wrap items-center gap-2">
          <span>Because {earnedFor(r)}</span>
          <Badge tone={stateTones[r.state]}>{r.state_text}</Badge>
        </span>
      }
      actions={
        <span className="flex flex-wrap gap-2 print:hidden">
          <Link to="/rewards" search={{ open: r.id }} className="link self-center">
            Decide
          </Link>
          <Button onClick={() => window.print()}>Print</Button>
        </span>
      }
    >
      <Less of={r} />
      <div className="grid items-start gap-5 xl:grid-cols-[2fr_3fr] print:block">
        <div className="flex min-w-0 flex-col gap-5 print:mb-5">
          <Made of={r} />
          <Deals of={r} />
          <Payouts of={r} />
          {r.findings.length > 0 && (
            <Card>
              <div className="p-4">
                <Findings of={r.findings} />
              </div>
            </Card>
          )}
          <Cases of={r} />
        </div>
        <Steps of={r} />
      </div>
    </Page>
  );
}

interface Part {
  of: RewardStory;
}

/** What is said first: why it waits, or is less than was promised. */
function Less({ of: r }: Part) {
  return (
    <>
      {(r.state === 'held' || r.held_reason) && (
        <Note kind="warning">
          {r.held_reason ? (heldWords[r.held_reason] ?? sentence(r.held_reason)) : 'Being checked'}
          {r.held_note && r.held_reason !== 'risk' && `: ${r.held_note}`}
        </Note>
      )}
      {r.why
        .filter((w) => w.why !== 'held')
        .map((w) => (
          <Note key={w.why}>{w.text}</Note>
        ))}
    </>
  );
}

function Made({ of: r }: Part) {
  const m = r.made;
  const amounts: [string, ReactNode][] = [
    ['Earned at first', <Amount key="accrued" of={r.accrued} />],
    ...(r.reversed.amount_minor ? [['Taken back', <Amount key="reversed" of={r.reversed} />] satisfies [string, ReactNode]] : []),
    ...(r.netted.amount_minor ? [['Paid an older debt', <Amount key="netted" of={r.netted} />] satisfies [string, ReactNode]] : []),
    ['Left', <Amount key="amount" of={r.amount} />],
  ];
  return (
    <Card title="What made it">
      <div className="flex flex-col gap-4 p-4">
        <Facts
          rows={[
            [
              'Offer',
              <span key="offer">
                <Link to="/campaigns/$id" params={{ id: r.campaign_id }} className="link">
                  {r.campaign_name}
                </Link>
                , version {m.offer_number}, rule {m.rule + 1}
              </span>,
            ],
            ['Promise', m.promise || '–'],
            ...(m.limits.length > 0
              ? [
                  [
                    'Limits',
                    <ul key="limits">
                      {m.limits.map((l) => (
                        <li key={l}>{l}</li>
                      ))}
                    </ul>,
                  ] satisfies [string, ReactNode],
                ]
              : []),
            ...(m.author ? [['Written by', m.author] satisfies [string, ReactNode]] : []),
            ['For', <Behind key="for" of={r} />],
            ...(r.base ? [['Share of', <Amount key="base" of={r.base} />] satisfies [string, ReactNode]] : []),
            ...amounts,
            ['Paid as', r.rail ? [railName(r.rail), r.charity].filter(Boolean).join(' to ') : 'not chosen yet'],
            ['Refund window', <When key="matures" at={r.matures_at} as="time" />],
            ...(m.budget && m.left
              ? [
                  [
                    'Budget',
                    <span key="budget">
                      <Amount of={m.budget} />, of which <Amount of={m.left} /> is free now
                    </span>,
                  ] satisfies [string, ReactNode],
                ]
              : []),
            ...(m.cost_centre ? [['Cost centre', m.cost_centre] satisfies [string, ReactNode]] : []),
            [
              'Number',
              <span key="id" className="font-mono text-xs wrap-anywhere">
                {r.id}
              </span>,
            ],
          ]}
        />
      </div>
    </Card>
  );
}

function Behind({ of: r }: Part) {
  const payee = r.customer_id ? (
    <Link to="/customers/$id" params={{ id: r.customer_id }} className="link">
      {r.payee || 'Erased'}
    </Link>
  ) : (
    r.payee || 'Erased'
  );
  return (
    <span>
      {payee},{' '}
      {r.introduction_id ? (
        <Link to="/introductions" search={{ open: r.introduction_id }} className="link">
          by an introduction
        </Link>
      ) : (
        r.testimonial_id && (
          <Link to="/testimonials" search={{ open: r.testimonial_id, state: 'all' }} className="link">
            by a testimonial
          </Link>
        )
      )}
    </span>
  );
}

function Deals({ of: r }: Part) {
  if (r.deals.length === 0) return null;
  return (
    <Card title="Payments behind it">
      <ul>
        {r.deals.map((d) => (
          <li key={d.id} className="border-line flex flex-wrap items-center gap-x-2 border-b px-4 py-2 last:border-b-0">
            <Amount of={d.amount} className="font-medium" />
            <span>
              {dealSources[d.source] ?? sentence(d.source)}, <When at={d.at} as="date" />
            </span>
            {d.net.amount_minor !== d.amount.amount_minor && <Badge tone="warn">{formatMoney(d.net)} after refunds</Badge>}
            {d.dispute && <Badge tone="bad">Dispute: {sentence(d.dispute).toLowerCase()}</Badge>}
            {!d.counted && <Badge>Does not count</Badge>}
            <span className="text-muted w-full font-mono text-xs wrap-anywhere">{d.external_id}</span>
          </li>
        ))}
      </ul>
    </Card>
  );
}

function Payouts({ of: r }: Part) {
  if (r.payouts.length === 0) return null;
  return (
    <Card title={r.payouts.length === 1 ? 'The payout' : 'Payouts'}>
      {r.payouts.map((p) => (
        <div key={p.id} className="border-line flex flex-col gap-2 border-b p-4 last:border-b-0">
          <p className="flex flex-wrap items-center gap-2">
            <Amount of={p.amount} className="font-medium" /> {railName(p.rail)}
            <Badge tone={payoutTones[p.state]}>{payoutStates.find((s) => s.value === p.state)?.label}</Badge>
          </p>
          <Facts rows={payoutFacts(p)} />
        </div>
      ))}
    </Card>
  );
}

const mono = (text: string) => <span className="font-mono text-xs wrap-anywhere">{text}</span>;

function payoutFacts(p: Payout): [string, ReactNode][] {
  const rows: [string, ReactNode, boolean][] = [
    ['At the rail', mono(p.rail_object ?? ''), Boolean(p.rail_object)],
    ['To', mono(p.destination ?? ''), Boolean(p.destination)],
    ['Key', mono(p.key), p.rail !== 'manual'],
    ['Keys used', p.epoch + 1, p.epoch > 0],
    ['Taken up', p.claims === 1 ? 'once' : `${p.claims} times`, p.claims > 0],
    ['First sent', <When key="first" at={p.first_sent_at} as="time" />, Boolean(p.first_sent_at)],
    ['Last sent', <When key="last" at={p.last_sent_at} as="time" />, Boolean(p.last_sent_at) && p.last_sent_at !== p.first_sent_at],
    ['Last answer', answer(p), Boolean(answer(p))],
    ['Next try', <When key="next" at={p.next_try_at} as="time" />, Boolean(p.next_try_at)],
    ['Settled', <When key="settled" at={p.settled_at} as="time" />, Boolean(p.settled_at)],
    ['Came back', <Amount key="back" of={p.reversed} />, p.reversed.amount_minor > 0],
  ];
  return rows.filter(([, , there]) => there).map(([name, value]) => [name, value]);
}

function Cases({ of: r }: Part) {
  if (r.cases.length === 0) return null;
  return (
    <Card title="Cases">
      <ul>
        {r.cases.map((c) => (
          <li key={c.id} className="border-line flex flex-col gap-0.5 border-b px-4 py-2 last:border-b-0">
            <p className="flex flex-wrap items-center gap-2">
              <span className="font-medium">{caseWords[c.kind] ?? sentence(c.kind)}</span>
              <Badge tone={c.state === 'open' ? 'warn' : 'good'}>{sentence(c.state)}</Badge>
            </p>
            <p className="wrap-anywhere">{c.detail}</p>
            {c.resolution && <p className="text-muted wrap-anywhere">{sentence(c.resolution)}</p>}
          </li>
        ))}
      </ul>
    </Card>
  );
}

/** Every step in order of time: people, the clock, mails, the rail, and the legs that each of them posted. */
function Steps({ of: r }: Part) {
  const can = useCan();
  return (
    <Card title="Everything that happened, in order of time">
      <ol className="p-4">
        {r.steps.map((s) => (
          <li key={`${s.at} ${s.what} ${s.text}`} className="border-line relative ml-1.5 border-l pb-4 pl-4 last:pb-0 print:break-inside-avoid">
            <span aria-hidden="true" className="bg-raised border-line-strong absolute top-1.5 -left-[4.5px] size-2 rounded-full border" />
            <p className="wrap-anywhere">{s.text}</p>
            {s.reason && <p className="wrap-anywhere">“{backWords[s.reason] ?? s.reason}”</p>}
            <p className="text-muted text-[13px]">
              <When at={s.at} as="time" /> · {doer(s.actor.name, s.actor.kind)}
            </p>
            {s.postings.length > 0 && (
              <table className="mt-1 w-full text-[13px]" aria-label={`Legs of ${s.journal ?? s.what}`}>
                <tbody>
                  {s.postings.map((leg) => (
                    <tr key={leg.account + leg.side} className="align-top">
                      <th scope="row" className="text-left font-normal" title={leg.account}>
                        {accountName(leg.account)}
                      </th>
                      <td className="text-muted w-14 px-2">{leg.side}</td>
                      <td className="tabular w-24 text-right">{formatMoney(leg.amount)}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            )}
            {s.journal && <p className="text-muted font-mono text-xs wrap-anywhere">{s.journal}</p>}
          </li>
        ))}
      </ol>
      {!can('money.read') && <p className="text-muted border-line border-t p-4">What was posted and sent is for those who may read money.</p>}
    </Card>
  );
}
