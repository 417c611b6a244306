-- Room: platform. One SQL text for SQLite and PostgreSQL: TEXT, BIGINT (microseconds, UTC) and BOOLEAN only.

CREATE TABLE data_key (
    organization_id TEXT NOT NULL,
    generation      BIGINT NOT NULL,
    wrapped         TEXT NOT NULL,
    created_at      BIGINT NOT NULL,
    PRIMARY KEY (organization_id, generation)
);

-- Proves at start that the master key is the one this database was sealed with.
CREATE TABLE key_canary (
    id     TEXT PRIMARY KEY,
    sealed TEXT NOT NULL
);

CREATE TABLE job (
    organization_id TEXT NOT NULL,
    id              TEXT NOT NULL,
    kind            TEXT NOT NULL,
    dedupe          TEXT,
    payload         TEXT NOT NULL,
    run_at          BIGINT NOT NULL,
    attempts        BIGINT NOT NULL,
    lease_until     BIGINT,
    last_error      TEXT,
    created_at      BIGINT NOT NULL,
    done_at         BIGINT,
    dead_at         BIGINT,
    PRIMARY KEY (organization_id, id)
);
CREATE INDEX job_due ON job (run_at) WHERE done_at IS NULL AND dead_at IS NULL;
CREATE UNIQUE INDEX job_once ON job (organization_id, kind, dedupe) WHERE done_at IS NULL AND dead_at IS NULL;

CREATE TABLE schedule (
    name    TEXT PRIMARY KEY,
    next_at BIGINT NOT NULL
);

CREATE TABLE audit_entry (
    organization_id TEXT NOT NULL,
    id              TEXT NOT NULL,
    at              BIGINT NOT NULL,
    actor_kind      TEXT NOT NULL,
    actor_id        TEXT,
    actor_name      TEXT NOT NULL,
    action          TEXT NOT NULL,
    subject         TEXT NOT NULL,
    subject_id      TEXT NOT NULL,
    details         TEXT NOT NULL,
    ip              TEXT,
    times           BIGINT NOT NULL,
    last_at         BIGINT NOT NULL,
    PRIMARY KEY (organization_id, id)
);
CREATE INDEX audit_entry_subject ON audit_entry (organization_id, subject, subject_id, id);

-- What processes remember is kept in step through these (PostgreSQL only; see platform::coherence).
CREATE TABLE coherence_counter (value BIGINT NOT NULL);
INSERT INTO coherence_counter (value) VALUES (0);
CREATE TABLE coherence_event (
    sequence BIGINT PRIMARY KEY,
    topic    TEXT NOT NULL,
    at       BIGINT NOT NULL
);
CREATE TABLE coherence_node (
    id          TEXT PRIMARY KEY,
    seen        BIGINT NOT NULL,
    lease_until BIGINT NOT NULL
);
