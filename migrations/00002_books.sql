-- The books and the audit: rows that the database itself keeps balanced, append-only and in a chain.
-- +goose Up

-- One row for each account and currency, made before its first posting. The balance is kept by the legs' trigger and
-- counted in the account's normal direction; names are compared by bytes on both engines.
CREATE TABLE ledger_account (
    name          TEXT {{ if .Postgres }}COLLATE "C"{{ end }} NOT NULL,
    currency      TEXT NOT NULL,
    normal        TEXT NOT NULL,
    guarded       BOOLEAN NOT NULL,
    balance_minor BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (name, currency),
    CONSTRAINT ledger_account_currency CHECK (currency = 'CODE' OR (length(currency) = 3 AND currency = upper(currency))),
    CONSTRAINT ledger_account_normal CHECK (normal = CASE
        WHEN substr(name, 1, 2) IN ('L:', 'X:', 'O:') OR (substr(name, 1, 2) = 'M:' AND name <> 'M:control')
            OR substr(name, 1, 12) = 'E:recoveries' OR name = 'E:breakage' THEN 'C' ELSE 'D' END),
    CONSTRAINT ledger_account_guarded CHECK (guarded =
        (substr(name, 1, 2) IN ('L:', 'X:') OR (substr(name, 1, 2) = 'M:' AND name <> 'M:control') OR substr(name, 1, 11) = 'A:clawback:')),
    CONSTRAINT ledger_account_floor CHECK (NOT guarded OR balance_minor >= 0),
    -- Far enough from 64 bits that no leg can get there, and whole: SQLite would turn an overflow into a float.
    CONSTRAINT ledger_account_range CHECK (balance_minor BETWEEN -4000000000000000000 AND 4000000000000000000
        AND balance_minor = CAST(balance_minor AS BIGINT))
);

-- A journal is inserted after its legs; its trigger checks and closes it. seq, prev_hash and hash are set once, by sealing.
CREATE TABLE ledger_journal (
    id              TEXT PRIMARY KEY,
    key             TEXT NOT NULL UNIQUE,
    kind            TEXT NOT NULL,
    at              {{ .Timestamp }} NOT NULL,
    reward_id       TEXT NOT NULL DEFAULT '',
    campaign_id     TEXT NOT NULL DEFAULT '',
    introduction_id TEXT NOT NULL DEFAULT '',
    actor_kind      TEXT NOT NULL,
    actor_id        TEXT NOT NULL DEFAULT '',
    legs            INTEGER NOT NULL,
    seq             BIGINT UNIQUE,
    prev_hash       TEXT,
    hash            TEXT,
    CONSTRAINT ledger_journal_named CHECK (id <> '' AND key <> '' AND kind <> '' AND actor_kind <> ''),
    CONSTRAINT ledger_journal_legs CHECK (legs BETWEEN 2 AND 1000),
    CONSTRAINT ledger_journal_seal CHECK ((seq IS NULL) = (hash IS NULL) AND (seq IS NULL) = (prev_hash IS NULL)
        AND (seq IS NULL OR (seq > 0 AND length(hash) = 64)))
);
CREATE INDEX ledger_journal_unsealed ON ledger_journal (id) WHERE seq IS NULL;
CREATE INDEX ledger_journal_reward ON ledger_journal (reward_id, id) WHERE reward_id <> '';
CREATE INDEX ledger_journal_campaign ON ledger_journal (campaign_id, id) WHERE campaign_id <> '';
CREATE INDEX ledger_journal_introduction ON ledger_journal (introduction_id, id) WHERE introduction_id <> '';

-- Deferred: the journal comes after its legs, and legs without a journal cannot be committed.
CREATE TABLE ledger_leg (
    journal_id   TEXT NOT NULL REFERENCES ledger_journal (id) DEFERRABLE INITIALLY DEFERRED,
    number       INTEGER NOT NULL,
    account      TEXT {{ if .Postgres }}COLLATE "C"{{ end }} NOT NULL,
    currency     TEXT NOT NULL,
    side         TEXT NOT NULL,
    amount_minor BIGINT NOT NULL,
    PRIMARY KEY (journal_id, number),
    CONSTRAINT ledger_leg_side CHECK (side IN ('D', 'C')),
    CONSTRAINT ledger_leg_amount CHECK (amount_minor BETWEEN 1 AND 1000000000000000 AND amount_minor = CAST(amount_minor AS BIGINT))
);
CREATE INDEX ledger_leg_account ON ledger_leg (account, currency, journal_id);

