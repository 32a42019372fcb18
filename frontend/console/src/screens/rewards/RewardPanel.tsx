import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState, type ReactNode } from 'react';

import { rewardQuery, useActOnReward, type RewardVerb } from '../../api/rewards';
import { useCan } from '../../api/me';
import { messageOf } from '../../api/problem';
import type { RewardStory } from '../../api/types';
import { formatMoney, sentence } from '../../lib/format';
import { railName } from '../../lib/words';
import { Blocked } from '../../ui/Blocked';
import { Button } from '../../ui/Button';
import { Findings } from '../../ui/Findings';
import { Facts, Panel } from '../../ui/Page';
import { Failed, Loading, Note } from '../../ui/states';
import { Amount, Badge, When } from '../../ui/text';
import { TextDialog } from '../../ui/TextDialog';
import { useToasts } from '../../ui/Toast';
import { TaxFormDialog } from '../customers/TaxFormDialog';
import { Journals } from './Journals';
import { RejectDialog } from './RejectDialog';
import { accountWords, answer, backWords, earnedFor, heldWords, jobWords, payoutStates, payoutTones, stateTones, type RejectReason } from './words';

/** Every cent of one reward explained, and what can be decided. */
export function RewardPanel({ id, onClose }: { id: string; onClose: () => void }) {
  const story = useQuery(rewardQuery(id));
  return (
    <Panel label="Reward" onClose={onClose}>
      {story.isPending && <Loading />}
      {story.isError && !story.data && <Failed error={story.error} retry={() => void story.refetch()} />}
      {story.data && <Opened story={story.data} />}
    </Panel>
  );
}

interface Verb {
  verb: RewardVerb;
  name: string;
  look?: 'primary' | 'danger';
  said: string;
  /** Asks for a text before; without it one press is enough. */
  ask?: { title: string; about: string; label: string; field: string; optional?: boolean };
}

const verbs: Verb[] = [
  {
    verb: 'approve',
    name: 'Approve',
    look: 'primary',
    said: 'Approved.',
    ask: {
      title: 'Approve this reward?',
      about: 'It goes out as soon as the way of paying is chosen.',
      label: 'Remark',
      field: 'reason',
      optional: true,
    },
  },
  {
    verb: 'release',
    name: 'Release',
    look: 'primary',
    said: 'Released.',
    ask: { title: 'Release this reward?', about: 'The check is over.', label: 'What you found', field: 'reason', optional: true },
  },
  {
    verb: 'mark-paid',
    name: 'Mark as paid',
    look: 'primary',
    said: 'Marked as paid.',
    ask: {
      title: 'Mark as paid',
      about: 'Only after the money has left. It cannot be taken back here.',
      label: 'Reference of the payment',
      field: 'reference',
    },
  },
  {
    verb: 'paid-back',
    name: 'Mark as paid back',
    look: 'primary',
    said: 'Marked as paid back.',
    ask: { title: 'Mark as paid back', about: 'Only after the money has come back.', label: 'Reference of the payment', field: 'reference' },
  },
  { verb: 'retry', name: 'Try again', look: 'primary', said: 'It goes out again.' },
  {
    verb: 'hold',
    name: 'Hold',
    said: 'Held.',
    ask: { title: 'Hold this reward?', about: 'Nothing goes out before somebody releases it.', label: 'Why', field: 'reason' },
  },
  {
    verb: 'reject',
    name: 'Take back',
    look: 'danger',
    said: 'Taken back.',
    ask: { title: 'Take this reward back?', about: '', label: 'What you found', field: 'reason' },
  },
  {
    verb: 'write-off',
    name: 'Write off',
    look: 'danger',
    said: 'Written off.',
    ask: { title: 'Write this off?', about: 'Nobody is asked for it any more.', label: 'Why', field: 'reason' },
  },
];

/** What happened to the reward itself; the whole story has what led to it, too. */
const ofReward = (s: RewardStory['steps'][number]) => /^(reward|payout|case)\./.test(s.what);

