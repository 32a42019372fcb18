import type { Member } from '../../api/types';

export const roles: { value: Member['role']; label: string; about: string }[] = [
  { value: 'owner', label: 'Owner', about: 'Everything' },
  { value: 'marketer', label: 'Marketer', about: 'Customers, campaigns, testimonials, introductions' },
  { value: 'rep', label: 'Rep', about: 'Introductions, tasks and their own customers' },
  { value: 'finance', label: 'Finance', about: 'Rewards, payouts, books' },
  { value: 'viewer', label: 'Viewer', about: 'Reads' },
];
