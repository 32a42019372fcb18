import type { Member } from '../../api/types';

/** The checks for abuse, in the order in which they lead. */
export const checkWords: Record<string, string> = {
  self: 'Introduces themselves (mailbox, phone, payer, card)',
  staff: 'Works for us',
  existing_customer: 'Was a customer before',
  open_deal: 'Was introduced before',
  disposable_mail: 'Throw-away mail address',
  too_many: 'More than the limits',
  refunds: 'Purchases undone again and again',
  shared_payee: 'Paid the same way as somebody else',
  ring: 'Introduced each other in a circle',
  own_close: 'Closed by hand for family or own domain',
  same_company: 'Same company (weak)',
  same_name: 'Same name (weak)',
  same_device: 'Same browser (weak)',
  same_network: 'Same network (weak)',
  shared_device: 'Browser shared with another customer (weak)',
  masked_mail: 'Forwarding mail address (weak)',
};

/** What the limits count. */
export const layerWords: Record<string, string> = {
  introducer: 'Introductions of one customer',
  device: 'Introductions from one browser',
  network: 'Introductions from one network',
  campaign: 'Introductions in one campaign',
  payee: 'Rewards of one customer',
};

export const roles: { value: Member['role']; label: string; about: string }[] = [
  { value: 'owner', label: 'Owner', about: 'Everything' },
  { value: 'marketer', label: 'Marketer', about: 'Customers, campaigns, testimonials, introductions' },
  { value: 'rep', label: 'Rep', about: 'Introductions, tasks and their own customers' },
  { value: 'finance', label: 'Finance', about: 'Rewards, payouts, books' },
  { value: 'viewer', label: 'Viewer', about: 'Reads' },
];
