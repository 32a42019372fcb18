-- The first release: people, campaigns, introductions, testimonials, rewards and what surrounds them.
-- +goose Up

CREATE TABLE setting (
    key        TEXT PRIMARY KEY,
    value      {{ .JSON }} NOT NULL,
    updated_at {{ .Timestamp }} NOT NULL
);

CREATE TABLE staff (
    id            TEXT PRIMARY KEY,
    email         TEXT NOT NULL,
    name          TEXT NOT NULL,
    role          TEXT NOT NULL CHECK (role IN ('owner', 'finance', 'marketer', 'rep', 'viewer')),
    state         TEXT NOT NULL CHECK (state IN ('invited', 'active', 'disabled')),
    password_hash TEXT,
    division      TEXT NOT NULL DEFAULT '',
    phone         TEXT NOT NULL DEFAULT '',
    title         TEXT NOT NULL DEFAULT '',
    language      TEXT NOT NULL DEFAULT 'en',
    zone          TEXT NOT NULL DEFAULT 'UTC',
    deputy_id     TEXT REFERENCES staff (id),
    away_until    {{ .Timestamp }},
    work_from     INTEGER NOT NULL DEFAULT 9,
    work_until    INTEGER NOT NULL DEFAULT 16,
    version       BIGINT NOT NULL DEFAULT 0,
    created_at    {{ .Timestamp }} NOT NULL
);
CREATE UNIQUE INDEX staff_email ON staff (lower(email));

CREATE TABLE staff_token (
    token_hash TEXT PRIMARY KEY,
    staff_id   TEXT NOT NULL REFERENCES staff (id),
    kind       TEXT NOT NULL CHECK (kind IN ('setup', 'session')),
    created_at {{ .Timestamp }} NOT NULL,
    seen_at    {{ .Timestamp }} NOT NULL,
    expires_at {{ .Timestamp }} NOT NULL
);
CREATE INDEX staff_token_staff ON staff_token (staff_id);

CREATE TABLE api_key (
    id         TEXT PRIMARY KEY,
    name       TEXT NOT NULL,
    role       TEXT NOT NULL CHECK (role IN ('owner', 'finance', 'marketer', 'rep', 'viewer')),
    token_hash TEXT NOT NULL UNIQUE,
    hint       TEXT NOT NULL,
    created_at {{ .Timestamp }} NOT NULL,
    used_at    {{ .Timestamp }},
    revoked_at {{ .Timestamp }}
);

CREATE TABLE idempotency (
    principal    TEXT NOT NULL,
    key          TEXT NOT NULL,
    request_hash TEXT NOT NULL,
    status       INTEGER NOT NULL DEFAULT 0,
    answer       TEXT NOT NULL DEFAULT '',
    created_at   {{ .Timestamp }} NOT NULL,
    PRIMARY KEY (principal, key)
);

CREATE TABLE event (
    id              TEXT PRIMARY KEY,
    type            TEXT NOT NULL,
    at              {{ .Timestamp }} NOT NULL,
    actor_kind      TEXT NOT NULL,
    actor_id        TEXT NOT NULL DEFAULT '',
    customer_id     TEXT,
    campaign_id     TEXT,
    invitation_id   TEXT,
    introduction_id TEXT,
    testimonial_id  TEXT,
    reward_id       TEXT,
    data            {{ .JSON }} NOT NULL,
    previous        {{ .JSON }} NOT NULL
);
CREATE INDEX event_customer ON event (customer_id, at, id);
CREATE INDEX event_introduction ON event (introduction_id, at, id);
CREATE INDEX event_campaign ON event (campaign_id, type, at);
CREATE INDEX event_testimonial ON event (testimonial_id, at, id) WHERE testimonial_id IS NOT NULL;
CREATE INDEX event_reward ON event (reward_id, at, id);

-- Visits are counts with a time, never evidence of a person; a batch writer fills the table.
CREATE TABLE visit (
    id         TEXT PRIMARY KEY,
    kind       TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    robot      BOOLEAN NOT NULL,
    at         {{ .Timestamp }} NOT NULL
);
CREATE INDEX visit_subject ON visit (kind, subject_id, at);

CREATE TABLE company (
    id              TEXT PRIMARY KEY,
    name            TEXT NOT NULL,
    name_norm       TEXT NOT NULL UNIQUE,
    stripe_customer TEXT NOT NULL DEFAULT '',
    created_at      {{ .Timestamp }} NOT NULL
);

