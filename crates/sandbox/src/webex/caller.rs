//! Who calls a Webex API: the bearer token, its scopes, and the roles of the person behind it.

use axum::extract::FromRequestParts;
use http::header;
use http::request::Parts;
use uuid::Uuid;

use crate::apps::Provider;
use crate::requests::RequestId;
use crate::throttle;
use crate::webex::refusal::Refusal;
use crate::world::{Shared, World, lock};

/// Role names that may use admin scopes on people.
pub(crate) const FULL: &str = "Full Administrator";
pub(crate) const USER: &str = "User Administrator";
pub(crate) const DEVICE: &str = "Device Administrator";
pub(crate) const READ_ONLY: &str = "Read-only Administrator";

/// An accepted bearer token.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    pub(crate) id: Uuid,
    pub(crate) email: String,
    pub(crate) client_id: String,
    pub(crate) token: String,
    scopes: Vec<String>,
    roles: Vec<String>,
}

impl Caller {
    /// Refuses with 403 unless one of the scopes was granted.
    pub(crate) fn needs(&self, any_of: &[&str]) -> Result<(), Refusal> {
        if self.granted(any_of) { Ok(()) } else { Err(Refusal::forbidden()) }
    }

    /// Refuses with 403 unless one of the scopes was granted and the person holds one of the roles.
    pub(crate) fn needs_admin(&self, any_of: &[&str], roles: &[&str]) -> Result<(), Refusal> {
        if self.is_admin(any_of, roles) { Ok(()) } else { Err(Refusal::forbidden()) }
    }

    /// Whether an admin scope was granted to someone who may use it.
    pub(crate) fn is_admin(&self, any_of: &[&str], roles: &[&str]) -> bool {
        self.granted(any_of) && self.roles.iter().any(|role| roles.contains(&role.as_str()))
    }

    /// Whether exactly this scope was granted.
    pub(crate) fn holds(&self, scope: &str) -> bool {
        self.scopes.iter().any(|granted| granted == scope)
    }

    pub(crate) fn granted(&self, any_of: &[&str]) -> bool {
        any_of.iter().any(|needed| self.scopes.iter().any(|granted| covers(granted, needed)))
    }
}

/// `spark:all` stands for every user-level spark scope, never for an admin one (Webex Integrations guide).
fn covers(granted: &str, needed: &str) -> bool {
    granted == needed
        || (granted == "spark:all" && needed.starts_with("spark:") && !needed.contains("application"))
}

impl FromRequestParts<Shared> for Caller {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, world: &Shared) -> Result<Self, Refusal> {
        let value = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let (scheme, token) =
            value.and_then(|value| value.trim().split_once(' ')).ok_or_else(Refusal::unauthorized)?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(Refusal::unauthorized());
        }
        let caller = recognize(world, token.trim()).ok_or_else(Refusal::unauthorized)?;
        if let Some(id) = parts.extensions.get::<RequestId>() {
            world.requests.amend(*id, |entry| {
                entry.account = Some(caller.email.clone());
                entry.client_id = Some(caller.client_id.clone());
            });
        }
        world.charge(&caller.client_id).map_err(|seconds| Refusal::too_many(Some(seconds)))?;
        throttle::charge(world, &caller.client_id, throttle::family(parts.uri.path()))
            .map_err(|throttled| Refusal::too_many(throttled.0))?;
        Ok(caller)
    }
}

/// The caller behind an access token that is alive, of somebody who may sign in, for an app that is not blocked.
pub(crate) fn recognize(world: &World, token: &str) -> Option<Caller> {
    let now = world.clock.now();
    let caller = {
        let state = lock(&world.webex);
        let grant = state.grants.by_access_token(token, now)?;
        let account = state.accounts.by_email(&grant.email)?;
        account.login_enabled.then(|| Caller {
            id: account.id,
            email: account.email.clone(),
            client_id: grant.client_id.clone(),
            token: token.to_owned(),
            scopes: grant.scopes.clone(),
            roles: account.roles.clone(),
        })?
    };
    let app = world.app(Provider::Webex, &caller.client_id);
    app.is_none_or(|app| !app.blocked && !app.disabled).then_some(caller)
}

#[cfg(test)]
mod tests {
    use super::covers;

    #[test]
    fn spark_all_covers_user_scopes_only() {
        assert!(covers("spark:all", "spark:people_read"));
        assert!(!covers("spark:all", "spark-admin:people_read"));
        assert!(!covers("spark:all", "meeting:schedules_read"));
        assert!(!covers("spark:all", "spark:applications_token"));
    }
}
