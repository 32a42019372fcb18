import { railName } from '../../lib/words';
import type { Campaign, Rule, Trigger } from '../../api/types';

type Ask = Campaign['asks'][number];
type Rail = Rule['rails'][number];

export const asks: { value: Ask; label: string; help: string }[] = [
  { value: 'introduction', label: 'An introduction', help: 'Do you know somebody whom it suits?' },
  { value: 'testimonial', label: 'A testimonial', help: 'Stars and two honest lines' },
  { value: 'prime', label: 'Nothing yet: a promise', help: 'You will be so happy that you will want to introduce five people' },
  { value: 'reconnect', label: 'Nothing: a sign of life', help: 'For those who have been silent' },
  { value: 'insight', label: 'Nothing: an insight', help: 'Give first' },
  { value: 'reference', label: 'A reference call', help: 'Would you talk to somebody who thinks about it?' },
  { value: 'pulse', label: 'How things are going', help: '0 to 10 and a sentence' },
];

const allRails = ['invoice_credit', 'promotion_code', 'manual', 'gift_code', 'transfer', 'donation'] as const satisfies Rail[];

export const rails: { value: Rail; label: string }[] = allRails.map((value) => ({ value, label: railName(value) }));

export const moments: { value: Rule['on']; label: string }[] = [
  { value: 'won', label: 'the introduction is won' },
  { value: 'qualified', label: 'the meeting took place' },
  { value: 'accepted', label: 'the person says yes' },
  { value: 'testimonial_submitted', label: 'a testimonial is sent, whatever it says' },
];

export const bases: { value: NonNullable<Rule['of']>; label: string }[] = [
  { value: 'first_invoice', label: 'the first invoice' },
  { value: 'invoices', label: 'all invoices for a time' },
  { value: 'deal', label: 'the deal' },
];

export const events: { value: string; label: string }[] = [
  { value: 'order.placed', label: 'an order is placed' },
  { value: 'project.started', label: 'a project starts' },
  { value: 'renewed', label: 'somebody renews' },
  { value: 'thanked', label: 'somebody thanks us' },
  { value: 'contacted', label: 'there was a real contact' },
  { value: 'milestone.reached', label: 'a milestone is reached' },
];

export const triggers: { value: Trigger['kind']; label: string }[] = [
  { value: 'now', label: 'At once, when it is launched' },
  { value: 'at', label: 'At a date' },
  { value: 'event', label: 'When something happens to a customer' },
  { value: 'sweep', label: 'Again and again, for those who fit' },
];

export const periods: { value: NonNullable<Trigger['every']>; label: string }[] = [
  { value: 'day', label: 'Every day' },
  { value: 'week', label: 'Every week' },
  { value: 'month', label: 'Every month' },
];

export const mergeWords = ['{{first_name}}', '{{suits}}', '{{reward}}', '{{rep}}', '{{company}}'];

export const languageNames: Record<string, string> = { en: 'English', de: 'German', fr: 'French', es: 'Spanish' };

export function languageName(code: string): string {
  return languageNames[code] ?? code;
}

const askNames: Record<Ask, string> = {
  introduction: 'Introduction',
  testimonial: 'Testimonial',
  reference: 'Reference call',
  pulse: 'How things are going',
  prime: 'A promise, no request',
  reconnect: 'A sign of life, no request',
  insight: 'An insight, no request',
};

/** What a campaign asks for, in two or three words. */
export function askName(ask: Ask): string {
  return askNames[ask];
}
