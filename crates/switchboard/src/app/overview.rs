//! The administrator's first page: what stands, what needs somebody, and what to do next.

use askama::Template;
use axum::{Extension, extract::State, response::IntoResponse};
use connections::Summary;
use platform::{
    Actor, Hub, Result, forbidden, jobs,
    web::{Page, Shell},
};

#[derive(Template)]
#[template(path = "overview.html")]
struct Overview {
    shell: Shell,
    organization: String,
    summary: Summary,
    accounts: usize,
    waiting_jobs: i64,
    dead_jobs: i64,
    steps: Vec<NextStep>,
}

/// A step of setting up, done or not.
struct NextStep {
    is_done: bool,
    title: &'static str,
    text: &'static str,
    path: &'static str,
}

impl NextStep {
    /// The word by which the page's steps are styled.
    fn word(&self) -> &'static str {
        if self.is_done { "ok" } else { "waiting" }
    }
}

/// Shows the overview.
pub(super) async fn overview(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    shell: Shell,
) -> Result<impl IntoResponse> {
    let person = actor.person().ok_or_else(|| forbidden("This page is for people."))?;
    let summary = connections::summary(&hub, person.organization).await?;
    let accounts = accounts::list(&hub, person.organization).await?.len();
    let (waiting_jobs, dead_jobs) = jobs::backlog(&hub, Some(person.organization)).await?;
    let steps = steps(&summary, accounts);
    let organization = person.organization_name.clone();
    Ok(Page(Overview { shell, organization, summary, accounts, waiting_jobs, dead_jobs, steps }))
}

fn steps(summary: &Summary, accounts: usize) -> Vec<NextStep> {
    vec![
        NextStep {
            is_done: summary.integrations > 0,
            title: "Register an integration",
            text: "Register an app at Webex or in Entra and paste its Client ID and Client Secret here.",
            path: "/admin/integrations",
        },
        NextStep {
            is_done: summary.active + summary.attention + summary.waiting > 0,
            title: "Connect an account",
            text: "Authorize your own account and watch the connection test.",
            path: "/my/connections",
        },
        NextStep {
            is_done: accounts > 1,
            title: "Invite your colleagues",
            text: "Everybody who hosts connects their own account.",
            path: "/admin/accounts",
        },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_organization_has_everything_before_it() {
        assert!(steps(&Summary::default(), 1).iter().all(|step| !step.is_done));
        let busy = Summary { integrations: 1, attention: 1, ..Summary::default() };
        assert!(steps(&busy, 2).iter().all(|step| step.is_done));
    }
}
