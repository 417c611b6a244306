//! Integrations: apps registered at a provider, with up to two live client secrets and a verdict on both.

mod change;
mod change_secrets;
mod check;
mod input;
mod offer;
mod probe;
mod secrets;
mod store;

use std::fmt;

use platform::{Instant, id::OrganizationId, ids, json_column, record, text_column};
use serde::{Deserialize, Serialize};

use crate::{Provider, purpose::PurposeScopes, trouble::Trouble};

pub(crate) use change::{Edit, NewIntegration, NewSecret, create, create_trial, edit, set_enabled};
pub(crate) use change_secrets::{add_secret, remove_secret};
pub(crate) use check::{CHECK_JOB, check_now, run_check};
pub(crate) use offer::offer_secrets;
pub(crate) use secrets::{SecretPlace, expiring, mark_warned, promote};
pub(crate) use store::{clear_trouble, connection_counts, get, list, mark_trouble, secrets};

ids! {
    /// One integration.
    IntegrationId,
    /// One client secret of an integration.
    SecretId,
}

record! {
    /// An app registered at a provider.
    #[derive(Clone, Debug)]
    pub struct Integration {
        organization_id: OrganizationId,
        id: IntegrationId,
        provider: Provider,
        name: String,
        client_id: String,
        /// Microsoft: the directory (tenant) ID, a verified domain, or `organizations`. Empty for Webex.
        tenant: String,
        purposes: PurposeScopes,
        /// Carries pasted personal tokens instead of an app.
        is_trial: bool,
        enabled: bool,
        /// Grows with every change, so that two editors notice each other.
        version: i64,
        verdict: Option<Verdict>,
        checked_at: Option<Instant>,
        /// When this Client ID was first saved; new apps become known to Webex after some minutes.
        registered_at: Instant,
        /// The app's own trouble, found while refreshing.
        trouble: Option<Trouble>,
        trouble_since: Option<Instant>,
        /// Until then nobody asks the provider again.
        trouble_until: Option<Instant>,
        changed_by: String,
        created_at: Instant,
        updated_at: Instant,
    }
}

record! {
    /// A client secret; its value stays sealed.
    #[derive(Clone, Debug)]
    pub struct Secret {
        organization_id: OrganizationId,
        id: SecretId,
        integration_id: IntegrationId,
        place: SecretPlace,
        sealed: String,
        /// The first three characters, by which Entra lists it too.
        hint: String,
        /// When the provider says that it ends; a person typed it in.
        expires_on: Option<Instant>,
        warned_days: Option<i64>,
        verdict: Option<Verdict>,
        created_at: Instant,
    }
}

impl Secret {
    /// Where its value is sealed for.
    pub(crate) fn sealed_place<'a>(organization: &'a str, id: &'a str) -> vault::Place<'a> {
        vault::Place { organization, table: "integration_secret", column: "sealed", row: id }
    }
}

/// What a check of the credentials found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Verdict {
    pub kind: VerdictKind,
    /// What it means and what to do next.
    pub say: String,
    /// When it is checked again by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub next_check_at: Option<Instant>,
}

json_column!(Verdict);

/// The possible findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum VerdictKind {
    Accepted,
    WrongSecret,
    /// The secret's ID was pasted instead of its value (Microsoft).
    SecretId,
    SecretExpired,
    UnknownClient,
    RedirectNotRegistered,
    ScopeNotAllowed,
    AppRefused,
    ProviderUnreachable,
    /// Just registered, not yet known to Webex: it is checked again by itself.
    Propagating,
    NoSecret,
}

impl VerdictKind {
    /// In two or three words.
    pub fn title(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::WrongSecret => "wrong secret",
            Self::SecretId => "secret ID instead of its value",
            Self::SecretExpired => "secret expired",
            Self::UnknownClient => "unknown Client ID",
            Self::RedirectNotRegistered => "redirect URL not registered",
            Self::ScopeNotAllowed => "scopes missing at the app",
            Self::AppRefused => "app refused",
            Self::ProviderUnreachable => "provider not reachable",
            Self::Propagating => "just registered, not yet known",
            Self::NoSecret => "no secret",
        }
    }
}

impl fmt::Display for VerdictKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.title())
    }
}

text_column!(SecretPlace);

impl Integration {
    /// Whether its app is in trouble, or the newest check did not accept it.
    pub(crate) fn needs_its_administrator(&self) -> bool {
        let fine = [VerdictKind::Accepted, VerdictKind::Propagating, VerdictKind::ProviderUnreachable];
        self.trouble.is_some() || self.verdict.as_ref().is_some_and(|verdict| !fine.contains(&verdict.kind))
    }

    /// The scopes that are asked for when somebody authorizes.
    pub fn needed_scopes(&self) -> oauth::ScopeSet {
        self.purposes.all()
    }
}
