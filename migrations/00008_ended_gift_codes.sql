-- Gift codes that ended in stock are a loss: finance writes each of them off once.
-- +goose Up

ALTER TABLE gift_code ADD COLUMN written_off_at {{ .Timestamp }} CHECK (written_off_at IS NULL OR payout_id IS NULL);
