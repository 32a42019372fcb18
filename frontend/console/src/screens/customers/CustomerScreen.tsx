import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useState } from 'react';

import { invitationsQuery } from '../../api/campaigns';
import { customerQuery, customerTimelineQuery, suggestionsQuery, unearnedQuery, useForgetSuggestion } from '../../api/customers';
import { introductionsQuery } from '../../api/introductions';
import { useCan } from '../../api/me';
import { messageOf } from '../../api/problem';
import { rewardsQuery } from '../../api/rewards';
import { whyNot } from '../../lib/words';
import { Button } from '../../ui/Button';
import { Card, Page } from '../../ui/Page';
import { Failed, Loading, Note } from '../../ui/states';
import { Badge } from '../../ui/text';
import { Timeline } from '../../ui/Timeline';
import { useToasts } from '../../ui/Toast';
import { CustomerForm } from './CustomerForm';
import { FactDialog } from './FactDialog';
import { InviteDialog } from './InviteDialog';
import { CustomerFacts, Links, Suggestions } from './parts';
import { SuggestDialog } from './SuggestDialog';
import { TaxCard } from './TaxCard';

export default function CustomerScreen() {
  const { id } = useParams({ from: '/shell/customers/$id' });
  const customer = useQuery(customerQuery(id));
  const timeline = useInfiniteQuery(customerTimelineQuery(id));
  const suggestions = useQuery(suggestionsQuery(id));
  const invitations = useInfiniteQuery(invitationsQuery({ customer_id: id }));
  const introductions = useInfiniteQuery(introductionsQuery({ introducer_id: id }));
  const rewards = useInfiniteQuery(rewardsQuery({ customer_id: id }));
  const unearned = useQuery(unearnedQuery(id));
  const forget = useForgetSuggestion(id);
  const toasts = useToasts();
  const can = useCan();
  const [open, setOpen] = useState<'edit' | 'invite' | 'fact' | 'suggest' | null>(null);
  const close = () => setOpen(null);
  const back = (
    <Link to="/customers" className="link">
      Customers
    </Link>
  );
  if (!customer.data) {
    return (
      <Page title="Customer" back={back}>
        {customer.isPending ? <Loading /> : <Failed error={customer.error} retry={() => void customer.refetch()} />}
      </Page>
    );
  }
  const c = customer.data;
  return (
    <Page
      title={c.name || c.email || 'Without a name'}
      back={back}
      about={
        <span className="flex flex-wrap items-center gap-2">
          {c.company}
          {c.tags.map((t) => (
            <Badge key={t}>{t}</Badge>
          ))}
        </span>
      }
      actions={
        <>
          {c.may_edit && !c.erased_at && <Button onClick={() => setOpen('edit')}>Edit</Button>}
          {c.may_edit && !c.erased_at && <Button onClick={() => setOpen('fact')}>Something happened</Button>}
          {can('invitations.send') && c.may_edit && !c.erased_at && (
            <Button look="primary" onClick={() => setOpen('invite')}>
              Ask with a link
            </Button>
          )}
        </>
      }
    >
      {c.erased_at && <Note kind="warning">This person's data was erased.</Note>}
      {c.may_not_ask && !c.erased_at && (
        <Note kind="warning">
          No mail asks {c.first_name || 'this person'} now. {whyNot(c.may_not_ask)}
        </Note>
      )}
      <div className="grid items-start gap-5 xl:grid-cols-[2fr_3fr]">
        <div className="flex min-w-0 flex-col gap-5">
          <CustomerFacts customer={c} />
          <Suggestions
            query={suggestions}
            onAdd={can('customers.suggest') ? () => setOpen('suggest') : undefined}
            onForget={can('customers.suggest') ? (s) => forget.mutate(s.id, { onError: (e) => toasts.failed(messageOf(e)) }) : undefined}
          />
          {can('money.read') && c.country === 'US' && <TaxCard customerId={c.id} name={c.name} />}
          <Links introductions={introductions.data ?? []} rewards={rewards.data ?? []} unearned={unearned.data ?? []} invitations={invitations.data ?? []} />
        </div>
        <Card title="Everything that happened">
          <div className="p-4">
            {timeline.isPending && <Loading />}
            {timeline.isError && !timeline.data && <Failed error={timeline.error} retry={() => void timeline.refetch()} />}
            {timeline.data && <Timeline entries={timeline.data} />}
            {timeline.hasNextPage && (
              <Button className="mt-3" pending={timeline.isFetchingNextPage} onClick={() => void timeline.fetchNextPage()}>
                Show more
              </Button>
            )}
          </div>
        </Card>
      </div>
      {open === 'edit' && <CustomerForm customer={c} onClose={close} onSaved={() => undefined} />}
      {open === 'invite' && <InviteDialog customer={c} onClose={close} />}
      {open === 'fact' && <FactDialog customer={c} onClose={close} />}
      {open === 'suggest' && <SuggestDialog customer={c} onClose={close} />}
    </Page>
  );
}
