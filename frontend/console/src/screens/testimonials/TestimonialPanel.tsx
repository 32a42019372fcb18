import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';

import { testimonialQuery, useDecideTestimonial, type Decision } from '../../api/testimonials';
import { messageOf } from '../../api/problem';
import type { TestimonialStory } from '../../api/types';
import { sentence } from '../../lib/format';
import { Button } from '../../ui/Button';
import { Facts, Panel } from '../../ui/Page';
import { Failed, Loading, Note } from '../../ui/states';
import { State, When } from '../../ui/text';
import { TextDialog } from '../../ui/TextDialog';
import { Timeline } from '../../ui/Timeline';
import { useToasts } from '../../ui/Toast';
import { DeclineDialog } from './DeclineDialog';
import { Stars } from './Stars';
import { channelWords, signedWords } from './words';

/** One testimonial with what its author allowed and wrote before, and what can be decided. */
export function TestimonialPanel({ id, onClose }: { id: string; onClose: () => void }) {
  const story = useQuery(testimonialQuery(id));
  return (
    <Panel label="Testimonial" onClose={onClose}>
      {story.isPending && <Loading />}
      {story.isError && !story.data && <Failed error={story.error} retry={() => void story.refetch()} />}
      {story.data && <Opened story={story.data} />}
    </Panel>
  );
}

function Opened({ story: t }: { story: TestimonialStory }) {
  const decide = useDecideTestimonial();
  const toasts = useToasts();
  const [open, setOpen] = useState<'decline' | 'change' | null>(null);
  const can = (verb: string) => t.actions.includes(verb);
  const close = () => {
    setOpen(null);
    decide.reset();
  };
  const go = (d: Decision, said: string) =>
    decide.mutate(
      { id: t.id, ...d },
      {
        onSuccess: () => {
          toasts.done(said);
          setOpen(null);
        },
        onError: (e) => {
          if (open === null) toasts.failed(messageOf(e));
        },
      },
    );
  const allowed = t.consents.filter((c) => c.granted).map((c) => channelWords[c.channel] ?? c.channel);
  const refused = t.consents.filter((c) => !c.granted).map((c) => channelWords[c.channel] ?? c.channel);
  return (
    <div className="flex flex-col gap-5 p-4">
      <div>
        <h2 className="sr-only">By {t.customer_name || 'somebody erased'}</h2>
        <div className="mb-2 flex flex-wrap items-center gap-3">
          <Stars of={t.rating} />
          <State of={t.state} />
        </div>
        <blockquote className="text-base whitespace-pre-line">{t.text || <span className="text-muted">No words, stars only.</span>}</blockquote>
        <p className="text-muted mt-2">
          {[t.name, t.role].filter(Boolean).join(', ') || 'Anonymous'} ·{' '}
          <Link to="/customers/$id" params={{ id: t.customer_id }} className="link">
            {t.customer_name || 'Erased'}
          </Link>
        </p>
      </div>
      {t.disclosure && <Note>Shown with it: {t.disclosure}</Note>}
      {t.reason && <Note kind="warning">{sentence(t.reason)}</Note>}
      {t.actions.length > 0 && (
        <div className="flex flex-wrap gap-2">
          {can('approve') && (
            <Button
              look="primary"
              pending={decide.isPending && decide.variables.verb === 'approve'}
              onClick={() => go({ verb: 'approve' }, 'Approved.')}
            >
              Approve
            </Button>
          )}
          {can('publish') && (
            <Button
              look="primary"
              pending={decide.isPending && decide.variables.verb === 'publish'}
              onClick={() => go({ verb: 'publish' }, 'Published.')}
            >
              Publish
            </Button>
          )}
          {can('request-change') && <Button onClick={() => setOpen('change')}>Ask for a change</Button>}
          {can('unpublish') && (
            <Button pending={decide.isPending && decide.variables.verb === 'unpublish'} onClick={() => go({ verb: 'unpublish' }, 'Taken down.')}>
              Take down
            </Button>
          )}
          {can('decline') && (
            <Button look="danger" onClick={() => setOpen('decline')}>
              Decline
            </Button>
          )}
        </div>
      )}
      <Facts
        rows={[
          ['May be shown', allowed.length > 0 ? allowed.join(', ') : 'nowhere'],
          ['Not allowed', refused.length > 0 ? refused.join(', ') : '–'],
          ['Signed as', signedWords[t.signed_as ?? ''] ?? '–'],
          ['Campaign', t.campaign_name ?? '–'],
          ...(t.quote_source ? [['Kept from', t.quote_source] satisfies [string, string]] : []),
          ...(t.decided_by ? [['Decided by', t.decided_by] satisfies [string, string]] : []),
        ]}
      />
      {t.revisions.length > 1 && (
        <section aria-label="What was written before">
          <h3 className="mb-1.5 font-semibold">What was written before</h3>
          <ol className="flex flex-col gap-2">
            {t.revisions.slice(0, -1).map((r) => (
              <li key={r.number} className="bg-tint rounded-field px-3 py-2">
                <Stars of={r.rating} />
                <p className="whitespace-pre-line">{r.text}</p>
                <p className="text-muted text-[13px]">
                  <When at={r.at} as="time" />
                </p>
              </li>
            ))}
          </ol>
        </section>
      )}
      <section aria-label="Everything that happened">
        <h3 className="mb-1.5 font-semibold">Everything that happened</h3>
        <Timeline entries={t.timeline} />
      </section>
      {open === 'decline' && (
        <DeclineDialog
          pending={decide.isPending}
          error={decide.error}
          onClose={close}
          onDecline={(reason) => go({ verb: 'decline', body: { reason } }, 'Declined.')}
        />
      )}
      {open === 'change' && (
        <TextDialog
          title="Ask for a change"
          about="The author reads this and decides. Ask for facts to be put right, never for praise."
          label="What should be different?"
          field="request"
          verb="Ask"
          pending={decide.isPending}
          error={decide.error}
          onClose={close}
          onSend={(request) => go({ verb: 'request-change', body: { request } }, 'The author was asked.')}
        />
      )}
    </div>
  );
}
