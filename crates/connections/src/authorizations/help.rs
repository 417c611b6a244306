//! Help for whoever was stopped: a text ready to be sent to the administrator of Webex or Microsoft.

use std::fmt::Write;

use platform::Hub;

use crate::{Integration, Provider, provider};

/// A mail to the provider's administrator, ready to be copied or sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AdministratorText {
    pub subject: String,
    pub body: String,
}

/// The text for this integration: app name, Client ID, scopes with reasons, where to click.
pub(crate) fn administrator_text(hub: &Hub, integration: &Integration, asker: &str) -> AdministratorText {
    let product = &hub.settings().product_name;
    let name = &integration.name;
    let (place, clicks) = match integration.provider {
        Provider::Webex => ("Webex", webex_clicks()),
        Provider::Microsoft => ("Microsoft 365", microsoft_clicks(hub, integration)),
    };
    let mut body = format!(
        "Hello,\n\nI would like to connect my {place} account with {product} ({url}), which our organization runs itself. \
         {place} does not let me approve the app myself.\n\nApp: called “{name}” in {product}\nClient ID: {client_id}\n",
        url = hub.settings().public_url,
        client_id = integration.client_id,
    );
    if integration.provider == Provider::Microsoft {
        let _ = writeln!(body, "Directory (tenant): {}", integration.tenant);
    }
    let _ = write!(body, "Redirect URL: {}\n\nIt asks for:\n", hub.settings().redirect_url());
    for scope in integration.needed_scopes().iter() {
        let reason = integration
            .purposes
            .reason(integration.provider, scope)
            .map_or("as set up by our administrator", |needed| needed.reason);
        let _ = writeln!(body, "  - {scope}: {reason}");
    }
    let _ = write!(body, "\nTo approve it:\n{clicks}\n\nThank you,\n{asker}\n");
    AdministratorText { subject: format!("Please approve the app “{name}” in {place}"), body }
}

fn webex_clicks() -> String {
    "  1. Open Control Hub (admin.webex.com) → Management → Apps → Integrations.\n  \
     2. Search for the app by its name or Client ID above.\n  \
     3. Set its access to “Allowed” for all users or for the people who need it. With Pro Pack this can be done for \
     this one app; without it, the general switch at the top of the page applies to all apps."
        .to_owned()
}

fn microsoft_clicks(hub: &Hub, integration: &Integration) -> String {
    let mut clicks = String::from(
        "  1. Open the Entra admin center (entra.microsoft.com) → Identity → Applications → Enterprise applications.\n  \
         2. Open the app with the Client ID (Application ID) above. If it is not listed, open App registrations → the app → API permissions.\n  \
         3. Security → Permissions → “Grant admin consent”.",
    );
    if let Ok(endpoints) = provider::endpoints(hub) {
        let login = endpoints.microsoft.login.as_str().trim_end_matches('/');
        let redirect: String =
            url::form_urlencoded::byte_serialize(hub.settings().redirect_url().as_bytes()).collect();
        let (tenant, client) = (&integration.tenant, &integration.client_id);
        let _ = write!(
            clicks,
            "\n  Or approve directly: {login}/{tenant}/adminconsent?client_id={client}&redirect_uri={redirect}"
        );
    }
    clicks
}
