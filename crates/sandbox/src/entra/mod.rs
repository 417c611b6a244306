//! Entra ID (v2.0) at the paths of login.microsoftonline.com: discovery, sign-in and consent pages, the token
//! endpoint and admin consent. Scripts can drive the pages: `POST /{tenant}/login` takes `flow` and `email`,
//! `POST /{tenant}/consent` takes `flow`, `decision` (`accept` or `cancel`) and `for_all` (`on`).

mod adminconsent;
mod authorize;
mod discovery;
mod logout;
mod pages;
mod refusal;
mod scope;
mod signing;
mod state;
mod tenant;
mod token;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL;
use http::HeaderMap;
use serde_json::{Value, json};
use uuid::Uuid;

use self::refusal::{Refusal, Trace};
use crate::apps::{App, Provider};
use crate::random::stable_hex;
use crate::routes::Routes;
use crate::seed::Person;
use crate::world::{Revocation, World, lock};

pub(crate) use state::State;
pub(crate) use tenant::base;
pub(crate) use token::access::{Bearer, BearerProblem, read_bearer};

pub(crate) fn routes() -> Routes {
    Routes::new()
        .get("/{tenant}/v2.0/.well-known/openid-configuration", discovery::configuration)
        .get("/{tenant}/discovery/v2.0/keys", discovery::keys)
        .get("/common/discovery/instance", discovery::instance)
        .get("/{tenant}/oauth2/v2.0/authorize", authorize::authorize)
        .post("/{tenant}/login", authorize::login)
        .post("/{tenant}/consent", authorize::consent)
        .post("/{tenant}/oauth2/v2.0/token", token::token)
        .get("/{tenant}/oauth2/v2.0/logout", logout::logout)
        .get("/{tenant}/v2.0/adminconsent", adminconsent::with_scopes)
        .get("/{tenant}/adminconsent", adminconsent::of_registration)
}

/// An access token without clicking: `scopes` in either form, none meaning all that the app has registered;
/// nothing is consented to by it. With an address that
/// is a Microsoft app's client id it is an app-only token and the scopes are application permissions. `None` when
/// there is no such account or a scope is unknown.
pub(crate) fn issue_token(world: &World, email: &str, scopes: &[String]) -> Option<Value> {
    let asked = scope::Asked::parse(&scopes.join(" "), base(&world.base_url)).ok()?;
    let granted = [asked.oidc, asked.permissions].concat();
    if let Some(app) = world.app(Provider::Microsoft, email) {
        let roles = if scopes.is_empty() { app.application_permissions.clone() } else { granted };
        return token::access::for_app(world, &app, &roles);
    }
    let person = world.person(email).filter(|person| person.microsoft.is_some())?;
    let app = world.core().apps.iter().find(|app| app.provider == Provider::Microsoft).cloned()?;
    let granted = if scopes.is_empty() { app.scopes.clone() } else { granted };
    token::access::for_person(world, &app, &person, &granted)
}

/// Ends a person's grants: withdrawn consent (AADSTS65001), changed password (50173) or disabled account (50057).
/// Access tokens live on until they expire, as they do at the provider. Tells whether there is such an account.
pub(crate) fn revoke(world: &World, email: &str, why: Revocation) -> bool {
    let Some(person) = world.person(email).filter(|person| person.microsoft.is_some()) else { return false };
    lock(&world.entra).revoke(&person.email, why, world.clock.now());
    world.sign_out(Provider::Microsoft, &person.email);
    true
}

/// A person's account: directory object and tenant.
struct AccountId {
    oid: Uuid,
    tid: Uuid,
}

fn account_id(world: &World, person: &Person) -> AccountId {
    AccountId { oid: person.entra_id(), tid: world.core().organization.id() }
}

/// The `sub` claim: pairwise, so that another app sees another value for the same person.
pub(crate) fn subject(client_id: &str, person: &Person) -> String {
    stable_hex("entra subject", &format!("{client_id} {}", person.entra_id()))[..43].to_owned()
}

/// What MSAL clients ask for with `client_info=1`.
fn client_info(account: &AccountId) -> String {
    BASE64URL.encode(json!({"uid": account.oid, "utid": account.tid}).to_string())
}

/// The app behind a client id, once the directory knows it and unless it is switched off.
fn find_app(world: &World, client_id: &str) -> Result<App, Refusal> {
    let app = world.app(Provider::Microsoft, client_id).filter(|app| app.known(world.clock.now()));
    match app {
        Some(app) if app.disabled => Err(Refusal::AppDisabled { client_id: app.client_id }),
        Some(app) => Ok(app),
        None => {
            let tenant = world.core().organization.name.clone();
            // An over-long id is not repeated in full.
            Err(Refusal::UnknownApp { client_id: client_id.chars().take(100).collect(), tenant })
        }
    }
}

/// Fresh trace ids; the correlation id is the client's own when it sent one.
fn trace(world: &World, headers: Option<&HeaderMap>) -> Trace {
    let sent = headers
        .and_then(|headers| headers.get("client-request-id"))
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.parse::<Uuid>().ok());
    let correlation = sent.unwrap_or_else(|| world.random.uuid());
    Trace { id: world.random.uuid().to_string(), correlation: correlation.to_string(), at: world.clock.now() }
}
