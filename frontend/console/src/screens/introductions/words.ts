import type { LostReason } from '../../api/introductions';
import type { Introduction } from '../../api/types';

export const stateWords: Record<Introduction['state'], string> = {
  draft: 'Draft',
  submitted: 'Written',
  ready: 'Ready to send',
  invited: 'Sent',
  undeliverable: 'Undeliverable',
  accepted: 'Said yes',
  in_pipeline: 'In the pipeline',
  won: 'Won',
  unwound: 'Undone',
  lost: 'Lost',
  screened_out: 'Screened out',
  declined: 'Said no',
  expired: 'Expired',
  withdrawn: 'Withdrawn',
};

export const tones: Partial<Record<Introduction['state'], 'good' | 'brand' | 'bad' | 'warn'>> = {
  won: 'good',
  accepted: 'brand',
  in_pipeline: 'brand',
  unwound: 'bad',
  undeliverable: 'bad',
};

export const stepWords = [
  { value: 'contacted', label: 'Contacted' },
  { value: 'meeting', label: 'Meeting' },
  { value: 'proposal', label: 'Proposal' },
  { value: 'qualified', label: 'Met' },
] as const;

export const lostWords: { value: LostReason; label: string }[] = [
  { value: 'no_need', label: 'No need' },
  { value: 'no_budget', label: 'No budget' },
  { value: 'timing', label: 'Wrong time' },
  { value: 'competitor', label: 'Chose somebody else' },
  { value: 'no_contact', label: 'Could not be reached' },
  { value: 'not_a_fit', label: 'Not a fit' },
  { value: 'other', label: 'Other' },
];

export const flagWords: Record<string, string> = {
  to_review: 'To review',
  cleared: 'Cleared',
};

/** The name to show; the data of a person who asked for it is gone. */
export function prospectName(i: Introduction): string {
  return i.prospect.name || 'Without a name';
}

export function introducerName(i: Introduction): string {
  return i.introducer.name || (i.introducer.kind === 'placement' ? 'A public placement' : 'Erased');
}