-- A key is claimed before its journal is written, so that a second posting of the same fact finds out before it has
-- moved anything. A claim without a journal cannot be committed.
CREATE TABLE ledger_key (
    key TEXT PRIMARY KEY REFERENCES ledger_journal (key) DEFERRABLE INITIALLY DEFERRED
);

-- The end of the sealed chain, moved once for each batch; sealing locks it, so that only one process seals.
CREATE TABLE ledger_head (
    id   INTEGER PRIMARY KEY CHECK (id = 1),
    seq  BIGINT NOT NULL,
    hash TEXT NOT NULL
);
INSERT INTO ledger_head (id, seq, hash) VALUES (1, 0, '');

-- The JSON is plain text on both engines, because its bytes are hashed.
CREATE TABLE audit_entry (
    id          TEXT PRIMARY KEY,
    at          {{ .Timestamp }} NOT NULL,
    actor_kind  TEXT NOT NULL,
    actor_id    TEXT NOT NULL DEFAULT '',
    actor_name  TEXT NOT NULL DEFAULT '',
    actor_role  TEXT NOT NULL DEFAULT '',
    ip          TEXT NOT NULL DEFAULT '',
    request_id  TEXT NOT NULL DEFAULT '',
    action      TEXT NOT NULL,
    object      TEXT NOT NULL,
    object_id   TEXT NOT NULL DEFAULT '',
    reason      TEXT NOT NULL DEFAULT '',
    before_json TEXT NOT NULL DEFAULT '',
    after_json  TEXT NOT NULL DEFAULT '',
    seq         BIGINT UNIQUE,
    prev_hash   TEXT,
    hash        TEXT,
    CONSTRAINT audit_entry_named CHECK (id <> '' AND actor_kind <> '' AND action <> '' AND object <> ''),
    CONSTRAINT audit_entry_seal CHECK ((seq IS NULL) = (hash IS NULL) AND (seq IS NULL) = (prev_hash IS NULL)
        AND (seq IS NULL OR (seq > 0 AND length(hash) = 64)))
);
CREATE INDEX audit_entry_unsealed ON audit_entry (id) WHERE seq IS NULL;
CREATE INDEX audit_entry_object ON audit_entry (object, object_id, id);
CREATE INDEX audit_entry_actor ON audit_entry (actor_id, id);

CREATE TABLE audit_head (
    id   INTEGER PRIMARY KEY CHECK (id = 1),
    seq  BIGINT NOT NULL,
    hash TEXT NOT NULL
);
INSERT INTO audit_head (id, seq, hash) VALUES (1, 0, '');

{{ if .Postgres }}
-- +goose StatementBegin
CREATE FUNCTION books_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'books: % on % is refused', TG_OP, TG_TABLE_NAME;
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION ledger_account_insert() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.balance_minor <> 0 THEN
        RAISE EXCEPTION 'books: an account begins at zero';
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd

-- An update that changes nothing locks the row; a balance moves only from the legs' trigger, one level up.
-- +goose StatementBegin
CREATE FUNCTION ledger_account_update() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW IS NOT DISTINCT FROM OLD THEN
        RETURN NEW;
    END IF;
    IF pg_trigger_depth() < 2 OR NEW.name <> OLD.name OR NEW.currency <> OLD.currency
        OR NEW.normal <> OLD.normal OR NEW.guarded <> OLD.guarded THEN
        RAISE EXCEPTION 'books: a balance moves only by legs';
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION ledger_leg_insert() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM ledger_journal WHERE id = NEW.journal_id) THEN
        RAISE EXCEPTION 'books: journal % is closed', NEW.journal_id;
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION ledger_leg_post() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE ledger_account
        SET balance_minor = balance_minor + CASE WHEN normal = NEW.side THEN NEW.amount_minor ELSE -NEW.amount_minor END
        WHERE name = NEW.account AND currency = NEW.currency;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'books: no account % in %', NEW.account, NEW.currency;
    END IF;
    RETURN NULL;
END $$;
-- +goose StatementEnd

