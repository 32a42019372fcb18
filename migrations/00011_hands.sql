-- Who had a hand in a reward before anybody decides about it, who decided alone, and what people were told about money.
-- +goose Up

-- Who made the key: it acts by their hand. Keys of before stand for themselves.
ALTER TABLE api_key ADD COLUMN made_by TEXT NOT NULL DEFAULT '';

-- Everybody who has written this version's terms or those of an earlier one, as a JSON list of ids.
ALTER TABLE offer ADD COLUMN authors {{ .JSON }} NOT NULL DEFAULT '[]';
{{ if .Postgres }}
UPDATE offer SET authors = COALESCE((SELECT jsonb_agg(DISTINCT e.author_id) FROM offer AS e
    WHERE e.campaign_id = offer.campaign_id AND e.number <= offer.number AND e.author_id <> ''), '[]');
{{ else }}
UPDATE offer SET authors = (SELECT json_group_array(DISTINCT e.author_id) FROM offer AS e
    WHERE e.campaign_id = offer.campaign_id AND e.number <= offer.number AND e.author_id <> '');
{{ end }}
-- Who wrote down a yes, or a meeting, that nobody else has confirmed.
ALTER TABLE introduction ADD COLUMN yes_by TEXT NOT NULL DEFAULT '';
ALTER TABLE introduction ADD COLUMN qualified_by TEXT NOT NULL DEFAULT '';

-- Why an owner decided about what they had a hand in themselves, because nobody else could.
ALTER TABLE reward ADD COLUMN alone_note TEXT NOT NULL DEFAULT '';

-- What owners and finance were told of a trouble that is not over: when, and the newest thing it was about. No row once it is over.
CREATE TABLE money_worry (
    name    TEXT PRIMARY KEY,
    newest  TEXT NOT NULL,
    told_at {{ .Timestamp }} NOT NULL
);
