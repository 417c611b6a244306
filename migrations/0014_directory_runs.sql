-- Room: directory. Failed rows are tried again by the run that they belong to, so no run is a retry of another.
ALTER TABLE directory_run DROP COLUMN retry_of;
