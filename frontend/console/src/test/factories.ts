import type {
  Charity,
  Customer,
  Due,
  Entry,
  Home,
  Import,
  ImportPreview,
  Introduction,
  Me,
  Payout,
  Remittance,
  Reward,
  RewardStory,
  Rule,
  Stock,
  StockLine,
  Story,
  Task,
  Tax,
  TestimonialStory,
} from '../api/types';

const at = '2026-05-14T09:00:00Z';
const money = (amount_minor: number) => ({ amount_minor, currency: 'EUR' });

export function me(over: Partial<Me> = {}): Me {
  return {
    kind: 'staff',
    id: 'stf_1',
    name: 'Rosa Lind',
    email: 'rosa@example.com',
    role: 'rep',
    permissions: ['read', 'introductions.work', 'introductions.close'],
    company: 'Example GmbH',
    demo: false,
    now: at,
    ...over,
  };
}

export function home(over: Partial<Home> = {}): Home {
  return {
    from: '2026-05-11T00:00:00Z',
    to: at,
    visits: 0,
    funnel: { key: '', name: '', asked: 120, started: 40, introduced: 22, accepted: 9, won: 3, rewarded: 2, testimonials: 4, value: [] },
    money: [],
    queues: [],
    steps: [],
    ...over,
  };
}

export function customer(over: Partial<Customer> = {}): Customer {
  return {
    id: 'cus_1',
    version: 3,
    name: 'Ana Weber',
    first_name: 'Ana',
    last_name: 'Weber',
    email: 'ana@example.org',
    phone: '',
    company: 'Weber Logistik',
    division: 'South',
    country: 'DE',
    language: 'de',
    zone: 'Europe/Berlin',
    stripe_customer: '',
    stage: 'customer',
    gift_policy: 'person',
    note: '',
    ask_less: false,
    may_edit: true,
    addresses: [],
    tags: ['pilot'],
    created_at: at,
    updated_at: at,
    ...over,
  };
}

export function entry(over: Partial<Entry> = {}): Entry {
  return { id: 'evt_1', type: 'introduction.accepted', at, text: 'Ben said yes.', actor: { kind: 'prospect' }, data: {}, previous: {}, ...over };
}

export function introduction(over: Partial<Introduction> = {}): Introduction {
  return {
    id: 'int_1',
    version: 2,
    state: 'accepted',
    kind: 'referral',
    how: 'self',
    prospect: {
      name: 'Ben Okafor',
      first_name: 'Ben',
      last_name: 'Okafor',
      email: 'ben@example.net',
      phone: '',
      company: 'Okafor Ltd',
      language: 'en',
    },
    introducer: { kind: 'customer', id: 'cus_1', name: 'Ana Weber' },
    campaign_id: 'cmp_1',
    campaign_name: 'Order placed',
    division: 'South',
    note: 'Ben has the same trouble that we had.',
    tell: false,
    contact_blocked: false,
    overdue: false,
    created_at: at,
    updated_at: at,
    ...over,
  };
}

export function story(over: Partial<Story> = {}): Story {
  return { ...introduction(), promises: [], deals: [], notes: [], rewards: [], related: [], timeline: [], actions: [], findings: [],
    why: [],
    lost_reasons: [], ...over };
}

export function reward(over: Partial<Reward> = {}): Reward {
  return {
    id: 'rwd_1',
    version: 1,
    state: 'held',
    state_text: 'Being checked',
    beneficiary: 'customer',
    customer_id: 'cus_1',
    payee: 'Ana Weber',
    campaign_id: 'cmp_1',
    campaign_name: 'Order placed',
    offer_id: 'off_1',
    earned_on: 'won',
    amount: money(5000),
    accrued: money(5000),
    reversed: money(0),
    netted: money(0),
    rails: ['invoice_credit'],
    matures_at: at,
    created_at: at,
    updated_at: at,
    actions: ['approve', 'reject'],
    blocked: [],
    alone: false,
    ...over,
  };
}

export function payout(over: Partial<Payout> = {}): Payout {
  return {
    id: 'pay_1',
    rail: 'manual',
    state: 'settled',
    amount: money(5000),
    reversed: money(0),
    reward_id: 'rwd_1',
    beneficiary: 'customer',
    payee: 'Ana Weber',
    customer_id: 'cus_1',
    campaign_id: 'cmp_1',
    campaign_name: 'Order placed',
    key: 'po_1:1',
    epoch: 1,
    claims: 1,
    created_at: at,
    updated_at: at,
    ...over,
  };
}

export function rewardStory(over: Partial<RewardStory> = {}): RewardStory {
  return {
    ...reward(),
    steps: [],
    payouts: [],
    cases: [],
    findings: [],
    deals: [],
    why: [],
    made: { offer_number: 1, rule: 0, promise: '€50.00 for the customer, once the person is a customer.', limits: [], hold_days: 30 },
    ...over,
  };
}

