//! What every room is handed: database, clock, randomness, ids, errors, actors, jobs, audit, and the shells of pages and of the API.