CREATE TABLE customer (
    id               TEXT PRIMARY KEY,
    external_id      TEXT,
    first_name       TEXT NOT NULL DEFAULT '',
    last_name        TEXT NOT NULL DEFAULT '',
    company_id       TEXT REFERENCES company (id),
    division         TEXT NOT NULL DEFAULT '',
    country          TEXT NOT NULL DEFAULT '',
    language         TEXT NOT NULL DEFAULT 'en',
    zone             TEXT NOT NULL DEFAULT '',
    stripe_customer  TEXT NOT NULL DEFAULT '',
    stage            TEXT NOT NULL DEFAULT 'customer',
    owner_id         TEXT REFERENCES staff (id),
    gift_policy      TEXT NOT NULL DEFAULT 'person' CHECK (gift_policy IN ('person', 'company', 'none')),
    preferred_rail   TEXT NOT NULL DEFAULT '',
    note             TEXT NOT NULL DEFAULT '',
    last_order_at    {{ .Timestamp }},
    renews_at        {{ .Timestamp }},
    order_minor      BIGINT,
    order_currency   TEXT NOT NULL DEFAULT '',
    asked_at         {{ .Timestamp }},
    contacted_at     {{ .Timestamp }},
    ask_less         BOOLEAN NOT NULL DEFAULT FALSE,
    stopped_at       {{ .Timestamp }},
    complaint_at     {{ .Timestamp }},
    erased_at        {{ .Timestamp }},
    from_introduction_id TEXT,
    -- Both are lower-cased by the program, because SQLite's lower() knows only ASCII: what a search looks through, and
    -- what lists are ordered by.
    search           TEXT NOT NULL DEFAULT '',
    sort_name        TEXT NOT NULL DEFAULT '',
    version          BIGINT NOT NULL DEFAULT 0,
    created_at       {{ .Timestamp }} NOT NULL,
    updated_at       {{ .Timestamp }} NOT NULL
);
CREATE UNIQUE INDEX customer_external ON customer (external_id) WHERE external_id IS NOT NULL;
CREATE INDEX customer_stripe ON customer (stripe_customer) WHERE stripe_customer <> '';
CREATE INDEX customer_company ON customer (company_id);
CREATE INDEX customer_owner ON customer (owner_id);
CREATE INDEX customer_name ON customer (sort_name, id);

CREATE TABLE customer_address (
    id          TEXT PRIMARY KEY,
    customer_id TEXT NOT NULL REFERENCES customer (id),
    kind        TEXT NOT NULL CHECK (kind IN ('email', 'phone')),
    label       TEXT NOT NULL DEFAULT 'work' CHECK (label IN ('work', 'private', 'other')),
    value       TEXT NOT NULL,
    value_norm  TEXT NOT NULL,
    -- The mailbox behind a mail address (no +tag, no Gmail dots), for matching only; a phone's is its value_norm.
    identity    TEXT NOT NULL DEFAULT '',
    main        BOOLEAN NOT NULL,
    state       TEXT NOT NULL DEFAULT 'ok' CHECK (state IN ('ok', 'soft_bounced', 'bounced', 'complained')),
    created_at  {{ .Timestamp }} NOT NULL
);
-- One mail address belongs to one customer, whatever its case; phones may be shared.
CREATE UNIQUE INDEX customer_address_email ON customer_address (value_norm) WHERE kind = 'email';
CREATE INDEX customer_address_customer ON customer_address (customer_id);
CREATE INDEX customer_address_identity ON customer_address (identity);

CREATE TABLE customer_tag (
    customer_id TEXT NOT NULL REFERENCES customer (id),
    tag         TEXT NOT NULL,
    PRIMARY KEY (customer_id, tag)
);
CREATE INDEX customer_tag_tag ON customer_tag (tag, customer_id);

-- People worth naming, entered by the rep; no contact data, gone after 30 days.
CREATE TABLE customer_suggestion (
    id          TEXT PRIMARY KEY,
    customer_id TEXT NOT NULL REFERENCES customer (id),
    first_name  TEXT NOT NULL,
    company     TEXT NOT NULL DEFAULT '',
    source      TEXT NOT NULL DEFAULT '',
    created_at  {{ .Timestamp }} NOT NULL,
    expires_at  {{ .Timestamp }} NOT NULL
);
CREATE INDEX customer_suggestion_customer ON customer_suggestion (customer_id, created_at);

-- One row for each decision; the newest for a subject and channel is in force.
CREATE TABLE consent (
    id           TEXT PRIMARY KEY,
    subject_kind TEXT NOT NULL CHECK (subject_kind IN ('customer', 'testimonial', 'introduction')),
    subject_id   TEXT NOT NULL,
    channel      TEXT NOT NULL,
    granted      BOOLEAN NOT NULL,
    text_shown   TEXT NOT NULL,
    method       TEXT NOT NULL,
    at           {{ .Timestamp }} NOT NULL
);
CREATE INDEX consent_subject ON consent (subject_kind, subject_id, channel, at);

-- A capability: one token, one purpose, one subject. The token is kept as hash, and sealed where it must be shown again.
CREATE TABLE private_link (
    id              TEXT PRIMARY KEY,
    token_hash      TEXT NOT NULL UNIQUE,
    token_sealed    TEXT NOT NULL,
    purpose         TEXT NOT NULL CHECK (purpose IN ('customer', 'prospect', 'unsubscribe')),
    customer_id     TEXT REFERENCES customer (id),
    invitation_id   TEXT,
    introduction_id TEXT,
    expires_at      {{ .Timestamp }} NOT NULL,
    revoked_at      {{ .Timestamp }},
    created_at      {{ .Timestamp }} NOT NULL
);
CREATE INDEX private_link_customer ON private_link (customer_id);
CREATE INDEX private_link_invitation ON private_link (invitation_id);
CREATE INDEX private_link_introduction ON private_link (introduction_id);

