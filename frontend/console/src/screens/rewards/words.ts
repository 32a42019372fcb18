import type { Payout, RejectInput, Reward } from '../../api/types';

export type RejectReason = NonNullable<RejectInput['why']>;

/** What the owner of a rejected reward can be told. */
export const rejectReasons: { value: RejectReason; label: string }[] = [
  { value: 'self', label: 'They introduced themselves or their own company' },
  { value: 'customer', label: 'The person was a customer already' },
  { value: 'duplicate', label: 'The person had been introduced before' },
  { value: 'staff', label: 'Colleagues and their families cannot earn' },
  { value: 'terms', label: 'It does not fit the terms of the campaign' },
  { value: 'other', label: 'We could not confirm it' },
];

/** What a group of customers shares. */
export const sharedWords: Record<string, string> = {
  account: 'paid to the same account',
  payer: 'the same Stripe customer',
  card: 'the same card',
  device: 'the same browser',
  circle: 'introduced each other in a circle',
};

export const states: { value: Reward['state']; label: string }[] = [
  { value: 'pending', label: 'Waiting for the refund window' },
  { value: 'held', label: 'Being checked' },
  { value: 'approved', label: 'Ready' },
  { value: 'issuing', label: 'On its way' },
  { value: 'failed', label: 'Refused by the rail' },
  { value: 'issued', label: 'Paid' },
  { value: 'redeemed', label: 'Used' },
  { value: 'clawback', label: 'To be paid back' },
  { value: 'reversed', label: 'Taken back' },
  { value: 'expired', label: 'Expired' },
  { value: 'recovered', label: 'Paid back' },
  { value: 'written_off', label: 'Written off' },
];

export const stateTones: Partial<Record<Reward['state'], 'good' | 'warn' | 'bad' | 'brand'>> = {
  pending: 'warn',
  held: 'warn',
  approved: 'brand',
  issuing: 'brand',
  failed: 'bad',
  issued: 'good',
  redeemed: 'good',
  clawback: 'bad',
};

export const payoutStates: { value: Payout['state']; label: string }[] = [
  { value: 'queued', label: 'Queued' },
  { value: 'sending', label: 'Being sent' },
  { value: 'unknown', label: 'Outcome unknown' },
  { value: 'refused', label: 'Refused' },
  { value: 'settled', label: 'Settled' },
  { value: 'reversing', label: 'Being reversed' },
  { value: 'part_reversed', label: 'Partly reversed' },
  { value: 'reversed', label: 'Reversed' },
  { value: 'cancelled', label: 'Cancelled' },
];

export const payoutTones: Partial<Record<Payout['state'], 'good' | 'warn' | 'bad' | 'brand'>> = {
  unknown: 'warn',
  refused: 'bad',
  settled: 'good',
  sending: 'brand',
};

const earned: Record<Reward['earned_on'], string> = {
  accepted: 'the person said yes',
  qualified: 'the meeting took place',
  won: 'the introduction was won',
  testimonial_submitted: 'a testimonial was sent',
};

export function earnedFor(r: Pick<Reward, 'earned_on'>): string {
  return earned[r.earned_on];
}

/** Why a reward is held. */
export const heldWords: Record<string, string> = {
  dispute: 'The payment behind it is disputed',
  review: 'The introduction waits for a review',
  risk: 'A check found something that a person has to look at',
  second_person: 'A second person has to approve it',
  approval: 'A person has to approve it',
  check_failed: 'A check could not be made; it is made again',
  staff: 'A colleague stopped it',
  payee_action: 'The person has to do something first',
  tax_form: 'A tax form is missing: with this the person reaches the threshold of the year. It goes on by itself once the form is noted',
  out_of_stock: 'There is no gift code of its value in stock; it goes on by itself',
};

/** Why a reward, or a part of it, was taken back; a colleague's own words stand for themselves. */
export const backWords: Record<string, string> = {
  refunded: 'the order behind it was refunded',
  retracted: 'the yes was taken back',
};

/** Who approves when nobody has to. */
export const jobWords: Record<string, string> = {
  'reward.mature': 'itself, with every check green',
};

/** How the owner's account for transfers stands. */
export const accountWords: Record<string, string> = {
  none: 'none yet',
  pending: 'begun, the details are missing',
  checking: 'being checked by Stripe',
  ready: 'ready',
  restricted: 'Stripe needs something from the person',
  disabled: 'closed by Stripe',
};

