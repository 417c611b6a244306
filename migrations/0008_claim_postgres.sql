-- Room: scheduling. Two claims on one host's time never overlap: PostgreSQL excludes them by range. btree_gist comes
-- with PostgreSQL and is trusted, so the database's owner may install it.
CREATE EXTENSION IF NOT EXISTS btree_gist;
ALTER TABLE claim ADD CONSTRAINT claim_no_overlap EXCLUDE USING gist (
    organization_id WITH =,
    account_id WITH =,
    int8range(starts_at, ends_at) WITH &&
);
