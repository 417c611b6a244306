//! The directory: reading a Webex organization, plans, runs.

mod kills;
mod planning;
mod reading;
mod runs;
mod sites;
