import { useQuery } from '@tanstack/react-query';
import { useSearch } from '@tanstack/react-router';

import { useCan } from '../../api/me';
import { settingsQuery } from '../../api/settings';
import { Page } from '../../ui/Page';
import { Failed, Loading } from '../../ui/states';
import { Tabs, type Tab } from '../../ui/Tabs';
import { Checks } from './Checks';
import { CompanyForm } from './CompanyForm';
import { Connections } from './Connections';
import { Keys } from './Keys';
import { MyAccount } from './MyAccount';
import { Staff } from './Staff';
import { TaxForm } from './TaxForm';

export default function SettingsScreen() {
  const { tab = 'company' } = useSearch({ from: '/shell/settings' });
  const can = useCan();
  const settings = useQuery(settingsQuery);
  const tabs: (Tab & { shown: boolean })[] = [
    { key: 'company', name: 'Company', link: { to: '/settings' }, shown: true },
    { key: 'staff', name: 'Staff', link: { to: '/settings', search: { tab: 'staff' } }, shown: true },
    { key: 'keys', name: 'API keys', link: { to: '/settings', search: { tab: 'keys' } }, shown: can('keys.manage') },
    { key: 'checks', name: 'Checks', link: { to: '/settings', search: { tab: 'checks' } }, shown: can('settings.manage') || can('rewards.decide') },
    { key: 'tax', name: 'US tax', link: { to: '/settings', search: { tab: 'tax' } }, shown: can('money.read') },
    { key: 'connections', name: 'Mail and Stripe', link: { to: '/settings', search: { tab: 'connections' } }, shown: true },
    { key: 'me', name: 'Your account', link: { to: '/settings', search: { tab: 'me' } }, shown: true },
  ];
  const kept = tab === 'company' || tab === 'connections' || tab === 'checks' || tab === 'tax';
  return (
    <Page title="Settings">
      <Tabs label="Parts of the settings" current={tab} tabs={tabs.filter((t) => t.shown)} />
      {tab === 'staff' && <Staff mayEdit={can('staff.manage')} />}
      {tab === 'keys' && <Keys />}
      {tab === 'me' && <MyAccount />}
      {kept && settings.isPending && <Loading />}
      {kept && settings.isError && !settings.data && (
        <Failed error={settings.error} retry={() => void settings.refetch()} />
      )}
      {tab === 'company' && settings.data && (
        <CompanyForm key={settings.data.etag} settings={settings.data.settings} etag={settings.data.etag} mayEdit={can('settings.manage')} />
      )}
      {tab === 'checks' && settings.data && (
        <Checks
          key={settings.data.etag}
          settings={settings.data.settings}
          etag={settings.data.etag}
          mayEdit={can('settings.manage')}
          mayTry={can('rewards.decide')}
        />
      )}
      {tab === 'tax' && settings.data && (
        <TaxForm key={settings.data.etag} settings={settings.data.settings} etag={settings.data.etag} mayEdit={can('settings.manage')} />
      )}
      {tab === 'connections' && settings.data && <Connections installation={settings.data.settings.installation} />}
    </Page>
  );
}
