//! How this room stands, for the administrator's first page.

use platform::{Hub, Result, id::OrganizationId};

use crate::{State, connection, integrations};

/// Numbers of an organization.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    pub integrations: usize,
    /// Names of integrations whose app is in trouble or not accepted.
    pub troubled: Vec<String>,
    pub active: i64,
    pub attention: i64,
    pub waiting: i64,
}

/// Counts what an administrator looks at first.
pub async fn summary(hub: &Hub, organization: OrganizationId) -> Result<Summary> {
    let known = integrations::list(hub, organization).await?;
    let counts = connection::counts(hub, organization).await?;
    let count =
        |state: State| counts.iter().find(|(known, _)| *known == state).map_or(0, |(_, count)| *count);
    Ok(Summary {
        integrations: known.iter().filter(|known| !known.is_trial).count(),
        troubled: known
            .iter()
            .filter(|known| known.needs_its_administrator())
            .map(|known| known.name.clone())
            .collect(),
        active: count(State::Active),
        attention: count(State::Attention),
        waiting: count(State::Waiting),
    })
}