-- Step-up codes mailed to the address on file, and the devices that confirmed one or submitted something.
CREATE TABLE step_code (
    id         TEXT PRIMARY KEY,
    link_id    TEXT NOT NULL REFERENCES private_link (id),
    code_hash  TEXT NOT NULL,
    tries      INTEGER NOT NULL DEFAULT 0,
    created_at {{ .Timestamp }} NOT NULL,
    expires_at {{ .Timestamp }} NOT NULL,
    used_at    {{ .Timestamp }}
);
CREATE INDEX step_code_link ON step_code (link_id, created_at);

CREATE TABLE step_device (
    token_hash TEXT NOT NULL,
    link_id    TEXT NOT NULL REFERENCES private_link (id),
    subject_id TEXT NOT NULL,
    verified   BOOLEAN NOT NULL,
    created_at {{ .Timestamp }} NOT NULL,
    expires_at {{ .Timestamp }} NOT NULL,
    PRIMARY KEY (token_hash, link_id, subject_id)
);
CREATE INDEX step_device_link ON step_device (link_id);

CREATE TABLE import_run (
    id          TEXT PRIMARY KEY,
    kind        TEXT NOT NULL,
    file_name   TEXT NOT NULL,
    file_hash   TEXT NOT NULL,
    file_path   TEXT NOT NULL,
    options     {{ .JSON }} NOT NULL,
    dry_run     BOOLEAN NOT NULL,
    state       TEXT NOT NULL CHECK (state IN ('uploaded', 'running', 'done', 'failed', 'stopped')),
    rows_total  BIGINT NOT NULL DEFAULT 0,
    rows_done   BIGINT NOT NULL DEFAULT 0,
    created     BIGINT NOT NULL DEFAULT 0,
    updated     BIGINT NOT NULL DEFAULT 0,
    unchanged   BIGINT NOT NULL DEFAULT 0,
    merged      BIGINT NOT NULL DEFAULT 0,
    refused     BIGINT NOT NULL DEFAULT 0,
    warnings    BIGINT NOT NULL DEFAULT 0,
    -- Where the next row begins; moves in the transaction that writes the rows before it.
    byte_offset BIGINT NOT NULL DEFAULT 0,
    line        BIGINT NOT NULL DEFAULT 1,
    message     TEXT NOT NULL DEFAULT '',
    actor_kind  TEXT NOT NULL,
    actor_id    TEXT NOT NULL,
    version     BIGINT NOT NULL DEFAULT 0,
    created_at  {{ .Timestamp }} NOT NULL,
    updated_at  {{ .Timestamp }} NOT NULL,
    finished_at {{ .Timestamp }}
);
CREATE INDEX import_run_hash ON import_run (file_hash);

CREATE TABLE import_problem (
    import_id TEXT NOT NULL REFERENCES import_run (id),
    line      BIGINT NOT NULL,
    number    INTEGER NOT NULL,
    severity  TEXT NOT NULL CHECK (severity IN ('refused', 'warning', 'merged')),
    field     TEXT NOT NULL,
    reason    TEXT NOT NULL,
    value     TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (import_id, line, number)
);

CREATE TABLE segment (
    id         TEXT PRIMARY KEY,
    name       TEXT NOT NULL UNIQUE,
    filter     {{ .JSON }} NOT NULL,
    created_at {{ .Timestamp }} NOT NULL
);

CREATE TABLE task (
    id              TEXT PRIMARY KEY,
    kind            TEXT NOT NULL CHECK (kind IN ('ask', 'recovery', 'reconnect', 'answer', 'thank')),
    owner_id        TEXT REFERENCES staff (id),
    customer_id     TEXT,
    introduction_id TEXT,
    cause           TEXT NOT NULL UNIQUE,
    title           TEXT NOT NULL,
    state           TEXT NOT NULL CHECK (state IN ('open', 'done', 'dropped')),
    due_at          {{ .Timestamp }} NOT NULL,
    snoozed_until   {{ .Timestamp }},
    outcome         TEXT NOT NULL DEFAULT '',
    closed_at       {{ .Timestamp }},
    version         BIGINT NOT NULL DEFAULT 0,
    created_at      {{ .Timestamp }} NOT NULL
);
CREATE INDEX task_open ON task (owner_id, due_at) WHERE state = 'open';

CREATE TABLE campaign (
    id          TEXT PRIMARY KEY,
    name        TEXT NOT NULL,
    template    TEXT NOT NULL DEFAULT '',
    division    TEXT NOT NULL DEFAULT '',
    state       TEXT NOT NULL CHECK (state IN ('draft', 'scheduled', 'live', 'paused', 'ended')),
    asks        {{ .JSON }} NOT NULL,
    suits       {{ .JSON }} NOT NULL,
    nudges      {{ .JSON }} NOT NULL,
    audience    {{ .JSON }} NOT NULL,
    trigger_rule {{ .JSON }} NOT NULL,
    messages    {{ .JSON }} NOT NULL,
    reminders   {{ .JSON }} NOT NULL,
    offer_id    TEXT,
    owner_id    TEXT REFERENCES staff (id),
    author_id   TEXT NOT NULL DEFAULT '',
    launch_at   {{ .Timestamp }},
    launched_at {{ .Timestamp }},
    planned     BIGINT NOT NULL DEFAULT 0,
    version     BIGINT NOT NULL DEFAULT 0,
    created_at  {{ .Timestamp }} NOT NULL,
    updated_at  {{ .Timestamp }} NOT NULL
);

