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
