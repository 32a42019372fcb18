import { useQuery } from '@tanstack/react-query';

import { homeQuery } from '../../api/home';
import { useCan, useMe } from '../../api/me';
import { Page } from '../../ui/Page';
import { Failed, Loading } from '../../ui/states';
import { BooksLine } from '../rewards/BooksLine';
import { FirstSteps } from './FirstSteps';
import { FunnelBars } from './FunnelBars';
import { MoneyLines } from './MoneyLines';
import { Queues } from './Queues';

export default function HomeScreen() {
  const me = useMe();
  const can = useCan();
  const home = useQuery(homeQuery);
  const first = me.name.split(' ')[0] ?? me.name;
  return (
    <Page title={`Hello ${first}`} about="The week since Monday">
      {home.isPending && <Loading />}
      {home.isError && !home.data && <Failed error={home.error} retry={() => void home.refetch()} />}
      {home.data && (
        <div className="grid items-start gap-5 xl:grid-cols-[3fr_2fr]">
          <div className="flex min-w-0 flex-col gap-5">
            {home.data.steps.some((s) => !s.done) && can('campaigns.edit') && <FirstSteps steps={home.data.steps} />}
            <FunnelBars title="This week" row={home.data.funnel} visits={home.data.visits} />
            {home.data.money.length > 0 && <MoneyLines lines={home.data.money} />}
            {can('money.read') && <BooksLine />}
          </div>
          <Queues queues={home.data.queues} />
        </div>
      )}
    </Page>
  );
}
