import type { QueryClient } from '@tanstack/react-query';
import { createRootRouteWithContext, createRoute, createRouter, lazyRouteComponent, Link, Outlet, redirect } from '@tanstack/react-router';

import { meQuery } from './api/me';
import { Problem } from './api/problem';
import { flag, found, oneOf, text } from './lib/search';
import { onSignedOut, queryClient } from './queryClient';
import { Shell } from './shell/Shell';
import { Empty, Failed, Loading } from './ui/states';

interface Context {
  queries: QueryClient;
}

const root = createRootRouteWithContext<Context>()({ component: Outlet });

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  validateSearch: (s: Record<string, unknown>) => found({ next: text(s['next']) }),
  component: lazyRouteComponent(() => import('./screens/SignIn')),
});

const setup = createRoute({
  getParentRoute: () => root,
  path: '/setup/$token',
  component: lazyRouteComponent(() => import('./screens/Setup')),
});

/** Everything behind the sign-in. */
const shell = createRoute({
  getParentRoute: () => root,
  id: 'shell',
  beforeLoad: async ({ context, location }) => {
    try {
      await context.queries.ensureQueryData(meQuery);
    } catch (error) {
      if (error instanceof Problem && error.status === 401)
        throw redirect({ to: '/sign-in', search: { next: location.href === '/' ? undefined : location.href } });
      throw error;
    }
  },
  component: Shell,
});

const home = createRoute({
  getParentRoute: () => shell,
  path: '/',
  component: lazyRouteComponent(() => import('./screens/home/HomeScreen')),
});

export const taskKinds = ['ask', 'recovery', 'reconnect', 'answer', 'thank'] as const;

const tasks = createRoute({
  getParentRoute: () => shell,
  path: '/tasks',
  validateSearch: (s: Record<string, unknown>) => found({ kind: oneOf(s['kind'], taskKinds), everybody: flag(s['everybody']) }),
  component: lazyRouteComponent(() => import('./screens/tasks/TasksScreen')),
});

const customers = createRoute({
  getParentRoute: () => shell,
  path: '/customers',
  validateSearch: (s: Record<string, unknown>) =>
    found({
      q: text(s['q']),
      tag: text(s['tag']),
      division: text(s['division']),
      country: text(s['country']),
      stage: text(s['stage']),
      owner_id: text(s['owner_id']),
      asked: oneOf(s['asked'], ['never', 'ever']),
      segment_id: text(s['segment_id']),
      add: flag(s['add']),
    }),
  component: lazyRouteComponent(() => import('./screens/customers/CustomersScreen')),
});

const customer = createRoute({
  getParentRoute: () => shell,
  path: '/customers/$id',
  component: lazyRouteComponent(() => import('./screens/customers/CustomerScreen')),
});

const importNew = createRoute({
  getParentRoute: () => shell,
  path: '/import',
  component: lazyRouteComponent(() => import('./screens/import/ImportScreen')),
});

const importRun = createRoute({
  getParentRoute: () => shell,
  path: '/import/$id',
  component: lazyRouteComponent(() => import('./screens/import/RunScreen')),
});

const campaigns = createRoute({
  getParentRoute: () => shell,
  path: '/campaigns',
  validateSearch: (s: Record<string, unknown>) =>
    found({ q: text(s['q']), state: oneOf(s['state'], ['draft', 'scheduled', 'live', 'paused', 'ended']) }),
  component: lazyRouteComponent(() => import('./screens/campaigns/CampaignsScreen')),
});

const campaignNew = createRoute({
  getParentRoute: () => shell,
  path: '/campaigns/new',
  component: lazyRouteComponent(() => import('./screens/campaigns/TemplatesScreen')),
});

export const campaignTabs = ['words', 'people', 'placements', 'history'] as const;

