import type { Campaign, CampaignPatch, Rule, Words } from '../../api/types';

/** The parts of a campaign that are written in the editor. */
export type Draft = Pick<Campaign, 'name' | 'division' | 'asks' | 'suits' | 'nudges' | 'audience' | 'trigger' | 'offer' | 'messages' | 'reminders'>;

export function draftOf(c: Campaign): Draft {
  return {
    name: c.name,
    division: c.division,
    asks: c.asks,
    suits: c.suits,
    nudges: c.nudges,
    audience: c.audience,
    trigger: c.trigger,
    messages: c.messages,
    reminders: c.reminders,
    offer: c.offer,
  };
}

/** What was changed, part by part; undefined when nothing was. */
export function changes(before: Draft, after: Draft): CampaignPatch | undefined {
  const patch: CampaignPatch = {};
  const differs = (key: keyof Draft) => JSON.stringify(before[key]) !== JSON.stringify(after[key]);
  if (differs('name')) patch.name = after.name;
  if (differs('division')) patch.division = after.division;
  if (differs('asks')) patch.asks = after.asks;
  if (differs('suits')) patch.suits = after.suits;
  if (differs('nudges')) patch.nudges = after.nudges;
  if (differs('audience')) patch.audience = after.audience;
  if (differs('trigger')) patch.trigger = after.trigger;
  if (differs('messages')) patch.messages = after.messages;
  if (differs('reminders')) patch.reminders = after.reminders;
  if (differs('offer')) patch.offer = after.offer;
  return Object.keys(patch).length > 0 ? patch : undefined;
}

export const noWords: Words = { subject: '', body: '', page_title: '', page_body: '', reminder_subject: '', reminder_body: '' };

/** How a rule says what it is worth. */
export type Worth = 'fixed' | 'percent' | 'tiers';

export function worthOf(rule: Rule): Worth {
  if (rule.tiers && rule.tiers.length > 0) return 'tiers';
  return rule.percent_bps ? 'percent' : 'fixed';
}

/** The same rule worth something else; nothing of the other ways stays behind. */
export function withWorth(rule: Rule, worth: Worth): Rule {
  const { amount_minor: _, percent_bps: __, of: ___, max_minor: ____, within_days: _____, tiers: ______, ...rest } = rule;
  switch (worth) {
    case 'fixed':
      return { ...rest, amount_minor: rule.amount_minor ?? 5000 };
    case 'percent':
      return { ...rest, on: 'won', percent_bps: 500, of: 'first_invoice', max_minor: 20_000 };
    case 'tiers':
      return {
        ...rest,
        on: 'won',
        tiers: [
          { from_minor: 0, amount_minor: 5000 },
          { from_minor: 500_000, amount_minor: 10_000 },
        ],
      };
  }
}

export const newRule: Rule = { to: 'customer', on: 'won', amount_minor: 5000, rails: ['invoice_credit', 'manual'], caps: {} };