-- An offer is never changed: editing a campaign makes the next version, and what was promised keeps pointing at its own.
CREATE TABLE offer (
    id              TEXT PRIMARY KEY,
    campaign_id     TEXT NOT NULL REFERENCES campaign (id),
    number          INTEGER NOT NULL,
    currency        TEXT NOT NULL,
    budget_minor    BIGINT NOT NULL CHECK (budget_minor >= 0),
    hold_days       INTEGER NOT NULL CHECK (hold_days >= 0),
    protection_days INTEGER NOT NULL CHECK (protection_days >= 0),
    terms           TEXT NOT NULL DEFAULT '',
    cost_centre     TEXT NOT NULL DEFAULT '',
    default_rail    TEXT NOT NULL DEFAULT '',
    rewards         {{ .JSON }} NOT NULL,
    author_id       TEXT NOT NULL DEFAULT '',
    created_at      {{ .Timestamp }} NOT NULL,
    UNIQUE (campaign_id, number)
);

-- A public QR or link on a poster, receipt or signature.
CREATE TABLE placement (
    id          TEXT PRIMARY KEY,
    code        TEXT NOT NULL UNIQUE,
    campaign_id TEXT NOT NULL REFERENCES campaign (id),
    name        TEXT NOT NULL,
    created_at  {{ .Timestamp }} NOT NULL,
    ended_at    {{ .Timestamp }}
);

-- A customer's reusable share link; it carries no personal capability.
CREATE TABLE share_link (
    code        TEXT PRIMARY KEY,
    customer_id TEXT NOT NULL REFERENCES customer (id),
    campaign_id TEXT NOT NULL REFERENCES campaign (id),
    offer_id    TEXT NOT NULL REFERENCES offer (id),
    created_at  {{ .Timestamp }} NOT NULL,
    revoked_at  {{ .Timestamp }},
    UNIQUE (customer_id, campaign_id)
);

CREATE TABLE invitation (
    id             TEXT PRIMARY KEY,
    campaign_id    TEXT NOT NULL REFERENCES campaign (id),
    customer_id    TEXT NOT NULL REFERENCES customer (id),
    offer_id       TEXT NOT NULL REFERENCES offer (id),
    channel        TEXT NOT NULL CHECK (channel IN ('email', 'link', 'qr')),
    state          TEXT NOT NULL CHECK (state IN ('planned', 'sent', 'answered', 'stopped', 'expired', 'bounced')),
    occasion       TEXT NOT NULL DEFAULT '',
    send_at        {{ .Timestamp }},
    claimed_at     {{ .Timestamp }},
    sent_at        {{ .Timestamp }},
    answered_at    {{ .Timestamp }},
    remind_at      {{ .Timestamp }},
    reminders_sent INTEGER NOT NULL DEFAULT 0,
    resends        INTEGER NOT NULL DEFAULT 0,
    by_hand        BOOLEAN NOT NULL DEFAULT FALSE,
    expires_at     {{ .Timestamp }} NOT NULL,
    stopped_reason TEXT NOT NULL DEFAULT '',
    version        BIGINT NOT NULL DEFAULT 0,
    created_at     {{ .Timestamp }} NOT NULL,
    UNIQUE (campaign_id, customer_id, occasion)
);
CREATE INDEX invitation_customer ON invitation (customer_id, created_at);
CREATE INDEX invitation_send ON invitation (send_at, id) WHERE state = 'planned';
CREATE INDEX invitation_remind ON invitation (remind_at, id) WHERE state = 'sent' AND remind_at IS NOT NULL;
CREATE INDEX invitation_expires ON invitation (expires_at, id) WHERE state IN ('planned', 'sent');
CREATE INDEX invitation_list ON invitation (campaign_id, id);

-- One walk over a campaign's audience or over the facts that trigger it; the cursor lets it go on after a crash.
CREATE TABLE outreach (
    id          TEXT PRIMARY KEY,
    campaign_id TEXT NOT NULL REFERENCES campaign (id),
    occasion    TEXT NOT NULL,
    send_at     {{ .Timestamp }} NOT NULL,
    cursor      TEXT NOT NULL DEFAULT '',
    planned     BIGINT NOT NULL DEFAULT 0,
    skipped     {{ .JSON }} NOT NULL,
    done_at     {{ .Timestamp }},
    version     BIGINT NOT NULL DEFAULT 0,
    created_at  {{ .Timestamp }} NOT NULL,
    UNIQUE (campaign_id, occasion)
);
CREATE INDEX outreach_open ON outreach (id) WHERE done_at IS NULL;

