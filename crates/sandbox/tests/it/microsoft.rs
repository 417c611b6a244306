//! The Microsoft side as tests use it: the pages' forms, the token endpoint, tokens without clicking.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::{Method, StatusCode};
use sandbox::{App, Provider};
use serde_json::{Value, json};
use url::form_urlencoded;

use crate::support::{Answer, CALLBACK, World, text};

pub(crate) const TENANT: &str = "lindenhof.example";
pub(crate) const SCOPE: &str = "openid profile offline_access User.Read Calendars.ReadWrite";
pub(crate) const GRAPH_DEFAULT: &str = "https://graph.microsoft.com/.default";

pub(crate) const CALENDARS: [&str; 1] = ["Calendars.ReadWrite"];

/// The hidden field of a page.
pub(crate) fn flow_of(page: &Answer) -> String {
    let (_, rest) = page.text.split_once("name=\"flow\" value=\"").unwrap_or_else(|| panic!("{}", page.text));
    rest.split('"').next().unwrap().to_owned()
}

impl World {
    pub(crate) fn entra_app(&self) -> App {
        let core = self.running.world.core();
        core.apps.iter().find(|app| app.provider == Provider::Microsoft).cloned().unwrap()
    }

    /// Changes the seeded Entra app.
    pub(crate) fn change_entra_app(&self, change: impl FnOnce(&mut App)) {
        let mut core = self.running.world.core();
        change(core.apps.iter_mut().find(|app| app.provider == Provider::Microsoft).unwrap());
    }

    /// The path of an authorization request, with replaced, added or (empty) removed parameters.
    pub(crate) fn entra_authorize(&self, tenant: &str, changes: &[(&str, &str)]) -> String {
        let client_id = self.entra_app().client_id;
        let mut pairs = vec![
            ("client_id", client_id.as_str()),
            ("response_type", "code"),
            ("redirect_uri", CALLBACK),
            ("scope", SCOPE),
            ("state", "st&te ✓"),
        ];
        pairs.retain(|pair| !changes.iter().any(|change| change.0 == pair.0));
        pairs.extend(changes.iter().filter(|change| !change.1.is_empty()));
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        format!("/{tenant}/oauth2/v2.0/authorize?{query}")
    }

    /// Signs in on the page of a request; gives what comes next.
    pub(crate) async fn entra_sign_in(&self, path: &str, email: &str) -> Answer {
        let page = self.page(path, "").await;
        let tenant = path.split('/').nth(1).unwrap();
        let fields = [("flow", flow_of(&page)), ("email", email.to_owned())];
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        self.form(&format!("/{tenant}/login"), "", &fields).await
    }

    /// Decides on a consent page.
    pub(crate) async fn entra_decide(&self, page: &Answer, decision: &str) -> Answer {
        let flow = flow_of(page);
        self.form("/common/consent", "", &[("flow", &flow), ("decision", decision)]).await
    }

    /// Signs in and accepts if asked; gives the redirect.
    pub(crate) async fn entra_accept(&self, path: &str, email: &str) -> Answer {
        let next = self.entra_sign_in(path, email).await;
        if next.status == StatusCode::OK { self.entra_decide(&next, "accept").await } else { next }
    }

    /// Posts to the token endpoint with the app's credentials; `changes` replace, add or (empty) remove fields.
    pub(crate) async fn entra_token(&self, tenant: &str, changes: &[(&str, &str)]) -> Answer {
        let app = self.entra_app();
        let mut fields =
            vec![("client_id", app.client_id.as_str()), ("client_secret", app.secrets[0].value.as_str())];
        fields.retain(|field| !changes.iter().any(|change| change.0 == field.0));
        fields.extend(changes.iter().filter(|change| !change.1.is_empty()));
        self.form(&format!("/{tenant}/oauth2/v2.0/token"), "", &fields).await
    }

    pub(crate) async fn entra_exchange(&self, code: &str) -> Answer {
        let grant = ("grant_type", "authorization_code");
        self.entra_token("common", &[grant, ("code", code), ("redirect_uri", CALLBACK)]).await
    }