-- At commit: a leg that another transaction slipped under a journal while that one was being closed.
-- +goose StatementBegin
CREATE FUNCTION ledger_leg_commit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT legs FROM ledger_journal WHERE id = NEW.journal_id)
        IS DISTINCT FROM (SELECT count(*) FROM ledger_leg WHERE journal_id = NEW.journal_id) THEN
        RAISE EXCEPTION 'books: journal % has other legs than it was closed with', NEW.journal_id;
    END IF;
    RETURN NULL;
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION ledger_journal_insert() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.seq IS NOT NULL THEN
        RAISE EXCEPTION 'books: only sealing gives a place in the sequence';
    END IF;
    IF NOT EXISTS (SELECT 1 FROM ledger_key WHERE key = NEW.key) THEN
        RAISE EXCEPTION 'books: the key of journal % is not claimed', NEW.id;
    END IF;
    IF (SELECT count(*) FROM ledger_leg WHERE journal_id = NEW.id) <> NEW.legs THEN
        RAISE EXCEPTION 'books: journal % has other legs than it says', NEW.id;
    END IF;
    IF EXISTS (SELECT 1 FROM ledger_leg WHERE journal_id = NEW.id GROUP BY currency, substr(account, 1, 2) = 'M:'
        HAVING sum(CASE side WHEN 'D' THEN amount_minor ELSE -amount_minor END) <> 0) THEN
        RAISE EXCEPTION 'books: journal % is not balanced', NEW.id;
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION ledger_journal_update() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    before ledger_journal := OLD;
BEGIN
    before.seq := NEW.seq;
    before.prev_hash := NEW.prev_hash;
    before.hash := NEW.hash;
    IF OLD.seq IS NOT NULL OR NEW.seq IS NULL OR before IS DISTINCT FROM NEW THEN
        RAISE EXCEPTION 'books: journal % is never changed', OLD.id;
    END IF;
    IF NOT (CASE NEW.seq WHEN 1 THEN NEW.prev_hash = ''
        ELSE EXISTS (SELECT 1 FROM ledger_journal WHERE seq = NEW.seq - 1 AND hash = NEW.prev_hash) END) THEN
        RAISE EXCEPTION 'books: journal % does not continue the chain', OLD.id;
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION audit_entry_insert() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.seq IS NOT NULL THEN
        RAISE EXCEPTION 'books: only sealing gives a place in the sequence';
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION audit_entry_update() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    before audit_entry := OLD;
BEGIN
    before.seq := NEW.seq;
    before.prev_hash := NEW.prev_hash;
    before.hash := NEW.hash;
    IF OLD.seq IS NOT NULL OR NEW.seq IS NULL OR before IS DISTINCT FROM NEW THEN
        RAISE EXCEPTION 'books: audit entry % is never changed', OLD.id;
    END IF;
    IF NOT (CASE NEW.seq WHEN 1 THEN NEW.prev_hash = ''
        ELSE EXISTS (SELECT 1 FROM audit_entry WHERE seq = NEW.seq - 1 AND hash = NEW.prev_hash) END) THEN
        RAISE EXCEPTION 'books: audit entry % does not continue the chain', OLD.id;
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION ledger_head_update() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW IS DISTINCT FROM OLD AND (NEW.id <> OLD.id OR NEW.seq <= OLD.seq OR EXISTS (SELECT 1 FROM ledger_journal WHERE seq = NEW.seq + 1)
        OR NOT EXISTS (SELECT 1 FROM ledger_journal WHERE seq = NEW.seq AND hash = NEW.hash)) THEN
        RAISE EXCEPTION 'books: the head moves only to the end of the chain';
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION audit_head_update() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW IS DISTINCT FROM OLD AND (NEW.id <> OLD.id OR NEW.seq <= OLD.seq OR EXISTS (SELECT 1 FROM audit_entry WHERE seq = NEW.seq + 1)
        OR NOT EXISTS (SELECT 1 FROM audit_entry WHERE seq = NEW.seq AND hash = NEW.hash)) THEN
        RAISE EXCEPTION 'books: the head moves only to the end of the chain';
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd

CREATE TRIGGER ledger_account_insert BEFORE INSERT ON ledger_account FOR EACH ROW EXECUTE FUNCTION ledger_account_insert();
CREATE TRIGGER ledger_account_update BEFORE UPDATE ON ledger_account FOR EACH ROW EXECUTE FUNCTION ledger_account_update();
CREATE TRIGGER ledger_account_delete BEFORE DELETE ON ledger_account FOR EACH ROW EXECUTE FUNCTION books_refuse();
CREATE TRIGGER ledger_account_truncate BEFORE TRUNCATE ON ledger_account FOR EACH STATEMENT EXECUTE FUNCTION books_refuse();

