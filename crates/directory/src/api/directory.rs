//! The directory as a whole: how old it is, licences, meeting sites, and what its administrators decided.

use std::collections::BTreeSet;

use axum::{
    Extension,
    extract::{Path, State},
};
use http::StatusCode;
use platform::{
    Actor, Hub, Instant, Result,
    api::{Json, List, Problem},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::organization;
use crate::{
    plan::{Field, LicenceFact, PlanRules, SessionTypeFact, TrackingCodeFact},
    reading,
    settings::{self, USUAL_MOST_LOSSES},
    sites::{self, Site, Way},
};

const TAG: &str = "Directory";

/// The directory of the Webex organization, and how its reading stands.
#[derive(Serialize, ToSchema)]
#[schema(as = DirectoryBody)]
pub(super) struct DirectoryBody {
    /// Webex's id of the organization, and its name; absent until it was read.
    provider_organization_id: Option<String>,
    provider_organization: Option<String>,
    /// When it was last read to the end.
    #[schema(value_type = Option<String>, format = DateTime)]
    read_at: Option<Instant>,
    /// How many people that found.
    people: i64,
    reading: Option<ReadingBody>,
    /// Why it cannot be read, in words.
    trouble: Option<String>,
    settings: SettingsBody,
}

/// A reading under way.
#[derive(Serialize, ToSchema)]
struct ReadingBody {
    /// `people`, `licences` or `sites`.
    phase: String,
    /// How many people it has found so far.
    found: i64,
    #[schema(value_type = Option<String>, format = DateTime)]
    started_at: Option<Instant>,
}

/// What administrators decided about plans.
#[derive(Serialize, Deserialize, ToSchema)]
pub(super) struct SettingsBody {
    /// Whether plans create people who are not there, unless a plan says otherwise.
    create: bool,
    /// Fields that directory synchronization owns: shown and left alone.
    synchronized: BTreeSet<Field>,
    /// In percent: a plan that takes something from more of its people has to be confirmed.
    most_losses: i64,
    /// Whether a second administrator has to approve a plan before it is applied.
    needs_approval: bool,
}

/// A licence and its stock.
#[derive(Serialize, ToSchema)]
pub(super) struct LicenceBody {
    id: String,
    name: String,
    /// The meeting site it belongs to.
    site: Option<String>,
    subscription: Option<String>,
    /// Absent where there is no limit.
    total: Option<i64>,
    consumed: i64,
}

impl From<LicenceFact> for LicenceBody {
    fn from(fact: LicenceFact) -> Self {
        let LicenceFact { id, name, site, subscription, total, consumed } = fact;
        Self { id, name, site, subscription, total, consumed }
    }
}

/// A meeting site.
#[derive(Serialize, ToSchema)]
pub(super) struct SiteBody {
    /// Its host name.
    site: String,
    /// Which API answered when it was tried.
    found: Option<Way>,
    /// Which one an administrator chose; goes before what was found.
    chosen: Option<Way>,
    session_types: Vec<SessionTypeFact>,
    tracking_codes: Vec<TrackingCodeFact>,
    /// Why nothing can be changed there, in words.
    closed: Option<String>,
    /// Why it cannot be read, or what will most likely not work there, in words.
    trouble: Option<String>,
    #[schema(value_type = Option<String>, format = DateTime)]
    read_at: Option<Instant>,
}

impl From<Site> for SiteBody {
    fn from(site: Site) -> Self {
        Self {
            site: site.site,
            found: site.found_way,
            chosen: site.chosen_way,
            session_types: site.facts.session_types,
            tracking_codes: site.facts.tracking_codes,
            closed: site.facts.closed,
            trouble: site.trouble,
            read_at: site.read_at,
        }
    }
}

/// Which API is used for a site.
#[derive(Deserialize, ToSchema)]
pub(super) struct WayBody {
    /// Null: whichever answers.
    api: Option<Way>,
}

/// Tells how old the directory is, and how a reading under way gets on.
#[utoipa::path(get, path = "/api/v1/directory", tag = TAG, operation_id = "get_directory",
    security(("api_key" = ["directory:read"])),
    responses(
        (status = 200, body = DirectoryBody),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn get_directory(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
) -> Result<Json<DirectoryBody>> {
    let known = settings::find(&hub, organization(&actor)?).await?;
    let rules = known.as_ref().map_or_else(PlanRules::default, |it| it.rules.clone());
    let settings = SettingsBody {
        create: rules.create,
        synchronized: rules.synchronized,
        most_losses: known.as_ref().map_or(USUAL_MOST_LOSSES, |it| it.most_losses),
        needs_approval: known.as_ref().is_some_and(|it| it.needs_approval),
    };
    let reading = known.as_ref().and_then(|it| {
        let phase = it.phase.clone()?;
        Some(ReadingBody { phase, found: it.found, started_at: it.started_at })
    });
    Ok(Json(DirectoryBody {
        provider_organization_id: known.as_ref().and_then(|it| it.provider_org.clone()),
        provider_organization: known.as_ref().and_then(|it| it.provider_org_name.clone()),
        read_at: known.as_ref().and_then(|it| it.read_at),
        people: known.as_ref().map_or(0, |it| it.people),
        reading,
        trouble: known.and_then(|it| it.trouble),
        settings,
    }))
}

/// Has the organization read now.
///
/// It happens in the background: `reading` and `read_at` of the directory tell how far it is.
#[utoipa::path(post, path = "/api/v1/directory/readings", tag = TAG, operation_id = "read_directory",
    security(("api_key" = ["directory:write"])),
    responses(
        (status = 202),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn read_directory(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
) -> Result<StatusCode> {
    reading::read_now(&hub, &actor).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Decides how plans are made and what applying them needs.
#[utoipa::path(put, path = "/api/v1/directory/settings", tag = TAG, operation_id = "update_directory_settings",
    request_body = SettingsBody, security(("api_key" = ["directory:write"])),
    responses(
        (status = 204),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn update_directory_settings(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Json(wish): Json<SettingsBody>,
) -> Result<StatusCode> {
    let rules = PlanRules { create: wish.create, synchronized: wish.synchronized };
    settings::set(&hub, &actor, rules, wish.most_losses, wish.needs_approval).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Lists licences with their stock, as last read.
#[utoipa::path(get, path = "/api/v1/directory/licences", tag = TAG, operation_id = "list_licences",
    security(("api_key" = ["directory:read"])),
    responses(
        (status = 200, body = List<LicenceBody>),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn list_licences(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
) -> Result<Json<List<LicenceBody>>> {
    let catalog = sites::catalog(&hub, organization(&actor)?).await?;
    let items = catalog.licences.into_iter().map(LicenceBody::from).collect();
    Ok(Json(List { items, next: None }))
}

/// Lists the meeting sites with what each offers.
#[utoipa::path(get, path = "/api/v1/directory/sites", tag = TAG, operation_id = "list_sites",
    security(("api_key" = ["directory:read"])),
    responses(
        (status = 200, body = List<SiteBody>),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn list_sites(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
) -> Result<Json<List<SiteBody>>> {
    let sites = sites::list(&hub, organization(&actor)?).await?;
    Ok(Json(List { items: sites.into_iter().map(SiteBody::from).collect(), next: None }))
}

/// Decides which API is used for a meeting site.
#[utoipa::path(put, path = "/api/v1/directory/sites/{site}/api", tag = TAG, operation_id = "choose_site_api",
    params(("site" = String, Path, description = "the site's host name")), request_body = WayBody,
    security(("api_key" = ["directory:write"])),
    responses(
        (status = 204),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn choose_site_api(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Path(site): Path<String>,
    Json(wish): Json<WayBody>,
) -> Result<StatusCode> {
    sites::choose_way(&hub, &actor, &site, wish.api).await?;
    Ok(StatusCode::NO_CONTENT)
}
