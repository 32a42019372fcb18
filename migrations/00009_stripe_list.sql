-- Up to when Stripe's list of events was read: what was made there before is known here.
-- +goose Up

CREATE TABLE stripe_list (
    name    TEXT PRIMARY KEY,
    read_to {{ .Timestamp }} NOT NULL
);
