-- Bank transfers: whom Stripe pays for us, rails that wait for money, and how much of a payout shall come back.
-- +goose Up

-- One row for each customer who was ever asked for a bank account: the account at Stripe that their rewards go to, and what
-- Stripe said last about it.
CREATE TABLE payee (
    customer_id  TEXT PRIMARY KEY REFERENCES customer (id),
    -- Empty until Stripe has made one.
    account      TEXT NOT NULL DEFAULT '',
    country      TEXT NOT NULL DEFAULT '',
    -- Numbers the requests for an account, each under a key of its own.
    number       INTEGER NOT NULL DEFAULT 0,
    asked_at     {{ .Timestamp }},
    state        TEXT NOT NULL CHECK (state IN ('none', 'pending', 'checking', 'ready', 'restricted', 'disabled')),
    reason       TEXT NOT NULL DEFAULT '',
    currencies   TEXT NOT NULL DEFAULT '',
    paused_until {{ .Timestamp }},
    told_at      {{ .Timestamp }},
    looked_at    {{ .Timestamp }},
    ready_at     {{ .Timestamp }},
    version      BIGINT NOT NULL DEFAULT 0,
    created_at   {{ .Timestamp }} NOT NULL,
    updated_at   {{ .Timestamp }} NOT NULL
);
CREATE UNIQUE INDEX payee_account ON payee (account) WHERE account <> '';

-- A rail whose balance did not cover a payout: until it does, one payout at a time asks again.
CREATE TABLE rail_shortage (
    rail          TEXT NOT NULL,
    currency      TEXT NOT NULL,
    since         {{ .Timestamp }} NOT NULL,
    next_probe_at {{ .Timestamp }} NOT NULL,
    PRIMARY KEY (rail, currency)
);

-- What shall be taken back in the present reversal, and how many keys were given up because the balance was too small.
ALTER TABLE payout ADD COLUMN back_minor BIGINT NOT NULL DEFAULT 0 CHECK (back_minor >= 0);
ALTER TABLE payout ADD COLUMN short_count INTEGER NOT NULL DEFAULT 0 CHECK (short_count >= 0);
