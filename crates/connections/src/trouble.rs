//! Failures in plain words: what happened and what to do next, by the kind of failure.

use std::time::Duration;

use oauth::{AppTrouble, Kind, PersonTrouble, Refusal};
use platform::{Error, Fault, Instant};
use serde::{Deserialize, Serialize};

use crate::Provider;

/// Who has to do something about a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TroubleKind {
    /// The app is wrong; its administrator must act.
    App,
    /// The person who authorized must act.
    Person,
    /// It passes by itself.
    Passing,
    /// Our bug, or an answer that nobody foresaw.
    Unexpected,
}

/// A failure as shown to people; `next` says what to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Trouble {
    pub kind: TroubleKind,
    /// A stable word for programs.
    pub code: String,
    pub what: String,
    pub next: String,
    /// The provider's own words and ids, for the one who asks the provider's support.
    pub detail: String,
}

platform::json_column!(Trouble);

impl Trouble {
    pub(crate) fn new(
        kind: TroubleKind,
        code: &str,
        what: impl Into<String>,
        next: impl Into<String>,
    ) -> Self {
        Self { kind, code: code.to_owned(), what: what.into(), next: next.into(), detail: String::new() }
    }

    /// Both sentences.
    pub fn text(&self) -> String {
        format!("{} {}", self.what, self.next)
    }

    /// Whether the provider took back what the access token stands on, so that it may be dead before its time.
    pub(crate) fn kills_access_token(&self) -> bool {
        matches!(self.code.as_str(), "grant_revoked" | "account_disabled")
    }

    fn detailed(mut self, refusal: &Refusal) -> Self {
        let parts = [
            refusal.code.clone(),
            (!refusal.description.is_empty()).then(|| refusal.description.clone()),
            refusal.correlation.as_ref().map(|id| format!("id {id}")),
        ];
        self.detail = parts.into_iter().flatten().collect::<Vec<_>>().join(" · ");
        self
    }
}

/// A refusal in plain words.
pub(crate) fn explain(provider: Provider, refusal: &Refusal) -> Trouble {
    let name = provider.title();
    let trouble = match refusal.kind {
        Kind::App(app) => explain_app(provider, app),
        Kind::Person(person) => explain_person(provider, person),
        Kind::Passing { .. } => Trouble::new(
            TroubleKind::Passing,
            "provider_unavailable",
            format!("{name} did not answer as it should."),
            "Nothing to do: it is tried again by itself.",
        ),
        Kind::Bug => Trouble::new(
            TroubleKind::Unexpected,
            "unexpected_answer",
            format!("{name} answered in a way that Switchboard does not understand."),
            "It is tried again by itself; if it lasts, report it with the details below.",
        ),
    };
    trouble.detailed(refusal)
}

fn explain_app(provider: Provider, app: AppTrouble) -> Trouble {
    let name = provider.title();
    let (code, what, next) = match app {
        AppTrouble::WrongSecret => (
            "wrong_secret",
            format!("{name} does not accept the client secret."),
            "Copy the secret's value again, or create a new secret at the provider and paste it under Admin → Integrations.",
        ),
        AppTrouble::SecretId => (
            "secret_id",
            "This looks like the secret's ID.".into(),
            "Paste its Value instead: the long text that Entra shows only once, right after the secret is made.",
        ),
        AppTrouble::SecretExpired => (
            "secret_expired",
            "The client secret has expired.".into(),
            "Create a new client secret at the provider and add it under Admin → Integrations. Nobody needs to authorize again.",
        ),
        AppTrouble::UnknownClient => (
            "unknown_client",
            format!("{name} does not know this Client ID."),
            "Compare it with the app's page at the provider; for Microsoft, also compare the tenant.",
        ),
        AppTrouble::RedirectNotRegistered => (
            "redirect_not_registered",
            "The redirect URL is not registered at the app.".into(),
            "Add the redirect URL shown here, letter by letter, to the app at the provider.",
        ),
        AppTrouble::AppDisabled => (
            "app_disabled",
            format!("The app is switched off at {name}."),
            "An administrator there has to switch it on again.",
        ),
        AppTrouble::WrongTenant => (
            "wrong_tenant",
            "The app does not belong to this tenant.".into(),
            "Use the Directory (tenant) ID of the app's overview page.",
        ),
        AppTrouble::ScopeNotAllowed => (
            "scope_not_allowed",
            format!("The app at {name} does not have all the scopes that are asked for."),
            "Tick the missing scopes at the app, or remove the purpose here.",
        ),
        AppTrouble::Other => (
            "app_refused",
            format!("{name} refuses the app as it is registered."),
            "See the provider's own words below and compare the registration with the steps shown here.",
        ),
    };
    Trouble::new(TroubleKind::App, code, what, next)
}

fn explain_person(provider: Provider, person: PersonTrouble) -> Trouble {
    let name = provider.title();
    let reconnect = "Authorize again under My account → Connections; it takes a minute.";
    let (code, what, next) = match person {
        PersonTrouble::GrantRevoked => {
            ("grant_revoked", format!("The authorization was withdrawn at {name}."), reconnect)
        }
        PersonTrouble::GrantExpired => (
            "grant_expired",
            format!(
                "{name} no longer accepts the authorization, because it was unused for too long or the sign-in is too old."
            ),
            reconnect,
        ),
        PersonTrouble::ConsentNeeded => {
            ("consent_needed", format!("{name} asks for consent again."), reconnect)
        }
        PersonTrouble::MfaNeeded => (
            "mfa_needed",
            format!("{name} wants to see the account's owner again (a second factor)."),
            reconnect,
        ),
        PersonTrouble::AccountDisabled => (
            "account_disabled",
            format!("The account is disabled at {name}."),
            "An administrator there has to enable it; then authorize again.",
        ),
        PersonTrouble::Declined => (
            "declined",
            "The request was declined.".to_owned(),
            "If that was a mistake, start again and choose Accept.",
        ),
        PersonTrouble::AdminApprovalNeeded => (
            "admin_approval_needed",
            format!("An administrator at {name} has to approve the app first."),
            "Send them the text below; then start again.",
        ),
        PersonTrouble::CodeAlreadyUsed => (
            "code_already_used",
            "This sign-in was already used or took too long.".to_owned(),
            "Start again; nothing was changed.",
        ),
        PersonTrouble::Other => {
            ("sign_in_again", format!("{name} asks the person to sign in again."), reconnect)
        }
    };
    Trouble::new(TroubleKind::Person, code, what, next)
}

/// The same failure for whoever asked for a token; `again` is when asking makes sense again.
pub(crate) fn as_error(trouble: &Trouble, again: Instant) -> Error {
    let fault = match trouble.kind {
        TroubleKind::App => Fault::AppTrouble,
        TroubleKind::Person => Fault::AskPerson,
        TroubleKind::Passing | TroubleKind::Unexpected => Fault::Later(again),
    };
    Error::new(fault, trouble.text()).note(trouble.detail.clone())
}

/// When to ask again after this refusal, if the provider said nothing else.
pub(crate) fn ask_again_at(refusal: &Refusal, now: Instant) -> Instant {
    match refusal.kind {
        Kind::Passing { retry_after: Some(after) } => now.after(after),
        _ => now.after(Duration::from_secs(15)),
    }
}
