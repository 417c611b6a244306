//! This room is the client's side of OAuth 2.0 and OpenID Connect: it writes authorize URLs, exchanges, refreshes
//! and revokes tokens, checks ID tokens, and sorts whatever a provider answers, once, into the four kinds that the
//! rest of the house acts on. It stores nothing, reads no clock and makes no randomness; the HTTP client is handed
//! in and must not follow redirects.

mod authorize;
pub mod callback;
mod http;
pub mod oidc;
mod pkce;
mod refusal;
mod resource;
mod retry_after;
mod scope;
mod sorting;
mod token_endpoint;
mod tokens;

pub use authorize::{AuthorizeRequest, authorize_url};
pub use http::{Answer, LONGEST_BODY, fetch, fetch_within, join, with_query};
pub use pkce::Pkce;
pub use refusal::{AppTrouble, Kind, PersonTrouble, Refusal, is_passing, safe_text};
pub use resource::{ApiError, ApiKind, read_json};
pub use retry_after::retry_after;
pub use scope::ScopeSet;
pub use sorting::{Classify, OAuthError, kind_by_status, rfc6749_kind, rfc6749_refusal};
pub use token_endpoint::{ClientAuth, ClientCredentials, CodeGrant, TokenEndpoint, TokenHint};
pub use tokens::{MalformedTokens, Tokens};
