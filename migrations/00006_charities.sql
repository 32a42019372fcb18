-- Donations: charities by their registration, what was given to each, and the runs in which it is remitted.
-- +goose Up

CREATE TABLE charity (
    id            TEXT PRIMARY KEY,
    name          TEXT NOT NULL,
    -- The account of the books is named after it, so it never changes.
    registration  TEXT NOT NULL UNIQUE,
    country       TEXT NOT NULL DEFAULT '',
    -- Where the contract allows to collect for it: a JSON list of countries as two letters.
    jurisdictions {{ .JSON }} NOT NULL,
    contract      TEXT NOT NULL DEFAULT '',
    contact       TEXT NOT NULL DEFAULT '',
    -- How many days after a donation it has to be remitted; 0 until that is agreed.
    remit_days    INTEGER NOT NULL DEFAULT 0,
    active        BOOLEAN NOT NULL,
    version       BIGINT NOT NULL DEFAULT 0,
    created_at    {{ .Timestamp }} NOT NULL,
    updated_at    {{ .Timestamp }} NOT NULL,
    CONSTRAINT charity_named CHECK (name <> '' AND registration <> ''),
    CONSTRAINT charity_days CHECK (remit_days >= 0)
);

-- The charities that a version of an offer lets customers give to, as a JSON list of ids.
ALTER TABLE offer ADD COLUMN charities {{ .JSON }} NOT NULL DEFAULT '[]';

-- Whom a reward is given to, and the registration that its account is named after.
ALTER TABLE reward ADD COLUMN charity_id TEXT REFERENCES charity (id);
ALTER TABLE reward ADD COLUMN charity TEXT NOT NULL DEFAULT '';
-- What is given and not yet remitted: few, among all that was ever issued.
CREATE INDEX reward_given ON reward (id) WHERE rail = 'donation' AND state = 'issued';

-- One transfer to one charity. It freezes a set of donations; its journal in the books is "remit:" and its id.
CREATE TABLE remittance (
    id           TEXT PRIMARY KEY,
    charity_id   TEXT NOT NULL REFERENCES charity (id),
    registration TEXT NOT NULL,
    currency     TEXT NOT NULL,
    amount_minor BIGINT NOT NULL,
    donations    BIGINT NOT NULL,
    state        TEXT NOT NULL CHECK (state IN ('open', 'paid', 'cancelled')),
    -- The bank's reference, the day of the transfer as 2026-05-12, and where the charity's receipt is kept.
    reference    TEXT NOT NULL DEFAULT '',
    paid_on      TEXT NOT NULL DEFAULT '',
    proof        TEXT NOT NULL DEFAULT '',
    made_by      TEXT NOT NULL DEFAULT '',
    ended_by     TEXT NOT NULL DEFAULT '',
    note         TEXT NOT NULL DEFAULT '',
    version      BIGINT NOT NULL DEFAULT 0,
    created_at   {{ .Timestamp }} NOT NULL,
    ended_at     {{ .Timestamp }},
    CONSTRAINT remittance_amount CHECK (amount_minor >= 0 AND donations >= 0),
    CONSTRAINT remittance_ended CHECK ((state = 'open') = (ended_at IS NULL)),
    CONSTRAINT remittance_proven CHECK (state <> 'paid' OR (amount_minor > 0 AND reference <> '' AND paid_on <> '' AND proof <> ''))
);
CREATE UNIQUE INDEX remittance_open ON remittance (charity_id, currency) WHERE state = 'open';
CREATE INDEX remittance_list ON remittance (created_at, id);

-- What a payout has given to a charity. The payout is its natural key: one donation each, however often it is asked for.
CREATE TABLE donation (
    payout_id     TEXT PRIMARY KEY REFERENCES payout (id),
    reward_id     TEXT NOT NULL REFERENCES reward (id),
    charity_id    TEXT NOT NULL REFERENCES charity (id),
    registration  TEXT NOT NULL,
    currency      TEXT NOT NULL,
    amount_minor  BIGINT NOT NULL,
    given_at      {{ .Timestamp }} NOT NULL,
    -- When it has to be with the charity, as its owner was told.
    due_at        {{ .Timestamp }} NOT NULL,
    taken_back_at {{ .Timestamp }},
    remittance_id TEXT REFERENCES remittance (id),
    CONSTRAINT donation_amount CHECK (amount_minor > 0),
    CONSTRAINT donation_kept CHECK (taken_back_at IS NULL OR remittance_id IS NULL)
);
CREATE INDEX donation_reward ON donation (reward_id);
CREATE INDEX donation_due ON donation (due_at, charity_id, currency) WHERE remittance_id IS NULL AND taken_back_at IS NULL;
CREATE INDEX donation_run ON donation (remittance_id) WHERE remittance_id IS NOT NULL;
