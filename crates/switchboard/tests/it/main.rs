//! Journeys through the real server: real router, real database, the sandbox in place of the providers, HTTP in between.

mod accounts;
mod config;
mod demo;
mod harness;
mod house;
mod oidc_provider;
mod platform;
mod routes;
mod secrets;
mod serving;
