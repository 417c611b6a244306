//! A small developer portal: the ritual of registering an app, and personal access tokens.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use axum_extra::extract::Form;
use http::StatusCode;
use serde::Deserialize;

use crate::apps::{App, Provider};
use crate::control::Problem;
use crate::control::apps::{blank, store};
use crate::control::overview::{Account, accounts};
use crate::pages::page;
use crate::routes::Routes;
use crate::seed::{APPLICATION, DELEGATED};
use crate::webex::{ALL_SCOPES, issue_token};
use crate::world::Shared;

const LONGEST_NAME: usize = 120;
const MOST_REDIRECTS: usize = 10;

pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/_sandbox/portal", index)
        .post("/_sandbox/portal/token", personal_token)
        .get("/_sandbox/portal/{provider}", form)
        .post("/_sandbox/portal/{provider}", register)
}

#[derive(Template)]
#[template(path = "control/portal.html")]
struct IndexPage {
    apps: Vec<App>,
    people: Vec<Account>,
}

#[derive(Template)]
#[template(path = "control/register.html")]
struct RegisterPage {
    provider: Provider,
    path: String,
    filled: Filled,
    scopes: Vec<Choice>,
    permissions: Vec<Choice>,
    name_problem: Option<&'static str>,
    redirect_problem: Option<&'static str>,
}

#[derive(Template)]
#[template(path = "control/registered.html")]
struct RegisteredPage {
    app: App,
    secret: String,
    secret_id: String,
}

#[derive(Template)]
#[template(path = "control/token.html")]
struct TokenPage {
    email: String,
    token: String,
}

/// A checkbox.
struct Choice {
    name: &'static str,
    ticked: bool,
}

/// The form as it was filled in.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Filled {
    name: String,
    redirect_uris: String,
    scopes: Vec<String>,
    permissions: Vec<String>,
    propagation_seconds: String,
}

#[derive(Deserialize)]
struct TokenForm {
    email: String,
}

async fn index(State(world): State<Shared>) -> Response {
    let apps = world.core().apps.clone();
    let people = accounts(&world).into_iter().filter(|account| account.provider == Provider::Webex).collect();
    page(StatusCode::OK, &IndexPage { apps, people })
}

async fn personal_token(State(world): State<Shared>, Form(form): Form<TokenForm>) -> Response {
    let issued = issue_token(&world, &form.email, &[]);
    match issued.as_ref().and_then(|issued| issued["access_token"].as_str()) {
        Some(token) => page(StatusCode::OK, &TokenPage { email: form.email, token: token.to_owned() }),
        None => Problem::missing("There is no such account.").into_response(),
    }
}

async fn form(Path(provider): Path<String>) -> Response {
    match named(&provider) {
        Some(provider) => page(StatusCode::OK, &register_page(provider, Filled::default(), None, None)),
        None => unknown(),
    }
}

async fn register(
    State(world): State<Shared>,
    Path(provider): Path<String>,
    Form(filled): Form<Filled>,
) -> Response {
    let Some(provider) = named(&provider) else { return unknown() };
    let name_problem = match filled.name.trim().chars().count() {
        0 => Some("Give the app a name; people read it when they are asked for consent."),
        1..=LONGEST_NAME => None,
        _ => Some("The name is longer than 120 characters."),
    };
    let redirects: Vec<String> = filled.redirect_uris.split_whitespace().map(str::to_owned).collect();
    let redirect_problem = redirect_problem(&redirects);
    if name_problem.is_some() || redirect_problem.is_some() {
        let again = register_page(provider, filled, name_problem, redirect_problem);
        return page(StatusCode::UNPROCESSABLE_ENTITY, &again);
    }
    let app = App {
        name: filled.name.trim().to_owned(),
        redirect_uris: redirects,
        scopes: filled.scopes,
        application_permissions: filled.permissions,
        propagation_seconds: filled.propagation_seconds.trim().parse().unwrap_or_default(),
        ..blank(&world, provider)
    };
    if let Err(problem) = store(&world, app.clone()) {
        return problem.into_response();
    }
    let secret = app.secrets.first().map(|secret| (secret.value.clone(), secret.id.to_string()));
    let (secret, secret_id) = secret.unwrap_or_default();
    page(StatusCode::OK, &RegisteredPage { app, secret, secret_id })
}

fn redirect_problem(redirects: &[String]) -> Option<&'static str> {
    if redirects.is_empty() {
        return Some("Give at least one redirect URI.");
    }
    if redirects.len() > MOST_REDIRECTS {
        return Some("At most ten redirect URIs can be registered.");
    }
    let absolute = |uri: &String| {
        url::Url::parse(uri)
            .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.fragment().is_none())
    };
    (!redirects.iter().all(absolute)).then_some("Every redirect URI must start with http:// or https://.")
}

fn register_page(
    provider: Provider,
    filled: Filled,
    name_problem: Option<&'static str>,
    redirect_problem: Option<&'static str>,
) -> RegisterPage {
    let choices = |names: &[&'static str], ticked: &[String]| {
        let choice =
            |name: &&'static str| Choice { name, ticked: ticked.iter().any(|ticked| ticked == name) };
        names.iter().map(choice).collect()
    };
    let (scopes, permissions) = match provider {
        Provider::Webex => (choices(&ALL_SCOPES, &filled.scopes), Vec::new()),
        Provider::Microsoft => {
            (choices(&DELEGATED, &filled.scopes), choices(&APPLICATION, &filled.permissions))
        }
    };
    let path = format!("/_sandbox/portal/{}", provider.label().to_lowercase());
    RegisterPage { provider, path, filled, scopes, permissions, name_problem, redirect_problem }
}

fn named(provider: &str) -> Option<Provider> {
    [Provider::Webex, Provider::Microsoft].into_iter().find(|known| known.label().to_lowercase() == provider)
}

fn unknown() -> Response {
    Problem::missing("There are portals for webex and microsoft only.").into_response()
}
