-- Gift codes are money in a drawer: a stock of sealed codes, each given to one payout at most.
-- +goose Up

-- One file that finance has taken into stock; its journal in the books is "stock:" and its id.
CREATE TABLE gift_upload (
    id         TEXT PRIMARY KEY,
    file_name  TEXT NOT NULL DEFAULT '',
    codes      INTEGER NOT NULL,
    actor_id   TEXT NOT NULL DEFAULT '',
    created_at {{ .Timestamp }} NOT NULL,
    CONSTRAINT gift_upload_codes CHECK (codes > 0)
);

-- sealed holds code and pin under the installation's key, blind a keyed hash of the code, so that the same code is found
-- again and a copy of the database shows none.
CREATE TABLE gift_code (
    id           TEXT PRIMARY KEY,
    upload_id    TEXT NOT NULL REFERENCES gift_upload (id),
    currency     TEXT NOT NULL,
    amount_minor BIGINT NOT NULL,
    label        TEXT NOT NULL DEFAULT '',
    sealed       TEXT NOT NULL,
    blind        TEXT NOT NULL,
    expires_at   {{ .Timestamp }},
    payout_id    TEXT REFERENCES payout (id),
    reward_id    TEXT REFERENCES reward (id),
    bound_at     {{ .Timestamp }},
    shown_at     {{ .Timestamp }},
    bindings     INTEGER NOT NULL DEFAULT 0,
    created_at   {{ .Timestamp }} NOT NULL,
    CONSTRAINT gift_code_amount CHECK (amount_minor > 0),
    CONSTRAINT gift_code_sealed CHECK (sealed <> '' AND length(blind) = 64),
    CONSTRAINT gift_code_bound CHECK ((payout_id IS NULL) = (reward_id IS NULL) AND (payout_id IS NULL) = (bound_at IS NULL)),
    CONSTRAINT gift_code_shown CHECK (shown_at IS NULL OR payout_id IS NOT NULL)
);
CREATE UNIQUE INDEX gift_code_blind ON gift_code (blind);
CREATE UNIQUE INDEX gift_code_payout ON gift_code (payout_id) WHERE payout_id IS NOT NULL;
CREATE UNIQUE INDEX gift_code_reward ON gift_code (reward_id) WHERE reward_id IS NOT NULL;
CREATE INDEX gift_code_free ON gift_code (currency, amount_minor, id) WHERE payout_id IS NULL;
CREATE INDEX reward_waits ON reward (currency, id) WHERE held_reason = 'out_of_stock';
