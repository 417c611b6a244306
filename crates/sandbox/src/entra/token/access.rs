//! Access tokens for Graph: JWTs that only this sandbox reads; clients must not.

use serde_json::{Value, json};

use crate::apps::App;
use crate::entra::scope::{GRAPH_APP_ID, OIDC};
use crate::entra::signing::SigningKey;
use crate::entra::tenant::base;
use crate::random::stable_uuid;
use crate::seed::Person;
use crate::world::World;

/// The lifetime of an access token is drawn from this range of seconds (Microsoft "Access tokens").
const LIFETIME: (u64, u64) = (3_600, 5_400);

/// Whom a token speaks for, with what it may do.
pub(super) enum Subject<'a> {
    Person(&'a Person, &'a [String]),
    App(&'a [String]),
}

/// A token about to be signed.
pub(super) struct AccessToken<'a> {
    world: &'a World,
    app: &'a App,
    proof: &'static str,
    /// Seconds.
    pub(super) expires_in: i64,
}

impl<'a> AccessToken<'a> {
    pub(super) fn new(world: &'a World, app: &'a App, proof: &'static str) -> Self {
        let seconds = world.random.between(LIFETIME.0, LIFETIME.1);
        Self { world, app, proof, expires_in: i64::try_from(seconds).unwrap_or(3_600) }
    }

    /// Claims as the access token claims reference lists them.
    pub(super) fn sign(&self, subject: &Subject) -> Option<String> {
        let tenant = self.world.core().organization.id();
        let now = self.world.clock.now().as_second();
        let mut claims = json!({
            "aud": GRAPH_APP_ID,
            "iss": format!("{}/{tenant}/v2.0", base(&self.world.base_url)),
            "iat": now, "nbf": now, "exp": now + self.expires_in,
            "azp": self.app.client_id, "appid": self.app.client_id, "app_displayname": self.app.name,
            "azpacr": self.proof, "appidacr": self.proof,
            "tid": tenant,
            "uti": self.world.random.token()[..22],
            "ver": "2.0",
        });
        match subject {
            Subject::Person(person, scopes) => {
                claims["oid"] = json!(person.entra_id());
                claims["upn"] = person.email.clone().into();
                claims["name"] = person.display_name().into();
                claims["idtyp"] = "user".into();
                claims["scp"] = scopes.join(" ").into();
            }
            Subject::App(roles) => {
                claims["oid"] = json!(stable_uuid("entra service principal", &self.app.client_id));
                claims["idtyp"] = "app".into();
                if !roles.is_empty() {
                    claims["roles"] = json!(roles);
                }
            }
        }
        SigningKey::shared()?.sign(&claims)
    }
}

/// What `POST /_sandbox/tokens` answers for a person.
pub(in crate::entra) fn for_person(
    world: &World,
    app: &App,
    person: &Person,
    scopes: &[String],
) -> Option<Value> {
    let token = AccessToken::new(world, app, "1");
    let signed = token.sign(&Subject::Person(person, scopes))?;
    Some(json!({
        "token_type": "Bearer", "access_token": signed, "expires_in": token.expires_in, "scope": scopes.join(" "),
    }))
}

/// What `POST /_sandbox/tokens` answers for an app alone.
pub(in crate::entra) fn for_app(world: &World, app: &App, roles: &[String]) -> Option<Value> {
    let roles: Vec<String> = roles.iter().filter(|role| !OIDC.contains(&role.as_str())).cloned().collect();
    let token = AccessToken::new(world, app, "1");
    let signed = token.sign(&Subject::App(&roles))?;
    Some(json!({"token_type": "Bearer", "access_token": signed, "expires_in": token.expires_in}))
}

/// A bearer token that was accepted.
#[derive(Clone, Debug)]
pub(crate) struct Bearer {
    pub(crate) client_id: String,
    /// The person it speaks for; `None` for app-only tokens.
    pub(crate) email: Option<String>,
    /// Delegated scopes, or application permissions of an app-only token.
    pub(crate) permissions: Vec<String>,
}

/// Why a bearer token is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BearerProblem {
    /// It is no token of this directory.
    Invalid,
    /// Its time is over, or has not begun.
    Expired,
}

/// Reads a bearer token by this sandbox's clock.
pub(crate) fn read_bearer(world: &World, token: &str) -> Result<Bearer, BearerProblem> {
    let claims = SigningKey::shared().and_then(|key| key.verify(token)).ok_or(BearerProblem::Invalid)?;
    // The signing key is shared by all sandboxes of a process; the issuer tells them apart.
    let issuer = format!("{}/{}/v2.0", base(&world.base_url), world.core().organization.id());
    if claims["aud"] != GRAPH_APP_ID || claims["iss"] != issuer {
        return Err(BearerProblem::Invalid);
    }
    let now = world.clock.now().as_second();
    let inside = claims["nbf"].as_i64().is_some_and(|from| from <= now)
        && claims["exp"].as_i64().is_some_and(|end| now < end);
    if !inside {
        return Err(BearerProblem::Expired);
    }
    let text = |name: &str| claims[name].as_str().map(str::to_owned);
    let scopes = claims["scp"].as_str().unwrap_or_default().split(' ').map(str::to_owned);
    let roles = claims["roles"].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned);
    Ok(Bearer {
        client_id: text("azp").unwrap_or_default(),
        email: text("upn"),
        permissions: scopes.filter(|scope| !scope.is_empty()).chain(roles).collect(),
    })
}