const campaign = createRoute({
  getParentRoute: () => shell,
  path: '/campaigns/$id',
  validateSearch: (s: Record<string, unknown>) => found({ tab: oneOf(s['tab'], campaignTabs) }),
  component: lazyRouteComponent(() => import('./screens/campaigns/CampaignScreen')),
});

const introductions = createRoute({
  getParentRoute: () => shell,
  path: '/introductions',
  validateSearch: (s: Record<string, unknown>) =>
    found({
      view: oneOf(s['view'], ['board']),
      q: text(s['q']),
      state: text(s['state']),
      owner_id: text(s['owner_id']),
      kind: oneOf(s['kind'], ['lead', 'referral']),
      campaign_id: text(s['campaign_id']),
      only: oneOf(s['only'], ['overdue', 'review']),
      open: text(s['open']),
    }),
  component: lazyRouteComponent(() => import('./screens/introductions/IntroductionsScreen')),
});

const testimonials = createRoute({
  getParentRoute: () => shell,
  path: '/testimonials',
  validateSearch: (s: Record<string, unknown>) => found({ q: text(s['q']), state: text(s['state']), open: text(s['open']) }),
  component: lazyRouteComponent(() => import('./screens/testimonials/TestimonialsScreen')),
});

export const rewardTabs = ['reviews', 'payouts', 'cases', 'stock', 'charities'] as const;

const rewards = createRoute({
  getParentRoute: () => shell,
  path: '/rewards',
  validateSearch: (s: Record<string, unknown>) => found({ tab: oneOf(s['tab'], rewardTabs), state: text(s['state']), open: text(s['open']) }),
  component: lazyRouteComponent(() => import('./screens/rewards/RewardsScreen')),
});

const rewardStory = createRoute({
  getParentRoute: () => shell,
  path: '/rewards/$id',
  component: lazyRouteComponent(() => import('./screens/rewards/RewardStoryScreen')),
});

const reports = createRoute({
  getParentRoute: () => shell,
  path: '/reports',
  validateSearch: (s: Record<string, unknown>) => found({ days: oneOf(text(s['days']), ['7', '30', '90', '365']), by: text(s['by']) }),
  component: lazyRouteComponent(() => import('./screens/reports/ReportsScreen')),
});

export const settingsTabs = ['staff', 'keys', 'checks', 'tax', 'connections', 'me'] as const;

const settings = createRoute({
  getParentRoute: () => shell,
  path: '/settings',
  validateSearch: (s: Record<string, unknown>) => found({ tab: oneOf(s['tab'], settingsTabs) }),
  component: lazyRouteComponent(() => import('./screens/settings/SettingsScreen')),
});

const audit = createRoute({
  getParentRoute: () => shell,
  path: '/audit',
  validateSearch: (s: Record<string, unknown>) => found({ object: text(s['object']), object_id: text(s['object_id']), action: text(s['action']) }),
  component: lazyRouteComponent(() => import('./screens/audit/AuditScreen')),
});

export const routeTree = root.addChildren([
  signIn,
  setup,
  shell.addChildren([
    home,
    tasks,
    customers,
    customer,
    importNew,
    importRun,
    campaigns,
    campaignNew,
    campaign,
    introductions,
    testimonials,
    rewards,
    rewardStory,
    reports,
    settings,
    audit,
  ]),
]);

export const router = createRouter({
  routeTree,
  basepath: '/console',
  context: { queries: queryClient },
  defaultPreload: 'intent',
  scrollRestoration: true,
  defaultPendingComponent: () => <Loading />,
  defaultErrorComponent: ({ error, reset }) => <Failed error={error} retry={reset} />,
  defaultNotFoundComponent: () => (
    <Empty title="There is no such page" whole>
      <Link to="/" className="link">
        Go to the start
      </Link>
    </Empty>
  ),
});

onSignedOut(() => {
  const { pathname, href } = router.state.location;
  if (pathname !== '/sign-in') void router.navigate({ to: '/sign-in', search: { next: pathname === '/' ? undefined : href } });
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
