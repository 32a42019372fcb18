import type { Home, Permission } from '../api/types';
import type { IconName } from '../ui/icons';

export interface Place {
  to: '/' | '/tasks' | '/introductions' | '/customers' | '/campaigns' | '/testimonials' | '/rewards' | '/reports' | '/settings' | '/audit';
  name: string;
  icon: IconName;
  /** The second key after g. */
  key: string;
  needs?: Permission;
  /** Begins a group of its own. */
  first?: boolean;
  /** How many wait there. */
  count?: (home: Home) => number;
}

function waiting(...keys: string[]) {
  return (home: Home) => home.queues.filter((q) => keys.includes(q.key)).reduce((sum, q) => sum + q.count, 0);
}

/** The screens of the navigation, in its order. */
export const places: readonly Place[] = [
  { to: '/', name: 'Home', icon: 'home', key: 'h' },
  { to: '/tasks', name: 'Tasks', icon: 'tasks', key: 't', count: waiting('my_tasks') },
  { to: '/introductions', name: 'Introductions', icon: 'introductions', key: 'i', first: true, count: waiting('overdue_answers', 'to_review') },
  { to: '/customers', name: 'Customers', icon: 'customers', key: 'c' },
  { to: '/campaigns', name: 'Campaigns', icon: 'campaigns', key: 'p' },
  { to: '/testimonials', name: 'Testimonials', icon: 'testimonials', key: 'e', count: waiting('testimonials') },
  { to: '/rewards', name: 'Rewards', icon: 'rewards', key: 'r', count: waiting('rewards_held', 'rewards_refused', 'payouts_unknown', 'cases') },
  { to: '/reports', name: 'Reports', icon: 'reports', key: 'o', first: true },
  { to: '/settings', name: 'Settings', icon: 'settings', key: 's' },
  { to: '/audit', name: 'Audit', icon: 'audit', key: 'a', needs: 'audit.read' },
];