CREATE TRIGGER ledger_leg_insert BEFORE INSERT ON ledger_leg FOR EACH ROW EXECUTE FUNCTION ledger_leg_insert();
CREATE TRIGGER ledger_leg_post AFTER INSERT ON ledger_leg FOR EACH ROW EXECUTE FUNCTION ledger_leg_post();
CREATE CONSTRAINT TRIGGER ledger_leg_commit AFTER INSERT ON ledger_leg DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_leg_commit();
CREATE TRIGGER ledger_leg_change BEFORE UPDATE OR DELETE ON ledger_leg FOR EACH ROW EXECUTE FUNCTION books_refuse();
CREATE TRIGGER ledger_leg_truncate BEFORE TRUNCATE ON ledger_leg FOR EACH STATEMENT EXECUTE FUNCTION books_refuse();

CREATE TRIGGER ledger_journal_insert BEFORE INSERT ON ledger_journal FOR EACH ROW EXECUTE FUNCTION ledger_journal_insert();
CREATE TRIGGER ledger_journal_update BEFORE UPDATE ON ledger_journal FOR EACH ROW EXECUTE FUNCTION ledger_journal_update();
CREATE TRIGGER ledger_journal_delete BEFORE DELETE ON ledger_journal FOR EACH ROW EXECUTE FUNCTION books_refuse();
CREATE TRIGGER ledger_journal_truncate BEFORE TRUNCATE ON ledger_journal FOR EACH STATEMENT EXECUTE FUNCTION books_refuse();

CREATE TRIGGER ledger_key_change BEFORE UPDATE OR DELETE ON ledger_key FOR EACH ROW EXECUTE FUNCTION books_refuse();
CREATE TRIGGER ledger_key_truncate BEFORE TRUNCATE ON ledger_key FOR EACH STATEMENT EXECUTE FUNCTION books_refuse();

CREATE TRIGGER ledger_head_update BEFORE UPDATE ON ledger_head FOR EACH ROW EXECUTE FUNCTION ledger_head_update();
CREATE TRIGGER ledger_head_delete BEFORE DELETE ON ledger_head FOR EACH ROW EXECUTE FUNCTION books_refuse();
CREATE TRIGGER ledger_head_truncate BEFORE TRUNCATE ON ledger_head FOR EACH STATEMENT EXECUTE FUNCTION books_refuse();

CREATE TRIGGER audit_entry_insert BEFORE INSERT ON audit_entry FOR EACH ROW EXECUTE FUNCTION audit_entry_insert();
CREATE TRIGGER audit_entry_update BEFORE UPDATE ON audit_entry FOR EACH ROW EXECUTE FUNCTION audit_entry_update();
CREATE TRIGGER audit_entry_delete BEFORE DELETE ON audit_entry FOR EACH ROW EXECUTE FUNCTION books_refuse();
CREATE TRIGGER audit_entry_truncate BEFORE TRUNCATE ON audit_entry FOR EACH STATEMENT EXECUTE FUNCTION books_refuse();

CREATE TRIGGER audit_head_update BEFORE UPDATE ON audit_head FOR EACH ROW EXECUTE FUNCTION audit_head_update();
CREATE TRIGGER audit_head_delete BEFORE DELETE ON audit_head FOR EACH ROW EXECUTE FUNCTION books_refuse();
CREATE TRIGGER audit_head_truncate BEFORE TRUNCATE ON audit_head FOR EACH STATEMENT EXECUTE FUNCTION books_refuse();
{{ else }}
-- SQLite deletes the old row of INSERT OR REPLACE without firing a DELETE trigger, so every INSERT trigger also refuses
-- or ignores a row that is there.

-- +goose StatementBegin
CREATE TRIGGER ledger_account_insert BEFORE INSERT ON ledger_account
BEGIN
    SELECT RAISE(IGNORE) WHERE EXISTS (SELECT 1 FROM ledger_account WHERE name = NEW.name AND currency = NEW.currency);
    SELECT RAISE(ABORT, 'books: an account begins at zero') WHERE NEW.balance_minor <> 0;
END;
-- +goose StatementEnd

