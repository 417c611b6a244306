//! This room talks to Cisco Webex: who a token belongs to, which sites that person has, their meetings and who is
//! invited, their authorizations, and what Webex's token endpoint means by its answers. It stores nothing and decides
//! nothing; the HTTP client is handed in and must not follow redirects.

mod authorizations;
mod client;
mod endpoints;
mod error;
mod invitees;
mod lenient;
mod meeting;
mod meetings;
mod obstacles;
mod paging;
mod people;
#[cfg(test)]
mod testing;

pub use authorizations::Authorization;
pub use client::Webex;
pub use endpoints::Endpoints;
pub use error::{pause_after, token_refusal};
pub use invitees::MeetingInvitee;
pub use meeting::{CallInNumber, Invitee, JoinSecurity, Meeting, MeetingChange, NewMeeting, Telephony};
pub use oauth::{ApiError, ApiKind};
pub use obstacles::{is_daily_quota, is_in_progress, is_past};
pub use people::{Person, Site};
