//! A person's browser, as far as the demo needs one to authorize for its hosts: cookies, redirects, and the first form
//! of a provider's page. What a person would click takes the same way through both servers; ours is spoken to without a
//! network in between, because it must not begin its work before everybody is connected.

use std::collections::HashMap;

use axum::{Router, body::Body};
use http::{HeaderMap, Method, Request, StatusCode, header};
use platform::Hub;
use tower::ServiceExt;
use url::{Url, form_urlencoded};

use crate::Trouble;

/// More redirects and pages than these are no way to anywhere.
const MOST_STEPS: usize = 12;
/// No page is larger.
const LARGEST_PAGE: usize = 4 * 1024 * 1024;

/// One person's browser.
pub(super) struct Browser {
    hub: Hub,
    router: Router,
    base: Url,
    /// By origin and name.
    cookies: HashMap<(String, String), String>,
}

/// What was answered.
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) url: Url,
    headers: HeaderMap,
    body: String,
}

impl Browser {
    pub(super) fn new(hub: &Hub, router: &Router) -> Self {
        let (hub, router) = (hub.clone(), router.clone());
        Self { base: hub.settings().public_url.clone(), hub, router, cookies: HashMap::new() }
    }

    pub(super) async fn get(&mut self, url: &str) -> Result<Reply, Trouble> {
        self.send(url, None).await
    }

    pub(super) async fn post(&mut self, url: &str, fields: &[(String, String)]) -> Result<Reply, Trouble> {
        self.send(url, Some(fields)).await
    }

    /// Follows redirects and fills in the forms of other servers, as `email` who accepts, until a page of ours is shown.
    pub(super) async fn accept_as(&mut self, mut reply: Reply, email: &str) -> Result<Reply, Trouble> {
        for _ in 0..MOST_STEPS {
            reply = if let Some(target) = reply.location() {
                self.get(target.as_str()).await?
            } else if reply.url.origin() == self.base.origin() {
                return Ok(reply);
            } else {
                let (action, fields) = form(&reply, email).ok_or_else(|| odd(&reply))?;
                self.post(&action, &fields).await?
            };
        }
        Err(odd(&reply))
    }

    async fn send(&mut self, url: &str, fields: Option<&[(String, String)]>) -> Result<Reply, Trouble> {
        let failed = |error: &dyn std::fmt::Display| Trouble::new(format!("{url} does not answer: {error}"));
        let url = self.base.join(url).map_err(|error| failed(&error))?;
        let reply = if url.origin() == self.base.origin() {
            self.ask_us(url, fields).await?
        } else {
            self.ask_them(url, fields).await?
        };
        self.keep_cookies(&reply);
        Ok(reply)
    }

    async fn ask_us(&self, url: Url, fields: Option<&[(String, String)]>) -> Result<Reply, Trouble> {
        let failed = |error: &dyn std::fmt::Display| Trouble::new(format!("{} fails: {error}", url.path()));
        let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
        let request = Request::builder()
            .method(if fields.is_some() { Method::POST } else { Method::GET })
            .uri(format!("{}{query}", url.path()))
            .header(header::HOST, url.authority())
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin")
            .header(header::COOKIE, self.cookies_for(&url));
        let body =
            form_urlencoded::Serializer::new(String::new()).extend_pairs(fields.unwrap_or_default()).finish();
        let request = request.body(Body::from(body)).map_err(|error| failed(&error))?;
        let Ok(answer) = self.router.clone().oneshot(request).await;
        let (parts, body) = answer.into_parts();
        let body = axum::body::to_bytes(body, LARGEST_PAGE).await.map_err(|error| failed(&error))?;
        let body = String::from_utf8_lossy(&body).into_owned();
        Ok(Reply { status: parts.status, headers: parts.headers, url, body })
    }