CREATE TABLE introduction (
    id                   TEXT PRIMARY KEY,
    campaign_id          TEXT NOT NULL REFERENCES campaign (id),
    offer_id             TEXT NOT NULL REFERENCES offer (id),
    invitation_id        TEXT REFERENCES invitation (id),
    link_id              TEXT NOT NULL DEFAULT '',
    share_code           TEXT NOT NULL DEFAULT '',
    placement_id         TEXT REFERENCES placement (id),
    introducer_id        TEXT REFERENCES customer (id),
    introducer_staff_id  TEXT REFERENCES staff (id),
    for_customer_id      TEXT REFERENCES customer (id),
    kind                 TEXT NOT NULL CHECK (kind IN ('referral', 'lead')),
    how                  TEXT NOT NULL CHECK (how IN ('self', 'portal', 'lead')),
    channel              TEXT NOT NULL DEFAULT '',
    source               TEXT NOT NULL DEFAULT '',
    state                TEXT NOT NULL CHECK (state IN ('draft', 'submitted', 'ready', 'invited', 'undeliverable', 'accepted',
                             'in_pipeline', 'won', 'unwound', 'lost', 'screened_out', 'declined', 'expired', 'withdrawn')),
    step                 TEXT NOT NULL DEFAULT '' CHECK (step IN ('', 'contacted', 'meeting', 'proposal', 'qualified')),
    outcome_reason       TEXT NOT NULL DEFAULT '',
    outcome_note         TEXT NOT NULL DEFAULT '',
    flagged              TEXT NOT NULL DEFAULT '',
    review               TEXT NOT NULL DEFAULT '' CHECK (review IN ('', 'to_review', 'cleared')),
    first_name           TEXT NOT NULL DEFAULT '',
    last_name            TEXT NOT NULL DEFAULT '',
    email                TEXT NOT NULL DEFAULT '',
    phone                TEXT NOT NULL DEFAULT '',
    company              TEXT NOT NULL DEFAULT '',
    note                 TEXT NOT NULL DEFAULT '',
    prospect_blind       TEXT,
    language             TEXT NOT NULL DEFAULT 'en',
    division             TEXT NOT NULL DEFAULT '',
    owner_id             TEXT REFERENCES staff (id),
    expects              BOOLEAN NOT NULL DEFAULT FALSE,
    accept_how           TEXT NOT NULL DEFAULT '',
    evidence             TEXT NOT NULL DEFAULT '',
    slot_at              {{ .Timestamp }},
    tell                 BOOLEAN NOT NULL DEFAULT FALSE,
    contact_blocked      BOOLEAN NOT NULL DEFAULT FALSE,
    nudges_off           BOOLEAN NOT NULL DEFAULT FALSE,
    nudge_at             {{ .Timestamp }},
    nudged_unsent_at     {{ .Timestamp }},
    nudged_unanswered_at {{ .Timestamp }},
    shared_at            {{ .Timestamp }},
    accepted_at          {{ .Timestamp }},
    undo_until           {{ .Timestamp }},
    later_until          {{ .Timestamp }},
    later_mailed_at      {{ .Timestamp }},
    answer_due_at        {{ .Timestamp }},
    answered_at          {{ .Timestamp }},
    escalated_at         {{ .Timestamp }},
    qualified_at         {{ .Timestamp }},
    won_at               {{ .Timestamp }},
    closed_at            {{ .Timestamp }},
    thanked_at           {{ .Timestamp }},
    protected_until      {{ .Timestamp }},
    expires_at           {{ .Timestamp }},
    neutral_at           {{ .Timestamp }},
    purged_at            {{ .Timestamp }},
    state_before         TEXT NOT NULL DEFAULT '',
    stripe_customer      TEXT NOT NULL DEFAULT '',
    deal_id              TEXT,
    prospect_customer_id TEXT REFERENCES customer (id),
    version              BIGINT NOT NULL DEFAULT 0,
    created_at           {{ .Timestamp }} NOT NULL,
    updated_at           {{ .Timestamp }} NOT NULL
);
-- F2: several may be ready or invited, one may be credited.
CREATE UNIQUE INDEX introduction_credited ON introduction (campaign_id, prospect_blind)
    WHERE prospect_blind IS NOT NULL AND state IN ('accepted', 'in_pipeline', 'won');
