//! The directory: reading a Webex organization, plans, runs.

mod bad_input;
mod by_program;
mod kills;
mod meanwhile;
mod planning;
mod planning_desk;
mod reading;
mod roles;
mod running;
mod runs;
mod sites;
mod web;