    pub(crate) async fn entra_refresh(&self, refresh_token: &str) -> Answer {
        self.entra_token("common", &[("grant_type", "refresh_token"), ("refresh_token", refresh_token)]).await
    }

    /// A fresh code for somebody.
    pub(crate) async fn entra_code(&self, email: &str) -> String {
        let back = self.entra_accept(&self.entra_authorize("common", &[]), email).await;
        back.redirected("code").unwrap_or_else(|| panic!("{}", back.text))
    }

    /// The whole way of one person: sign in, accept, exchange.
    pub(crate) async fn entra_tokens(&self, email: &str) -> Value {
        let code = self.entra_code(email).await;
        self.entra_exchange(&code).await.expect(200)
    }

    /// A Graph token without clicking; `who` is an address or the app's client id.
    pub(crate) async fn graph_token(&self, who: &str, scopes: &[&str]) -> String {
        let body = json!({"provider": "microsoft", "email": who, "scopes": scopes});
        text(&self.set("/_sandbox/tokens", body).await, "access_token")
    }

    /// A Graph call with extra headers.
    pub(crate) async fn graph(
        &self,
        method: Method,
        path: &str,
        token: &str,
        headers: &[(&'static str, &str)],
        body: Option<Value>,
    ) -> Answer {
        let mut request = self.http.request(method, self.url(path)).bearer_auth(token);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = match body {
            Some(body) => request.json(&body),
            None => request,
        };
        Answer::of(request.send().await.unwrap()).await
    }
}

/// The claims of a JWT, unchecked.
pub(crate) fn claims(token: &str) -> Value {
    let part = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

/// Asserts an HTML page that says a number and sends nobody anywhere.
#[track_caller]
pub(crate) fn stays_on_page(answer: &Answer, status: u16, number: &str) {
    assert_eq!(answer.status.as_u16(), status, "{}", answer.text);
    assert!(answer.header("location").is_none());
    assert!(answer.header("content-type").unwrap().starts_with("text/html"));
    assert!(answer.text.contains(number), "{}", answer.text);
}

/// Asserts the error body of the token endpoint: OAuth error, AADSTS number, status.
#[track_caller]
pub(crate) fn refused(answer: &Answer, error: &str, number: u64) -> Value {
    let body = answer.json();
    assert_eq!(
        (body["error"].as_str(), body["error_codes"][0].as_u64()),
        (Some(error), Some(number)),
        "{body}"
    );
    let status = if error == "invalid_client" { 401 } else { 400 };
    assert_eq!(answer.status.as_u16(), status);
    let description = text(&body, "error_description");
    assert!(description.starts_with(&format!("AADSTS{number}: ")), "{description}");
    assert!(description.contains("Trace ID: ") && description.contains("Correlation ID: "));
    assert!(text(&body, "timestamp").ends_with('Z') && !text(&body, "trace_id").is_empty());
    body
}

/// An event body in Berlin's time.
pub(crate) fn event(subject: &str, start: &str, end: &str) -> Value {
    let at = |time: &str| json!({"dateTime": time, "timeZone": "Europe/Berlin"});
    json!({"subject": subject, "start": at(start), "end": at(end)})
}

/// Half an hour on the day after the sandbox's clock.
pub(crate) fn consultation() -> Value {
    event("Consultation", "2030-03-05T09:00:00", "2030-03-05T09:30:00")
}

/// Asserts an error in Graph's shape, with the ids of the answer's headers.
#[track_caller]
pub(crate) fn graph_refused(answer: &Answer, status: u16, code: &str) {
    let body = answer.expect(status);
    assert_eq!(body["error"]["code"], code, "{body}");
    let inner = &body["error"]["innerError"];
    assert_eq!(inner["request-id"].as_str(), answer.header("request-id"));
    assert_eq!(inner["client-request-id"].as_str(), answer.header("client-request-id"));
    assert!(inner["date"].is_string());
}
