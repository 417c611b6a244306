//! The sandbox as its clients meet it: over HTTP, one running sandbox per test.

mod core;
mod coverage;
mod coverage_microsoft;
mod entra;
mod entra_tokens;
mod graph;
mod graph_delta;
mod graph_events;
#[cfg(test)]
mod microsoft; // cfg(test) tells clippy that unwrap is fine here
mod openapi;
#[cfg(test)]
mod support; // cfg(test) tells clippy that unwrap is fine here
mod webex_oauth;
mod webex_rest;
