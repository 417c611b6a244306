//! What surrounds every page: product name, navigation, banners, a message about what was just done.

use std::{future::Future, pin::Pin};

use askama::Template;
use axum::{
    extract::{FromRequestParts, OriginalUri},
    response::{Html, IntoResponse, Redirect, Response},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts};
use jiff::tz::TimeZone;

use crate::{Actor, Error, Hub, Instant, Result, Role, actor::Person, bug};

const FLASH: &str = "switchboard_flash";

/// A message that stays on top of every page until its cause is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Banner {
    /// What happened and what to do.
    pub text: String,
    /// Where to do it.
    pub link: Option<(String, String)>,
}

/// Asks a room what it wants to say to this actor on every page.
pub type BannerSource = fn(Hub, Actor) -> Pin<Box<dyn Future<Output = Result<Vec<Banner>>> + Send>>;

/// What surrounds a page; extracted from the request by every page handler.
#[derive(Clone)]
pub struct Shell {
    pub product: String,
    /// The path that was asked for, to mark the place in the navigation.
    pub path: String,
    pub person: Option<Person>,
    pub banners: Vec<Banner>,
    /// What was just done, shown once.
    pub flash: Option<String>,
    pub zone: TimeZone,
    /// The present, so that pages can say how long ago something was.
    pub now: Instant,
}

impl Shell {
    /// Whether the reader is an administrator, for the navigation.
    pub fn is_administrator(&self) -> bool {
        self.person.as_ref().is_some_and(|person| person.roles.contains(&Role::Administrator))
    }

    /// Whether visitors can make appointments with the reader, for the navigation.
    pub fn is_host(&self) -> bool {
        self.person.as_ref().is_some_and(|person| person.roles.contains(&Role::Host))
    }

    /// Marks the current place in the navigation.
    pub fn is_at(&self, prefix: &str) -> bool {
        self.path == prefix || self.path.strip_prefix(prefix).is_some_and(|rest| rest.starts_with('/'))
    }

    /// An instant in the reader's zone, with the zone's name.
    pub fn when(&self, at: &Instant) -> String {
        at.in_zone(&self.zone)
    }

    /// How long ago an instant was, or how far ahead it lies, in its largest unit.
    pub fn ago(&self, at: &Instant) -> String {
        let (past, ahead) = (self.now.since(*at).as_secs(), at.since(self.now).as_secs());
        match (past, ahead) {
            (0..30, 0..30) => "just now".to_owned(),
            (0, ahead) => format!("in {}", largest_unit(ahead)),
            (past, _) => format!("{} ago", largest_unit(past)),
        }
    }

    /// The name of the reader's zone, such as `Europe/Berlin`.
    pub fn zone_name(&self) -> &str {
        self.zone.iana_name().unwrap_or("UTC")
    }

    /// The path of an asset, for templates of every room.
    pub fn asset(&self, name: &str) -> String {
        super::assets::asset(name)
    }

    /// The running version.
    pub fn version(&self) -> &'static str {
        env!("CARGO_PKG_VERSION")
    }

    /// For pages that are made outside a handler, such as error pages.
    pub async fn for_actor(hub: &Hub, actor: &Actor, path: &str) -> Self {
        let mut banners = Vec::new();
        for source in hub.banners() {
            match source(hub.clone(), actor.clone()).await {
                Ok(more) => banners.extend(more),
                Err(error) => tracing::error!(?error, "a banner could not be read"),
            }
        }
        Self {
            product: hub.settings().product_name.clone(),
            path: path.to_owned(),
            person: actor.person().cloned(),
            banners,
            flash: None,
            zone: actor.zone(),
            now: hub.now(),
        }
    }
}

fn largest_unit(seconds: u64) -> String {
    let (count, unit) = match seconds {
        0..60 => (seconds, "second"),
        60..3600 => (seconds / 60, "minute"),
        3600..172_800 => (seconds / 3600, "hour"),
        _ => (seconds / 86400, "day"),
    };
    if count == 1 { format!("1 {unit}") } else { format!("{count} {unit}s") }
}

impl FromRequestParts<Hub> for Shell {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, hub: &Hub) -> Result<Self> {
        let actor = parts.extensions.get::<Actor>().cloned().unwrap_or_default();
        let path =
            parts.extensions.get::<OriginalUri>().map_or(parts.uri.path(), |uri| uri.path()).to_owned();
        let mut shell = Self::for_actor(hub, &actor, &path).await;
        shell.flash = flash_in(&parts.headers);
        Ok(shell)
    }
}

/// A page made from a template.
pub struct Page<T>(pub T);

impl<T: Template> IntoResponse for Page<T> {
    fn into_response(self) -> Response {
        match self.0.render() {
            Ok(html) => Html(html).into_response(),
            Err(error) => bug("a page's template failed").because(error).into_response(),
        }
    }
}

/// A form shown again with what was typed and what is wrong with it (422).
pub struct FormAgain<T>(pub T);

impl<T: Template> IntoResponse for FormAgain<T> {
    fn into_response(self) -> Response {
        (StatusCode::UNPROCESSABLE_ENTITY, Page(self.0)).into_response()
    }
}

/// After a form: go to `path` and say there what was done.
pub fn done(path: &str, message: &str) -> Response {
    let cookie =
        format!("{FLASH}={}; Path=/; Max-Age=60; HttpOnly; SameSite=Lax", URL_SAFE_NO_PAD.encode(message));
    let mut response = Redirect::to(path).into_response();
    if let Ok(value) = HeaderValue::try_from(cookie) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
    response
}

/// The value of a cookie, if the request carries it.
pub fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(key, value)| (key == name).then_some(value))
}

fn flash_in(headers: &HeaderMap) -> Option<String> {
    let bytes = URL_SAFE_NO_PAD.decode(cookie(headers, FLASH)?).ok()?;
    String::from_utf8(bytes).ok().filter(|text| text.len() <= 1000)
}

/// Once a page has shown the message, the cookie goes.
pub(super) fn forget_shown_flash(had_flash: bool, response: &mut Response) {
    let shown = had_flash && !response.status().is_redirection();
    let is_page = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|value| value.as_bytes().starts_with(b"text/html"));
    if shown && is_page && !response.headers().contains_key(header::SET_COOKIE) {
        let gone = HeaderValue::from_static("switchboard_flash=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax");
        response.headers_mut().append(header::SET_COOKIE, gone);
    }
}

pub(super) fn has_flash(headers: &HeaderMap) -> bool {
    cookie(headers, FLASH).is_some()
}
