//! A sign-in under way: stored under its state, bound to the browser by a ticket in a cookie.
//!
//! Nonce and code verifier are made from the ticket, which the database knows only as a hash: whoever reads the
//! database cannot finish somebody's sign-in.

use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{HeaderMap, HeaderName, HeaderValue};
use oauth::Pkce;
use platform::{Hub, Instant, Result, random::fingerprint, record, web};
use secrecy::{ExposeSecret, SecretString};

use super::LIFE;
use crate::session;

fn cookie_name(hub: &Hub) -> &'static str {
    if hub.settings().is_https() { "__Host-switchboard_sign_in" } else { "switchboard_sign_in" }
}

/// What the browser holds while its person is at the provider.
pub(super) struct Ticket(SecretString);

impl Ticket {
    /// The ticket the browser sent, if any.
    pub(super) fn of(hub: &Hub, headers: &HeaderMap) -> Option<Self> {
        web::cookie(headers, cookie_name(hub)).filter(|text| text.len() == 43).map(|text| Self(text.into()))
    }

    pub(super) fn cookie(&self, hub: &Hub) -> (HeaderName, HeaderValue) {
        session::cookie(hub, cookie_name(hub), self.0.expose_secret(), LIFE)
    }

    /// Ties the ID token to this attempt (OpenID Connect Core §3.1.2.1).
    pub(super) fn nonce(&self) -> String {
        self.derive("nonce")
    }

    pub(super) fn pkce(&self) -> Pkce {
        Pkce::from_verifier(self.derive("verifier").into())
    }

    fn derive(&self, purpose: &str) -> String {
        let input = format!("{purpose}:{}", self.0.expose_secret());
        URL_SAFE_NO_PAD.encode(digest(&SHA256, input.as_bytes()))
    }

    fn hash(&self) -> String {
        fingerprint(self.0.expose_secret())
    }
}

/// Takes the ticket back from the browser.
pub(crate) fn clear_cookie(hub: &Hub) -> (HeaderName, HeaderValue) {
    session::cookie(hub, cookie_name(hub), "", Duration::ZERO)
}

/// A new attempt.
pub(super) struct Attempt {
    pub(super) state: SecretString,
    pub(super) ticket: Ticket,
}

pub(super) async fn create(hub: &Hub, next: &str) -> Result<Attempt> {
    let state = hub.random().token();
    let ticket = Ticket(hub.random().token().into());
    hub.db()
        .sql("INSERT INTO oidc_sign_in (id, browser, next, expires_at) VALUES ($1, $2, $3, $4)")
        .bind(fingerprint(&state))
        .bind(ticket.hash())
        .bind(next.to_owned())
        .bind(hub.now().after(LIFE))
        .execute(hub.db())
        .await?;
    Ok(Attempt { state: state.into(), ticket })
}

record! {
    struct Row {
        browser: String,
        next: String,
        expires_at: Instant,
    }
}

/// Uses up the attempt of this state and answers where its person wanted to go; `None` when there is no such
/// attempt, when it is over, or when another browser began it.
pub(super) async fn take(hub: &Hub, state: &SecretString, ticket: &Ticket) -> Result<Option<String>> {
    let row: Option<Row> = hub
        .db()
        .sql("DELETE FROM oidc_sign_in WHERE id = $1 RETURNING browser, next, expires_at")
        .bind(fingerprint(state.expose_secret()))
        .returning(hub.db())
        .await?;
    let fits = |row: &Row| row.expires_at > hub.now() && row.browser == ticket.hash();
    Ok(row.filter(fits).map(|row| row.next))
}

/// Forgets attempts that are over.
pub(crate) async fn forget(hub: &Hub) -> Result<()> {
    hub.db().sql("DELETE FROM oidc_sign_in WHERE expires_at <= $1").bind(hub.now()).execute(hub.db()).await?;
    Ok(())
}
