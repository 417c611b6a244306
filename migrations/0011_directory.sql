-- Room: directory. What was read of a Webex organization, plans, and the runs that carry them out.

-- One row for each organization whose directory was ever read: how reading stands, and what its administrators decided.
CREATE TABLE directory (
    organization_id   TEXT NOT NULL,
    connection_id     TEXT,
    provider_org      TEXT,
    provider_org_name TEXT,
    other_org         TEXT,
    generation        BIGINT NOT NULL,
    read_at           BIGINT,
    people            BIGINT NOT NULL,
    phase             TEXT,
    next_page         TEXT,
    found             BIGINT NOT NULL,
    started_at        BIGINT,
    reading_until     BIGINT,
    due_at            BIGINT,
    failures          BIGINT NOT NULL,
    trouble           TEXT,
    trouble_since     BIGINT,
    rules             TEXT NOT NULL,
    most_losses       BIGINT NOT NULL,
    needs_approval    BOOLEAN NOT NULL,
    PRIMARY KEY (organization_id)
);
CREATE INDEX directory_due ON directory (due_at) WHERE due_at IS NOT NULL;

-- A person belongs to the reading (generation) that last found them, so that nobody vanishes before a reading is complete.
CREATE TABLE directory_person (
    organization_id TEXT NOT NULL,
    id              TEXT NOT NULL,
    generation      BIGINT NOT NULL,
    email_key       TEXT NOT NULL,
    sort_key        TEXT NOT NULL,
    search          TEXT NOT NULL,
    department      TEXT NOT NULL,
    licences        TEXT NOT NULL,
    sites           TEXT NOT NULL,
    is_active       BOOLEAN NOT NULL,
    is_pending      BOOLEAN NOT NULL,
    record          TEXT NOT NULL,
    read_at         BIGINT NOT NULL,
    PRIMARY KEY (organization_id, id)
);
CREATE INDEX directory_person_email ON directory_person (organization_id, email_key);
CREATE INDEX directory_person_sort ON directory_person (organization_id, sort_key, id);

CREATE TABLE directory_licence (
    organization_id TEXT NOT NULL,
    id              TEXT NOT NULL,
    name            TEXT NOT NULL,
    site            TEXT,
    subscription    TEXT,
    total           BIGINT,
    consumed        BIGINT NOT NULL,
    read_at         BIGINT NOT NULL,
    PRIMARY KEY (organization_id, id)
);

-- Meeting sites, and which API answers for each: what the probe found, unless an administrator decided.
CREATE TABLE directory_site (
    organization_id TEXT NOT NULL,
    site            TEXT NOT NULL,
    generation      BIGINT NOT NULL DEFAULT 0,
    found_way       TEXT,
    chosen_way      TEXT,
    facts           TEXT NOT NULL,
    version         TEXT,
    trouble         TEXT,
    read_at         BIGINT,
    PRIMARY KEY (organization_id, site)
);

-- What people have on a site: read only for those whom a plan is about.
CREATE TABLE directory_membership (
    organization_id TEXT NOT NULL,
    person_id       TEXT NOT NULL,
    site            TEXT NOT NULL,
    membership      TEXT NOT NULL,
    read_at         BIGINT NOT NULL,
    PRIMARY KEY (organization_id, person_id, site)
);

-- Sessions of the Meetings XML API, made from an access token: one for each connection and site, which `id` names. While
-- one is being made, `making_until` keeps others from making another.
CREATE TABLE session_ticket (
    organization_id TEXT NOT NULL,
    id              TEXT NOT NULL,
    connection_id   TEXT NOT NULL,
    site            TEXT NOT NULL,
    ticket          TEXT,
    webex_id        TEXT NOT NULL,
    obtained_at     BIGINT NOT NULL,
    expires_at      BIGINT NOT NULL,
    making_until    BIGINT,
    PRIMARY KEY (organization_id, id)
);

-- What was learned of a provider's limit for one of its APIs; shared by every server.
CREATE TABLE provider_pace (
    organization_id TEXT NOT NULL,
    api             TEXT NOT NULL,
    state           TEXT NOT NULL,
    touched_at      BIGINT NOT NULL,
    PRIMARY KEY (organization_id, api)
);

-- Standing rules: whoever fits the condition shall have the settings.
CREATE TABLE directory_rule (
    organization_id TEXT NOT NULL,
    id              TEXT NOT NULL,
    position        BIGINT NOT NULL,
    condition       TEXT NOT NULL,
    wishes          TEXT NOT NULL,
    PRIMARY KEY (organization_id, id)
);

