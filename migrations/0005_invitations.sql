-- Room: notifications. One SQL text for SQLite and PostgreSQL: TEXT, BIGINT (microseconds, UTC) and BOOLEAN only.

-- Mails can be written ahead of their time, withdrawn again, and tell what they are about. The text of a mail that was
-- given up stays sealed until the mail is forgotten, so that an administrator can send it again.
ALTER TABLE mail ADD COLUMN kind TEXT;
ALTER TABLE mail ADD COLUMN about TEXT;
ALTER TABLE mail ADD COLUMN not_before BIGINT;
ALTER TABLE mail ADD COLUMN not_after BIGINT;
ALTER TABLE mail ADD COLUMN withdrawn_at BIGINT;
-- When the mail is to be tried next; while somebody tries it, when that right ends.
ALTER TABLE mail ADD COLUMN due_at BIGINT;
UPDATE mail SET due_at = created_at;
DROP INDEX mail_waiting;
CREATE INDEX mail_waiting ON mail (organization_id, due_at)
    WHERE sent_at IS NULL AND given_up_at IS NULL AND withdrawn_at IS NULL;
CREATE INDEX mail_about ON mail (organization_id, about);

-- Where an organization words a mail otherwise than we do. A kind without a row says what the code says.
CREATE TABLE mail_template (
    organization_id TEXT NOT NULL,
    kind            TEXT NOT NULL,
    language        TEXT NOT NULL,
    subject         TEXT NOT NULL,
    body            TEXT NOT NULL,
    changed_at      BIGINT NOT NULL,
    PRIMARY KEY (organization_id, kind, language)
);
