-- Room: accounts. One SQL text for SQLite and PostgreSQL: TEXT, BIGINT (microseconds, UTC) and BOOLEAN only.
-- Whatever lets somebody in (session, link, key) is stored as the SHA-256 of what they hold, in hexadecimal.

CREATE TABLE organization (
    id         TEXT PRIMARY KEY,
    name       TEXT NOT NULL,
    time_zone  TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

-- An e-mail address signs in to one organization only: the sign-in form asks for nothing else.
CREATE TABLE account (
    organization_id TEXT NOT NULL REFERENCES organization (id),
    id              TEXT NOT NULL,
    email           TEXT NOT NULL,
    email_key       TEXT NOT NULL,
    name            TEXT NOT NULL,
    time_zone       TEXT NOT NULL,
    password_hash   TEXT,
    created_at      BIGINT NOT NULL,
    disabled_at     BIGINT,
    PRIMARY KEY (organization_id, id)
);
CREATE UNIQUE INDEX account_email ON account (email_key);

CREATE TABLE account_role (
    organization_id TEXT NOT NULL,
    account_id      TEXT NOT NULL,
    role            TEXT NOT NULL,
    PRIMARY KEY (organization_id, account_id, role),
    FOREIGN KEY (organization_id, account_id) REFERENCES account (organization_id, id)
);

CREATE TABLE session (
    organization_id TEXT NOT NULL,
    id              TEXT NOT NULL,
    account_id      TEXT NOT NULL,
    created_at      BIGINT NOT NULL,
    last_seen_at    BIGINT NOT NULL,
    expires_at      BIGINT NOT NULL,
    ip              TEXT,
    user_agent      TEXT,
    PRIMARY KEY (organization_id, id),
    FOREIGN KEY (organization_id, account_id) REFERENCES account (organization_id, id)
);
CREATE UNIQUE INDEX session_id ON session (id);
CREATE INDEX session_account ON session (organization_id, account_id);

CREATE TABLE setup_link (
    id         TEXT PRIMARY KEY,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at    BIGINT
);

-- One open link per account: a new one replaces the old one.
CREATE TABLE invitation (
    organization_id TEXT NOT NULL,
    account_id      TEXT NOT NULL,
    id              TEXT NOT NULL,
    created_at      BIGINT NOT NULL,
    expires_at      BIGINT NOT NULL,
    PRIMARY KEY (organization_id, account_id),
    FOREIGN KEY (organization_id, account_id) REFERENCES account (organization_id, id)
);
CREATE UNIQUE INDEX invitation_id ON invitation (id);

-- Counts failed attempts per address and per e-mail (hashed: people type passwords into the wrong field).
CREATE TABLE sign_in_throttle (
    id              TEXT PRIMARY KEY,
    failures        BIGINT NOT NULL,
    last_attempt_at BIGINT NOT NULL,
    blocked_until   BIGINT NOT NULL
);

CREATE TABLE oidc_identity (
    organization_id TEXT NOT NULL,
    issuer          TEXT NOT NULL,
    subject         TEXT NOT NULL,
    account_id      TEXT NOT NULL,
    created_at      BIGINT NOT NULL,
    PRIMARY KEY (organization_id, issuer, subject),
    FOREIGN KEY (organization_id, account_id) REFERENCES account (organization_id, id)
);
CREATE UNIQUE INDEX oidc_identity_person ON oidc_identity (issuer, subject);

-- A sign-in under way at the provider: the hash of its state, and of the cookie of the browser that began it.
CREATE TABLE oidc_sign_in (
    id          TEXT PRIMARY KEY,
    browser     TEXT NOT NULL,
    next        TEXT NOT NULL,
    expires_at  BIGINT NOT NULL
);

CREATE TABLE api_key (
    organization_id TEXT NOT NULL,
    id              TEXT NOT NULL,
    name            TEXT NOT NULL,
    secret_hash     TEXT NOT NULL,
    hint            TEXT NOT NULL,
    scopes          TEXT NOT NULL,
    created_at      BIGINT NOT NULL,
    created_by      TEXT NOT NULL,
    expires_at      BIGINT,
    revoked_at      BIGINT,
    last_used_at    BIGINT,
    PRIMARY KEY (organization_id, id),
    FOREIGN KEY (organization_id) REFERENCES organization (id)
);
CREATE UNIQUE INDEX api_key_secret ON api_key (secret_hash);
