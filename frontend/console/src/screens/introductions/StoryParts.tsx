import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';

import type { Story } from '../../api/types';
import { formatMoney, sentence } from '../../lib/format';
import { Facts } from '../../ui/Page';
import { Note } from '../../ui/states';
import { Amount, Badge, When } from '../../ui/text';
import { Timeline } from '../../ui/Timeline';
import { label, sources } from '../customers/words';
import { StateBadge } from './StateBadge';
import { dealSources } from '../rewards/words';
import { introducerName, lostWords, prospectName } from './words';

interface Part {
  story: Story;
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section aria-label={title}>
      <h3 className="mb-1.5 font-semibold">{title}</h3>
      {children}
    </section>
  );
}

function Head({ story: s }: Part) {
  return (
    <div>
      <h2 className="text-lg font-semibold">{prospectName(s)}</h2>
      <p className="text-muted">
        {s.prospect.company && `${s.prospect.company} · `}introduced by{' '}
        {s.introducer.kind === 'customer' && s.introducer.id ? (
          <Link to="/customers/$id" params={{ id: s.introducer.id }} className="link">
            {introducerName(s)}
          </Link>
        ) : (
          introducerName(s)
        )}
        {s.for_customer && ` for ${s.for_customer.name}`}
      </p>
      <div className="mt-2 flex flex-wrap gap-1.5">
        <StateBadge of={s} />
        <Badge>{sentence(s.kind)}</Badge>
        {s.source && <Badge>{label(sources, s.source)}</Badge>}
        {s.review === 'to_review' && <Badge tone="warn">To review</Badge>}
      </div>
    </div>
  );
}

function Words({ story: s }: Part) {
  return (
    <>
      {s.note && (
        <Section title={`${introducerName(s)} wrote`}>
          <blockquote className="border-line-strong border-l-2 pl-3 whitespace-pre-line">{s.note}</blockquote>
        </Section>
      )}
      {s.flagged && <Note kind="warning">The checks found: {flags[s.flagged] ?? sentence(s.flagged)}</Note>}
      {s.outcome_reason && (
        <p>
          <span className="text-muted">Reason </span>
          {lostWords.find((w) => w.value === s.outcome_reason)?.label ?? sentence(s.outcome_reason)}
          {s.outcome_note && `: ${s.outcome_note}`}
        </p>
      )}
      {s.evidence && (
        <Section title={`${s.prospect.first_name || 'They'} answered`}>
          <blockquote className="border-line-strong border-l-2 pl-3 whitespace-pre-line">{s.evidence}</blockquote>
        </Section>
      )}
    </>
  );
}

const flags: Record<string, string> = { existing_customer: 'the payer was a customer of ours before.' };

const hows: Record<string, string> = {
  slot: 'a meeting at the chosen time',
  email: 'an e-mail',
  call: 'a call',
  reply: 'the conversation that has begun',
};

function Contact({ story: s }: Part) {
  const p = s.prospect;
  return (
    <Section title="How to reach them">
      <Facts
        rows={[
          ['Wants', s.accept_how ? (hows[s.accept_how] ?? s.accept_how) : <span className="text-muted">has not answered yet</span>],
          ...(s.slot_at ? [['Meeting', <When key="slot" at={s.slot_at} as="time" />] satisfies [string, ReactNode]] : []),
          [
            'Email',
            p.email && !s.contact_blocked ? (
              <a className="link" href={`mailto:${p.email}`}>
                {p.email}
              </a>
            ) : (
              p.email || '–'
            ),
          ],
          [
            'Phone',
            p.phone && !s.contact_blocked ? (
              <a className="link" href={`tel:${p.phone.replace(/[^+\d]/g, '')}`}>
                {p.phone}
              </a>
            ) : (
              p.phone || '–'
            ),
          ],
          ['Owner', s.owner_name ?? 'nobody'],
          [
            'Answer by',
            s.answered_at ? (
              <>
                answered <When at={s.answered_at} />
              </>
            ) : (
              <When key="due" at={s.answer_due_at} as="time" />
            ),
          ],
          ['Introducer sees', s.tell ? 'every step' : 'only yes and how it ends'],
          [
            'Campaign',
            <Link key="campaign" to="/campaigns/$id" params={{ id: s.campaign_id }} className="link">
              {s.campaign_name || 'Campaign'}
            </Link>,
          ],
        ]}
      />
    </Section>
  );
}