    async fn ask_them(&self, url: Url, fields: Option<&[(String, String)]>) -> Result<Reply, Trouble> {
        let failed = |error: &dyn std::fmt::Display| Trouble::new(format!("the sandbox fails: {error}"));
        let client = self.hub.outbound().client();
        let request = match fields {
            None => client.get(url.clone()),
            Some(fields) => client.post(url.clone()).form(fields),
        };
        let request = request.header(header::COOKIE, self.cookies_for(&url));
        let answer = request.send().await.map_err(|error| failed(&error))?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        let body = answer.text().await.map_err(|error| failed(&error))?;
        Ok(Reply { status, url, headers, body })
    }

    fn cookies_for(&self, url: &Url) -> String {
        let origin = url.origin().ascii_serialization();
        let mine = self.cookies.iter().filter(|((at, _), _)| *at == origin);
        mine.map(|((_, name), value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    fn keep_cookies(&mut self, reply: &Reply) {
        let lines = reply.headers.get_all(header::SET_COOKIE).into_iter();
        let pairs = lines.filter_map(|line| line.to_str().ok()?.split_once('='));
        for (name, rest) in pairs {
            let value = rest.split(';').next().unwrap_or_default();
            let key = (reply.url.origin().ascii_serialization(), name.to_owned());
            self.cookies.insert(key, value.to_owned());
        }
    }
}

impl Reply {
    fn location(&self) -> Option<Url> {
        let target = self.headers.get(header::LOCATION)?.to_str().ok()?;
        self.url.join(target).ok()
    }
}

fn odd(reply: &Reply) -> Trouble {
    Trouble::new(format!(
        "{} answers {} where a page to click on was expected",
        reply.url.path(),
        reply.status
    ))
}

/// Where the page's first form goes and what it carries when `email` signs in, or accepts.
fn form(reply: &Reply, email: &str) -> Option<(String, Vec<(String, String)>)> {
    let form = reply.body.split("<form").nth(1)?.split("</form>").next()?;
    let action = reply.url.join(&attribute(form, "action")?).ok()?;
    let inputs = form.split("<input").skip(1);
    let hidden = inputs.filter(|input| attribute(input, "type").as_deref() == Some("hidden"));
    let mut fields: Vec<(String, String)> =
        hidden.filter_map(|input| Some((attribute(input, "name")?, attribute(input, "value")?))).collect();
    let (name, value) =
        if form.contains("name=\"decision\"") { ("decision", "accept") } else { ("email", email) };
    fields.push((name.to_owned(), value.to_owned()));
    Some((action.into(), fields))
}

/// The value of an attribute of the tag in which `text` begins.
fn attribute(text: &str, name: &str) -> Option<String> {
    let tag = text.split('>').next()?;
    let value = tag.split(&format!(" {name}=\"")).nth(1)?.split('"').next()?;
    // The sandbox's pages write these as numbers (askama); the ampersand is last, so that nothing is read twice.
    let entities = [("&#34;", "\""), ("&#39;", "'"), ("&#60;", "<"), ("&#62;", ">"), ("&#38;", "&")];
    Some(entities.iter().fold(value.to_owned(), |text, (entity, letter)| text.replace(entity, letter)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(body: &str) -> Reply {
        Reply {
            status: StatusCode::OK,
            url: "http://127.0.0.1:9400/v1/authorize?a=b".parse().unwrap(),
            headers: HeaderMap::new(),
            body: body.to_owned(),
        }
    }

    #[test]
    fn a_form_is_filled_in_as_a_person_would() {
        let carried = "<input type=\"hidden\" name=\"request\" value=\"a=1&#38;b=&#34;x&#34;\">";
        let asks_who = page(&format!("<form method=\"post\" action=\"/sign-in\">{carried}</form>"));
        let (action, fields) = form(&asks_who, "ben@x.example").unwrap();
        assert_eq!(action, "http://127.0.0.1:9400/sign-in");
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(fields, [pair("request", "a=1&b=\"x\""), pair("email", "ben@x.example")]);
        let asks_whether = page(
            "<form action=\"consent\"><button name=\"decision\" value=\"accept\">Accept</button></form>",
        );
        assert_eq!(form(&asks_whether, "ben@x.example").unwrap().1, [pair("decision", "accept")]);
        assert!(form(&page("<p>Access denied</p>"), "ben@x.example").is_none());
    }
}
