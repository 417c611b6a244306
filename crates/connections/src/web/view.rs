//! What pages show of a connection, in words.

use platform::{Instant, web::Shell};

use crate::{
    Connection, Integration, Provider, State, purpose,
    testing::{ConnectionTest, Step, StepState},
};

/// A connection as a page shows it.
pub(super) struct ConnectionView {
    pub connection: Connection,
    pub integration_name: String,
    pub is_trial: bool,
    /// Needed scopes that were not granted, each with its reason.
    pub missing: Vec<(String, &'static str)>,
    /// The integration's own trouble or switch, which stops this connection without being its fault.
    pub held_up: Option<String>,
}

impl ConnectionView {
    pub(super) fn new(connection: Connection, integration: &Integration) -> Self {
        let missing = missing(&connection, integration);
        let held_up = match (&integration.trouble, integration.enabled) {
            (_, false) => Some("The integration is switched off; everything is kept. An administrator can switch it on again.".to_owned()),
            (Some(trouble), true) => Some(format!("{} Its administrator has been told; you need to do nothing.", trouble.what)),
            (None, true) => None,
        };
        Self {
            integration_name: integration.name.clone(),
            is_trial: integration.is_trial,
            missing,
            held_up,
            connection,
        }
    }

    /// `Authorized by Webex account (address) · last refreshed … · valid until …`
    pub(super) fn sentence(&self, shell: &Shell) -> String {
        let row = &self.connection;
        let until = row.access_expires_at.map_or_else(|| "—".to_owned(), |at| shell.when(&at));
        format!(
            "Authorized by {} account ({}) · last refreshed {} · valid until {until}",
            row.provider.title(),
            row.provider_account,
            shell.when(&row.refreshed_at),
        )
    }

    /// The last error of this connection in plain words.
    pub(super) fn last_error(&self) -> Option<String> {
        let trouble = self.connection.reason.as_ref().or(self.connection.last_error.as_ref());
        trouble.map(|trouble| trouble.what.clone())
    }

    /// The next thing to do, for the owner or the administrator.
    pub(super) fn next_step(&self, shell: &Shell) -> String {
        let row = &self.connection;
        if let Some(held_up) = &self.held_up {
            return held_up.clone();
        }
        match (row.state, &row.reason) {
            (State::Attention, Some(reason)) => reason.next.clone(),
            (State::Attention, None) => "The owner authorizes again under My account → Connections.".into(),
            (State::Waiting, _) => match row.next_care_at {
                Some(at) => format!("Nothing to do: tried again at {}.", shell.when(&at)),
                None => "Nothing to do: it is tried again by itself.".into(),
            },
            (State::Removed, _) => row.revocation.clone().unwrap_or_default(),
            (State::Active, _) if !self.missing.is_empty() => "The owner grants the missing access.".into(),
            (State::Active, _) => "Nothing to do.".into(),
        }
    }

    /// The Microsoft directory; Webex's organization id tells a person nothing.
    pub(super) fn tenant(&self) -> Option<&str> {
        self.connection.provider_tenant.as_deref().filter(|_| self.connection.provider == Provider::Microsoft)
    }

    pub(super) fn is_expired(&self, now: Instant) -> bool {
        self.connection.access_expires_at.is_some_and(|at| at <= now)
    }
}

fn missing(connection: &Connection, integration: &Integration) -> Vec<(String, &'static str)> {
    let provider = connection.provider;
    let missing = purpose::missing(provider, &integration.needed_scopes(), &connection.scopes.0);
    let reason =
        |scope: &str| integration.purposes.reason(provider, scope).map_or("", |needed| needed.reason);
    missing.iter().map(|scope| (scope.to_owned(), reason(scope))).collect()
}

/// A run of the connection test as a page shows it.
pub(super) struct TestView {
    pub path: String,
    pub finished: bool,
    pub summary: String,
    pub steps: Vec<Step>,
    pub started_at: Instant,
}

impl TestView {
    pub(super) fn new(test: ConnectionTest) -> Self {
        let summary = match test.passed() {
            None => "The connection test is running.".to_owned(),
            Some(true) => "The connection works.".to_owned(),
            Some(false) => match test.steps.0.iter().find(|step| step.state == StepState::Failed) {
                Some(step) => format!("The test stopped at “{}”.", step.title),
                None => "The test did not reach its end.".to_owned(),
            },
        };
        Self {
            path: format!("/my/connections/{}/tests/{}", test.connection_id, test.id),
            finished: test.finished_at.is_some(),
            summary,
            steps: test.steps.0,
            started_at: test.started_at,
        }
    }
}
