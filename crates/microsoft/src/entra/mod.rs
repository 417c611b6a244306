//! Entra ID, the identity platform v2.0.

mod endpoints;
mod explain;
mod refusal;
mod scopes;
mod tenant;

pub use endpoints::{AdminConsentRequest, Endpoints};
pub use explain::{Explanation, aadsts_number, explain};
pub use refusal::{callback_refusal, looks_like_secret_id, token_refusal, with_secret_hint};
pub use scopes::missing_scopes;
pub use tenant::{InvalidTenant, Tenant};
