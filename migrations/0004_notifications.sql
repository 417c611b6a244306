-- Room: notifications. One SQL text for SQLite and PostgreSQL: TEXT, BIGINT (microseconds, UTC) and BOOLEAN only.

-- The outbox. Bodies can hold links that let somebody in, so they are sealed, and gone once the mail is.
CREATE TABLE mail (
    organization_id TEXT NOT NULL,
    id              TEXT NOT NULL,
    recipient       TEXT NOT NULL,
    subject         TEXT NOT NULL,
    body            TEXT,
    dedupe          TEXT,
    created_at      BIGINT NOT NULL,
    attempts        BIGINT NOT NULL,
    last_error      TEXT,
    sent_at         BIGINT,
    given_up_at     BIGINT,
    PRIMARY KEY (organization_id, id)
);
CREATE UNIQUE INDEX mail_once ON mail (organization_id, dedupe);
CREATE INDEX mail_waiting ON mail (organization_id, created_at) WHERE sent_at IS NULL AND given_up_at IS NULL;
