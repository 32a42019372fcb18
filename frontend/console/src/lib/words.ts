import { sentence } from './format';

/** How a reward can be paid, as one calls it. */
export const railNames: Record<string, string> = {
  invoice_credit: 'Credit on the next invoice',
  promotion_code: 'Promotion code',
  manual: 'By hand',
  gift_code: 'Gift code',
  transfer: 'Bank transfer',
  donation: 'Donation',
};

export function railName(rail: string): string {
  return railNames[rail] ?? sentence(rail);
}

// They is one person or many, so that the same sentence stands on a customer's page and beside a number.
const reasons: Record<string, string> = {
  erased: 'Their data was erased.',
  stopped: 'They said stop.',
  not_customer: 'They are not a customer yet.',
  complaint: 'They have an open complaint.',
  no_address: 'No mail address of theirs works.',
  ask_less: 'They want to be asked less, and were asked in the last 180 days.',
  asked_recently: 'They were asked in the last 30 days.',
  reconnect_first: 'Nothing was heard of them for two years: a sign of life comes first.',
  unsubscribed: 'They unsubscribed from our mails.',
  already_invited: 'They have this invitation already.',
  not_now: 'They said not now.',
  campaign_ended: 'The campaign ended.',
  staff: 'A colleague stopped it.',
};

/** Why somebody is not asked, as a sentence. */
export function whyNot(reason: string): string {
  return reasons[reason] ?? `${sentence(reason)}.`;
}

/** Who did it; what the clock did is told as ours, and the name of the job stays in the audit's own column. */
export function doer(actor: string | undefined, kind: string): string {
  if (kind === 'system') return 'Goodword, by the clock';
  return actor || sentence(kind);
}
