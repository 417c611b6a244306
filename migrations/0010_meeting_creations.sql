-- Room: scheduling. Meetings that Webex was asked to create for a host: Webex allows a number of them in 24 hours, and
-- refused ones count. `held_until` is set where Webex itself said that they are used up.
CREATE TABLE meeting_creation (
    organization_id TEXT NOT NULL,
    id              TEXT NOT NULL,
    account_id      TEXT NOT NULL,
    connection_id   TEXT NOT NULL,
    created_at      BIGINT NOT NULL,
    held_until      BIGINT,
    PRIMARY KEY (organization_id, id)
);
CREATE INDEX meeting_creation_host ON meeting_creation (organization_id, account_id, created_at);
CREATE INDEX meeting_creation_connection ON meeting_creation (organization_id, connection_id, created_at);