function Opened({ story: r }: { story: RewardStory }) {
  const can = useCan();
  const act = useActOnReward();
  const toasts = useToasts();
  const [open, setOpen] = useState<Verb | null>(null);
  const [noting, setNoting] = useState(false);
  const close = () => {
    setOpen(null);
    act.reset();
  };
  const go = (v: Verb, text: string, why?: RejectReason) =>
    act.mutate(
      { id: r.id, verb: v.verb, text, why },
      {
        onSuccess: () => {
          toasts.done(v.said);
          setOpen(null);
        },
        onError: (e) => {
          if (!v.ask) toasts.failed(messageOf(e));
        },
      },
    );
  const alone = (v: Verb) => r.alone && (v.verb === 'approve' || v.verb === 'release');
  const changed = r.accrued.amount_minor !== r.amount.amount_minor;
  return (
    <div className="flex flex-col gap-5 p-4">
      <div>
        <h2 className="text-xl font-semibold">
          <Amount of={r.amount} />
        </h2>
        <p>
          for{' '}
          {r.customer_id ? (
            <Link to="/customers/$id" params={{ id: r.customer_id }} className="link">
              {r.payee || 'Erased'}
            </Link>
          ) : (
            r.payee || 'Erased'
          )}
          , because {earnedFor(r)}
        </p>
        <p className="mt-2 flex flex-wrap items-center gap-3">
          <Badge tone={stateTones[r.state]}>{r.state_text}</Badge>
          <Link to="/rewards/$id" params={{ id: r.id }} className="link">
            The whole story
          </Link>
        </p>
      </div>
      {(r.state === 'held' || r.held_reason) && (
        <Note kind="warning">
          {r.held_reason ? (heldWords[r.held_reason] ?? sentence(r.held_reason)) : 'Being checked'}
          {r.held_note && r.held_reason !== 'risk' && `: ${r.held_note}`}
        </Note>
      )}
      {r.held_reason === 'tax_form' && r.customer_id && can('rewards.decide') && (
        <div>
          <Button look="primary" onClick={() => setNoting(true)}>
            Tax form received
          </Button>
        </div>
      )}
      {noting && r.customer_id && <TaxFormDialog customerId={r.customer_id} name={r.payee} onClose={() => setNoting(false)} />}
      {r.reason && (
        <Note kind="danger">
          {r.reversed.amount_minor > 0 ? `${formatMoney(r.reversed)} taken back: ` : 'Taken back: '}
          {backWords[r.reason] ?? r.reason}
        </Note>
      )}
      {r.actions.length > 0 && (
        <div className="flex flex-wrap gap-2">
          {verbs
            .filter((v) => r.actions.includes(v.verb))
            .map((v) => (
              <Button
                key={v.verb}
                look={v.look}
                pending={act.isPending && act.variables.verb === v.verb}
                onClick={() => (v.ask ? setOpen(v) : go(v, ''))}
              >
                {v.name}
              </Button>
            ))}
        </div>
      )}
      <Blocked verbs={r.blocked.map((b) => ({ name: verbs.find((v) => v.verb === b.action)?.name ?? b.action, why: b.why }))} />
      <Facts
        rows={[
          ...(changed ? [['Earned at first', <Amount key="accrued" of={r.accrued} />] satisfies [string, ReactNode]] : []),
          ...(r.reversed.amount_minor ? [['Taken back', <Amount key="reversed" of={r.reversed} />] satisfies [string, ReactNode]] : []),
          ...(r.netted.amount_minor ? [['Paid back an older debt', <Amount key="netted" of={r.netted} />] satisfies [string, ReactNode]] : []),
          ...(r.base ? [['Share of', <Amount key="base" of={r.base} />] satisfies [string, ReactNode]] : []),
          ['Paid as', r.rail ? [railName(r.rail), r.charity].filter(Boolean).join(' to ') : `not chosen yet (${r.rails.map(railName).join(', ')})`],
          ...(r.account
            ? [
                [
                  'Bank account',
                  <>
                    {accountWords[r.account.state] ?? r.account.state}
                    {r.account.reason && ` (${r.account.reason})`}
                    {r.account.paused_until && (
                      <>
                        , changed, so nothing goes out before <When at={r.account.paused_until} as="time" />
                      </>
                    )}
                  </>,
                ] satisfies [string, ReactNode],
              ]
            : []),
          [
            'Refund window',
            <>
              ends <When at={r.matures_at} as="time" />
            </>,
          ],
          ['Choice until', <When key="choose" at={r.choose_by} as="date" />],
          [
            'Approved',
            r.approved_at ? (
              <>
                <When at={r.approved_at} as="time" /> by {jobWords[r.approved_by ?? ''] ?? r.approved_by}
              </>
            ) : (
              '–'
            ),
          ],
          ...(r.decided_alone ? [['Decided alone', `because nobody else could: ${r.decided_alone}`] satisfies [string, ReactNode]] : []),
          [
            'Campaign',
            <Link key="campaign" to="/campaigns/$id" params={{ id: r.campaign_id }} className="link">
              {r.campaign_name}
            </Link>,
          ],
          [
            'Behind it',
            r.introduction_id ? (
              <Link to="/introductions" search={{ open: r.introduction_id }} className="link">
                The introduction
              </Link>
            ) : r.testimonial_id ? (
              <Link to="/testimonials" search={{ open: r.testimonial_id, state: 'all' }} className="link">
                The testimonial
              </Link>
            ) : (
              '–'
            ),
          ],
        ]}
      />
      <Findings of={r.findings} />
      {r.appeal && (
        <section aria-label="What its owner says">
          <h3 className="mb-1.5 font-semibold">What its owner says against the rejection</h3>
          <p className="whitespace-pre-line wrap-anywhere">{r.appeal.text || 'Erased.'}</p>
          {r.appeal.answer && <p className="text-muted">Our answer: {r.appeal.answer}</p>}
        </section>
      )}
      {r.payouts.length > 0 && (
        <section aria-label="Payouts">
          <h3 className="mb-1.5 font-semibold">Payouts</h3>
          <ul className="flex flex-col gap-1.5">
            {r.payouts.map((p) => (
              <li key={p.id} className="bg-tint flex flex-wrap items-center gap-2 rounded-field px-3 py-2">
                <Amount of={p.amount} /> {railName(p.rail)}{' '}
                <Badge tone={payoutTones[p.state]}>{payoutStates.find((s) => s.value === p.state)?.label}</Badge>
                {answer(p) && <span className="text-muted text-[13px]">{answer(p)}</span>}
                {p.rail_object && <span className="font-mono text-xs wrap-anywhere">{p.rail_object}</span>}
              </li>
            ))}
          </ul>
        </section>
      )}
      <section aria-label="The story">
        <h3 className="mb-1.5 font-semibold">The story</h3>
        <ol className="flex flex-col gap-1.5">
          {r.steps.filter(ofReward).map((s) => (
            <li key={`${s.at} ${s.what} ${s.text}`} className="grid grid-cols-[7.5rem_1fr] gap-2">
              <span className="text-muted">
                <When at={s.at} as="time" />
              </span>
              <span className="min-w-0 wrap-anywhere">{s.text}</span>
            </li>
          ))}
        </ol>
      </section>
      {can('money.read') && <Journals rewardId={r.id} />}
      {open?.verb === 'reject' && (
        <RejectDialog
          about={
            <p className="font-medium">
              {formatMoney(r.amount)} for {r.payee || 'somebody erased'}
            </p>
          }
          field="reason"
          pending={act.isPending}
          error={act.error}
          onClose={close}
          onSend={(note, why) => go(open, note, why)}
        />
      )}
      {open?.ask && open.verb !== 'reject' && (
        <TextDialog
          title={open.ask.title}
          about={
            <>
              <p className="font-medium">
                {formatMoney(r.amount)} for {r.payee || 'somebody erased'}
              </p>
              <p>{open.ask.about}</p>
              {alone(open) && <p>You had a hand in this reward and nobody else can decide about it. What you write stays with it.</p>}
            </>
          }
          label={alone(open) ? 'Why it is right' : open.ask.label}
          field={open.ask.field}
          optional={open.ask.optional && !alone(open)}
          verb={open.name}
          danger={open.look === 'danger'}
          pending={act.isPending}
          error={act.error}
          onClose={close}
          onSend={(text) => go(open, text)}
        />
      )}
    </div>
  );
}
