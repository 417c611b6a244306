//! The steps of a test: what is shown while it runs.

use oauth::{ApiError, ApiKind};
use platform::{Hub, Result, id::OrganizationId, json_column};
use serde::{Deserialize, Serialize};

use super::{TestId, store};
use crate::Provider;

/// Where a step stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum StepState {
    Waiting,
    Running,
    Passed,
    Failed,
    /// Not needed for this integration's purposes, or not reached.
    Skipped,
}

impl StepState {
    /// The word by which the page's steps are styled.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Passed => "ok",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        }
    }
}

/// One step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct Step {
    /// A stable word for programs.
    pub code: String,
    pub title: String,
    pub state: StepState,
    /// What was found, or why it failed and what to do.
    pub detail: String,
}

/// The steps in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Steps(pub Vec<Step>);

json_column!(Steps);

const WEBEX: &[(&str, &str)] = &[
    ("who_am_i", "Read who authorized"),
    ("sites", "Find the Webex sites"),
    ("create_meeting", "Create a meeting for tomorrow, without mail"),
    ("delete_meeting", "Delete it again, without mail"),
];
const MICROSOFT: &[(&str, &str)] = &[
    ("who_am_i", "Read who authorized"),
    ("calendars", "List the calendars"),
    ("create_event", "Create an event for tomorrow, marked free and private"),
    ("delete_event", "Delete it again"),
];

impl Steps {
    /// The steps as they are planned, before the test runs.
    pub(crate) fn planned(provider: Provider) -> Self {
        let planned = match provider {
            Provider::Webex => WEBEX,
            Provider::Microsoft => MICROSOFT,
        };
        let step = |&(code, title): &(&str, &str)| Step {
            code: code.to_owned(),
            title: title.to_owned(),
            state: StepState::Waiting,
            detail: String::new(),
        };
        Self(planned.iter().map(step).collect())
    }
}

/// A running test: every change of a step is written down at once, so that the page can follow it.
pub(super) struct Run<'h> {
    hub: &'h Hub,
    provider: Provider,
    key: (OrganizationId, TestId),
    /// A run that was interrupted before may have left something at the provider.
    pub(super) is_repeated: bool,
    steps: Steps,
}

impl<'h> Run<'h> {
    /// Starts over: a run that was interrupted begins again from its first step.
    pub(super) async fn begin(
        hub: &'h Hub,
        key: (OrganizationId, TestId),
        provider: Provider,
        is_repeated: bool,
    ) -> Result<Self> {
        let run = Self { hub, provider, key, is_repeated, steps: Steps::planned(provider) };
        run.save().await?;
        Ok(run)
    }

    /// The mark of everything this test makes at the provider; the same when it runs again.
    pub(super) fn mark_of_things(&self) -> String {
        format!("switchboard-test-{}", self.key.1.0.simple())
    }

    /// Marks a step, with what was found.
    pub(super) async fn mark(
        &mut self,
        code: &str,
        state: StepState,
        detail: impl Into<String>,
    ) -> Result<()> {
        let detail = detail.into();
        if let Some(step) = self.steps.0.iter_mut().find(|step| step.code == code) {
            step.state = state;
            step.detail = detail;
        }
        self.save().await
    }

    pub(super) async fn running(&mut self, code: &str) -> Result<()> {
        self.mark(code, StepState::Running, "").await
    }

    pub(super) async fn passed(&mut self, code: &str, detail: impl Into<String>) -> Result<()> {
        self.mark(code, StepState::Passed, detail).await
    }

    pub(super) async fn skipped(&mut self, code: &str, why: &str) -> Result<()> {
        self.mark(code, StepState::Skipped, why).await
    }

    /// Marks a step as failed, in words, and answers that the test ends here.
    pub(super) async fn failed(&mut self, code: &str, error: &ApiError) -> Result<()> {
        let detail = explain(self.provider, error);
        self.mark(code, StepState::Failed, detail).await
    }

    /// What became of the look for leftovers after a step that failed; `thing` is what may be left.
    pub(super) async fn cleared_away(
        &mut self,
        code: &str,
        thing: &str,
        found: Result<usize, ApiError>,
    ) -> Result<()> {
        let detail = match found {
            Ok(0) => return Ok(()),
            Ok(_) => "It was found again afterwards and deleted; nothing is left behind.".to_owned(),
            Err(error) => format!(
                "A test {thing} may be left behind for tomorrow; delete it by hand if it shows. {} says: {}",
                self.provider.title(),
                error.message
            ),
        };
        self.mark(code, StepState::Failed, detail).await
    }

    /// The test could not even begin.
    pub(super) async fn fail_all(mut self, why: String) -> Result<()> {
        if let Some(first) = self.steps.0.first_mut() {
            first.state = StepState::Failed;
            first.detail = why;
        }
        self.finish().await
    }

    /// Ends the test; what was not reached is skipped.
    pub(super) async fn finish(mut self) -> Result<()> {
        for step in self
            .steps
            .0
            .iter_mut()
            .filter(|step| matches!(step.state, StepState::Waiting | StepState::Running))
        {
            step.state = StepState::Skipped;
            step.detail = "Not reached.".into();
        }
        self.save().await?;
        store::finish(self.hub, self.key).await
    }

    async fn save(&self) -> Result<()> {
        store::save(self.hub, self.key, self.steps.clone()).await
    }
}

fn explain(provider: Provider, error: &ApiError) -> String {
    let name = provider.title();
    let what = match error.kind {
        ApiKind::TokenRejected => format!("{name} no longer accepts this authorization. Authorize again."),
        ApiKind::Forbidden => format!("{name} does not allow this: a scope, a role or a licence is missing."),
        ApiKind::NotFound => format!("{name} did not find it."),
        ApiKind::Conflict | ApiKind::Invalid => format!("{name} refused the request."),
        ApiKind::Passing { .. } => {
            format!("{name} did not answer as it should. Run the test again in a minute.")
        }
        ApiKind::Bug => format!("{name} answered in a way that Switchboard does not understand."),
    };
    let id = error.correlation.as_ref().map(|id| format!(" ({id})")).unwrap_or_default();
    format!("{what} {name} says: {}{id}", error.message)
}
