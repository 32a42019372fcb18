import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';

import { invitationsQuery, useStopInvitation } from '../../api/campaigns';
import { useCan } from '../../api/me';
import { messageOf } from '../../api/problem';
import type { Invitation } from '../../api/types';
import { sentence } from '../../lib/format';
import { whyNot } from '../../lib/words';
import { Button } from '../../ui/Button';
import { Empty } from '../../ui/states';
import { Pages, type Column } from '../../ui/Table';
import { State, When } from '../../ui/text';
import { useToasts } from '../../ui/Toast';

/** Everybody who was asked, and what became of it. */
export function People({ campaignId }: { campaignId: string }) {
  const invitations = useInfiniteQuery(invitationsQuery({ campaign_id: campaignId }));
  const stop = useStopInvitation();
  const toasts = useToasts();
  const can = useCan();
  const columns: Column<Invitation>[] = [
    {
      key: 'name',
      head: 'Customer',
      cell: (i) => (
        <Link to="/customers/$id" params={{ id: i.customer_id }} className="font-medium hover:underline">
          {i.customer_name || 'Erased'}
        </Link>
      ),
    },
    {
      key: 'state',
      head: 'State',
      cell: (i) => (
        <>
          <State of={i.state} /> <span className="text-muted text-[13px]">{i.stopped_reason && whyNot(i.stopped_reason)}</span>
        </>
      ),
    },
    { key: 'channel', head: 'By', cell: (i) => sentence(i.channel), wide: true },
    { key: 'sent', head: 'Sent', cell: (i) => <When at={i.sent_at ?? i.send_at} as="time" />, wide: true },
    { key: 'reminders', head: 'Reminders', cell: (i) => i.reminders_sent, right: true, wide: true },
    { key: 'answered', head: 'Answered', cell: (i) => <When at={i.answered_at} />, wide: true },
    {
      key: 'stop',
      head: <span className="sr-only">Actions</span>,
      right: true,
      cell: (i) =>
        can('campaigns.edit') &&
        (i.state === 'planned' || i.state === 'sent') && (
          <Button
            look="quiet"
            aria-label={`Stop asking ${i.customer_name}`}
            pending={stop.isPending && stop.variables === i.id}
            onClick={() => stop.mutate(i.id, { onSuccess: () => toasts.done('Stopped.'), onError: (e) => toasts.failed(messageOf(e)) })}
          >
            Stop
          </Button>
        ),
    },
  ];
  return (
    <div className="card min-w-0">
      <Pages
        label="Invitations"
        query={invitations}
        columns={columns}
        rowKey={(i) => i.id}
        empty={
          <Empty title="Nobody was asked yet">People appear here when the campaign is launched, or when a link is made on a customer’s page.</Empty>
        }
      />
    </div>
  );
}