CREATE TABLE directory_plan (
    organization_id TEXT NOT NULL,
    id              TEXT NOT NULL,
    name            TEXT NOT NULL,
    source          TEXT NOT NULL,
    file_name       TEXT,
    remarks         TEXT NOT NULL,
    state           TEXT NOT NULL,
    trouble         TEXT,
    rules           TEXT NOT NULL,
    created_by      TEXT NOT NULL,
    created_account TEXT,
    created_at      BIGINT NOT NULL,
    generation      BIGINT NOT NULL,
    wished          BIGINT NOT NULL,
    planned         BIGINT NOT NULL,
    working_until   BIGINT,
    failures        BIGINT NOT NULL DEFAULT 0,
    gathering       TEXT,
    provider_org    TEXT,
    ready_at        BIGINT,
    counts          TEXT NOT NULL,
    stock           TEXT NOT NULL,
    most_losses     BIGINT NOT NULL,
    needs_approval  BOOLEAN NOT NULL DEFAULT FALSE,
    confirmed_by    TEXT,
    confirmed_at    BIGINT,
    approved_by     TEXT,
    approved_at     BIGINT,
    origin_run      TEXT,
    PRIMARY KEY (organization_id, id)
);

-- What was asked for, in the provider's terms, one row for each person.
CREATE TABLE directory_plan_wish (
    organization_id TEXT NOT NULL,
    plan_id         TEXT NOT NULL,
    number          BIGINT NOT NULL,
    email_key       TEXT NOT NULL,
    person_id       TEXT,
    wishes          TEXT NOT NULL,
    PRIMARY KEY (organization_id, plan_id, number)
);

-- What would be done: the difference.
CREATE TABLE directory_plan_row (
    organization_id TEXT NOT NULL,
    plan_id         TEXT NOT NULL,
    number          BIGINT NOT NULL,
    file_row        BIGINT,
    person_id       TEXT,
    email           TEXT NOT NULL,
    name            TEXT NOT NULL,
    kind            TEXT NOT NULL,
    loses           BOOLEAN NOT NULL,
    changes         TEXT NOT NULL,
    refused         TEXT NOT NULL,
    PRIMARY KEY (organization_id, plan_id, number)
);
CREATE INDEX directory_plan_row_kind ON directory_plan_row (organization_id, plan_id, kind, number);

CREATE TABLE directory_run (
    organization_id TEXT NOT NULL,
    id              TEXT NOT NULL,
    plan_id         TEXT NOT NULL,
    state           TEXT NOT NULL,
    reason          TEXT,
    started_by      TEXT NOT NULL,
    retry_of        TEXT,
    undo_plan       TEXT,
    created_at      BIGINT NOT NULL,
    working_since   BIGINT,
    worked          BIGINT NOT NULL,
    ended_at        BIGINT,
    working_until   BIGINT,
    waits_until     BIGINT,
    failures        BIGINT NOT NULL,
    total           BIGINT NOT NULL,
    requests        BIGINT NOT NULL,
    refused         BIGINT NOT NULL,
    PRIMARY KEY (organization_id, id)
);
CREATE INDEX directory_run_plan ON directory_run (organization_id, plan_id);
-- One run of an organization at a time.
CREATE UNIQUE INDEX directory_run_one ON directory_run (organization_id) WHERE state IN ('running', 'paused');
CREATE INDEX directory_run_open ON directory_run (working_until) WHERE ended_at IS NULL;

-- One person's part of a run. `before` is written before the first change is sent, so that after a crash it is known
-- what we changed.
CREATE TABLE directory_run_row (
    organization_id TEXT NOT NULL,
    run_id          TEXT NOT NULL,
    number          BIGINT NOT NULL,
    state           TEXT NOT NULL,
    person_id       TEXT,
    before          TEXT,
    done            TEXT NOT NULL,
    problem         TEXT,
    attempts        BIGINT NOT NULL,
    failures        BIGINT NOT NULL,
    next_attempt_at BIGINT,
    ended_at        BIGINT,
    PRIMARY KEY (organization_id, run_id, number)
);
CREATE INDEX directory_run_row_ended ON directory_run_row (organization_id, run_id, ended_at);
CREATE INDEX directory_run_row_state ON directory_run_row (organization_id, run_id, state, number);
