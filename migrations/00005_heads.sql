-- When the books were proven, the signed ends of both chains, and what the rails showed that the books do not.
-- +goose Up

-- One row for each time that the books were proven. The signature is over the heads and there only if nothing was found.
CREATE TABLE book_proof (
    id          TEXT PRIMARY KEY,
    -- The day that it is for, as 2026-05-12; nothing when a person asked for it.
    day         TEXT UNIQUE,
    started_at  {{ .Timestamp }} NOT NULL,
    finished_at {{ .Timestamp }},
    rewards     BIGINT NOT NULL DEFAULT 0,
    payouts     BIGINT NOT NULL DEFAULT 0,
    journals    BIGINT NOT NULL DEFAULT 0,
    legs        BIGINT NOT NULL DEFAULT 0,
    entries     BIGINT NOT NULL DEFAULT 0,
    findings    BIGINT NOT NULL DEFAULT 0,
    -- The first finding in words.
    detail      TEXT NOT NULL DEFAULT '',
    ledger_seq  BIGINT NOT NULL DEFAULT 0,
    ledger_hash TEXT NOT NULL DEFAULT '',
    audit_seq   BIGINT NOT NULL DEFAULT 0,
    audit_hash  TEXT NOT NULL DEFAULT '',
    signing_key TEXT NOT NULL DEFAULT '',
    signature   TEXT NOT NULL DEFAULT ''
);
CREATE INDEX book_proof_finished ON book_proof (finished_at, id) WHERE finished_at IS NOT NULL;

-- One row for each comparison with one rail.
CREATE TABLE reconciliation (
    id            TEXT PRIMARY KEY,
    rail          TEXT NOT NULL,
    -- The day that it is for; nothing when a person asked for it.
    day           TEXT,
    started_at    {{ .Timestamp }} NOT NULL,
    finished_at   {{ .Timestamp }},
    account       TEXT NOT NULL DEFAULT '',
    payouts       BIGINT NOT NULL DEFAULT 0,
    effects       BIGINT NOT NULL DEFAULT 0,
    discrepancies BIGINT NOT NULL DEFAULT 0,
    opened        BIGINT NOT NULL DEFAULT 0,
    CONSTRAINT reconciliation_day UNIQUE (rail, day)
);
CREATE INDEX reconciliation_finished ON reconciliation (rail, finished_at, id) WHERE finished_at IS NOT NULL;

-- What was found, by what it is: the same found again is no second case, also after a person has settled the first.
CREATE TABLE discrepancy (
    fingerprint   TEXT PRIMARY KEY,
    rail          TEXT NOT NULL,
    kind          TEXT NOT NULL,
    case_id       TEXT NOT NULL,
    first_seen_at {{ .Timestamp }} NOT NULL,
    last_seen_at  {{ .Timestamp }} NOT NULL
);

-- The accounts at a rail that its key has opened, and since when.
CREATE TABLE rail_account (
    rail          TEXT NOT NULL,
    account       TEXT NOT NULL,
    first_seen_at {{ .Timestamp }} NOT NULL,
    PRIMARY KEY (rail, account)
);
