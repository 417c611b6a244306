//! A Graph request as handlers meet it: who asks, for whom, with which options and preferences.

use std::collections::HashMap;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, RawPathParams, Request};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::request::Parts;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::failure::Failure;
use super::filter::{at_path, compare_text};
use super::options::{Options, Preferences};
use crate::entra::{Bearer, base};
use crate::seed::Person;
use crate::world::{Shared, World, later};

/// Everything of a request but its body.
pub(super) struct Ask {
    pub(super) bearer: Bearer,
    pub(super) options: Options,
    pub(super) preferences: Preferences,
    pub(super) if_match: Option<String>,
    params: HashMap<String, String>,
    pub(super) path: String,
    /// Teams meetings that were asked for by then have their join link.
    pub(super) joinable_since: Timestamp,
}

impl FromRequestParts<Shared> for Ask {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, world: &Shared) -> Result<Self, Failure> {
        let raw = RawPathParams::from_request_parts(parts, world).await;
        let raw = raw.map_err(|_| Failure::bad_request("The path could not be read."))?;
        let bearer = parts.extensions.get::<Bearer>().cloned();
        let if_match = parts.headers.get("if-match").and_then(|value| value.to_str().ok()).map(str::to_owned);
        Ok(Self {
            bearer: bearer.ok_or_else(|| Failure::token("Access token is empty."))?,
            options: Options::parse(parts.uri.query().unwrap_or_default())?,
            preferences: Preferences::parse(&parts.headers)?,
            if_match,
            params: raw.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            path: parts.uri.path().to_owned(),
            joinable_since: joinable_since(world),
        })
    }
}

/// Meetings that were asked for until then have a link. Without a delay that is also the one which this request makes.
fn joinable_since(world: &Shared) -> Timestamp {
    match world.switches().graph_online_meeting_seconds {
        0 => Timestamp::MAX,
        seconds => later(world.clock.now(), -seconds),
    }
}

impl Ask {
    /// A path parameter; empty when the path has none of that name.
    pub(super) fn param(&self, name: &str) -> &str {
        self.params.get(name).map_or("", String::as_str)
    }

    /// Whether the token carries one of these permissions.
    pub(super) fn has_any(&self, permissions: &[&str]) -> bool {
        self.bearer.permissions.iter().any(|have| permissions.contains(&have.as_str()))
    }

    /// Whether the token speaks for an app alone.
    pub(super) fn is_app_only(&self) -> bool {
        self.bearer.email.is_none()
    }

    /// The person a path speaks of: `/me`, or `/users/{id or user principal name}`.
    pub(super) fn person(&self, world: &World) -> Result<Person, Failure> {
        if let Some(user) = self.params.get("user") {
            return find_person(world, user).ok_or_else(|| Failure::resource_not_found(user));
        }
        let me = self.bearer.email.as_deref().ok_or_else(|| {
            Failure::bad_request("/me request is only valid with delegated authentication flow.")
        })?;
        find_person(world, me).ok_or_else(|| Failure::resource_not_found(me))
    }

    /// Whether the path speaks of the person who signed in.
    pub(super) fn is_own(&self, person: &Person) -> bool {
        self.bearer.email.as_deref().is_some_and(|me| me.eq_ignore_ascii_case(&person.email))
    }

    /// The person whose mailbox is meant, if the token opens it with one of these permissions.
    pub(super) fn mailbox(&self, world: &World, permissions: &[&str]) -> Result<Person, Failure> {
        let person = self.person(world)?;
        // Nobody shares a calendar here, so a person's token opens that person's mailbox only.
        if !self.has_any(permissions) || !(self.is_app_only() || self.is_own(&person)) {
            return Err(Failure::access_denied());
        }
        if person.microsoft.as_ref().is_none_or(|account| account.no_mailbox) {
            return Err(Failure::new(
                StatusCode::NOT_FOUND,
                "MailboxNotEnabledForRESTAPI",
                "The mailbox is either inactive, soft-deleted, or is hosted on-premise.",
            ));
        }
        Ok(person)
    }

    /// One resource, reduced to what was selected.
    pub(super) fn one(&self, status: StatusCode, resource: Value) -> Response {
        self.preferences.applied_to((status, Json(self.selected(resource))).into_response())
    }

    /// A page of resources with a link to the next one.
    pub(super) fn collection(
        &self,
        world: &World,
        paging: &Paging,
        resources: Vec<Value>,
    ) -> Result<Response, Failure> {
        let mut found: Vec<Value> = match &self.options.filter {
            Some(filter) => resources.into_iter().filter(|resource| filter.holds(resource)).collect(),
            None => resources,
        };
        for (path, descending) in self.options.order_by.iter().rev() {
            found.sort_by(|a, b| {
                let order = order(at_path(a, path), at_path(b, path));
                if *descending { order.reverse() } else { order }
            });
        }
        if self.options.other("skiptoken").is_some() {
            return Err(Failure::bad_request("The skip token could not be read."));
        }
        let size = self.page_size(paging)?;
        let (total, skip) = (found.len(), self.options.skip);
        let page: Vec<Value> =
            found.into_iter().skip(skip).take(size).map(|resource| self.selected(resource)).collect();
        let base = base(&world.base_url);
        let mut answer = Map::new();
        answer
            .insert("@odata.context".to_owned(), format!("{base}/v1.0/$metadata#{}", paging.context).into());
        if self.options.count {
            answer.insert("@odata.count".to_owned(), total.into());
        }
        let end = skip.saturating_add(page.len());
        answer.insert("value".to_owned(), page.into());
        if end < total {
            let query = self.options.next_query(paging.position, end);
            answer.insert("@odata.nextLink".to_owned(), format!("{base}{}?{query}", self.path).into());
        }
        Ok(self.preferences.applied_to(Json(Value::Object(answer)).into_response()))
    }

