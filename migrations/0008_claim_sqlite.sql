-- Room: scheduling. Two claims on one host's time never overlap: SQLite has one writer, so what a trigger does not
-- see does not exist. An overlapping insert does nothing, as PostgreSQL's ON CONFLICT DO NOTHING; an overlapping
-- change is refused.
CREATE TRIGGER claim_no_overlap_insert BEFORE INSERT ON claim
WHEN EXISTS (
    SELECT 1 FROM claim WHERE organization_id = NEW.organization_id AND account_id = NEW.account_id
    AND starts_at < NEW.ends_at AND ends_at > NEW.starts_at
)
BEGIN
    SELECT RAISE(IGNORE);
END;
CREATE TRIGGER claim_no_overlap_update BEFORE UPDATE OF organization_id, account_id, starts_at, ends_at ON claim
WHEN EXISTS (
    SELECT 1 FROM claim WHERE organization_id = NEW.organization_id AND account_id = NEW.account_id
    AND starts_at < NEW.ends_at AND ends_at > NEW.starts_at AND id <> OLD.id
)
BEGIN
    SELECT RAISE(ABORT, 'claims overlap');
END;
