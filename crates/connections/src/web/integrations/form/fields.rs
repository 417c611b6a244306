//! The forms' fields as pages show them: empty, as stored, or as typed.

use secrecy::{ExposeSecret, SecretString};

use super::{Typed, Wrong, scopes_field};
use crate::{
    Integration, Provider, Purpose,
    purpose::{PurposeScopes, usual_scopes},
};

/// The scopes of one purpose as editable text.
pub(in crate::web::integrations) struct ScopesField {
    pub name: String,
    pub label: &'static str,
    pub value: String,
}

/// The fields of an app as a page shows them.
pub(in crate::web::integrations) struct AppFields {
    pub provider: Provider,
    pub name: String,
    pub client_id: String,
    pub tenant: String,
    pub version: i64,
    /// Purpose, its title, who can grant it, whether it is chosen.
    pub purposes: Vec<(&'static str, &'static str, String, bool)>,
    pub scopes: Vec<ScopesField>,
    pub wrong: Wrong,
}

impl AppFields {
    /// An empty form, with the purpose chosen that most need.
    pub(in crate::web::integrations) fn blank(provider: Provider) -> Self {
        Self::of_scopes(provider, &PurposeScopes::usual(provider, &[Purpose::Meetings]))
    }

    /// What is stored.
    pub(in crate::web::integrations) fn of(integration: &Integration) -> Self {
        Self {
            name: integration.name.clone(),
            client_id: integration.client_id.clone(),
            tenant: integration.tenant.clone(),
            version: integration.version,
            ..Self::of_scopes(integration.provider, &integration.purposes)
        }
    }

    /// What was typed, and what is wrong with it; `version` is the newest one, so that saving again counts.
    pub(in crate::web::integrations) fn again(
        typed: Typed,
        provider: Provider,
        version: i64,
        wrong: Wrong,
    ) -> Self {
        let text = |purpose| typed.scopes_text(purpose).to_owned();
        let (purposes, scopes) = choices(provider, |purpose| typed.serves(purpose), text);
        Self {
            provider,
            purposes,
            scopes,
            name: typed.name,
            client_id: typed.client_id,
            tenant: typed.tenant,
            version,
            wrong,
        }
    }

    fn of_scopes(provider: Provider, known: &PurposeScopes) -> Self {
        let text = |purpose| {
            known.0.get(&purpose).cloned().unwrap_or_else(|| usual_scopes(provider, purpose)).to_string()
        };
        let (purposes, scopes) = choices(provider, |purpose| known.serves(purpose), text);
        Self {
            provider,
            purposes,
            scopes,
            name: String::new(),
            client_id: String::new(),
            tenant: String::new(),
            version: 0,
            wrong: Wrong::default(),
        }
    }

    /// Whether the scopes are worth showing without being asked: one of them is wrong.
    pub(in crate::web::integrations) fn has_wrong_scopes(&self) -> bool {
        self.scopes.iter().any(|field| !self.wrong.at(&field.name).is_empty())
    }

    pub(in crate::web::integrations) fn is_microsoft(&self) -> bool {
        self.provider == Provider::Microsoft
    }
}

type Choices = (Vec<(&'static str, &'static str, String, bool)>, Vec<ScopesField>);

fn choices(
    provider: Provider,
    serves: impl Fn(Purpose) -> bool,
    text: impl Fn(Purpose) -> String,
) -> Choices {
    let possible = Purpose::of(provider);
    let scopes = possible.iter().map(|purpose| ScopesField {
        name: scopes_field(*purpose),
        label: purpose.title(),
        value: text(*purpose),
    });
    let purposes = possible
        .iter()
        .filter(|purpose| **purpose != Purpose::SignIn)
        .map(|purpose| (purpose.as_str(), purpose.title(), who_grants(provider, *purpose), serves(*purpose)));
    (purposes.collect(), scopes.collect())
}

fn who_grants(provider: Provider, purpose: Purpose) -> String {
    if purpose.scopes(provider).iter().any(|needed| needed.by_administrator) {
        format!("Only an administrator at {} can grant this.", provider.title())
    } else {
        "People can grant this themselves.".to_owned()
    }
}

/// The fields of a secret as a page shows them.
#[derive(Default)]
pub(in crate::web::integrations) struct SecretFields {
    value: SecretString,
    pub expires_on: String,
    pub wrong: Wrong,
}

impl SecretFields {
    /// What was typed; a form keeps it, the secret included, for the one who typed it.
    pub(in crate::web::integrations) fn again(typed: &Typed, wrong: Wrong) -> Self {
        Self { value: typed.client_secret.clone(), expires_on: typed.expires_on.clone(), wrong }
    }

    pub(in crate::web::integrations) fn value(&self) -> &str {
        self.value.expose_secret()
    }
}
