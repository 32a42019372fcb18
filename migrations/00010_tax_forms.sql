-- Tax forms: of whom finance has one, and the row whose lock weighs the payouts of one payee one after the other.
-- +goose Up

-- One row for each payee whose payments of a year were ever added up. It holds neither the form nor a number on it.
CREATE TABLE tax_form (
    customer_id TEXT PRIMARY KEY REFERENCES customer (id),
    -- Empty while there is none on file.
    kind        TEXT NOT NULL DEFAULT '' CHECK (kind IN ('', 'W-9', 'W-8BEN', 'W-8BEN-E', 'W-8ECI', 'W-8EXP', 'W-8IMY')),
    -- A day as 2026-05-12.
    received_on TEXT NOT NULL DEFAULT '',
    noted_by    TEXT NOT NULL DEFAULT '',
    noted_at    {{ .Timestamp }},
    told_at     {{ .Timestamp }},
    version     BIGINT NOT NULL DEFAULT 0,
    created_at  {{ .Timestamp }} NOT NULL,
    updated_at  {{ .Timestamp }} NOT NULL,
    CONSTRAINT tax_form_dated CHECK ((kind = '') = (received_on = '') AND (kind = '') = (noted_at IS NULL))
);

-- What waits for a form: few, among all that is held.
CREATE INDEX reward_taxed ON reward (customer_id) WHERE held_reason = 'tax_form';