    pub(super) fn page_size(&self, paging: &Paging) -> Result<usize, Failure> {
        let size = self.options.top.or(self.preferences.page_size).unwrap_or(paging.size);
        if size == 0 || size > paging.most {
            return Err(Failure::invalid(
                "ErrorInvalidUrlQueryFilter",
                format!(
                    "Invalid page size specified: '{size}'. Must be between 1 and {} inclusive.",
                    paging.most
                ),
            ));
        }
        Ok(size)
    }

    /// The selected properties; annotations and the id always stay.
    fn selected(&self, mut resource: Value) -> Value {
        // Found by `$filter`, shown only when expanded.
        if let Some(object) = resource.as_object_mut() {
            object.remove(HIDDEN_PROPERTIES);
            if let Some(select) = &self.options.select {
                let wanted =
                    |name: &str| select.iter().any(|item| item == "*" || item.eq_ignore_ascii_case(name));
                object.retain(|name, _| {
                    name.starts_with('@') || name == "id" || name == EXPANDED_PROPERTIES || wanted(name)
                });
            }
            if let Some(value) = object.remove(EXPANDED_PROPERTIES) {
                object.insert("singleValueExtendedProperties".to_owned(), value);
            }
        }
        resource
    }
}

/// Where a resource keeps its extended properties for filters only.
pub(super) const HIDDEN_PROPERTIES: &str = "singleValueExtendedProperties";
/// Where it keeps those that the client expanded.
pub(super) const EXPANDED_PROPERTIES: &str = "@expanded";

/// How a collection is cut into pages.
pub(super) struct Paging {
    /// What follows `$metadata#` in the context.
    pub(super) context: String,
    pub(super) size: usize,
    pub(super) most: usize,
    /// The option that carries the position: `$skip` (Outlook) or `$skiptoken` (directory).
    pub(super) position: &'static str,
}

impl Paging {
    /// Outlook collections: ten on a page unless asked otherwise.
    pub(super) fn outlook(context: String) -> Self {
        Self { context, size: 10, most: 1_000, position: "$skip" }
    }

    /// Directory collections.
    pub(super) fn directory(context: &str) -> Self {
        Self { context: context.to_owned(), size: 100, most: 999, position: "$skiptoken" }
    }
}

fn order(a: &Value, b: &Value) -> std::cmp::Ordering {
    match (a, b) {
        (Value::String(a), Value::String(b)) => compare_text(a, b),
        (Value::Number(a), Value::Number(b)) => {
            a.as_f64().partial_cmp(&b.as_f64()).unwrap_or(std::cmp::Ordering::Equal)
        }
        (Value::Null, Value::Null) => std::cmp::Ordering::Equal,
        (Value::Null, _) => std::cmp::Ordering::Less,
        (_, Value::Null) => std::cmp::Ordering::Greater,
        (a, b) => a.to_string().cmp(&b.to_string()),
    }
}

/// A person by object id or user principal name.
pub(super) fn find_person(world: &World, user: &str) -> Option<Person> {
    let core = world.core();
    let with_account = core.people.iter().filter(|person| person.microsoft.is_some());
    let mut named = with_account.filter(|person| {
        person.email.eq_ignore_ascii_case(user) || person.entra_id().to_string().eq_ignore_ascii_case(user)
    });
    named.next().cloned()
}

/// A JSON object as the body; whatever else is refused in Graph's words.
pub(super) struct Body(pub(super) Map<String, Value>);

impl FromRequest<Shared> for Body {
    type Rejection = Failure;

    async fn from_request(request: Request, world: &Shared) -> Result<Self, Failure> {
        let bytes = Bytes::from_request(request, world).await;
        let bytes = bytes.map_err(|_| {
            Failure::new(StatusCode::PAYLOAD_TOO_LARGE, "RequestEntityTooLarge", "The body is too large.")
        })?;
        match serde_json::from_slice(&bytes) {
            Ok(Value::Object(object)) => Ok(Self(object)),
            _ => Err(Failure::bad_request(
                "Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of \
                 valid JSON format.",
            )),
        }
    }
}

impl Body {
    /// A property whatever its letter case: generated clients write action parameters in PascalCase.
    pub(super) fn get(&self, name: &str) -> &Value {
        static NOTHING: Value = Value::Null;
        self.0.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map_or(&NOTHING, |(_, value)| value)
    }
}

/// The context annotation of a single resource.
pub(super) fn with_context(world: &World, context: &str, mut resource: Value) -> Value {
    resource["@odata.context"] = json!(format!("{}/v1.0/$metadata#{context}", base(&world.base_url)));
    resource
}
