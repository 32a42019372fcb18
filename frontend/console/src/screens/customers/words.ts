import type { TaxFormInput } from '../../api/types';

/** The tax forms that a payee of the United States can hand in. */
export const taxForms: { value: TaxFormInput['kind']; label: string }[] = [
  { value: 'W-9', label: 'W-9: pays taxes in the United States' },
  { value: 'W-8BEN', label: 'W-8BEN: a person who does not' },
  { value: 'W-8BEN-E', label: 'W-8BEN-E: a company that does not' },
  { value: 'W-8ECI', label: 'W-8ECI: income of a business there' },
  { value: 'W-8EXP', label: 'W-8EXP: a government or foundation' },
  { value: 'W-8IMY', label: 'W-8IMY: somebody in between' },
];

export const stages = [
  { value: 'customer', label: 'Customer' },
  { value: 'lead', label: 'Lead' },
  { value: 'former', label: 'Former customer' },
] as const;

export const giftPolicies = [
  { value: 'person', label: 'The person may take a gift' },
  { value: 'company', label: 'Only the company may' },
  { value: 'none', label: 'No gifts (public sector, gift rules)' },
] as const;

export const sources = [
  { value: 'peer', label: 'Peer: someone in their trade' },
  { value: 'colleague', label: 'Colleague in their own company' },
  { value: 'neighbour', label: 'Neighbour: close by' },
  { value: 'supplier', label: 'Supplier of theirs' },
  { value: 'customer', label: 'Customer of theirs' },
  { value: 'other', label: 'Other: family, friends, advisers' },
] as const;

export const facts = [
  { value: 'order.placed', label: 'Placed an order' },
  { value: 'renewed', label: 'Renewed' },
  { value: 'project.started', label: 'Project started' },
  { value: 'milestone.reached', label: 'Milestone reached' },
  { value: 'thanked', label: 'Thanked us' },
  { value: 'contacted', label: 'Real contact: a call or a meeting' },
  { value: 'complaint.opened', label: 'Complaint opened' },
  { value: 'complaint.closed', label: 'Complaint closed' },
] as const;

/** Finds the member of a closed list that a form control holds. */
export function choose<T extends string>(options: readonly { value: T }[], value: string): T | undefined {
  return options.find((o) => o.value === value)?.value;
}

export function label<T extends string>(options: readonly { value: T; label: string }[], value: string): string {
  return options.find((o) => o.value === value)?.label ?? value;
}
