//! Asking a provider about an app's credentials without disturbing any person.
//!
//! No provider offers a call for this, so two harmless questions are put together: does the authorize page
//! accept Client ID, redirect URL and scopes, and does the token endpoint accept the client's secret although
//! the grant is not real?

use microsoft::entra::Tenant;
use oauth::{AppTrouble, AuthorizeRequest, ClientCredentials, Kind, PersonTrouble, Pkce, Refusal, ScopeSet};
use platform::{Hub, Result};
use secrecy::SecretString;

use super::{Integration, VerdictKind};
use crate::{Provider, provider};

/// How the authorize page takes the app.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Page {
    Welcomes,
    UnknownClient,
    RedirectNotRegistered,
    ScopeNotAllowed,
    Refuses,
    Unreachable,
}

/// Opens the authorize page as a browser would, without following it anywhere.
pub(super) async fn authorize_page(hub: &Hub, integration: &Integration) -> Result<Page> {
    let server = provider::authorization_server(hub, integration.provider, &integration.tenant)?;
    let redirect_uri = hub.settings().redirect_url();
    let pkce = Pkce::from_bytes(hub.random().bytes());
    let url = oauth::authorize_url(&AuthorizeRequest {
        endpoint: &server.authorize,
        client_id: &integration.client_id,
        redirect_uri: &redirect_uri,
        scopes: &integration.needed_scopes(),
        state: &hub.random().token(),
        challenge: &pkce.challenge(),
        extra: &[],
    });
    Ok(match oauth::fetch(hub.outbound().client().get(url)).await {
        Err(_) => Page::Unreachable,
        Ok(answer) => {
            let location =
                answer.headers.get("location").and_then(|value| value.to_str().ok()).unwrap_or_default();
            read_page(answer.status.as_u16(), location, answer.text())
        }
    })
}

/// Entra shows AADSTS numbers on its pages; Webex's wording is not documented, so it is read by its words.
fn read_page(status: u16, location: &str, body: &str) -> Page {
    let text = format!("{location} {body}").to_lowercase();
    let has = |word: &str| text.contains(word);
    if has("aadsts50011") || has("aadsts500113") {
        Page::RedirectNotRegistered
    } else if has("aadsts700016") || has("aadsts900023") || has("aadsts90002") {
        Page::UnknownClient
    } else if has("invalid_scope") || has("aadsts650053") || has("aadsts70011") {
        Page::ScopeNotAllowed
    } else if status >= 500 || matches!(status, 403 | 408 | 429) {
        // Something in between, or too many questions: this says nothing about the app.
        Page::Unreachable
    } else if status >= 400 {
        match (has("redirect"), has("client")) {
            (true, _) => Page::RedirectNotRegistered,
            (false, true) => Page::UnknownClient,
            (false, false) => Page::Refuses,
        }
    } else if location.contains("error=") {
        Page::Refuses
    } else {
        Page::Welcomes
    }
}

/// Offers the secret at the token endpoint together with a grant that cannot be real.
pub(super) async fn secret(
    hub: &Hub,
    integration: &Integration,
    secret: SecretString,
) -> Result<VerdictKind> {
    let server = provider::authorization_server(hub, integration.provider, &integration.tenant)?;
    let client = ClientCredentials { id: integration.client_id.clone(), secret };
    let http = hub.outbound().client();
    let is_one_directory = integration.provider == Provider::Microsoft
        && matches!(provider::parse_tenant(&integration.tenant)?, Tenant::Id(_) | Tenant::Domain(_));
    let answer = if is_one_directory {
        // In one directory an app may ask for itself, which answers yes or no without a fake grant.
        server
            .token
            .client_credentials(http, &client, &ScopeSet::parse("https://graph.microsoft.com/.default"))
            .await
    } else {
        let not_a_grant = SecretString::from("switchboard-credential-check");
        server.token.refresh(http, &client, &not_a_grant, None).await
    };
    Ok(answer.map_or_else(|refusal| read_refusal(&refusal), |_| VerdictKind::Accepted))
}

