import type { DeclineReason } from '../../api/testimonials';
import type { Testimonial } from '../../api/types';

export const stateWords: Record<Testimonial['state'], string> = {
  submitted: 'To decide',
  change_requested: 'Change asked for',
  awaiting_author: 'Waits for its author',
  approved: 'Approved',
  published: 'Published',
  declined: 'Declined',
  withdrawn: 'Withdrawn',
  expired: 'Expired',
};

export const declineWords: { value: DeclineReason; label: string }[] = [
  { value: 'off_topic', label: 'It is about something else' },
  { value: 'personal_data', label: 'It names other people' },
  { value: 'third_party_rights', label: 'It holds what belongs to others' },
  { value: 'not_genuine', label: 'It is not genuine' },
  { value: 'unlawful', label: 'It may not be published by law' },
  { value: 'offensive', label: 'It offends' },
  { value: 'conflict_of_interest', label: 'Its author has an interest of their own' },
  { value: 'duplicate', label: 'It is there twice' },
];

export const channelWords: Record<string, string> = {
  website: 'Website',
  sales: 'Sales talks',
  social: 'Social media',
  ads: 'Advertising',
  name: 'Name',
  photo: 'Photo',
  logo: 'Logo',
  video: 'Video',
};

export const signedWords: Record<string, string> = { full: 'Full name', first_company: 'First name and company', anonymous: 'Anonymous' };
