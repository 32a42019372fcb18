import type { Payout, Reward } from '../../api/types';

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
