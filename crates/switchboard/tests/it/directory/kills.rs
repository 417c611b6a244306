//! A server that is killed in the middle of a run: afterwards every row was done once, and the report is complete.
