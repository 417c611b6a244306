//! Signing in at the organization's provider: there, back, and what to do when it did not work.

use askama::Template;
use axum::{
    Extension,
    extract::{Query, RawQuery, State},
    response::{AppendHeaders, IntoResponse, Redirect, Response},
};
use http::{HeaderMap, StatusCode};
use platform::{
    Actor, Hub, Result,
    web::{Page, Shell},
};

use super::sign_in::SignInQuery;
use crate::{
    oidc::{self, Callback, Failed},
    session, settings,
};

#[derive(Template)]
#[template(path = "sign_in_failed.html")]
struct FailedPage {
    shell: Shell,
    heading: String,
    /// What happened, and what to do, paragraph by paragraph.
    paragraphs: Vec<String>,
    again: bool,
}

pub(super) async fn begin(
    State(hub): State<Hub>,
    shell: Shell,
    Query(query): Query<SignInQuery>,
) -> Result<Response> {
    match oidc::begin(&hub, query.next.as_deref()).await {
        Ok(begun) => Ok((AppendHeaders([begun.cookie]), Redirect::to(&begun.url)).into_response()),
        Err(failed) => explain(&hub, shell, failed),
    }
}

pub(super) async fn finish(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    headers: HeaderMap,
    shell: Shell,
    RawQuery(query): RawQuery,
) -> Result<Response> {
    let callback = Callback {
        query: query.as_deref().unwrap_or_default(),
        headers: &headers,
        origin: &actor.origin,
        replaced: session::cookie_in(&hub, &headers),
    };
    let finished = oidc::finish(&hub, callback).await;
    let no_ticket = oidc::clear_cookie(&hub);
    match finished {
        Ok((token, next)) => {
            let cookies = AppendHeaders([session::set_cookie(&hub, &token), no_ticket]);
            Ok((cookies, Redirect::to(&next)).into_response())
        }
        Err(failed) => Ok((AppendHeaders([no_ticket]), explain(&hub, shell, failed)?).into_response()),
    }
}

fn explain(hub: &Hub, shell: Shell, failed: Failed) -> Result<Response> {
    let name = settings::oidc(hub).map_or_else(|| "the provider".to_owned(), |oidc| oidc.name);
    let (status, heading, paragraphs) = describe(failed, &name)?;
    let page = FailedPage { shell, heading, paragraphs, again: settings::oidc(hub).is_some() };
    Ok((status, Page(page)).into_response())
}

fn describe(failed: Failed, name: &str) -> Result<(StatusCode, String, Vec<String>)> {
    let administrator =
        "If this keeps happening, show this page to your Switchboard administrator.".to_owned();
    Ok(match failed {
        Failed::Ours(error) => return Err(error),
        Failed::Stale => (
            StatusCode::BAD_REQUEST,
            "This sign-in is no longer valid".into(),
            vec![
                "It was started more than ten minutes ago, in another browser, or has been used already. Nothing has \
                 happened to your account."
                    .into(),
                "Sign in again; it takes one click if you are still signed in at the provider.".into(),
            ],
        ),
        Failed::Declined => (
            StatusCode::FORBIDDEN,
            format!("The sign-in with {name} was cancelled"),
            vec!["You can sign in again, or use your password here.".into()],
        ),
        Failed::Refused(why) => (
            StatusCode::BAD_GATEWAY,
            format!("The sign-in with {name} did not work"),
            vec![format!("The provider’s answer could not be used: {why}"), administrator],
        ),
        Failed::Unreachable(why) => (
            StatusCode::SERVICE_UNAVAILABLE,
            format!("{name} cannot be reached right now"),
            vec![format!("Try again in a minute. What happened: {why}"), administrator],
        ),
        Failed::NoAccount { address } => (
            StatusCode::FORBIDDEN,
            "There is no account for you here yet".into(),
            vec![no_account(address), "Ask your Switchboard administrator for an invitation.".into()],
        ),
        Failed::Disabled => (
            StatusCode::FORBIDDEN,
            "Your account is disabled".into(),
            vec!["A Switchboard administrator can enable it again under Admin → Accounts.".into()],
        ),
    })
}

fn no_account(address: Option<String>) -> String {
    match address {
        Some(address) => format!("You signed in as {address}, and no account has that e-mail address."),
        None => {
            "The provider did not vouch for your e-mail address, so it cannot be matched to an account. With \
                 Microsoft Entra this happens when the issuer names no single tenant."
                .into()
        }
    }
}