-- SQLite cannot say who updates: the move must be that of the newest leg, and its journal must still be open.
-- An update that changes nothing is harmless.
-- +goose StatementBegin
CREATE TRIGGER ledger_account_update BEFORE UPDATE ON ledger_account
WHEN (NEW.name, NEW.currency, NEW.normal, NEW.guarded, NEW.balance_minor) IS NOT (OLD.name, OLD.currency, OLD.normal, OLD.guarded, OLD.balance_minor)
BEGIN
    SELECT RAISE(ABORT, 'books: a balance moves only by legs')
    WHERE (NEW.name, NEW.currency, NEW.normal, NEW.guarded) IS NOT (OLD.name, OLD.currency, OLD.normal, OLD.guarded)
        OR NEW.balance_minor - OLD.balance_minor IS NOT (
            SELECT CASE WHEN l.side = OLD.normal THEN l.amount_minor ELSE -l.amount_minor END
            FROM ledger_leg l
            WHERE l.rowid = (SELECT max(rowid) FROM ledger_leg) AND l.account = OLD.name AND l.currency = OLD.currency
                AND NOT EXISTS (SELECT 1 FROM ledger_journal j WHERE j.id = l.journal_id));
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER ledger_account_delete BEFORE DELETE ON ledger_account
BEGIN
    SELECT RAISE(ABORT, 'books: DELETE on ledger_account is refused');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER ledger_leg_insert BEFORE INSERT ON ledger_leg
BEGIN
    SELECT RAISE(ABORT, 'books: the journal is closed') WHERE EXISTS (SELECT 1 FROM ledger_journal WHERE id = NEW.journal_id);
    SELECT RAISE(ABORT, 'books: the leg is there') WHERE EXISTS (SELECT 1 FROM ledger_leg WHERE journal_id = NEW.journal_id AND number = NEW.number);
    SELECT RAISE(ABORT, 'books: no such account') WHERE NOT EXISTS (SELECT 1 FROM ledger_account WHERE name = NEW.account AND currency = NEW.currency);
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER ledger_leg_post AFTER INSERT ON ledger_leg
BEGIN
    UPDATE ledger_account
        SET balance_minor = balance_minor + CASE WHEN normal = NEW.side THEN NEW.amount_minor ELSE -NEW.amount_minor END
        WHERE name = NEW.account AND currency = NEW.currency;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER ledger_leg_update BEFORE UPDATE ON ledger_leg
BEGIN
    SELECT RAISE(ABORT, 'books: UPDATE on ledger_leg is refused');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER ledger_leg_delete BEFORE DELETE ON ledger_leg
BEGIN
    SELECT RAISE(ABORT, 'books: DELETE on ledger_leg is refused');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER ledger_journal_insert BEFORE INSERT ON ledger_journal
BEGIN
    SELECT RAISE(ABORT, 'books: the journal is there') WHERE EXISTS (SELECT 1 FROM ledger_journal WHERE id = NEW.id OR key = NEW.key);
    SELECT RAISE(ABORT, 'books: only sealing gives a place in the sequence') WHERE NEW.seq IS NOT NULL;
    SELECT RAISE(ABORT, 'books: the key is not claimed') WHERE NOT EXISTS (SELECT 1 FROM ledger_key WHERE key = NEW.key);
    SELECT RAISE(ABORT, 'books: the journal has other legs than it says') WHERE (SELECT count(*) FROM ledger_leg WHERE journal_id = NEW.id) <> NEW.legs;
    SELECT RAISE(ABORT, 'books: the journal is not balanced') WHERE EXISTS (
        SELECT 1 FROM ledger_leg WHERE journal_id = NEW.id GROUP BY currency, substr(account, 1, 2) = 'M:'
        HAVING sum(CASE side WHEN 'D' THEN amount_minor ELSE -amount_minor END) <> 0);
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER ledger_journal_update BEFORE UPDATE ON ledger_journal
BEGIN
    SELECT RAISE(ABORT, 'books: a journal is never changed')
    WHERE OLD.seq IS NOT NULL OR NEW.seq IS NULL
        OR (NEW.id, NEW.key, NEW.kind, NEW.at, NEW.reward_id, NEW.campaign_id, NEW.introduction_id, NEW.actor_kind, NEW.actor_id, NEW.legs)
            IS NOT (OLD.id, OLD.key, OLD.kind, OLD.at, OLD.reward_id, OLD.campaign_id, OLD.introduction_id, OLD.actor_kind, OLD.actor_id, OLD.legs);
    SELECT RAISE(ABORT, 'books: the place in the chain is taken') WHERE EXISTS (SELECT 1 FROM ledger_journal WHERE seq = NEW.seq);
    SELECT RAISE(ABORT, 'books: the journal does not continue the chain')
    WHERE NOT CASE NEW.seq WHEN 1 THEN NEW.prev_hash = ''
        ELSE EXISTS (SELECT 1 FROM ledger_journal WHERE seq = NEW.seq - 1 AND hash = NEW.prev_hash) END;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER ledger_journal_delete BEFORE DELETE ON ledger_journal