export function testimonialStory(over: Partial<TestimonialStory> = {}): TestimonialStory {
  return {
    id: 'tst_1',
    version: 1,
    state: 'submitted',
    customer_id: 'cus_1',
    customer_name: 'Ana Weber',
    rating: 4,
    text: 'They called back the same day.',
    name: 'Ana W.',
    role: 'Head of logistics',
    language: 'en',
    tags: [],
    revision: 1,
    created_at: at,
    updated_at: at,
    actions: ['approve', 'decline', 'request-change'],
    consents: [],
    revisions: [],
    timeline: [],
    decline_reasons: [],
    ...over,
  };
}

export function task(over: Partial<Task> = {}): Task {
  return {
    id: 'tsk_1',
    version: 1,
    kind: 'answer',
    title: 'Answer Ben',
    state: 'open',
    due_at: at,
    overdue: false,
    introduction_id: 'int_1',
    prospect: 'Ben Okafor',
    created_at: at,
    ...over,
  };
}

export function rule(over: Partial<Rule> = {}): Rule {
  return { to: 'customer', on: 'won', amount_minor: 5000, rails: ['invoice_credit'], caps: {}, ...over };
}

export function importRun(over: Partial<Import> = {}): Import {
  return {
    id: 'imp_1',
    kind: 'customers',
    file_name: 'crm.csv',
    state: 'running',
    dry_run: true,
    options: { mapping: {} },
    rows_total: 1000,
    rows_done: 250,
    created: 200,
    updated: 30,
    unchanged: 10,
    merged: 6,
    refused: 4,
    warnings: 2,
    actor_id: 'stf_1',
    actor: 'Rosa Lind',
    created_at: at,
    ...over,
  };
}

export function importPreview(over: Partial<ImportPreview> = {}): ImportPreview {
  return {
    delimiter: ';',
    encoding: 'UTF-8',
    columns: [
      { name: 'Vorname', field: 'first_name' },
      { name: 'E-Mail', field: 'email' },
      { name: 'Letzter Auftrag', field: 'last_order_at' },
    ],
    fields: [
      { key: 'first_name', label: 'First name' },
      { key: 'email', label: 'Email' },
      { key: 'last_order_at', label: 'Last order' },
    ],
    sample: [['Ana', 'ana@example.org', '02/03/2025']],
    questions: [{ option: 'date_order', column: 'Letzter Auftrag', example: '02/03/2025', choices: ['dmy', 'mdy'] }],
    ...over,
  };
}

export function stockLine(over: Partial<StockLine> = {}): StockLine {
  return {
    amount: { amount_minor: 2500, currency: 'EUR' },
    label: 'Bookshop',
    free: 20,
    ending: 0,
    expired: 0,
    written_off: 0,
    bound: 0,
    shown: 0,
    low: false,
    ...over,
  };
}

export function stock(over: Partial<Stock> = {}): Stock {
  return { items: [stockLine()], waiting: [], uploads: [], ...over };
}

export function charity(over: Partial<Charity> = {}): Charity {
  return {
    id: 'cha_1',
    version: 1,
    name: 'Library on Wheels',
    registration: 'VR20731',
    country: 'DE',
    jurisdictions: ['AT', 'DE'],
    contract: 'C-114',
    contact: 'Henrike Voss',
    remit_days: 30,
    active: true,
    missing: [],
    created_at: at,
    updated_at: at,
    ...over,
  };
}

export function due(over: Partial<Due> = {}): Due {
  return { charity_id: 'cha_1', charity: 'Library on Wheels', amount: { amount_minor: 15_000, currency: 'EUR' }, donations: 3, due_at: at, overdue: false, ...over };
}

export function remittance(over: Partial<Remittance> = {}): Remittance {
  return {
    id: 'rem_1',
    charity_id: 'cha_1',
    charity: 'Library on Wheels',
    registration: 'VR20731',
    amount: { amount_minor: 15_000, currency: 'EUR' },
    donations: 3,
    state: 'open',
    made_by_id: 'stf_1',
    made_by: 'Rosa Lind',
    created_at: at,
    ...over,
  };
}

export function tax(over: Partial<Tax> = {}): Tax {
  const dollars = (amount_minor: number) => ({ amount_minor, currency: 'USD' });
  return {
    year: 2026,
    zone: 'America/New_York',
    threshold: dollars(200_000),
    rails: ['transfer', 'gift_code', 'manual'],
    rows: [
      {
        customer_id: 'cus_1',
        payee: 'Dana Whitfield',
        country: 'US',
        paid: dollars(125_000),
        taken_back: dollars(0),
        total: dollars(125_000),
        taken_back_of_earlier_years: dollars(0),
        reached: false,
        held: dollars(125_000),
      },
    ],
    ...over,
  };
}
