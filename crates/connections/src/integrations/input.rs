//! What may be typed in: names, Client IDs, tenants, purposes and secrets, checked before anything is stored.

use platform::web::Checked;
use secrecy::{ExposeSecret, SecretString};

use super::NewSecret;
use crate::{Provider, Purpose, purpose::PurposeScopes};

/// Longest Client ID that a provider is known to use is 65 characters; this leaves room.
const LONGEST_CLIENT_ID: usize = 200;
const LONGEST_SECRET: usize = 500;

pub(super) fn checked_client_id(checked: &mut Checked, client_id: &str) -> String {
    let client_id = checked.text("client_id", client_id, LONGEST_CLIENT_ID);
    checked.require(
        !client_id.contains(char::is_whitespace),
        "client_id",
        "A Client ID has no spaces; copy it once more.",
    );
    client_id
}

pub(super) fn checked_tenant(checked: &mut Checked, provider: Provider, tenant: &str) -> String {
    if provider == Provider::Webex {
        return String::new();
    }
    let parsed = tenant.trim().parse::<microsoft::entra::Tenant>();
    checked
        .value(
            "tenant",
            parsed.map_err(|_| "Use the Directory (tenant) ID from the app's overview page in Entra, or one of your organization's domains."),
        )
        .map(|tenant| tenant.to_string())
        .unwrap_or_default()
}

pub(super) fn checked_purposes(
    checked: &mut Checked,
    provider: Provider,
    purposes: PurposeScopes,
) -> PurposeScopes {
    let possible = Purpose::of(provider);
    let known = purposes.0.keys().all(|purpose| possible.contains(purpose));
    checked.require(known, "purposes", format!("{} cannot serve all of these purposes.", provider.title()));
    let is_scope = |scope: &str| scope.len() <= 200 && scope.chars().all(|letter| letter.is_ascii_graphic());
    checked.require(
        purposes.all().iter().all(is_scope),
        "purposes",
        "A scope is one word of letters, digits and signs, as the provider lists it.",
    );
    checked.require(
        purposes.all().len() <= 60,
        "purposes",
        "These are more scopes than a provider accepts at once.",
    );
    let usual = PurposeScopes::usual(provider, &[]);
    PurposeScopes(usual.0.into_iter().chain(purposes.0).collect())
}

pub(super) fn checked_secret(checked: &mut Checked, new: &NewSecret) -> NewSecret {
    let trimmed = new.value.expose_secret().trim();
    checked.require(!trimmed.is_empty(), "client_secret", "Paste the client secret here.");
    checked.require(
        trimmed.len() <= LONGEST_SECRET,
        "client_secret",
        "This is longer than any client secret; copy only the secret's value.",
    );
    checked.require(
        !trimmed.chars().any(char::is_control),
        "client_secret",
        "A client secret has no line breaks; copy it once more.",
    );
    NewSecret { value: SecretString::from(trimmed), expires_on: new.expires_on }
}
