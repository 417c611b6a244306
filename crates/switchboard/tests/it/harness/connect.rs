//! The way through a provider's pages: an integration with the sandbox's credentials, and a person who clicks.

use platform::Scope;
use reqwest::Method;
use serde_json::json;

use super::{Browser, Reply, TestHub};

/// What a person presses on the consent page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Consent {
    Accept,
    Decline,
}

impl TestHub {
    /// The Client ID and Client Secret of the app that is registered at the sandbox.
    pub(crate) fn credentials(&self, provider: sandbox::Provider) -> (String, String) {
        let core = self.sandbox.world.core();
        let app = core.apps.iter().find(|app| app.provider == provider).expect("a seeded app");
        (app.client_id.clone(), app.secrets[0].value.clone())
    }

    /// A new integration with the sandbox's credentials; answers its id.
    pub(crate) async fn integration(&self, provider: sandbox::Provider) -> String {
        let (client_id, secret) = self.credentials(provider);
        let (name, purposes) = match provider {
            sandbox::Provider::Webex => ("webex", json!({ "sign_in": [], "meetings": [] })),
            sandbox::Provider::Microsoft => ("microsoft", json!({ "sign_in": [], "calendars": [] })),
        };
        let tenant = if provider == sandbox::Provider::Microsoft { "organizations" } else { "" };
        let body = json!({
            "provider": name, "name": format!("{name} of the library"), "client_id": client_id, "tenant": tenant,
            "client_secret": { "value": secret }, "purposes": purposes,
        });
        let program = self.api_key(&[Scope::IntegrationsWrite]).await;
        let reply = program.call(Method::POST, "/api/v1/integrations", &body).await.expect(201).json();
        reply["id"].as_str().expect("an id").to_owned()
    }

    /// Authorizes an integration as `email`, through the provider's pages; answers the connection's id.
    pub(crate) async fn connect(&self, browser: &Browser, integration: &str, email: &str) -> String {
        let page = self.authorize(browser, integration, email, Consent::Accept).await;
        let path = page.url.path().to_owned();
        assert!(path.starts_with("/my/connections/"), "{path}: {}", page.body);
        path.rsplit('/').next().expect("an id").to_owned()
    }

    /// Goes to the provider, signs in, decides; answers the page where the person ends.
    pub(crate) async fn authorize(
        &self,
        browser: &Browser,
        integration: &str,
        email: &str,
        consent: Consent,
    ) -> Reply {
        let begun = browser.post("/my/connections/authorize", &[("integration", integration)]).await;
        self.click_through(browser, begun, email, consent).await
    }

    /// Follows to the provider and presses what its pages offer until the browser is back here.
    pub(crate) async fn click_through(
        &self,
        browser: &Browser,
        begun: Reply,
        email: &str,
        consent: Consent,
    ) -> Reply {
        let mut page = browser.follow(begun).await;
        for _ in 0..4 {
            if page.url.origin() == self.base_url.origin() {
                return page;
            }
            page = browser.follow(press(browser, &page, email, consent).await).await;
        }
        panic!("the provider's pages never end: {} {}", page.url, page.body);
    }
}

/// Fills in the first form of a provider's page: who, or what was decided.
pub(crate) async fn press(browser: &Browser, page: &Reply, email: &str, consent: Consent) -> Reply {
    let form = page.body.split("<form").nth(1).and_then(|rest| rest.split("</form>").next());
    let form = form.unwrap_or_else(|| panic!("no form in {}: {}", page.url, page.body));
    let action = attribute(form, "action").expect("an action");
    let mut fields: Vec<(String, String)> = hidden(form);
    if form.contains("name=\"decision\"") {
        let refusal = if form.contains("value=\"cancel\"") { "cancel" } else { "decline" };
        let word = if consent == Consent::Accept { "accept" } else { refusal };
        fields.push(("decision".into(), word.into()));
    } else {
        fields.push(("email".into(), email.into()));
    }
    let fields: Vec<(&str, &str)> =
        fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    browser.post(page.url.join(&action).expect("an address").as_str(), &fields).await
}

fn hidden(form: &str) -> Vec<(String, String)> {
    form.split("<input")
        .skip(1)
        .filter(|input| attribute(input, "type").as_deref() == Some("hidden"))
        .filter_map(|input| Some((attribute(input, "name")?, attribute(input, "value")?)))
        .collect()
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let value = tag.split('>').next()?.split(&format!(" {name}=\"")).nth(1)?.split('"').next()?;
    let entities = [
        ("&#38;", "&"),
        ("&amp;", "&"),
        ("&#34;", "\""),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&#60;", "<"),
        ("&#62;", ">"),
    ];
    Some(entities.iter().fold(value.to_owned(), |text, (entity, letter)| text.replace(entity, letter)))
}