const answerWords: Record<string, string> = {
  ok: 'Confirmed',
  refused: 'Refused',
  short: 'The balance was too small',
  payee: 'Refused because of the account',
  conflict: 'Another request was under way',
  later: 'Asked us to come back later',
  '5xx': 'Answered with an error',
  none: 'No answer',
};

/** What the rail said last. */
export function answer(p: Pick<Payout, 'last_answer' | 'rail_note'>): string {
  return [p.last_answer && (answerWords[p.last_answer] ?? p.last_answer), p.rail_note].filter(Boolean).join(': ');
}

/** What a case is about, in a heading. */
export const caseWords: Record<string, string> = {
  budget_exhausted: 'Earned, but the budget is used up',
  currency_mismatch: 'Paid in another currency than the offer',
  payee_not_ready: 'The chosen way cannot pay yet',
  manual_payment: 'To be paid by hand',
  payout_refused: 'The rail refused to pay',
  balance_too_small: 'The balance is too small',
  payout_stuck: 'Open for over an hour',
  confirm_absent: 'Please look at the rail',
  void_unclear: 'Taken back or not?',
  double_effect: 'Two payments for one payout',
  late_effect: 'Paid after it was cancelled',
  used_after_end: 'Used after its end',
  reversed_at_rail: 'Undone at the rail',
  disputed_after: 'Disputed after it was paid',
  verify_failed: 'Books and states do not agree',
  rail_missing_here: 'Paid at the rail, but not in the books',
  rail_missing_there: 'Settled in the books, but not there at the rail',
  rail_amount: 'The rail shows another amount',
  rail_currency: 'The rail shows another currency',
  rail_destination: 'The rail shows another payee',
  rail_reversal: 'Taken back at the rail and not in the books, or the other way round',
  rail_duplicate: 'The rail shows two payments for one payout',
  rail_metadata: 'The payment bears a wrong name at the rail',
  rail_old: 'Made at the rail before we had decided to pay',
  rail_account: 'The key opens another account than before',
  stripe_events_missed: 'Nothing was heard from Stripe for too long',
  rail_fee: 'The rail kept a fee that the books do not know',
  out_of_stock: 'A gift code is missing',
  review: 'A reward waits for a decision',
  appeal: 'Somebody does not agree with a rejection',
  remittance_overdue: 'A charity waits for its money',
  existing_customer: 'The payer was a customer before',
  deal_after_unwind: 'The introduction counts for somebody else by now',
};

/** Where a payment was heard of. */
export const dealSources: Record<string, string> = { stripe: 'heard from Stripe', crm: 'heard from the CRM', hand: 'entered by hand' };

const accounts: [RegExp, string][] = [
  [/^M:control$/, 'Budgets, all'],
  [/^M:avail:/, 'Budget, free'],
  [/^M:committed:/, 'Budget, promised'],
  [/^M:spent:/, 'Budget, spent'],
  [/^E:rewards:/, 'Cost of rewards'],
  [/^E:recoveries:/, 'Got back from rewards'],
  [/^E:bad_debt$/, 'Given up'],
  [/^E:fees:/, 'Fees'],
  [/^E:breakage$/, 'Never used'],
  [/^L:pending:/, 'Owed, in the refund window'],
  [/^L:held:/, 'Owed, held'],
  [/^L:payable:/, 'Owed, to be paid'],
  [/^X:clearing:/, 'On its way'],
  [/^L:outstanding:promo:/, 'Codes not used yet'],
  [/^L:outstanding:credit:/, 'Credit not used yet'],
  [/^L:charity:/, 'Owed to the charity'],
  [/^L:unclaimed$/, 'Unclaimed'],
  [/^A:stripe$/, 'Our balance at Stripe'],
  [/^A:giftcards$/, 'Gift codes in stock'],
  [/^A:bank$/, 'Our bank'],
  [/^A:clawback:/, 'To be paid back to us'],
  [/^O:billing_offset$/, 'Set against invoices'],
];

/** What an account of the books is, in words. */
export function accountName(account: string): string {
  return accounts.find(([is]) => is.test(account))?.[1] ?? account;
}
