-- What checks for abuse have found, from where introductions came, and what a customer says against a rejection.
-- +goose Up

-- From which browser and network an introduction was made or answered, as keyed hashes only.
CREATE TABLE risk_origin (
    introduction_id TEXT NOT NULL REFERENCES introduction (id),
    side            TEXT NOT NULL CHECK (side IN ('introducer', 'prospect')),
    device          TEXT NOT NULL DEFAULT '',
    net             TEXT NOT NULL DEFAULT '',
    at              {{ .Timestamp }} NOT NULL,
    PRIMARY KEY (introduction_id, side)
);
CREATE INDEX risk_origin_device ON risk_origin (device) WHERE device <> '';

-- What was counted against a limit, once for each subject. The row of risk_limit is locked while somebody counts.
CREATE TABLE risk_limit (
    layer   TEXT NOT NULL,
    key     TEXT NOT NULL,
    version BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (layer, key)
);
CREATE TABLE risk_count (
    layer      TEXT NOT NULL,
    key        TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    -- Its place among those of its days when it was counted, from one.
    place      INTEGER NOT NULL,
    at         {{ .Timestamp }} NOT NULL,
    PRIMARY KEY (layer, key, subject_id)
);
CREATE INDEX risk_count_at ON risk_count (layer, key, at);
CREATE INDEX risk_count_subject ON risk_count (subject_id);

-- Which cards and accounts a Stripe customer has paid with, as keyed hashes of Stripe's fingerprints.
CREATE TABLE risk_card (
    stripe_customer TEXT NOT NULL,
    print           TEXT NOT NULL,
    at              {{ .Timestamp }} NOT NULL,
    PRIMARY KEY (stripe_customer, print)
);
CREATE INDEX risk_card_print ON risk_card (print);

-- One row for each check that has ever said something about a subject. Evidence holds ids, numbers and kinds, no address.
CREATE TABLE risk_finding (
    id           TEXT PRIMARY KEY,
    subject_kind TEXT NOT NULL CHECK (subject_kind IN ('introduction', 'reward')),
    subject_id   TEXT NOT NULL,
    name         TEXT NOT NULL,
    strong       BOOLEAN NOT NULL,
    mode         TEXT NOT NULL CHECK (mode IN ('on', 'shadow')),
    evidence     {{ .JSON }} NOT NULL,
    state        TEXT NOT NULL CHECK (state IN ('open', 'cleared', 'confirmed', 'gone')),
    decided_by   TEXT NOT NULL DEFAULT '',
    found_at     {{ .Timestamp }} NOT NULL,
    seen_at      {{ .Timestamp }} NOT NULL,
    decided_at   {{ .Timestamp }},
    UNIQUE (subject_kind, subject_id, name)
);
CREATE INDEX risk_finding_open ON risk_finding (found_at, id) WHERE state = 'open';

-- Who rejected a reward, and what its owner is told as the reason.
ALTER TABLE reward ADD COLUMN rejected_by TEXT NOT NULL DEFAULT '';
ALTER TABLE reward ADD COLUMN rejected_why TEXT NOT NULL DEFAULT '';
ALTER TABLE reward ADD COLUMN rejected_at {{ .Timestamp }};

-- What the owner of a rejected reward says against it, and what a person answered. Once for each reward.
CREATE TABLE reward_appeal (
    id          TEXT PRIMARY KEY,
    reward_id   TEXT NOT NULL UNIQUE REFERENCES reward (id),
    customer_id TEXT NOT NULL REFERENCES customer (id),
    text        TEXT NOT NULL,
    state       TEXT NOT NULL CHECK (state IN ('open', 'granted', 'refused')),
    answer      TEXT NOT NULL DEFAULT '',
    decided_by  TEXT NOT NULL DEFAULT '',
    created_at  {{ .Timestamp }} NOT NULL,
    decided_at  {{ .Timestamp }}
);
CREATE INDEX reward_appeal_customer ON reward_appeal (customer_id);
CREATE INDEX payout_destination ON payout (destination) WHERE destination <> '';
CREATE INDEX introduction_prospect ON introduction (prospect_customer_id) WHERE prospect_customer_id IS NOT NULL;
