//! The directory: reading a Webex organization, plans, runs.

mod bad_input;
mod by_program;
mod held;
mod kills;
mod meanwhile;
mod pages;
mod planning;
mod planning_desk;
mod reading;
mod retries;
mod roles;
mod running;
mod runs;
mod shell;
mod sites;
mod tenants;
mod web;
mod xml_limit;
