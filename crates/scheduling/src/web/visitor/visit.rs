//! One request of a visitor: the language, what the address carries, and how answers and refusals are shown.

use std::convert::Infallible;

use askama::Template;
use axum::{
    extract::FromRequestParts,
    response::{Html, IntoResponse, Response},
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header, request::Parts};
use jiff::tz::TimeZone;
use platform::{
    Actor, Error, Fault, Hub, Instant, Result, bug,
    web::{cookie, headers::Framable},
};

use super::way::Way;
use crate::texts::{Language, Text, dates};

const LANGUAGE: &str = "booking_language";
const HOLD: &str = "booking_hold";

/// One request of a visitor.
#[derive(Clone)]
pub(super) struct Visit {
    pub language: Language,
    pub way: Way,
    pub actor: Actor,
    /// The path that was asked for.
    pub path: String,
    headers: HeaderMap,
    product: String,
    is_https: bool,
    now: Instant,
}

impl FromRequestParts<Hub> for Visit {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, hub: &Hub) -> Result<Self, Infallible> {
        let way = Way::read(parts.uri.query().unwrap_or_default());
        let accepted = parts.headers.get(header::ACCEPT_LANGUAGE).and_then(|it| it.to_str().ok());
        let remembered = cookie(&parts.headers, LANGUAGE).and_then(|tag| tag.parse().ok());
        let language = way.lang.or(remembered);
        Ok(Self {
            language: language.unwrap_or_else(|| Language::accepted(accepted.unwrap_or_default())),
            way,
            actor: parts.extensions.get::<Actor>().cloned().unwrap_or_default(),
            path: parts.uri.path().to_owned(),
            headers: parts.headers.clone(),
            product: hub.settings().product_name.clone(),
            is_https: hub.settings().is_https(),
            now: hub.now(),
        })
    }
}

impl Visit {
    /// A text in the visitor's language.
    pub(super) fn say(&self, id: &str) -> String {
        Text::plain(id).in_language(self.language)
    }

    /// Whether the visitor chose the language, rather than the browser.
    pub(super) fn chose_language(&self) -> bool {
        self.way.lang.is_some() || cookie(&self.headers, LANGUAGE).is_some()
    }

    /// The hold that this browser made last, if it keeps cookies.
    pub(super) fn last_hold(&self) -> Option<String> {
        cookie(&self.headers, HOLD).map(str::to_owned)
    }

    /// Has the browser remember the hold, so that choosing another time lets this one go.
    pub(super) fn remember_hold(&self, token: &str, response: &mut Response) {
        self.set_cookie(&format!("{HOLD}={token}; Path=/book; Max-Age=600; HttpOnly"), response);
    }

    fn set_cookie(&self, line: &str, response: &mut Response) {
        let secure = if self.is_https { "; Secure" } else { "" };
        if let Ok(value) = HeaderValue::try_from(format!("{line}; SameSite=Lax{secure}")) {
            response.headers_mut().append(header::SET_COOKIE, value);
        }
    }

    /// The answer with what every visitor's page carries, or the refusal as a page in the visitor's language.
    pub(super) fn answer(&self, result: Result<Response>) -> Response {
        let mut response = match result {
            Ok(response) => response,
            Err(error) => self.refuse(error),
        };
        if let Some(language) = self.way.lang {
            self.set_cookie(
                &format!("{LANGUAGE}={language}; Path=/; Max-Age=31536000; HttpOnly"),
                &mut response,
            );
        }
        if self.way.embed {
            response.extensions_mut().insert(Framable);
        }
        let headers = response.headers_mut();
        headers.insert(HeaderName::from_static("x-robots-tag"), HeaderValue::from_static("noindex"));
        headers.insert(header::VARY, HeaderValue::from_static("accept-language, cookie"));
        response
    }

    /// Bugs and whatever else is not the visitor's are shown by the platform, with a reference.
    fn refuse(&self, error: Error) -> Response {
        let (heading, text) = match &error.fault {
            Fault::NotFound => (self.say("page-not-found"), self.say("page-not-found-next")),
            Fault::TooMany(at) => {
                let time = dates::clock(&at.timestamp().to_zoned(self.zone_or(TimeZone::UTC)));
                let zone = self.zone_or(TimeZone::UTC).iana_name().unwrap_or("UTC").to_owned();
                let text = Text::plain("page-too-many-next").with("time", time).with("zone", zone);
                (self.say("page-too-many"), text.in_language(self.language))
            }
            Fault::Later(_) | Fault::Storage => (self.say("page-away"), self.say("page-away-next")),
            Fault::Invalid(_) => (self.say("page-unreadable"), self.say("page-unreadable-next")),
            _ => return error.into_response(),
        };
        let page = ErrorPage { frame: self.frame(None, &self.path), heading, text };
        let mut response = (error.status(), show(&page)).into_response();
        if let Fault::TooMany(at) | Fault::Later(at) = error.fault {
            let seconds = at.since(self.now).as_secs().max(1);
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }

    /// The zone that the address names, or another one.
    pub(super) fn zone_or(&self, other: TimeZone) -> TimeZone {
        self.zone().unwrap_or(other)
    }

    /// Whether the address names a zone that there is.
    pub(super) fn has_zone(&self) -> bool {
        self.zone().is_some()
    }

    fn zone(&self) -> Option<TimeZone> {
        self.way.zone.as_deref().and_then(slots::zone).filter(|it| it.iana_name().is_some())
    }

    /// What surrounds a page; `here` is where another language shows the same page.
    pub(super) fn frame(&self, organization: Option<(&str, &str)>, here: &str) -> Frame {
        let language = |language: Language| LanguageLink {
            language,
            link: Way { lang: Some(language), ..self.way.clone() }.to(here),
            is_current: language == self.language,
        };
        Frame {
            language: self.language,
            organization: organization.map_or_else(|| self.product.clone(), |(name, _)| name.to_owned()),
            home: organization.map(|(_, site)| self.way.leaving().to(&format!("/book/{site}"))),
            languages: Language::ALL.into_iter().map(language).collect(),
            embed: self.way.embed,
        }
    }
}

/// What surrounds a page.
pub(super) struct Frame {
    pub language: Language,
    pub organization: String,
    pub home: Option<String>,
    pub languages: Vec<LanguageLink>,
    pub embed: bool,
}

/// Where the page is shown in a language.
pub(super) struct LanguageLink {
    pub language: Language,
    pub link: String,
    pub is_current: bool,
}

impl Frame {
    /// A text in the visitor's language.
    pub(super) fn t(&self, id: &str) -> String {
        Text::plain(id).in_language(self.language)
    }

    /// A text with a value in it.
    pub(super) fn with(&self, id: &str, name: &str, value: &str) -> String {
        Text::plain(id).with(name, value).in_language(self.language)
    }

    #[expect(clippy::unused_self, reason = "templates call methods of what they are given")]
    pub(super) fn asset(&self, name: &str) -> String {
        platform::web::assets::asset(name)
    }
}

#[derive(Template)]
#[template(path = "visitor/error.html")]
struct ErrorPage {
    frame: Frame,
    heading: String,
    text: String,
}

/// A page, or the bug that its template could not be filled in.
pub(super) fn show(page: &impl Template) -> Response {
    match page.render() {
        Ok(html) => Html(html).into_response(),
        Err(error) => bug("a visitor's page could not be made").because(error).into_response(),
    }
}

/// A page with a status.
pub(super) fn show_with(status: StatusCode, page: &impl Template) -> Response {
    let mut response = show(page);
    if response.status().is_success() {
        *response.status_mut() = status;
    }
    response
}
