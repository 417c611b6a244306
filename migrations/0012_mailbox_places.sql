-- Room: calendars. The places at a mailbox among several servers: Microsoft lets one app do four requests at once there.
-- Used where the database is shared; a single process keeps count by itself.
CREATE TABLE mailbox_place (
    organization_id TEXT   NOT NULL,
    mailbox         TEXT   NOT NULL,
    place           BIGINT NOT NULL,
    -- Who has it; as long as this is not over, nobody else may take it.
    holder          TEXT,
    taken_until     BIGINT,
    PRIMARY KEY (organization_id, mailbox, place)
);
