//! This room talks to Cisco Webex: who a token belongs to, which sites that person has, their meetings and who is
//! invited, their authorizations, what Webex's token endpoint means by its answers, and for administrators the people,
//! licences and sites of an organization, over REST and over the XML API of meeting sites. It stores nothing and decides
//! nothing; the HTTP client is handed in and must not follow redirects.

mod authorizations;
mod client;
mod directory;
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
mod xml;

pub use authorizations::Authorization;
pub use client::Webex;
pub use directory::{
    License, LicenseAnswer, LicenseChange, ListedPerson, OnSite, Operation, Organization, PeoplePage,
    PersonRecord, PersonTrackingCode, SessionType, SiteAccount, TrackingCode, is_license_conflict,
};
pub use endpoints::Endpoints;
pub use error::{pause_after, token_refusal};
pub use invitees::MeetingInvitee;
pub use meeting::{CallInNumber, Invitee, JoinSecurity, Meeting, MeetingChange, NewMeeting, Telephony};
pub use oauth::{ApiError, ApiKind};
pub use obstacles::{is_daily_quota, is_in_progress, is_past};
pub use people::{Person, Site};
pub use xml::{
    ApiVersion, MALFORMED, Me, NO_RECORD, NewUser, SessionTicket, SiteFacts, SiteTrackingCode, THROTTLED,
    TICKET_REFUSED, UserChange, XmlApi, XmlSessionType, XmlUser, is_our_fault, is_ticket_refused,
    is_xml_throttled,
};
