import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, useParams, useSearch } from '@tanstack/react-router';
import { useState } from 'react';

import { campaignQuery, campaignTimelineQuery, progressQuery, useMoveCampaign, type CampaignVerb } from '../../api/campaigns';
import { useCan } from '../../api/me';
import { messageOf } from '../../api/problem';
import { Button } from '../../ui/Button';
import { Card, Page } from '../../ui/Page';
import { Failed, Loading } from '../../ui/states';
import { Tabs } from '../../ui/Tabs';
import { State } from '../../ui/text';
import { Timeline } from '../../ui/Timeline';
import { useToasts } from '../../ui/Toast';
import { Confirm } from '../../ui/Confirm';
import { Editor } from './Editor';
import { LaunchDialog } from './LaunchDialog';
import { People } from './People';
import { Placements } from './Placements';
import { ProgressBar } from './ProgressBar';
import { TestSendDialog } from './TestSendDialog';

export default function CampaignScreen() {
  const { id } = useParams({ from: '/shell/campaigns/$id' });
  const { tab = 'words' } = useSearch({ from: '/shell/campaigns/$id' });
  const campaign = useQuery(campaignQuery(id));
  const c = campaign.data;
  const progress = useQuery({ ...progressQuery(id), enabled: c !== undefined && c.state !== 'draft' });
  const move = useMoveCampaign(id);
  const can = useCan();
  const toasts = useToasts();
  const [open, setOpen] = useState<'launch' | 'test' | 'end' | null>(null);
  const [unsaved, setUnsaved] = useState(false);
  const back = (
    <Link to="/campaigns" className="link">
      Campaigns
    </Link>
  );
  if (!c) {
    return (
      <Page title="Campaign" back={back}>
        {campaign.isPending ? <Loading /> : <Failed error={campaign.error} retry={() => void campaign.refetch()} />}
      </Page>
    );
  }
  const go = (verb: CampaignVerb, said: string) =>
    move.mutate(verb, {
      onSuccess: () => {
        toasts.done(said);
        setOpen(null);
      },
      onError: (e) => toasts.failed(messageOf(e)),
    });
  const link = (key: 'people' | 'placements' | 'history' | undefined) => ({ to: '/campaigns/$id', params: { id }, search: { tab: key } }) as const;
  return (
    <Page
      title={c.name}
      back={back}
      about={
        <span className="inline-flex items-center gap-2">
          <State of={c.state} /> {c.owner_name}
        </span>
      }
      actions={
        <>
          {can('campaigns.edit') && c.state !== 'ended' && <Button onClick={() => setOpen('test')}>Test send</Button>}
          {can('campaigns.launch') && (c.state === 'live' || c.state === 'scheduled') && (
            <Button pending={move.isPending} onClick={() => go('pause', 'Paused. Nothing more is sent; its pages stay open.')}>
              Pause
            </Button>
          )}
          {can('campaigns.launch') && c.state === 'paused' && (
            <Button look="primary" pending={move.isPending} onClick={() => go('resume', 'It goes on.')}>
              Resume
            </Button>
          )}
          {can('campaigns.launch') && c.state !== 'ended' && c.state !== 'draft' && (
            <Button look="danger" onClick={() => setOpen('end')}>
              End
            </Button>
          )}
          {c.state === 'draft' && can('campaigns.edit') && (
            <Button look="primary" disabled={unsaved} title={unsaved ? 'Save your changes first' : undefined} onClick={() => setOpen('launch')}>
              {can('campaigns.launch') ? 'Dry run and launch' : 'Dry run'}
            </Button>
          )}
        </>
      }
    >
      {progress.data && <ProgressBar progress={progress.data} state={c.state} />}
      <Tabs
        label="Parts of the campaign"
        current={tab}
        tabs={[
          { key: 'words', name: 'Campaign', link: link(undefined) },
          { key: 'people', name: 'People', link: link('people') },
          { key: 'placements', name: 'QR placements', link: link('placements') },
          { key: 'history', name: 'History', link: link('history') },
        ]}
      />
      {tab === 'words' && <Editor key={c.version} campaign={c} mayEdit={can('campaigns.edit') && c.state !== 'ended'} onUnsaved={setUnsaved} />}
      {tab === 'people' && <People campaignId={id} />}
      {tab === 'placements' && <Placements campaign={c} mayEdit={can('campaigns.edit')} />}
      {tab === 'history' && <History id={id} />}
      {open === 'launch' && (
        <LaunchDialog
          campaign={c}
          onClose={() => setOpen(null)}
          onLaunch={can('campaigns.launch') ? () => go('launch', 'Launched.') : undefined}
          pending={move.isPending}
          error={move.error}
        />
      )}
      {open === 'test' && <TestSendDialog campaign={c} onClose={() => setOpen(null)} />}
      {open === 'end' && (
        <Confirm
          title="End this campaign?"
          verb="End it"
          danger
          pending={move.isPending}
          error={move.error}
          onClose={() => setOpen(null)}
          onConfirm={() => go('end', 'Ended.')}
        >
          <p>Nothing more is sent and its pages take no new introductions. What was promised stays promised. This cannot be undone.</p>
        </Confirm>
      )}
    </Page>
  );
}

function History({ id }: { id: string }) {
  const timeline = useInfiniteQuery(campaignTimelineQuery(id));
  return (
    <Card>
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
  );
}
