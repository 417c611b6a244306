-- Room: calendars. Calendars of connected mailboxes, what is known of them, subscriptions to their changes, and
-- the entries that we wrote.

CREATE TABLE calendar_link (
    organization_id TEXT NOT NULL,
    id              TEXT NOT NULL,
    account_id      TEXT NOT NULL,
    connection_id   TEXT NOT NULL,
    mailbox         TEXT NOT NULL,
    provider_id     TEXT NOT NULL,
    name            TEXT NOT NULL,
    owner           TEXT,
    is_default      BOOLEAN NOT NULL,
    can_edit        BOOLEAN NOT NULL,
    allows_teams    BOOLEAN NOT NULL,
    makes_busy      BOOLEAN NOT NULL,
    receives        BOOLEAN NOT NULL,
    policy          TEXT NOT NULL,
    listed_at       BIGINT NOT NULL,
    generation      BIGINT NOT NULL,
    window_from     BIGINT,
    window_until    BIGINT,
    anchored_at     BIGINT,
    delta_link      TEXT,
    next_from       BIGINT,
    next_until      BIGINT,
    next_link       TEXT,
    read_at         BIGINT,
    due_at          BIGINT,
    held_until      BIGINT,
    reading_until   BIGINT,
    failures        BIGINT NOT NULL,
    trouble         TEXT,
    trouble_since   BIGINT,
    by_connection   BOOLEAN NOT NULL,
    told_at         BIGINT,
    PRIMARY KEY (organization_id, id)
);
CREATE UNIQUE INDEX calendar_link_once ON calendar_link (organization_id, account_id, mailbox, provider_id);
-- At most one calendar of a host receives the bookings.
CREATE UNIQUE INDEX calendar_link_receives ON calendar_link (organization_id, account_id) WHERE receives;
CREATE INDEX calendar_link_account ON calendar_link (organization_id, account_id);
CREATE INDEX calendar_link_due ON calendar_link (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX calendar_link_trouble ON calendar_link (trouble_since) WHERE trouble IS NOT NULL;

-- What was read; a row belongs to the round (generation) that found it, so that the old round stays until the new
-- one is complete.
CREATE TABLE calendar_item (
    organization_id TEXT NOT NULL,
    link_id         TEXT NOT NULL,
    generation      BIGINT NOT NULL,
    event_id        TEXT NOT NULL,
    series_id       TEXT,
    is_bare         BOOLEAN NOT NULL,
    starts_at       BIGINT NOT NULL,
    ends_at         BIGINT NOT NULL,
    blocks          BOOLEAN NOT NULL,
    PRIMARY KEY (organization_id, link_id, generation, event_id)
);
CREATE INDEX calendar_item_span ON calendar_item (organization_id, link_id, generation, ends_at);

-- The mailboxes whose calendars were listed, so that a new one is noticed once.
CREATE TABLE calendar_mailbox (
    organization_id TEXT NOT NULL,
    connection_id   TEXT NOT NULL,
    account_id      TEXT NOT NULL,
    listed_at       BIGINT,
    due_at          BIGINT NOT NULL,
    trouble         TEXT,
    PRIMARY KEY (organization_id, connection_id)
);

CREATE TABLE calendar_subscription (
    organization_id TEXT NOT NULL,
    link_id         TEXT NOT NULL,
    provider_id     TEXT,
    client_state    TEXT NOT NULL,
    expires_at      BIGINT,
    renew_at        BIGINT,
    failures        BIGINT NOT NULL,
    trouble         TEXT,
    try_at          BIGINT,
    notified_at     BIGINT,
    PRIMARY KEY (organization_id, link_id)
);
CREATE INDEX calendar_subscription_provider ON calendar_subscription (provider_id) WHERE provider_id IS NOT NULL;

-- Entries that we write: the wish first, then what came of it.
CREATE TABLE calendar_entry (
    organization_id TEXT NOT NULL,
    account_id      TEXT NOT NULL,
    key             TEXT NOT NULL,
    generation      BIGINT NOT NULL,
    version         BIGINT NOT NULL,
    state           TEXT NOT NULL,
    link_id         TEXT NOT NULL,
    connection_id   TEXT NOT NULL,
    mailbox         TEXT NOT NULL,
    calendar_id     TEXT NOT NULL,
    event_id        TEXT,
    starts_at       BIGINT NOT NULL,
    ends_at         BIGINT NOT NULL,
    wish            TEXT NOT NULL,
    written         TEXT,
    seen_start      BIGINT NOT NULL,
    seen_end        BIGINT NOT NULL,
    wished_at       BIGINT NOT NULL,
    written_at      BIGINT,
    PRIMARY KEY (organization_id, account_id, key)
);
CREATE INDEX calendar_entry_event ON calendar_entry (organization_id, event_id) WHERE event_id IS NOT NULL;
CREATE INDEX calendar_entry_link ON calendar_entry (organization_id, link_id);
