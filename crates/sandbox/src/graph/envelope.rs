//! What surrounds every Graph call: ids in and out, the bearer token, throttling, and the error shape.

use axum::Json;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::json;

use super::failure::Failure;
use crate::entra::{Bearer, BearerProblem, read_bearer};
use crate::requests::RequestId;
use crate::world::{Shared, World};

/// Layer: lets only good tokens through and dresses the answer.
pub(crate) async fn envelope(State(world): State<Shared>, mut request: Request, next: Next) -> Response {
    let ids = Ids::new(&world, request.headers());
    let response = match admit(&world, &request) {
        Ok(bearer) => {
            request.extensions_mut().insert(bearer);
            next.run(request).await
        }
        Err(failure) => failure.into_response(),
    };
    ids.dress(&world, failing(response))
}

fn admit(world: &World, request: &Request) -> Result<Bearer, Failure> {
    let bearer = bearer(world, request.headers())?;
    if let Some(id) = request.extensions().get::<RequestId>() {
        world.requests.amend(*id, |entry| {
            entry.client_id = Some(bearer.client_id.clone());
            entry.account.clone_from(&bearer.email);
        });
    }
    world.charge(&bearer.client_id).map_err(|seconds| {
        Failure::throttled("TooManyRequests", "Too many requests. Please retry later.", seconds)
    })?;
    Ok(bearer)
}

/// The bearer token of a request.
pub(super) fn bearer(world: &World, headers: &HeaderMap) -> Result<Bearer, Failure> {
    let value = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let token = match value.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") && !token.trim().is_empty() => {
            token.trim()
        }
        _ => return Err(Failure::token("Access token is empty.")),
    };
    read_bearer(world, token).map_err(|problem| match problem {
        BearerProblem::Expired => Failure::token("Lifetime validation failed, the token is expired."),
        BearerProblem::Invalid => Failure::token("Access token validation failure. Invalid audience."),
    })
}

/// A refusal that is given before the envelope is reached.
pub(super) fn refuse(world: &World, headers: &HeaderMap, failure: Failure) -> Response {
    Ids::new(world, headers).dress(world, failure.into_response())
}

/// Turns the router's own refusals into Graph's.
fn failing(response: Response) -> Response {
    if response.extensions().get::<Failure>().is_some()
        || response.headers().contains_key(header::CONTENT_TYPE)
    {
        return response;
    }
    match response.status() {
        StatusCode::METHOD_NOT_ALLOWED => Failure::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "Request_BadRequest",
            "Specified HTTP method is not allowed for the request target.",
        )
        .into_response(),
        _ => response,
    }
}

/// The ids of one exchange.
struct Ids {
    request: String,
    client: String,
}

impl Ids {
    fn new(world: &World, headers: &HeaderMap) -> Self {
        let request = world.random.uuid().to_string();
        let sent = headers.get("client-request-id").and_then(|value| value.to_str().ok());
        let client = sent.filter(|sent| sent.len() <= 100).map_or_else(|| request.clone(), str::to_owned);
        Self { request, client }
    }

    fn dress(&self, world: &World, mut response: Response) -> Response {
        if let Some(failure) = response.extensions_mut().remove::<Failure>() {
            response = self.render(world, &failure);
        }
        let headers = response.headers_mut();
        for (name, value) in [("request-id", &self.request), ("client-request-id", &self.client)] {
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.insert(name, value);
            }
        }
        headers.insert("odata-version", HeaderValue::from_static("4.0"));
        headers.insert(
            "x-ms-ags-diagnostic",
            HeaderValue::from_static(r#"{"ServerInfo":{"DataCenter":"Sandbox","Slice":"E","Ring":"1"}}"#),
        );
        response
    }

    fn render(&self, world: &World, failure: &Failure) -> Response {
        let body = json!({"error": {
            "code": failure.code,
            "message": failure.message,
            "innerError": {
                "date": world.clock.now().strftime("%Y-%m-%dT%H:%M:%S").to_string(),
                "request-id": self.request,
                "client-request-id": self.client,
            },
        }});
        let mut response = (failure.status, Json(body)).into_response();
        let headers = response.headers_mut();
        if failure.status == StatusCode::UNAUTHORIZED {
            headers.insert(
                header::WWW_AUTHENTICATE,
                HeaderValue::from_static(r#"Bearer realm="", error="invalid_token""#),
            );
        }
        if let Some(value) =
            failure.retry_after.as_deref().and_then(|value| HeaderValue::from_str(value).ok())
        {
            headers.insert(header::RETRY_AFTER, value);
        }
        if let Some(value) = failure.location.as_deref().and_then(|value| HeaderValue::from_str(value).ok()) {
            headers.insert(header::LOCATION, value);
        }
        response
    }
}
