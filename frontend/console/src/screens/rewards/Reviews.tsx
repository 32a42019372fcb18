import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';

import { casesQuery, ringsQuery, useResolveCase } from '../../api/rewards';
import type { Case } from '../../api/types';
import { Blocked } from '../../ui/Blocked';
import { Button } from '../../ui/Button';
import { Findings } from '../../ui/Findings';
import { Empty, Failed, Loading, Note } from '../../ui/states';
import { Badge, When } from '../../ui/text';
import { TextDialog } from '../../ui/TextDialog';
import { useToasts } from '../../ui/Toast';
import { About } from './Cases';
import { RejectDialog } from './RejectDialog';
import { caseWords, sharedWords } from './words';

interface Verb {
  name: string;
  look?: 'primary' | 'danger';
  title: string;
  about: string;
  label: string;
  said: string;
}

const verbs: Record<string, Verb> = {
  release: { name: 'Release', look: 'primary', title: 'Release this reward?', about: 'It goes on and is not held again for the same.', label: 'What you found', said: 'Released.' },
  reject: { name: 'Take back', look: 'danger', title: '', about: '', label: '', said: 'Taken back.' },
  grant: { name: 'They are right', look: 'primary', title: 'Give it back?', about: 'The reward is earned again. The person reads your answer.', label: 'Your answer', said: 'Granted.' },
  refuse: { name: 'It stays', title: 'Leave it as it is?', about: 'The person reads your answer.', label: 'Your answer', said: 'Answered.' },
};

/** Rewards that wait for a person's decision, with what the checks found, and what people say against a rejection. */
export function Reviews({ may, onOpen }: { may: boolean; onOpen: (rewardId: string) => void }) {
  const cases = useInfiniteQuery(casesQuery('reviews'));
  const resolve = useResolveCase();
  const toasts = useToasts();
  const [open, setOpen] = useState<{ of: Case; action: string } | null>(null);
  const close = () => {
    setOpen(null);
    resolve.reset();
  };
  const send = (of: Case, action: string, note: string, why?: Parameters<typeof resolve.mutate>[0]['why']) =>
    resolve.mutate(
      { id: of.id, action, note, why },
      {
        onSuccess: () => {
          toasts.done(verbs[action]?.said ?? 'Decided.');
          close();
        },
      },
    );
  if (cases.isPending) return <Loading />;
  if (!cases.data) return <Failed error={cases.error} retry={() => void cases.refetch()} />;
  const verb = open && verbs[open.action];
  return (
    <>
      {cases.data.length === 0 && (
        <div className="card">
          <Empty title="Nothing to decide">
            <span>No reward waits for a person.</span>
            <Link to="/introductions" search={{ only: 'review' }} className="link">
              Introductions that wait
            </Link>
          </Empty>
        </div>
      )}
      <ul className="flex flex-col gap-3">
        {cases.data.map((c) => (
          <li key={c.id} className="card flex flex-col gap-2 p-4">
            <div className="flex flex-wrap items-center gap-2">
              <h2 className="font-semibold">{caseWords[c.kind]}</h2>
              <Badge tone="warn">Open</Badge>
              <span className="text-muted ml-auto">
                <When at={c.opened_at} />
              </span>
            </div>
            <About of={c} />
            {c.appeal && (
              <Note>
                <span className="whitespace-pre-line">{c.appeal.text || 'Erased.'}</span>
              </Note>
            )}
            <Findings of={c.findings} />
            <div className="flex flex-wrap gap-2">
              {may &&
                c.actions.map((action) => (
                  <Button key={action} look={verbs[action]?.look} onClick={() => setOpen({ of: c, action })}>
                    {verbs[action]?.name}
                  </Button>
                ))}
              {may && <Blocked verbs={c.blocked.map((b) => ({ name: verbs[b.action]?.name ?? b.action, why: b.why }))} />}
              {c.reward_id && <Button onClick={() => c.reward_id && onOpen(c.reward_id)}>See the reward</Button>}
            </div>
          </li>
        ))}
      </ul>
      {cases.hasNextPage && (
        <Button className="mt-3" pending={cases.isFetchingNextPage} onClick={() => void cases.fetchNextPage()}>
          Show more
        </Button>
      )}
      {may && <Rings />}
      {open?.action === 'reject' && (
        <RejectDialog
          about={<About of={open.of} />}
          field="note"
          pending={resolve.isPending}
          error={resolve.error}
          onClose={close}
          onSend={(note, why) => send(open.of, 'reject', note, why)}
        />
      )}
      {open && verb && open.action !== 'reject' && (
        <TextDialog
          title={verb.title}
          about={verb.about}
          label={verb.label}
          field="note"
          verb={verb.name}
          pending={resolve.isPending}
          error={resolve.error}
          onClose={close}
          onSend={(note) => send(open.of, open.action, note)}
        />
      )}
    </>
  );
}

/** Customers of different companies who share what they should not. */
function Rings() {
  const rings = useQuery(ringsQuery);
  if (!rings.data || rings.data.length === 0) return null;
  return (
    <section aria-label="Groups" className="card mt-4 flex flex-col gap-2 p-4">
      <h2 className="font-semibold">Customers who share what they should not</h2>
      <ul className="flex flex-col gap-1.5">
        {rings.data.map((g) => (
          <li key={g.customers[0]?.id}>
            {g.customers.map((c, n) => (
              <span key={c.id}>
                {n > 0 && ', '}
                <Link to="/customers/$id" params={{ id: c.id }} className="link">
                  {c.name || 'Erased'}
                </Link>
              </span>
            ))}
            : {g.shared.map((s) => sharedWords[s]).join(', ')}
          </li>
        ))}
      </ul>
    </section>
  );
}