BEGIN
    SELECT RAISE(ABORT, 'books: DELETE on ledger_journal is refused');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER ledger_key_insert BEFORE INSERT ON ledger_key
BEGIN
    SELECT RAISE(IGNORE) WHERE EXISTS (SELECT 1 FROM ledger_key WHERE key = NEW.key);
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER ledger_key_update BEFORE UPDATE ON ledger_key
BEGIN
    SELECT RAISE(ABORT, 'books: UPDATE on ledger_key is refused');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER ledger_key_delete BEFORE DELETE ON ledger_key
BEGIN
    SELECT RAISE(ABORT, 'books: DELETE on ledger_key is refused');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER ledger_head_insert BEFORE INSERT ON ledger_head
BEGIN
    SELECT RAISE(ABORT, 'books: there is one head');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER ledger_head_update BEFORE UPDATE ON ledger_head
WHEN (NEW.id, NEW.seq, NEW.hash) IS NOT (OLD.id, OLD.seq, OLD.hash)
BEGIN
    SELECT RAISE(ABORT, 'books: the head moves only to the end of the chain')
    WHERE NEW.id <> OLD.id OR NEW.seq <= OLD.seq OR EXISTS (SELECT 1 FROM ledger_journal WHERE seq = NEW.seq + 1)
        OR NOT EXISTS (SELECT 1 FROM ledger_journal WHERE seq = NEW.seq AND hash = NEW.hash);
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER ledger_head_delete BEFORE DELETE ON ledger_head
BEGIN
    SELECT RAISE(ABORT, 'books: DELETE on ledger_head is refused');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER audit_entry_insert BEFORE INSERT ON audit_entry
BEGIN
    SELECT RAISE(ABORT, 'books: the entry is there') WHERE EXISTS (SELECT 1 FROM audit_entry WHERE id = NEW.id);
    SELECT RAISE(ABORT, 'books: only sealing gives a place in the sequence') WHERE NEW.seq IS NOT NULL;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER audit_entry_update BEFORE UPDATE ON audit_entry
BEGIN
    SELECT RAISE(ABORT, 'books: an audit entry is never changed')
    WHERE OLD.seq IS NOT NULL OR NEW.seq IS NULL
        OR (NEW.id, NEW.at, NEW.actor_kind, NEW.actor_id, NEW.actor_name, NEW.actor_role, NEW.ip, NEW.request_id,
                NEW.action, NEW.object, NEW.object_id, NEW.reason, NEW.before_json, NEW.after_json)
            IS NOT (OLD.id, OLD.at, OLD.actor_kind, OLD.actor_id, OLD.actor_name, OLD.actor_role, OLD.ip, OLD.request_id,
                OLD.action, OLD.object, OLD.object_id, OLD.reason, OLD.before_json, OLD.after_json);
    SELECT RAISE(ABORT, 'books: the place in the chain is taken') WHERE EXISTS (SELECT 1 FROM audit_entry WHERE seq = NEW.seq);
    SELECT RAISE(ABORT, 'books: the entry does not continue the chain')
    WHERE NOT CASE NEW.seq WHEN 1 THEN NEW.prev_hash = ''
        ELSE EXISTS (SELECT 1 FROM audit_entry WHERE seq = NEW.seq - 1 AND hash = NEW.prev_hash) END;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER audit_entry_delete BEFORE DELETE ON audit_entry
BEGIN
    SELECT RAISE(ABORT, 'books: DELETE on audit_entry is refused');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER audit_head_insert BEFORE INSERT ON audit_head
BEGIN
    SELECT RAISE(ABORT, 'books: there is one head');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER audit_head_update BEFORE UPDATE ON audit_head
WHEN (NEW.id, NEW.seq, NEW.hash) IS NOT (OLD.id, OLD.seq, OLD.hash)
BEGIN
    SELECT RAISE(ABORT, 'books: the head moves only to the end of the chain')
    WHERE NEW.id <> OLD.id OR NEW.seq <= OLD.seq OR EXISTS (SELECT 1 FROM audit_entry WHERE seq = NEW.seq + 1)
        OR NOT EXISTS (SELECT 1 FROM audit_entry WHERE seq = NEW.seq AND hash = NEW.hash);
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER audit_head_delete BEFORE DELETE ON audit_head
BEGIN
    SELECT RAISE(ABORT, 'books: DELETE on audit_head is refused');
END;
-- +goose StatementEnd
{{ end }}
