//! Admin → Directory: whose organization this is, how old what is known of it is, what it has to give, and what its
//! administrators decided.

use askama::Template;
use axum::{
    Extension,
    extract::State,
    response::{IntoResponse, Response},
};
use platform::{
    Actor, Error, Fault, Hub, Instant, Result,
    id::OrganizationId,
    web::{FieldErrors, Form, Page, Shell, done},
};

use super::{fields::Fields, organization, settings::Typed, words};
use crate::{
    plan::LicenceFact,
    reading,
    runs::{self, Run, RunState},
    settings::{self, Directory},
    sites::{self, Site, Way},
};

const HERE: &str = "/admin/directory";

/// A licence's stock.
struct LicenceView {
    fact: LicenceFact,
    /// How scarce it is, where that matters.
    scarce: Option<(&'static str, String)>,
}

impl LicenceView {
    fn new(fact: LicenceFact) -> Self {
        let scarce = fact.total.and_then(|total| scarcity(total, fact.consumed));
        Self { fact, scarce }
    }

    fn used(&self) -> String {
        match self.fact.total {
            Some(total) => format!("{} of {}", words::count(self.fact.consumed), words::count(total)),
            None => format!("{}, without a limit", words::count(self.fact.consumed)),
        }
    }
}

/// Used up, or one of ten left.
fn scarcity(total: i64, consumed: i64) -> Option<(&'static str, String)> {
    let left = total - consumed;
    match left {
        ..0 => Some(("failed", format!("{} too many", words::count(-left)))),
        0 => Some(("failed", "none left".to_owned())),
        _ if left * 10 <= total => Some(("attention", format!("{} left", words::count(left)))),
        _ => None,
    }
}

/// A meeting site with the choice of its API.
struct SiteView {
    site: Site,
    choices: Vec<(&'static str, String)>,
    chosen: String,
}

impl SiteView {
    fn new(site: Site) -> Self {
        let found = match site.found_way {
            Some(way) => format!("What answers: {}", words::way(way)),
            None => "What answers: none so far".to_owned(),
        };
        let choices = vec![("", found), ("rest", "Always REST".to_owned()), ("xml", "Always XML".to_owned())];
        let chosen = site.chosen_way.map(|way| way.to_string()).unwrap_or_default();
        Self { site, choices, chosen }
    }

    /// The API that is used, and why.
    fn way(&self) -> String {
        match (self.site.chosen_way, self.site.found_way) {
            (Some(chosen), _) => format!("{} (chosen by an administrator)", words::way(chosen)),
            (None, Some(Way::Rest)) => "REST (found)".to_owned(),
            (None, Some(Way::Xml)) => match &self.site.version {
                Some(version) => format!("XML, version {version} (found)"),
                None => "XML (found)".to_owned(),
            },
            (None, None) => "none answers".to_owned(),
        }
    }
}

/// How far a reading under way is.
struct Progress {
    say: String,
    found: i64,
    /// How many there were last time; 0 where nothing was read before.
    known: i64,
}

impl Progress {
    fn of(directory: &Directory, now: Instant) -> Option<Self> {
        let found = words::people(directory.found);
        let is_due = directory.due_at.is_some_and(|at| at <= now);
        let is_read = directory.reading_until.is_some_and(|until| until > now);
        if directory.trouble.is_some() && !is_due && !is_read {
            // It stands still: what helps is said beside it.
            return None;
        }
        let say = match directory.phase.as_deref() {
            None if is_due => "The reading begins in a moment.".to_owned(),
            None => return None,
            Some("people") => format!("Reading people: {found} so far."),
            Some("licences") => format!("Reading licences. {found} found."),
            Some("sites") => format!("Reading meeting sites. {found} found."),
            Some(_) => format!("Reading. {found} found."),
        };
        let known = directory.people.max(directory.found);
        Some(Self { say, found: directory.found, known: if directory.people > 0 { known } else { 0 } })
    }
}

#[derive(Template)]
#[template(path = "directory/overview.html")]
pub(super) struct OverviewPage {
    shell: Shell,
    directory: Option<Directory>,
    progress: Option<Progress>,
    /// Through whose account it is read.
    account: Option<String>,
    /// Who has to connect what.
    missing: Option<String>,
    licences: Vec<LicenceView>,
    sites: Vec<SiteView>,
    run: Option<Run>,
    typed: Typed,
    errors: FieldErrors,
    error: Option<String>,
}

impl OverviewPage {
    /// Whether there is anything to show.
    fn is_known(&self) -> bool {
        self.directory.as_ref().is_some_and(|directory| directory.generation > 0)
    }