fn read_refusal(refusal: &Refusal) -> VerdictKind {
    match refusal.kind {
        // The grant was refused, so the client had been accepted before.
        Kind::Person(
            PersonTrouble::GrantRevoked
            | PersonTrouble::GrantExpired
            | PersonTrouble::CodeAlreadyUsed
            | PersonTrouble::Other,
        ) => VerdictKind::Accepted,
        // Entra reads its own refresh tokens, so one that is none is "malformed"; the client is known by then.
        Kind::Bug if refusal.code.as_deref() == Some("AADSTS9002313") => VerdictKind::Accepted,
        Kind::App(AppTrouble::WrongSecret) => VerdictKind::WrongSecret,
        Kind::App(AppTrouble::SecretId) => VerdictKind::SecretId,
        Kind::App(AppTrouble::SecretExpired) => VerdictKind::SecretExpired,
        Kind::App(AppTrouble::UnknownClient | AppTrouble::WrongTenant) => VerdictKind::UnknownClient,
        Kind::App(AppTrouble::RedirectNotRegistered) => VerdictKind::RedirectNotRegistered,
        Kind::App(AppTrouble::ScopeNotAllowed) => VerdictKind::ScopeNotAllowed,
        Kind::App(AppTrouble::AppDisabled | AppTrouble::Other) | Kind::Person(_) => VerdictKind::AppRefused,
        Kind::Passing { .. } | Kind::Bug => VerdictKind::ProviderUnreachable,
    }
}

/// Puts the two answers together. Webex says "invalid client" for a wrong secret and for an unknown app alike;
/// its authorize page tells them apart.
pub(super) fn combine(page: Page, secret: VerdictKind) -> VerdictKind {
    match (secret, page) {
        (_, Page::UnknownClient) => VerdictKind::UnknownClient,
        (VerdictKind::Accepted, Page::RedirectNotRegistered) => VerdictKind::RedirectNotRegistered,
        (VerdictKind::Accepted, Page::ScopeNotAllowed) => VerdictKind::ScopeNotAllowed,
        (VerdictKind::Accepted, Page::Refuses) => VerdictKind::AppRefused,
        (VerdictKind::Accepted, Page::Unreachable) => VerdictKind::ProviderUnreachable,
        (VerdictKind::UnknownClient, Page::Welcomes) => VerdictKind::WrongSecret,
        (verdict, _) => verdict,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_read_by_numbers_and_words() {
        assert_eq!(read_page(200, "", "<h1>Sign in</h1>"), Page::Welcomes);
        assert_eq!(read_page(302, "https://login.example/", ""), Page::Welcomes);
        assert_eq!(read_page(200, "", "AADSTS50011: The redirect URI …"), Page::RedirectNotRegistered);
        assert_eq!(read_page(400, "", "Unknown client_id"), Page::UnknownClient);
        assert_eq!(
            read_page(302, "https://us.example/oauth/callback?error=invalid_scope", ""),
            Page::ScopeNotAllowed
        );
        assert_eq!(read_page(503, "", ""), Page::Unreachable);
        assert_eq!(read_page(429, "", "too many requests of this client"), Page::Unreachable);
        assert_eq!(read_page(302, "https://us.example/oauth/callback?error=server_error", ""), Page::Refuses);
    }

    #[test]
    fn a_page_that_welcomes_the_app_means_that_the_secret_is_wrong() {
        assert_eq!(combine(Page::Welcomes, VerdictKind::UnknownClient), VerdictKind::WrongSecret);
        assert_eq!(combine(Page::UnknownClient, VerdictKind::WrongSecret), VerdictKind::UnknownClient);
        assert_eq!(
            combine(Page::RedirectNotRegistered, VerdictKind::Accepted),
            VerdictKind::RedirectNotRegistered
        );
    }
}
