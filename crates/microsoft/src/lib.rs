//! This room talks to Microsoft: to Entra ID about tenants, consent and what its error numbers mean, and to Graph
//! about a person's calendars, their events and notices of changes. It knows Outlook's names of time zones. It stores
//! nothing and decides nothing; the HTTP client is handed in and must not follow redirects.

pub mod entra;
pub mod graph;
pub mod zones;

pub use oauth::{ApiError, ApiKind};
