//! GET /_sandbox: everything at a glance, as JSON or as the front page.

use std::collections::HashMap;

use askama::Template;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, StatusCode, header};
use serde::Serialize;
use serde_json::json;

use crate::apps::{App, Provider};
use crate::control::settings::ClockBody;
use crate::control::{Problem, wants_page};
use crate::pages::page;
use crate::world::{Shared, World, lock};

#[derive(Template)]
#[template(path = "control/front.html")]
struct FrontPage {
    organization: String,
    base_url: String,
    clock: ClockBody,
    accounts: Vec<Account>,
    apps: Vec<App>,
    smtp: Option<String>,
    tls: bool,
}

#[derive(Serialize)]
pub(super) struct Account {
    pub(super) provider: Provider,
    pub(super) email: String,
    pub(super) name: String,
    roles: Vec<String>,
}

impl Provider {
    /// The provider as people call it.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Webex => "Webex",
            Self::Microsoft => "Microsoft",
        }
    }
}

pub(super) async fn overview(State(world): State<Shared>, headers: HeaderMap) -> Response {
    if wants_page(&headers) {
        return front_page(&world);
    }
    let access_requests = lock(&world.webex).access_requests.clone();
    let webex_people = lock(&world.webex).accounts.len();
    let accounts = accounts(&world);
    let core = world.core();
    Json(json!({
        "name": "Switchboard sandbox",
        "base_url": base(&world),
        "organization": core.organization,
        "accounts": accounts,
        "webex_people": webex_people,
        "apps": core.apps,
        "switches": core.switches,
        "clock": ClockBody::of(&world),
        "faults": world.faults.all(),
        "access_requests": access_requests,
        "smtp": world.smtp_addr.map(|address| address.to_string()),
        "tls": world.ca_pem.is_some(),
    }))
    .into_response()
}

fn front_page(world: &World) -> Response {
    let accounts = accounts(world);
    let (organization, apps) = {
        let core = world.core();
        (core.organization.name.clone(), core.apps.clone())
    };
    let front = FrontPage {
        organization,
        base_url: base(world).to_owned(),
        clock: ClockBody::of(world),
        accounts,
        apps,
        smtp: world.smtp_addr.map(|address| address.to_string()),
        tls: world.ca_pem.is_some(),
    };
    page(StatusCode::OK, &front)
}

fn base(world: &World) -> &str {
    world.base_url.as_str().trim_end_matches('/')
}

/// Webex accounts that are shown; there may be a hundred thousand.
const SHOWN: usize = 1_000;

/// The accounts at both providers, people in the order of the seed first.
pub(super) fn accounts(world: &World) -> Vec<Account> {
    let people = world.core().people.clone();
    let state = lock(&world.webex);
    let ranks: HashMap<&str, usize> =
        people.iter().enumerate().map(|(rank, person)| (person.email.as_str(), rank)).collect();
    let rank = |email: &str| ranks.get(email).copied().unwrap_or(people.len());
    let webex = state.accounts.all().take(people.len().max(SHOWN)).map(|account| Account {
        provider: Provider::Webex,
        email: account.email.clone(),
        name: account.display_name().to_owned(),
        roles: account.roles.clone(),
    });
    let microsoft = people.iter().filter_map(|person| {
        Some(Account {
            provider: Provider::Microsoft,
            email: person.email.clone(),
            name: person.display_name(),
            roles: person.microsoft.as_ref()?.roles.clone(),
        })
    });
    let mut all: Vec<Account> = webex.chain(microsoft).collect();
    all.sort_by_key(|account| (rank(&account.email), account.provider == Provider::Microsoft));
    all
}

/// GET /_sandbox/ca.pem: the certificate that clients must trust.
pub(super) async fn ca(State(world): State<Shared>) -> Result<Response, Problem> {
    let pem = world.ca_pem.clone().ok_or_else(|| Problem::missing("TLS is off; there is no certificate."))?;
    Ok(([(header::CONTENT_TYPE, "application/x-pem-file")], pem).into_response())
}
