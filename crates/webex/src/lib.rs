//! This room talks to Cisco Webex: who a token belongs to, which sites that person has, their meetings and their
//! authorizations, and what Webex's token endpoint means by its answers. It stores nothing and decides nothing;
//! the HTTP client is handed in and must not follow redirects.

mod authorizations;
mod client;
mod endpoints;
mod error;
mod lenient;
mod meetings;
mod paging;
mod people;

pub use authorizations::Authorization;
pub use client::Webex;
pub use endpoints::Endpoints;
pub use error::{pause_after, token_refusal};
pub use meetings::{Invitee, Meeting, NewMeeting};
pub use oauth::{ApiError, ApiKind};
pub use people::{Person, Site};
