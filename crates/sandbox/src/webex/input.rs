//! What Webex handlers are handed: lenient query parameters and JSON bodies whose refusals are Webex's own.

use std::collections::HashMap;

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use http::request::Parts;
use serde::de::DeserializeOwned;

use crate::webex::refusal::Refusal;
use crate::world::Shared;

/// The query; of a repeated name the last value counts.
pub(crate) struct Params(HashMap<String, String>);

impl Params {
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// A boolean in any case, as SDKs differ in how they print one.
    pub(crate) fn flag(&self, name: &str, default: bool) -> Result<bool, Refusal> {
        match self.text(name).map(str::to_lowercase).as_deref() {
            None => Ok(default),
            Some("true") => Ok(true),
            Some("false") => Ok(false),
            Some(_) => Err(Refusal::malformed(&format!("'{name}' must be true or false."))),
        }
    }

    /// A page size. Some clients send `max=null` when they follow a link; it counts as absent.
    pub(crate) fn max(&self, default: usize, most: usize) -> Result<usize, Refusal> {
        self.number("max", default, most)
    }

    /// A number from 1 on.
    pub(crate) fn number(&self, name: &str, default: usize, most: usize) -> Result<usize, Refusal> {
        match self.text(name) {
            None | Some("null") => Ok(default),
            Some(text) => match text.parse() {
                Ok(number) if (1..=most).contains(&number) => Ok(number),
                _ => Err(Refusal::malformed(&format!("'{name}' must be a number from 1 to {most}."))),
            },
        }
    }

    /// The query again with another cursor, for a next link.
    pub(crate) fn with(&self, name: &str, value: &str) -> String {
        let mut pairs: Vec<(&str, &str)> = self
            .0
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
            .filter(|pair| pair.0 != name)
            .collect();
        pairs.push((name, value));
        pairs.sort_unstable();
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
    }
}

impl FromRequestParts<Shared> for Params {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &Shared) -> Result<Self, Refusal> {
        let query = parts.uri.query().unwrap_or_default();
        Ok(Self(url::form_urlencoded::parse(query.as_bytes()).into_owned().collect()))
    }
}

/// A JSON body, whatever its content type says (PATCH arrives as application/json-patch+json too).
pub(crate) struct Input<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<Shared> for Input<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, world: &Shared) -> Result<Self, Refusal> {
        let body = Bytes::from_request(request, world)
            .await
            .map_err(|_| Refusal::malformed("The body could not be read."))?;
        serde_json::from_slice(&body).map(Self).map_err(|error| Refusal::malformed(&error.to_string()))
    }
}
