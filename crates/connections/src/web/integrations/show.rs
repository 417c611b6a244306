//! One integration: its verdict, its secrets, and everything that can be done with it.

use askama::Template;
use axum::{
    Extension,
    extract::{Path, State},
    response::IntoResponse,
};
use platform::{
    Actor, Hub, Result,
    web::{Page, Shell},
};

use super::{
    expiry::SecretView,
    find,
    form::{AppFields, SecretFields},
    guide::Guide,
    view::{badge, connections_of, next_step},
};
use crate::{Integration, integrations};

#[derive(Template)]
#[template(path = "integrations/show.html")]
pub(super) struct ShowPage {
    shell: Shell,
    integration: Integration,
    badge: &'static str,
    /// Whether the verdict stays as it is until somebody acts.
    is_settled: bool,
    secrets: Vec<SecretView>,
    connections: i64,
    next: String,
    guide: Guide,
    app: AppFields,
    secret: SecretFields,
}

impl ShowPage {
    /// What removing one of the secrets means.
    fn removal_words(&self) -> &'static str {
        if self.secrets.len() > 1 {
            "The other secret becomes the current one. Nobody has to authorize again."
        } else {
            "It is the only one: until you add another, people cannot authorize and tokens are not renewed."
        }
    }
}

/// The verdict alone, for a page that refreshes itself.
#[derive(Template)]
#[template(path = "integrations/verdict.html")]
struct VerdictFragment {
    shell: Shell,
    integration: Integration,
    badge: &'static str,
}

/// The integration's page with these forms: the stored values, or what was typed and is wrong.
pub(super) async fn page(
    hub: &Hub,
    shell: Shell,
    integration: Integration,
    (app, secret): (AppFields, SecretFields),
) -> Result<ShowPage> {
    let organization = integration.organization_id;
    let counts = integrations::connection_counts(hub, organization).await?;
    let connections = connections_of(&counts, &integration);
    let secrets = integrations::secrets(hub, organization, integration.id).await?;
    let secrets: Vec<_> = secrets.into_iter().map(|secret| SecretView::new(secret, shell.now)).collect();
    Ok(ShowPage {
        shell,
        badge: badge(integration.verdict.as_ref()),
        is_settled: integration.verdict.as_ref().is_none_or(|verdict| verdict.next_check_at.is_none()),
        next: next_step(&integration, &secrets, connections),
        guide: Guide::of(hub, &integration),
        secrets,
        connections,
        app,
        secret,
        integration,
    })
}

/// The page of one integration.
pub(super) async fn show(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
    shell: Shell,
) -> Result<impl IntoResponse> {
    let integration = find(&hub, &actor, &id).await?;
    let forms = (AppFields::of(&integration), SecretFields::default());
    Ok(Page(page(&hub, shell, integration, forms).await?))
}

/// The verdict as it is now.
pub(super) async fn verdict(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
    shell: Shell,
) -> Result<impl IntoResponse> {
    let integration = find(&hub, &actor, &id).await?;
    Ok(Page(VerdictFragment { shell, badge: badge(integration.verdict.as_ref()), integration }))
}
