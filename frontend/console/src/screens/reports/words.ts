import type { Dimension } from '../../api/reports';

export const periods = [
  { value: '7', label: '7 days' },
  { value: '90', label: '90 days' },
  { value: '365', label: 'A year' },
] as const;

export const dimensions: { value: Dimension; label: string }[] = [
  { value: 'campaign', label: 'By campaign' },
  { value: 'division', label: 'By division' },
  { value: 'owner', label: 'By owner' },
  { value: 'source', label: 'By source' },
  { value: 'kind', label: 'Leads and referrals' },
];
