-- Room: connections. Integrations, authorizations, connections, the journal of refreshes, connection tests.

CREATE TABLE integration (
    organization_id TEXT NOT NULL,
    id              TEXT NOT NULL,
    provider        TEXT NOT NULL,
    name            TEXT NOT NULL,
    client_id       TEXT NOT NULL,
    tenant          TEXT NOT NULL,
    purposes        TEXT NOT NULL,
    is_trial        BOOLEAN NOT NULL,
    enabled         BOOLEAN NOT NULL,
    version         BIGINT NOT NULL,
    verdict         TEXT,
    checked_at      BIGINT,
    registered_at   BIGINT NOT NULL,
    trouble         TEXT,
    trouble_since   BIGINT,
    trouble_until   BIGINT,
    changed_by      TEXT NOT NULL,
    created_at      BIGINT NOT NULL,
    updated_at      BIGINT NOT NULL,
    PRIMARY KEY (organization_id, id)
);

CREATE TABLE integration_secret (
    organization_id TEXT NOT NULL,
    id              TEXT NOT NULL,
    integration_id  TEXT NOT NULL,
    place           TEXT NOT NULL,
    sealed          TEXT NOT NULL,
    hint            TEXT NOT NULL,
    expires_on      BIGINT,
    warned_days     BIGINT,
    verdict         TEXT,
    created_at      BIGINT NOT NULL,
    PRIMARY KEY (organization_id, id)
);
-- At most two live secrets: the current one and the next one.
CREATE UNIQUE INDEX integration_secret_place ON integration_secret (organization_id, integration_id, place);

CREATE TABLE authorization_request (
    organization_id TEXT NOT NULL,
    id              TEXT NOT NULL,
    integration_id  TEXT NOT NULL,
    account_id      TEXT NOT NULL,
    connection_id   TEXT,
    session         TEXT NOT NULL,
    state_hash      TEXT NOT NULL,
    verifier        TEXT,
    nonce           TEXT NOT NULL,
    scopes          TEXT NOT NULL,
    started_at      BIGINT NOT NULL,
    expires_at      BIGINT NOT NULL,
    consumed_at     BIGINT,
    tokens          TEXT,
    outcome         TEXT,
    PRIMARY KEY (organization_id, id)
);
CREATE UNIQUE INDEX authorization_request_state ON authorization_request (state_hash);

CREATE TABLE connection (
    organization_id      TEXT NOT NULL,
    id                   TEXT NOT NULL,
    integration_id       TEXT NOT NULL,
    account_id           TEXT NOT NULL,
    provider             TEXT NOT NULL,
    provider_account_id  TEXT NOT NULL,
    provider_account     TEXT NOT NULL,
    provider_tenant      TEXT,
    state                TEXT NOT NULL,
    reason               TEXT,
    state_since          BIGINT NOT NULL,
    access_token         TEXT,
    access_expires_at    BIGINT,
    refresh_token        TEXT,
    refresh_expires_at   BIGINT,
    scopes               TEXT NOT NULL,
    token_version        BIGINT NOT NULL,
    authorized_at        BIGINT NOT NULL,
    refreshed_at         BIGINT NOT NULL,
    last_attempt_at      BIGINT,
    last_error           TEXT,
    failures             BIGINT NOT NULL,
    next_care_at         BIGINT,
    refresh_attempt      TEXT,
    refresh_until        BIGINT,
    told                 BIGINT NOT NULL,
    removed_at           BIGINT,
    revocation           TEXT,
    PRIMARY KEY (organization_id, id)
);
CREATE UNIQUE INDEX connection_once ON connection (organization_id, integration_id, account_id) WHERE removed_at IS NULL;
CREATE INDEX connection_care ON connection (next_care_at) WHERE next_care_at IS NOT NULL;
CREATE INDEX connection_account ON connection (organization_id, account_id);

-- The journal: an attempt is written before the provider is asked, its end when the outcome is stored.
CREATE TABLE refresh_attempt (
    organization_id TEXT NOT NULL,
    id              TEXT NOT NULL,
    connection_id   TEXT NOT NULL,
    token_version   BIGINT NOT NULL,
    started_at      BIGINT NOT NULL,
    ended_at        BIGINT,
    outcome         TEXT,
    PRIMARY KEY (organization_id, id)
);
CREATE INDEX refresh_attempt_connection ON refresh_attempt (organization_id, connection_id, started_at);

CREATE TABLE connection_test (
    organization_id TEXT NOT NULL,
    id              TEXT NOT NULL,
    connection_id   TEXT NOT NULL,
    started_at      BIGINT NOT NULL,
    finished_at     BIGINT,
    steps           TEXT NOT NULL,
    PRIMARY KEY (organization_id, id)
);
CREATE INDEX connection_test_connection ON connection_test (organization_id, connection_id, started_at);
