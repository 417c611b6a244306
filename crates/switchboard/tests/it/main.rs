//! Journeys through the real server: real router, real database, the sandbox in place of the providers, HTTP in between.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends, and says where")]

mod accounts;
mod calendars;
mod config;
mod connections;
mod demo;
mod directory;
mod harness;
mod house;
mod mail;
mod oidc_provider;
mod platform;
mod routes;
mod scheduling;
mod secrets;
mod serving;
mod slots;
mod webex_client;
