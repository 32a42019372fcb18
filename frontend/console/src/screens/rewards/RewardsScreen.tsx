import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';

import { homeQuery } from '../../api/home';
import { useCan } from '../../api/me';
import { Page, Split } from '../../ui/Page';
import { Tabs } from '../../ui/Tabs';
import { BooksLine } from './BooksLine';
import { Cases } from './Cases';
import { Charities } from './Charities';
import { PauseSwitch } from './PauseSwitch';
import { Payouts } from './Payouts';
import { Reviews } from './Reviews';
import { RewardList } from './RewardList';
import { RewardPanel } from './RewardPanel';
import { Stock } from './Stock';

export default function RewardsScreen() {
  const { tab, state, open } = useSearch({ from: '/shell/rewards' });
  const navigate = useNavigate({ from: '/rewards' });
  const can = useCan();
  const { data: home } = useQuery(homeQuery);
  const waiting = (key: string) => home?.queues.find((q) => q.key === key)?.count || undefined;
  const money = can('money.read');
  const shown = money ? tab : undefined;
  const show = (id: string | undefined) => void navigate({ search: (before) => ({ ...before, open: id }) });
  const narrow = (v: string | undefined) => void navigate({ search: (before) => ({ ...before, state: v, open: undefined }), replace: true });
  return (
    <Page title="Rewards">
      <PauseSwitch may={can('payouts.switch')} />
      {money && <BooksLine />}
      {money && (
        <Tabs
          label="Parts of the rewards"
          current={shown ?? 'rewards'}
          tabs={[
            { key: 'rewards', name: 'Rewards', link: { to: '/rewards' }, count: waiting('rewards_held') },
            { key: 'reviews', name: 'Reviews', link: { to: '/rewards', search: { tab: 'reviews' } } },
            { key: 'payouts', name: 'Payouts', link: { to: '/rewards', search: { tab: 'payouts' } }, count: waiting('payouts_unknown') },
            { key: 'cases', name: 'Cases', link: { to: '/rewards', search: { tab: 'cases' } }, count: waiting('cases') },
            ...(can('gift_codes.stock') ? [{ key: 'stock', name: 'Gift codes', link: { to: '/rewards', search: { tab: 'stock' } } } as const] : []),
            { key: 'charities', name: 'Charities', link: { to: '/rewards', search: { tab: 'charities' } } },
          ]}
        />
      )}
      <Split
        list={
          <>
            {shown === undefined && <RewardList state={state} selected={open} onState={narrow} onOpen={show} />}
            {shown === 'reviews' && <Reviews may={can('rewards.decide')} onOpen={show} />}
            {shown === 'payouts' && <Payouts state={state} onState={narrow} onOpen={show} />}
            {shown === 'stock' && can('gift_codes.stock') && <Stock />}
            {shown === 'charities' && <Charities may={can('charities.keep')} />}
            {shown === 'cases' && <Cases may={can('cases.resolve')} onOpen={show} />}
          </>
        }
        panel={open && <RewardPanel key={open} id={open} onClose={() => show(undefined)} />}
      />
    </Page>
  );
}