function Money({ story: s }: Part) {
  if (s.promises.length + s.deals.length + s.rewards.length + s.why.length === 0) return null;
  return (
    <Section title="Deal and rewards">
      <ul className="flex flex-col gap-1.5">
        {s.deals.map((d) => (
          <li key={d.id}>
            <span className="font-medium">{formatMoney(d.amount)}</span> {dealSources[d.source] ?? sentence(d.source)}, <When at={d.at} as="date" />
            {d.net.amount_minor !== d.amount.amount_minor && ` (${formatMoney(d.net)} after refunds)`}
            {!d.counted && <span className="text-muted"> · written down, does not count</span>}
            {d.dispute && <Badge tone="bad">Dispute: {sentence(d.dispute).toLowerCase()}</Badge>}
          </li>
        ))}
        {s.rewards.map((r) => (
          <li key={r.id}>
            <Link to="/rewards" search={{ open: r.id }} className="link">
              <Amount of={r.amount} />
            </Link>{' '}
            for {r.payee || 'somebody erased'} · {r.state_text}
          </li>
        ))}
      </ul>
      <Why story={s} />
      {s.promises.length > 0 && (
        <details className="mt-2">
          <summary className="text-muted">What was promised</summary>
          <ul className="mt-1 list-disc pl-5">
            {s.promises.map((p) => (
              <li key={p}>{p}</li>
            ))}
          </ul>
        </details>
      )}
    </Section>
  );
}

/** Why somebody got nothing for it, or less; what only has not happened yet is said where there is no reward at all. */
function Why({ story: s }: Part) {
  const shown = s.why.filter((w) => w.why !== 'not_yet' || s.rewards.length === 0);
  if (shown.length === 0) return null;
  return (
    <div className="mt-2">
      <h4 className="font-medium">{s.rewards.length === 0 ? 'Why there is no reward' : 'Why there is not more'}</h4>
      <ul className="flex flex-col gap-1">
        {shown.map((w) => (
          <li key={`${w.rule} ${w.why} ${w.deal_id ?? ''} ${w.reward_id ?? ''}`} className="wrap-anywhere">
            <span className="text-muted">{w.to === 'customer' ? introducerName(s) : prospectName(s)}:</span> {w.text}
          </li>
        ))}
      </ul>
    </div>
  );
}

function Notes({ story: s }: Part) {
  if (s.notes.length === 0) return null;
  return (
    <Section title="Notes">
      <ul className="flex flex-col gap-2">
        {s.notes.map((n) => (
          <li key={n.id} className="bg-tint rounded-field px-3 py-2">
            <p className="whitespace-pre-line">{n.text}</p>
            <p className="text-muted text-[13px]">
              {n.author} · <When at={n.created_at} /> {n.told && <Badge tone="brand">told to {introducerName(s)}</Badge>}
            </p>
          </li>
        ))}
      </ul>
    </Section>
  );
}

function Related({ story: s, onOpen }: Part & { onOpen: (id: string) => void }) {
  if (s.related.length === 0) return null;
  return (
    <Section title="The same person or company">
      <ul className="flex flex-col gap-1">
        {s.related.map((r) => (
          <li key={r.id} className="flex items-center gap-2">
            <button type="button" className="link text-left" onClick={() => onOpen(r.id)}>
              {prospectName(r)}, by {introducerName(r)}
            </button>
            <StateBadge of={r} />
          </li>
        ))}
      </ul>
    </Section>
  );
}

function History({ story: s }: Part) {
  return (
    <Section title="Everything that happened">
      <Timeline entries={s.timeline} />
    </Section>
  );
}

/** The parts of an introduction's story, in the order of the panel. */
export const StoryParts = { Head, Words, Contact, Money, Notes, Related, History };
