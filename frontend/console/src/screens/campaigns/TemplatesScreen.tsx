import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';

import { templatesQuery, useCreateCampaign } from '../../api/campaigns';
import { messageOf } from '../../api/problem';
import { Button } from '../../ui/Button';
import { Page } from '../../ui/Page';
import { Failed, Loading } from '../../ui/states';
import { Badge } from '../../ui/text';
import { useToasts } from '../../ui/Toast';
import { askName } from './words';

/** The seven campaigns to start from. */
export default function TemplatesScreen() {
  const navigate = useNavigate();
  const toasts = useToasts();
  const templates = useQuery(templatesQuery);
  const create = useCreateCampaign();
  return (
    <Page
      title="Start a campaign"
      about="All words are written. Nothing is sent before you launch it."
      back={
        <Link to="/campaigns" className="link">
          Campaigns
        </Link>
      }
    >
      {templates.isPending && <Loading />}
      {templates.isError && <Failed error={templates.error} retry={() => void templates.refetch()} />}
      <ul className="grid gap-4 sm:grid-cols-2 xl:grid-cols-3">
        {templates.data?.map((t) => (
          <li key={t.key} className="card flex flex-col items-start gap-3 p-5">
            <h2 className="text-base font-semibold">{t.name['en'] ?? t.key}</h2>
            <p className="text-muted flex-1">{t.about['en']}</p>
            <div className="flex flex-wrap gap-1.5">
              {t.plan.asks.map((a) => (
                <Badge key={a}>{askName(a)}</Badge>
              ))}
            </div>
            <Button
              pending={create.isPending && create.variables === t.key}
              disabled={create.isPending}
              onClick={() =>
                create.mutate(t.key, {
                  onSuccess: (c) => void navigate({ to: '/campaigns/$id', params: { id: c.id } }),
                  onError: (e) => toasts.failed(messageOf(e)),
                })
              }
            >
              Start with this<span className="sr-only">: {t.name['en'] ?? t.key}</span>
            </Button>
          </li>
        ))}
      </ul>
    </Page>
  );
}
