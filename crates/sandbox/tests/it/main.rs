//! The sandbox as its clients meet it: over HTTP, one running sandbox per test.

#[cfg(test)]
mod calendar_page; // cfg(test) tells clippy that unwrap is fine here
mod core;
mod coverage;
mod coverage_microsoft;
mod entra;
mod entra_tokens;
mod graph;
#[cfg(test)]
mod graph_delta; // cfg(test) tells clippy that unwrap is fine here
mod graph_events;
#[cfg(test)]
mod graph_online; // cfg(test) tells clippy that unwrap is fine here
#[cfg(test)]
mod graph_series; // cfg(test) tells clippy that unwrap is fine here
#[cfg(test)]
mod graph_subscriptions; // cfg(test) tells clippy that unwrap is fine here
#[cfg(test)]
mod hook; // cfg(test) tells clippy that unwrap is fine here
#[cfg(test)]
mod microsoft; // cfg(test) tells clippy that unwrap is fine here
mod openapi;
#[cfg(test)]
mod support; // cfg(test) tells clippy that unwrap is fine here
#[cfg(test)]
mod webex_admin; // cfg(test) tells clippy that unwrap is fine here
#[cfg(test)]
mod webex_bulk; // cfg(test) tells clippy that unwrap is fine here
mod webex_oauth;
mod webex_rest;
#[cfg(test)]
mod webex_scim; // cfg(test) tells clippy that unwrap is fine here
#[cfg(test)]
mod webex_xml; // cfg(test) tells clippy that unwrap is fine here
