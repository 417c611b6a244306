//! All integrations of the organization.

use askama::Template;
use axum::{Extension, extract::State, response::IntoResponse};
use platform::{
    Actor, Hub, Result,
    web::{Page, Shell},
};

use super::{
    expiry::SecretView,
    view::{badge, connections_of, next_step, shortened},
};
use crate::{Integration, Provider, integrations, web::connections::person};

/// An integration as one line.
struct Row {
    integration: Integration,
    client_id: String,
    verdict_badge: &'static str,
    secrets: Vec<SecretView>,
    connections: i64,
    next: String,
}

#[derive(Template)]
#[template(path = "integrations/list.html")]
struct ListPage {
    shell: Shell,
    /// Providers that have integrations, with them.
    providers: Vec<(Provider, Vec<Row>)>,
    /// Whether any secret's end is known, so that there is something to picture.
    has_dates: bool,
    redirect_url: String,
}

/// The page of all integrations.
pub(super) async fn list(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    shell: Shell,
) -> Result<impl IntoResponse> {
    let organization = person(&actor)?.organization;
    let counts = integrations::connection_counts(&hub, organization).await?;
    let known = integrations::list(&hub, organization).await?;
    let mut providers = Vec::new();
    for provider in Provider::ALL {
        let mut rows = Vec::new();
        for integration in known.iter().filter(|known| known.provider == provider) {
            let secrets = integrations::secrets(&hub, organization, integration.id).await?;
            let secrets = secrets.into_iter().map(|secret| SecretView::new(secret, shell.now)).collect();
            rows.push(row(integration.clone(), secrets, connections_of(&counts, integration)));
        }
        if !rows.is_empty() {
            providers.push((provider, rows));
        }
    }
    let mut secrets = providers.iter().flat_map(|(_, rows)| rows).flat_map(|row: &Row| &row.secrets);
    let has_dates = secrets.any(|view| view.expiry.at.is_some());
    Ok(Page(ListPage { shell, providers, has_dates, redirect_url: hub.settings().redirect_url() }))
}

fn row(integration: Integration, secrets: Vec<SecretView>, connections: i64) -> Row {
    Row {
        client_id: shortened(&integration.client_id),
        verdict_badge: badge(integration.verdict.as_ref()),
        next: next_step(&integration, &secrets, connections),
        secrets,
        connections,
        integration,
    }
}
