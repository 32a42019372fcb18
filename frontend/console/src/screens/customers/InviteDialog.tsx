import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { openCampaignsQuery, useInvite } from '../../api/campaigns';
import type { Customer } from '../../api/types';
import { whyNot } from '../../lib/words';
import { Button, ButtonLink } from '../../ui/Button';
import { Buttons, Dialog } from '../../ui/Dialog';
import { SelectField } from '../../ui/Field';
import { Shown } from '../../ui/Shown';
import { Failed, FormProblem, Loading, Note } from '../../ui/states';
import { choose } from './words';

const channels = [
  { value: 'link', label: 'A link that I pass on myself' },
  { value: 'qr', label: 'A link for my screen, in a meeting' },
  { value: 'email', label: 'The campaign’s mail, now' },
] as const;

/** Makes the customer's private link for one campaign and shows it this once. */
export function InviteDialog({ customer, onClose }: { customer: Customer; onClose: () => void }) {
  const campaigns = useQuery(openCampaignsQuery);
  const invite = useInvite();
  const [campaign, setCampaign] = useState('');
  const [channel, setChannel] = useState<(typeof channels)[number]['value']>('link');
  const chosen = campaign || campaigns.data?.[0]?.id || '';
  const first = customer.first_name || customer.name;
  return (
    <Dialog title={`Ask ${customer.name}`} onClose={onClose}>
      {campaigns.isPending && <Loading lines={3} />}
      {campaigns.isError && !campaigns.data && <Failed error={campaigns.error} retry={() => void campaigns.refetch()} />}
      {campaigns.data?.length === 0 && (
        <div className="flex flex-col items-start gap-3">
          <p>A link belongs to a campaign, which says what is asked and what is promised. None is live.</p>
          <ButtonLink to="/campaigns">Go to the campaigns</ButtonLink>
        </div>
      )}
      {campaigns.data && campaigns.data.length > 0 && !invite.data && (
        <form
          className="flex flex-col gap-4"
          onSubmit={(e) => {
            e.preventDefault();
            invite.mutate({ campaignId: chosen, customerId: customer.id, channel });
          }}
        >
          <SelectField label="Campaign" value={chosen} onValue={setCampaign} options={campaigns.data.map((c) => ({ value: c.id, label: c.name }))} />
          <SelectField label="How" value={channel} onValue={(v) => setChannel(choose(channels, v) ?? channel)} options={channels} />
          {channel === 'email' && customer.may_not_ask && (
            <Note kind="warning">No mail may ask {first} now. {whyNot(customer.may_not_ask)}</Note>
          )}
          <FormProblem error={invite.error} />
          <Buttons>
            <Button onClick={onClose}>Cancel</Button>
            <Button type="submit" look="primary" pending={invite.isPending}>
              {channel === 'email' ? 'Send' : 'Make the link'}
            </Button>
          </Buttons>
        </form>
      )}
      {invite.data && (
        <div className="flex flex-col gap-4">
          <Note kind="warning">
            Whoever has this link can act as {first}. Give it to nobody else. It is not shown again; a new one can be made at any time.
          </Note>
          <Shown label={`${first}’s private link`} value={invite.data.url} />
          {channel === 'qr' && (
            <p className="text-muted">
              Its QR code is drawn on the page itself, never by another service:{' '}
              <a className="link" href={invite.data.url} target="_blank" rel="noreferrer">
                open the page on this screen
              </a>{' '}
              and let {first} go on by phone.
            </p>
          )}
          <Buttons>
            <Button look="primary" onClick={onClose}>
              Done
            </Button>
          </Buttons>
        </div>
      )}
    </Dialog>
  );
}
