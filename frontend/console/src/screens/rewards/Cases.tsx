import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';

import { introductionQuery } from '../../api/introductions';
import { casesQuery, rewardQuery, useResolveCase } from '../../api/rewards';
import type { Case } from '../../api/types';
import { sentence } from '../../lib/format';
import { Button } from '../../ui/Button';
import { Empty, Failed, Loading } from '../../ui/states';
import { Amount, Badge, When } from '../../ui/text';
import { TextDialog } from '../../ui/TextDialog';
import { useToasts } from '../../ui/Toast';
import { introducerName, prospectName } from '../introductions/words';
import { caseWords, earnedFor } from './words';

const verbs: Record<string, { name: string; about: string }> = {
  note: { name: 'Close with a note', about: 'Nothing moves. The note says why the case is settled.' },
  retry: { name: 'Try again', about: 'What could not be done then is tried once more.' },
  confirm_absent: { name: 'The rail has no trace of it', about: 'Only after you looked there yourself: the payout may then go out again.' },
};

/** What people have to look into because books and rails do not agree. */
export function Cases({ may, onOpen }: { may: boolean; onOpen: (rewardId: string) => void }) {
  const cases = useInfiniteQuery(casesQuery('money'));
  const resolve = useResolveCase();
  const toasts = useToasts();
  const [open, setOpen] = useState<{ of: Case; action: string } | null>(null);
  const close = () => {
    setOpen(null);
    resolve.reset();
  };
  if (cases.isPending) return <Loading />;
  if (!cases.data) return <Failed error={cases.error} retry={() => void cases.refetch()} />;
  if (cases.data.length === 0) {
    return (
      <div className="card">
        <Empty title="No open cases">Books and rails agree.</Empty>
      </div>
    );
  }
  return (
    <>
      <ul className="flex flex-col gap-3">
        {cases.data.map((c) => (
          <li key={c.id} className="card flex flex-col gap-2 p-4">
            <div className="flex flex-wrap items-center gap-2">
              <h2 className="font-semibold">{caseWords[c.kind] ?? sentence(c.kind)}</h2>
              <Badge tone="warn">Open</Badge>
              <span className="text-muted ml-auto">
                <When at={c.opened_at} />
              </span>
            </div>
            <About of={c} />
            <p className="wrap-anywhere whitespace-pre-line">{c.detail}</p>
            <div className="flex flex-wrap gap-2">
              {c.reward_id && <Button onClick={() => c.reward_id && onOpen(c.reward_id)}>See the reward</Button>}
              {may &&
                c.actions.map((action) => (
                  <Button key={action} onClick={() => setOpen({ of: c, action })}>
                    {verbs[action]?.name ?? sentence(action)}
                  </Button>
                ))}
            </div>
          </li>
        ))}
      </ul>
      {cases.hasNextPage && (
        <Button className="mt-3" pending={cases.isFetchingNextPage} onClick={() => void cases.fetchNextPage()}>
          Show more
        </Button>
      )}
      {open && (
        <TextDialog
          title={verbs[open.action]?.name ?? sentence(open.action)}
          about={verbs[open.action]?.about}
          label="What you found"
          field="note"
          verb="Resolve"
          pending={resolve.isPending}
          error={resolve.error}
          onClose={close}
          onSend={(note) =>
            resolve.mutate(
              { id: open.of.id, action: open.action, note },
              {
                onSuccess: () => {
                  toasts.done('Resolved.');
                  close();
                },
              },
            )
          }
        />
      )}
    </>
  );
}

/** Which reward and which people a case is about. */
export function About({ of: c }: { of: Case }) {
  const reward = useQuery({ ...rewardQuery(c.reward_id ?? ''), enabled: Boolean(c.reward_id) });
  const introduction = useQuery({ ...introductionQuery(c.introduction_id ?? ''), enabled: Boolean(c.introduction_id) });
  const r = reward.data;
  const i = introduction.data;
  if (!r && !i) return null;
  return (
    <p>
      {r && (
        <>
          <Amount of={r.amount} className="font-medium" /> for {r.payee || 'somebody erased'}, because {earnedFor(r)}
        </>
      )}
      {r && i && '; '}
      {i && c.introduction_id && (
        <Link to="/introductions" search={{ open: c.introduction_id }} className="link">
          {prospectName(i)}, introduced by {introducerName(i)}
        </Link>
      )}
    </p>
  );
}