-- One draft for a link and its form.
CREATE UNIQUE INDEX introduction_draft ON introduction (link_id) WHERE state = 'draft' AND link_id <> '';
CREATE INDEX introduction_nudge ON introduction (nudge_at) WHERE nudge_at IS NOT NULL;
CREATE INDEX introduction_undo ON introduction (undo_until) WHERE undo_until IS NOT NULL;
CREATE INDEX introduction_blind ON introduction (prospect_blind) WHERE prospect_blind IS NOT NULL;
CREATE INDEX introduction_introducer ON introduction (introducer_id, created_at);
CREATE INDEX introduction_owner ON introduction (owner_id, state, updated_at);
CREATE INDEX introduction_state ON introduction (state, updated_at, id);
CREATE INDEX introduction_stripe ON introduction (stripe_customer) WHERE stripe_customer <> '';
CREATE INDEX introduction_list ON introduction (created_at, id);
CREATE INDEX introduction_expires ON introduction (expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE introduction_note (
    id              TEXT PRIMARY KEY,
    introduction_id TEXT NOT NULL REFERENCES introduction (id),
    staff_id        TEXT NOT NULL,
    told            BOOLEAN NOT NULL,
    text            TEXT NOT NULL,
    created_at      {{ .Timestamp }} NOT NULL
);
CREATE INDEX introduction_note_introduction ON introduction_note (introduction_id, created_at);

-- One row for each payment or close that was recognised; refunds are kept as the greatest cumulative amount seen.
CREATE TABLE deal (
    id              TEXT PRIMARY KEY,
    introduction_id TEXT NOT NULL REFERENCES introduction (id),
    source          TEXT NOT NULL CHECK (source IN ('stripe', 'crm', 'hand')),
    external_id     TEXT NOT NULL,
    charge_id       TEXT NOT NULL DEFAULT '',
    amount_minor    BIGINT NOT NULL CHECK (amount_minor >= 0),
    gross_minor     BIGINT NOT NULL CHECK (gross_minor >= 0),
    refunded_minor  BIGINT NOT NULL DEFAULT 0 CHECK (refunded_minor >= 0),
    currency        TEXT NOT NULL,
    dispute         TEXT NOT NULL DEFAULT '' CHECK (dispute IN ('', 'open', 'won', 'lost')),
    counted         BOOLEAN NOT NULL,
    actor_id        TEXT NOT NULL DEFAULT '',
    evidence        TEXT NOT NULL DEFAULT '',
    at              {{ .Timestamp }} NOT NULL,
    version         BIGINT NOT NULL DEFAULT 0,
    UNIQUE (source, external_id)
);
CREATE INDEX deal_introduction ON deal (introduction_id, at);
CREATE INDEX deal_charge ON deal (charge_id) WHERE charge_id <> '';

-- What Stripe said of a charge, kept whether or not a deal is known yet: refunds and disputes may come first.
CREATE TABLE charge (
    id             TEXT PRIMARY KEY,
    refunded_minor BIGINT NOT NULL DEFAULT 0 CHECK (refunded_minor >= 0),
    updated_at     {{ .Timestamp }} NOT NULL
);

CREATE TABLE charge_dispute (
    id         TEXT PRIMARY KEY,
    charge_id  TEXT NOT NULL REFERENCES charge (id),
    state      TEXT NOT NULL CHECK (state IN ('open', 'won', 'lost')),
    at         {{ .Timestamp }} NOT NULL
);
CREATE INDEX charge_dispute_charge ON charge_dispute (charge_id);

CREATE TABLE slot (
    staff_id        TEXT NOT NULL REFERENCES staff (id),
    starts_at       {{ .Timestamp }} NOT NULL,
    introduction_id TEXT NOT NULL REFERENCES introduction (id),
    PRIMARY KEY (staff_id, starts_at)
);
CREATE UNIQUE INDEX slot_introduction ON slot (introduction_id);

CREATE TABLE testimonial (
    id             TEXT PRIMARY KEY,
    customer_id    TEXT NOT NULL REFERENCES customer (id),
    campaign_id    TEXT REFERENCES campaign (id),
    offer_id       TEXT REFERENCES offer (id),
    invitation_id  TEXT REFERENCES invitation (id),
    state          TEXT NOT NULL CHECK (state IN ('awaiting_author', 'submitted', 'change_requested', 'approved', 'declined',
                       'published', 'withdrawn', 'expired')),
    rating         INTEGER CHECK (rating BETWEEN 1 AND 5),
    text           TEXT NOT NULL,
    signed_as      TEXT NOT NULL DEFAULT '',
    name           TEXT NOT NULL DEFAULT '',
    role           TEXT NOT NULL DEFAULT '',
    language       TEXT NOT NULL DEFAULT 'en',
    tags           {{ .JSON }} NOT NULL,
    quote_source   TEXT NOT NULL DEFAULT '',
    disclosure     TEXT NOT NULL DEFAULT '',
    revision       INTEGER NOT NULL DEFAULT 1,
    reason         TEXT NOT NULL DEFAULT '',
    decided_by     TEXT NOT NULL DEFAULT '',
    submitted_at   {{ .Timestamp }},
    decided_at     {{ .Timestamp }},
    published_at   {{ .Timestamp }},
    withdrawn_at   {{ .Timestamp }},
    version        BIGINT NOT NULL DEFAULT 0,
    created_at     {{ .Timestamp }} NOT NULL,
    updated_at     {{ .Timestamp }} NOT NULL
);
CREATE UNIQUE INDEX testimonial_invitation ON testimonial (invitation_id) WHERE invitation_id IS NOT NULL;
CREATE INDEX testimonial_customer ON testimonial (customer_id, created_at);
CREATE INDEX testimonial_state ON testimonial (state, created_at, id);

CREATE TABLE testimonial_revision (
    testimonial_id TEXT NOT NULL REFERENCES testimonial (id),
    number         INTEGER NOT NULL,
    rating         INTEGER,
    text           TEXT NOT NULL,
    name           TEXT NOT NULL,
    role           TEXT NOT NULL,
    author         TEXT NOT NULL,
    at             {{ .Timestamp }} NOT NULL,
    PRIMARY KEY (testimonial_id, number)
);

CREATE TABLE reward (
    id               TEXT PRIMARY KEY,
    cause            TEXT NOT NULL UNIQUE,
    campaign_id      TEXT NOT NULL REFERENCES campaign (id),
    offer_id         TEXT NOT NULL REFERENCES offer (id),
    rule             INTEGER NOT NULL,
    earned_on        TEXT NOT NULL,
    beneficiary      TEXT NOT NULL CHECK (beneficiary IN ('customer', 'prospect')),
    customer_id      TEXT REFERENCES customer (id),
    introduction_id  TEXT REFERENCES introduction (id),
    testimonial_id   TEXT REFERENCES testimonial (id),
    deal_id          TEXT REFERENCES deal (id),
    state            TEXT NOT NULL CHECK (state IN ('pending', 'held', 'approved', 'issuing', 'failed', 'issued', 'redeemed',
                         'clawback', 'reversed', 'expired', 'recovered', 'written_off')),
    state_before     TEXT NOT NULL DEFAULT '',
    currency         TEXT NOT NULL,
    accrued_minor    BIGINT NOT NULL CHECK (accrued_minor > 0),
    amount_minor     BIGINT NOT NULL CHECK (amount_minor >= 0),
    reversed_minor   BIGINT NOT NULL DEFAULT 0 CHECK (reversed_minor >= 0),
    clawed_minor     BIGINT NOT NULL DEFAULT 0 CHECK (clawed_minor >= 0),
    owed_minor       BIGINT NOT NULL DEFAULT 0 CHECK (owed_minor >= 0),
    written_off_minor BIGINT NOT NULL DEFAULT 0 CHECK (written_off_minor >= 0),
    netted_minor     BIGINT NOT NULL DEFAULT 0,
    issued_minor     BIGINT NOT NULL DEFAULT 0 CHECK (issued_minor >= 0),
    forgone_minor    BIGINT NOT NULL DEFAULT 0,
    wanted_minor     BIGINT,
    base_minor       BIGINT,
    rails            {{ .JSON }} NOT NULL,
    rail             TEXT NOT NULL DEFAULT '',
    rail_chosen_at   {{ .Timestamp }},
    declined_at      {{ .Timestamp }},
    held_reason      TEXT NOT NULL DEFAULT '',
    held_note        TEXT NOT NULL DEFAULT '',
    reason           TEXT NOT NULL DEFAULT '',
    matures_at       {{ .Timestamp }} NOT NULL,
    choose_by        {{ .Timestamp }},
    expires_at       {{ .Timestamp }},
    approved_at      {{ .Timestamp }},
    approved_by      TEXT NOT NULL DEFAULT '',
    closer_id        TEXT NOT NULL DEFAULT '',
    cleared_by       TEXT NOT NULL DEFAULT '',
    issued_at        {{ .Timestamp }},
    retry_at         {{ .Timestamp }},
    reminded         INTEGER NOT NULL DEFAULT 0,
    code             TEXT NOT NULL DEFAULT '',
    version          BIGINT NOT NULL DEFAULT 0,
    created_at       {{ .Timestamp }} NOT NULL,
    updated_at       {{ .Timestamp }} NOT NULL,
    -- What was earned is what is left, what was never paid after all, and what was taken back after it was paid.
    CONSTRAINT reward_whole CHECK (accrued_minor = amount_minor + reversed_minor + clawed_minor),
    CONSTRAINT reward_owed CHECK (owed_minor + written_off_minor <= clawed_minor),
    CONSTRAINT reward_netted CHECK (netted_minor BETWEEN 0 AND amount_minor),
    CONSTRAINT reward_forgone CHECK (forgone_minor BETWEEN 0 AND accrued_minor),
    CONSTRAINT reward_wanted CHECK (wanted_minor IS NULL OR wanted_minor BETWEEN 0 AND accrued_minor)
);
CREATE INDEX reward_introduction ON reward (introduction_id);
CREATE INDEX reward_customer ON reward (customer_id, created_at);
CREATE INDEX reward_state ON reward (state, created_at, id);
CREATE INDEX reward_matures ON reward (matures_at) WHERE state = 'pending';
CREATE INDEX reward_code ON reward (code) WHERE code <> '';
CREATE INDEX reward_testimonial ON reward (testimonial_id) WHERE testimonial_id IS NOT NULL;
CREATE INDEX reward_campaign ON reward (campaign_id, created_at, id);
CREATE INDEX reward_owing ON reward (customer_id, currency) WHERE owed_minor > 0;
CREATE INDEX reward_list ON reward (created_at, id);

CREATE TABLE payout (
    id               TEXT PRIMARY KEY,
    rail             TEXT NOT NULL,
    state            TEXT NOT NULL CHECK (state IN ('queued', 'sending', 'unknown', 'refused', 'settled', 'reversing',
                         'part_reversed', 'reversed', 'cancelled')),
    currency         TEXT NOT NULL,
    amount_minor     BIGINT NOT NULL CHECK (amount_minor > 0),
    reversed_minor   BIGINT NOT NULL DEFAULT 0,
    destination      TEXT NOT NULL DEFAULT '',
    parameters       {{ .JSON }} NOT NULL,
    epoch            INTEGER NOT NULL DEFAULT 0,
    fence            BIGINT NOT NULL DEFAULT 0,
    leased_until     {{ .Timestamp }},
    first_sent_at    {{ .Timestamp }},
    last_sent_at     {{ .Timestamp }},
    last_answer      TEXT NOT NULL DEFAULT '',
    absent_since     {{ .Timestamp }},
    absent_count     INTEGER NOT NULL DEFAULT 0,
    next_try_at      {{ .Timestamp }},
    rail_object      TEXT NOT NULL DEFAULT '',
    rail_note        TEXT NOT NULL DEFAULT '',
    settled_at       {{ .Timestamp }},
    version          BIGINT NOT NULL DEFAULT 0,
    created_at       {{ .Timestamp }} NOT NULL,
    updated_at       {{ .Timestamp }} NOT NULL,
    CONSTRAINT payout_reversed CHECK (reversed_minor BETWEEN 0 AND amount_minor)
);
CREATE INDEX payout_due ON payout (state, next_try_at);
CREATE INDEX payout_list ON payout (created_at, id);
-- One object at a rail is the effect of one payout; by hand one bank transfer may pay several.
CREATE UNIQUE INDEX payout_object ON payout (rail, rail_object) WHERE rail_object <> '' AND rail <> 'manual';

CREATE TABLE payout_reward (
    payout_id    TEXT NOT NULL REFERENCES payout (id),
    reward_id    TEXT NOT NULL REFERENCES reward (id),
    amount_minor BIGINT NOT NULL CHECK (amount_minor > 0),
    live         BOOLEAN NOT NULL,
    PRIMARY KEY (payout_id, reward_id)
);
-- A reward belongs to at most one live payout.
CREATE UNIQUE INDEX payout_reward_live ON payout_reward (reward_id) WHERE live;
CREATE INDEX payout_reward_reward ON payout_reward (reward_id);

CREATE TABLE payout_switch (
    scope      TEXT PRIMARY KEY,
    paused     BOOLEAN NOT NULL,
    reason     TEXT NOT NULL,
    actor_id   TEXT NOT NULL,
    changed_at {{ .Timestamp }} NOT NULL
);

-- Something about money that a person must look at; cases never change money by themselves.
CREATE TABLE money_case (
    id              TEXT PRIMARY KEY,
    kind            TEXT NOT NULL,
    subject         TEXT NOT NULL,
    reward_id       TEXT,
    payout_id       TEXT,
    introduction_id TEXT,
    detail          TEXT NOT NULL,
    state           TEXT NOT NULL CHECK (state IN ('open', 'resolved')),
    resolution      TEXT NOT NULL DEFAULT '',
    resolved_by     TEXT NOT NULL DEFAULT '',
    opened_at       {{ .Timestamp }} NOT NULL,
    resolved_at     {{ .Timestamp }},
    version         BIGINT NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX money_case_open ON money_case (kind, subject) WHERE state = 'open';
CREATE INDEX money_case_list ON money_case (opened_at, id);
CREATE INDEX money_case_payout ON money_case (payout_id) WHERE payout_id IS NOT NULL;
CREATE INDEX money_case_reward ON money_case (reward_id) WHERE reward_id IS NOT NULL;

CREATE TABLE stripe_event (
    id           TEXT PRIMARY KEY,
    type         TEXT NOT NULL,
    object_id    TEXT NOT NULL DEFAULT '',
    account      TEXT NOT NULL DEFAULT '',
    livemode     BOOLEAN NOT NULL,
    api_version  TEXT NOT NULL DEFAULT '',
    payload      {{ .Bytes }} NOT NULL,
    state        TEXT NOT NULL CHECK (state IN ('received', 'processed', 'quarantined', 'parked')),
    reason       TEXT NOT NULL DEFAULT '',
    tries        INTEGER NOT NULL DEFAULT 0,
    created_at   {{ .Timestamp }} NOT NULL,
    received_at  {{ .Timestamp }} NOT NULL,
    processed_at {{ .Timestamp }}
);
CREATE INDEX stripe_event_state ON stripe_event (state, received_at);

-- One row for each paid invoice or checkout that was decided on: whose it is, and whether it was an order. Decided once, so
-- that a second event about it changes nothing.
CREATE TABLE stripe_payment (
    id              TEXT PRIMARY KEY,
    introduction_id TEXT NOT NULL DEFAULT '',
    customer_id     TEXT NOT NULL DEFAULT '',
    fact            TEXT NOT NULL DEFAULT '',
    paid_at         {{ .Timestamp }} NOT NULL
);

-- One row for each mail ever, keyed by its cause. No address in clear: the blind hash is enough for suppression and counts.
CREATE TABLE mail_message (
    key         TEXT PRIMARY KEY,
    template    TEXT NOT NULL,
    stream      TEXT NOT NULL CHECK (stream IN ('transactional', 'marketing')),
    scope       TEXT NOT NULL DEFAULT '',
    to_blind    TEXT NOT NULL,
    message_id  TEXT NOT NULL,
    state       TEXT NOT NULL CHECK (state IN ('released', 'sent', 'suppressed', 'bounced')),
    tries       INTEGER NOT NULL DEFAULT 0,
    answer      TEXT NOT NULL DEFAULT '',
    released_at {{ .Timestamp }} NOT NULL,
    sent_at     {{ .Timestamp }}
);
CREATE INDEX mail_message_blind ON mail_message (to_blind, released_at);

-- Blind hashes of addresses that must not be written to; it outlives erasure. Scope 'all' or a campaign's id.
CREATE TABLE suppression (
    blind      TEXT NOT NULL,
    scope      TEXT NOT NULL,
    reason     TEXT NOT NULL CHECK (reason IN ('unsubscribed', 'complained', 'bounced', 'declined', 'erased')),
    created_at {{ .Timestamp }} NOT NULL,
    PRIMARY KEY (blind, scope, reason)
);