    fn is_paused(&self) -> bool {
        self.run.as_ref().is_some_and(|run| run.state == RunState::Paused)
    }

    fn people(&self) -> String {
        words::count(self.directory.as_ref().map_or(0, |directory| directory.people))
    }
}

#[derive(Template)]
#[template(path = "directory/reading.html")]
struct ReadingFragment {
    directory: Option<Directory>,
    progress: Option<Progress>,
}

/// The page of the directory.
pub(super) async fn show(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    shell: Shell,
) -> Result<impl IntoResponse> {
    Ok(Page(page(&hub, organization(&actor)?, shell, None).await?))
}

/// The page, also with a form of settings that was refused.
pub(super) async fn page(
    hub: &Hub,
    organization: OrganizationId,
    shell: Shell,
    again: Option<(Typed, Error)>,
) -> Result<OverviewPage> {
    let directory = settings::find(hub, organization).await?;
    let (account, missing) = match settings::administrator(hub, organization).await {
        Ok(connection) => (Some(connection.provider_account), None),
        Err(error) if matches!(error.fault, Fault::AskPerson | Fault::AppTrouble) => (None, Some(error.say)),
        Err(error) => return Err(error),
    };
    let is_known = directory.as_ref().is_some_and(|directory| directory.generation > 0);
    let (licences, sites) = if is_known {
        (sites::catalog(hub, organization).await?.licences, sites::list(hub, organization).await?)
    } else {
        (Vec::new(), Vec::new())
    };
    let (typed, error) = match again {
        Some((typed, error)) => (typed, Some(error)),
        None => (Typed::of(directory.as_ref()), None),
    };
    Ok(OverviewPage {
        progress: directory.as_ref().and_then(|it| Progress::of(it, hub.now())).filter(|_| missing.is_none()),
        directory,
        account,
        missing,
        licences: licences.into_iter().map(LicenceView::new).collect(),
        sites: sites.into_iter().map(SiteView::new).collect(),
        run: runs::open(hub, organization).await?,
        typed,
        errors: error.as_ref().map(FieldErrors::of).unwrap_or_default(),
        error: error.map(|error| error.say),
        shell,
    })
}

/// How far the reading is, for the page to follow.
pub(super) async fn reading(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
) -> Result<impl IntoResponse> {
    let directory = settings::find(&hub, organization(&actor)?).await?;
    let progress = directory.as_ref().and_then(|directory| Progress::of(directory, hub.now()));
    Ok(Page(ReadingFragment { directory, progress }))
}

/// Reads the organization now.
pub(super) async fn read(State(hub): State<Hub>, Extension(actor): Extension<Actor>) -> Result<Response> {
    reading::read_now(&hub, &actor).await?;
    Ok(done(HERE, "The organization is being read. What was known stays until that is complete."))
}

/// Decides which API is used for a site.
pub(super) async fn choose_way(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Form(fields): Form<Fields>,
) -> Result<Response> {
    let way = match fields.text("way").as_str() {
        "" => None,
        text => match text.parse::<Way>() {
            Ok(way) => Some(way),
            Err(_) => return Ok(done(HERE, "Choose REST, XML, or what answers.")),
        },
    };
    sites::choose_way(&hub, &actor, &fields.text("site"), way).await?;
    let words = match way {
        Some(way) => format!("Saved. {} is used for this site from now on.", words::way(way)),
        None => "Saved. What answers is used for this site from now on.".to_owned(),
    };
    Ok(done(HERE, &words))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scarce_stock_is_seen() {
        assert_eq!(scarcity(100, 89), None);
        assert_eq!(scarcity(100, 90), Some(("attention", "10 left".to_owned())));
        assert_eq!(scarcity(100, 100), Some(("failed", "none left".to_owned())));
        assert_eq!(scarcity(100, 103), Some(("failed", "3 too many".to_owned())));
        assert_eq!(scarcity(0, 0), Some(("failed", "none left".to_owned())));
    }
}
