//! This room plays Webex and Microsoft 365 on a local port: OAuth with pages to click through, the REST and Graph
//! calls that Switchboard needs, with the providers' own rules, errors, limits and lifetimes. It is written from
//! their published schemas with its own wire types and imports none of our rooms, so that a mistake in a client
//! cannot hide here. It leaves to others whatever a real client does.

mod apps;
mod clock;
mod control;
mod courier;
mod entra;
mod faults;
mod graph;
mod kept;
mod mails;
mod mime;
mod pages;
mod random;
mod requests;
mod routes;
mod seed;
mod server;
mod smtp;
mod start;
mod switches;
mod throttle;
mod tls;
mod webex;
mod world;

pub use apps::{App, Provider, Secret};
pub use clock::Clock;
pub use courier::{Courier, Delivery, DeliveryState};
pub use faults::{CutPoint, Effect, Fault, Faults, Match, Rule};
pub use mails::{Invitation, Mail, Mails, NewMail};
pub use mime::File;
pub use random::Random;
pub use requests::{Progress, Received, RequestId, RequestLog};
pub use routes::Route;
pub use seed::{License, MicrosoftAccount, Organization, Person, Seed, WebexAccount};
pub use start::{Options, Running, Sandbox, StartError, routes};
pub use switches::{
    EntraRefresh, EntraScope, NoStock, Omitted, Switches, WebexRefresh, WebexTokenErrors, XmlAbsent,
};
pub use throttle::{Count, Limit, LimitKind, RetryAfter, Throttle};
pub use tls::{TlsError, TlsOptions};
pub use world::{BadSeed, Core, Revocation, Shared, World};
