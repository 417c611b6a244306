-- Room: scheduling. Availability, appointment types, holds, bookings with their steps, and the claims on hosts' time.

-- What visitors of an organization see, and the name under which its booking pages are found.
CREATE TABLE booking_site (
    organization_id TEXT NOT NULL,
    slug            TEXT NOT NULL,
    PRIMARY KEY (organization_id)
);
CREATE UNIQUE INDEX booking_site_slug ON booking_site (slug);

-- A host's hours: weekly rules and overrides as JSON, in the host's own zone.
CREATE TABLE availability (
    organization_id TEXT NOT NULL,
    account_id      TEXT NOT NULL,
    time_zone       TEXT NOT NULL,
    weekly          TEXT NOT NULL,
    overrides       TEXT NOT NULL,
    email_hidden    BOOLEAN NOT NULL,
    version         BIGINT NOT NULL,
    updated_at      BIGINT NOT NULL,
    PRIMARY KEY (organization_id, account_id)
);

-- Durations, notice, buffers, cut-off and reminders in minutes.
CREATE TABLE appointment_type (
    organization_id   TEXT NOT NULL,
    id                TEXT NOT NULL,
    slug              TEXT NOT NULL,
    name              TEXT NOT NULL,
    description       TEXT NOT NULL,
    mode              TEXT NOT NULL,
    durations         TEXT NOT NULL,
    places            TEXT NOT NULL,
    before_buffer     BIGINT NOT NULL,
    after_buffer      BIGINT NOT NULL,
    step              BIGINT NOT NULL,
    min_notice        BIGINT NOT NULL,
    max_advance       BIGINT,
    cap_per_day       BIGINT,
    cap_per_week      BIGINT,
    questions         TEXT NOT NULL,
    cancel_cutoff     BIGINT NOT NULL,
    reminders         TEXT NOT NULL,
    follow_up         BIGINT,
    title_template    TEXT NOT NULL,
    agenda_template   TEXT NOT NULL,
    outlook_changes   TEXT NOT NULL,
    private_key       TEXT,
    active            BOOLEAN NOT NULL,
    version           BIGINT NOT NULL,
    created_by        TEXT NOT NULL,
    created_at        BIGINT NOT NULL,
    updated_at        BIGINT NOT NULL,
    PRIMARY KEY (organization_id, id)
);
CREATE UNIQUE INDEX appointment_type_slug ON appointment_type (organization_id, slug);

-- assigned_at is written by every booking of this host: it takes turns (round robin) and lets bookings that share a
-- cap pass one at a time.
CREATE TABLE appointment_host (
    organization_id TEXT NOT NULL,
    type_id         TEXT NOT NULL,
    account_id      TEXT NOT NULL,
    position        BIGINT NOT NULL,
    assigned_at     BIGINT NOT NULL,
    PRIMARY KEY (organization_id, type_id, account_id)
);
CREATE INDEX appointment_host_account ON appointment_host (organization_id, account_id);

-- Somebody's promised time, buffers included; two claims on one host never overlap (see 0008). A hold's claim ends
-- by itself.
CREATE TABLE claim (
    organization_id TEXT NOT NULL,
    id              TEXT NOT NULL,
    account_id      TEXT NOT NULL,
    starts_at       BIGINT NOT NULL,
    ends_at         BIGINT NOT NULL,
    owner_kind      TEXT NOT NULL,
    owner_id        TEXT NOT NULL,
    expires_at      BIGINT,
    PRIMARY KEY (organization_id, id),
    CHECK (starts_at < ends_at)
);
CREATE INDEX claim_host ON claim (organization_id, account_id, ends_at);
CREATE INDEX claim_owner ON claim (organization_id, owner_id);
CREATE INDEX claim_expiry ON claim (expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE hold (
    organization_id TEXT NOT NULL,
    id              TEXT NOT NULL,
    token_hash      TEXT NOT NULL,
    type_id         TEXT NOT NULL,
    starts_at       BIGINT NOT NULL,
    ends_at         BIGINT NOT NULL,
    hosts           TEXT NOT NULL,
    expires_at      BIGINT NOT NULL,
    booking_id      TEXT,
    created_at      BIGINT NOT NULL,
    PRIMARY KEY (organization_id, id)
);
CREATE UNIQUE INDEX hold_token ON hold (token_hash);
CREATE INDEX hold_expiry ON hold (expires_at);

-- The promise. `wish` grows with every change that meeting, calendar and mail must follow; `sequence` is iTIP's.
CREATE TABLE booking (
    organization_id TEXT NOT NULL,
    id              TEXT NOT NULL,
    type_id         TEXT NOT NULL,
    type_name       TEXT NOT NULL,
    state           TEXT NOT NULL,
    starts_at       BIGINT NOT NULL,
    ends_at         BIGINT NOT NULL,
    place           TEXT NOT NULL,
    visitor         TEXT NOT NULL,
    visitor_email   TEXT NOT NULL,
    answers         TEXT NOT NULL,
    hosts           TEXT NOT NULL,
    wish            BIGINT NOT NULL,
    sequence        BIGINT NOT NULL,
    manage_hash     TEXT NOT NULL,
    manage_token    TEXT NOT NULL,
    meeting         TEXT,
    meeting_secrets TEXT,
    proposal        TEXT,
    cancelled_at    BIGINT,
    cancelled_by    TEXT,
    cancel_reason   TEXT,
    created_at      BIGINT NOT NULL,
    updated_at      BIGINT NOT NULL,
    PRIMARY KEY (organization_id, id)
);
CREATE UNIQUE INDEX booking_manage ON booking (manage_hash);
CREATE INDEX booking_start ON booking (organization_id, starts_at);
CREATE INDEX booking_type ON booking (organization_id, type_id, starts_at);

CREATE TABLE booking_host (
    organization_id TEXT NOT NULL,
    booking_id      TEXT NOT NULL,
    account_id      TEXT NOT NULL,
    position        BIGINT NOT NULL,
    starts_at       BIGINT NOT NULL,
    is_active       BOOLEAN NOT NULL,
    PRIMARY KEY (organization_id, booking_id, account_id)
);
CREATE INDEX booking_host_start ON booking_host (organization_id, account_id, starts_at);

-- What has to become true outside: a step is done when `done_wish` has reached the booking's wish.
CREATE TABLE booking_step (
    organization_id TEXT NOT NULL,
    booking_id      TEXT NOT NULL,
    step            TEXT NOT NULL,
    account_id      TEXT NOT NULL,
    state           TEXT NOT NULL,
    done_wish       BIGINT NOT NULL,
    attempts        BIGINT NOT NULL,
    last_error      TEXT,
    next_attempt_at BIGINT,
    detail          TEXT,
    updated_at      BIGINT NOT NULL,
    PRIMARY KEY (organization_id, booking_id, step, account_id)
);

-- A request that carries a key is answered once; the same key with another request is refused.
CREATE TABLE idempotency (
    organization_id TEXT NOT NULL,
    key_hash        TEXT NOT NULL,
    fingerprint     TEXT NOT NULL,
    booking_id      TEXT NOT NULL,
    created_at      BIGINT NOT NULL,
    PRIMARY KEY (organization_id, key_hash)
);
