import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { placementsQuery, useAddPlacement, useEndPlacement } from '../../api/campaigns';
import { fieldsOf, messageOf } from '../../api/problem';
import type { Campaign, Placement } from '../../api/types';
import { formatNumber } from '../../lib/format';
import { Button } from '../../ui/Button';
import { Buttons, Dialog } from '../../ui/Dialog';
import { TextField } from '../../ui/Field';
import { Empty, Failed, FormProblem, Loading } from '../../ui/states';
import { Badge } from '../../ui/text';
import { useToasts } from '../../ui/Toast';

const image = (p: Placement, kind: 'svg' | 'png') => `/qr/q/${encodeURIComponent(p.code)}.${kind}`;

/** Public QR codes of a campaign, each with its own figures. */
export function Placements({ campaign, mayEdit }: { campaign: Campaign; mayEdit: boolean }) {
  const placements = useInfiniteQuery(placementsQuery(campaign.id));
  const end = useEndPlacement();
  const toasts = useToasts();
  const [adding, setAdding] = useState(false);
  return (
    <div className="flex flex-col gap-4">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <p className="text-muted max-w-2xl">
          For a poster, a receipt, a slide or a signature. The code shows the campaign to anybody and holds nobody’s private link.
        </p>
        {mayEdit && <Button onClick={() => setAdding(true)}>Add a placement</Button>}
      </div>
      {placements.isPending && <Loading lines={3} />}
      {placements.isError && !placements.data && <Failed error={placements.error} retry={() => void placements.refetch()} />}
      {placements.data?.length === 0 && (
        <div className="card">
          <Empty title="No placements yet" />
        </div>
      )}
      <ul className="grid gap-4 sm:grid-cols-2 xl:grid-cols-3">
        {placements.data?.map((p) => (
          <li key={p.id} className="card flex gap-4 p-4">
            <img src={image(p, 'svg')} alt={`QR code of ${p.name}`} width={112} height={112} className="size-28 shrink-0 rounded bg-white p-1" />
            <div className="flex min-w-0 flex-col gap-1.5">
              <h2 className="font-semibold">{p.name}</h2>
              {p.ended_at && <Badge>Closed</Badge>}
              <p className="text-muted tabular">
                opened {formatNumber(p.visits)} times, {formatNumber(p.accepted)} said yes
              </p>
              <p className="flex flex-wrap gap-x-3 gap-y-1">
                <a className="link" href={p.url} target="_blank" rel="noreferrer">
                  Page
                </a>
                <a className="link" href={image(p, 'svg')} download={`${p.name}.svg`}>
                  SVG
                </a>
                <a className="link" href={`${image(p, 'png')}?size=1024`} download={`${p.name}.png`}>
                  PNG
                </a>
                {mayEdit && !p.ended_at && (
                  <button
                    type="button"
                    className="link"
                    disabled={end.isPending}
                    onClick={() => end.mutate(p.id, { onSuccess: () => toasts.done('Closed.'), onError: (e) => toasts.failed(messageOf(e)) })}
                  >
                    Close
                  </button>
                )}
              </p>
            </div>
          </li>
        ))}
      </ul>
      {placements.hasNextPage && <Button onClick={() => void placements.fetchNextPage()}>Show more</Button>}
      {adding && <AddPlacement campaignId={campaign.id} onClose={() => setAdding(false)} />}
    </div>
  );
}

function AddPlacement({ campaignId, onClose }: { campaignId: string; onClose: () => void }) {
  const [name, setName] = useState('');
  const add = useAddPlacement(campaignId);
  return (
    <Dialog title="Add a placement" onClose={onClose}>
      <form
        onSubmit={(e) => {
          e.preventDefault();
          add.mutate(name, { onSuccess: onClose });
        }}
      >
        <TextField
          label="Where is it?"
          help="Poster in the entrance, receipt, mail signature"
          required
          value={name}
          onValue={setName}
          error={fieldsOf(add.error)['name']}
        />
        <FormProblem error={add.error} fields={['name']} />
        <Buttons>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" pending={add.isPending}>
            Add
          </Button>
        </Buttons>
      </form>
    </Dialog>
  );
}
