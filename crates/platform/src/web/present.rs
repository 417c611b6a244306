//! How errors reach the one who asked: a page for people, problem details (RFC 9457) for programs.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{Html, IntoResponse, Redirect, Response},
};
use http::{HeaderValue, Method, StatusCode, header};

use super::shell::{Shell, forget_shown_flash, has_flash};
use crate::{
    Actor, Error, Fault, Hub, Instant,
    api::problem,
    error::{FieldError, invalid_field},
};

/// Carries an error from a handler to [`present`], which knows how to show it.
#[derive(Clone)]
struct Carried(Arc<Error>);

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(Carried(Arc::new(self)));
        response
    }
}

impl Error {
    /// The HTTP status of this fault.
    pub fn status(&self) -> StatusCode {
        match self.fault {
            Fault::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Fault::SignIn => StatusCode::UNAUTHORIZED,
            Fault::Forbidden => StatusCode::FORBIDDEN,
            Fault::NotFound => StatusCode::NOT_FOUND,
            Fault::Conflict | Fault::AskPerson | Fault::AppTrouble => StatusCode::CONFLICT,
            Fault::Later(_) | Fault::Storage => StatusCode::SERVICE_UNAVAILABLE,
            Fault::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            Fault::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Fault::Bug => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn retry_at(&self) -> Option<Instant> {
        match self.fault {
            Fault::Later(at) | Fault::TooMany(at) => Some(at),
            _ => None,
        }
    }
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage {
    shell: Shell,
    heading: &'static str,
    say: String,
    fields: Vec<FieldError>,
    retry_at: Option<Instant>,
    reference: Option<String>,
    is_sign_in: bool,
}

/// Shows errors, from our handlers and from the framework, to whoever asked.
pub async fn present(State(hub): State<Hub>, request: Request, next: Next) -> Response {
    let actor = request.extensions().get::<Actor>().cloned().unwrap_or_default();
    let method = request.method().clone();
    let uri = request.uri().clone();
    let had_flash = has_flash(request.headers());
    let mut response =
        if holds_zero(&uri) { zero_refused().into_response() } else { next.run(request).await };
    let carried = response.extensions_mut().remove::<Carried>().map(|Carried(error)| error);
    let Some(error) = carried.or_else(|| framework_error(&response).map(Arc::new)) else {
        forget_shown_flash(had_flash, &mut response);
        return response;
    };
    // Rare, and large: on the heap of its own it does not weigh on every request.
    Box::pin(show(&hub, &actor, &error, &method, &uri)).await
}

/// Whether the address holds the character U+0000, which PostgreSQL cannot store or compare in text.
fn holds_zero(uri: &http::Uri) -> bool {
    uri.path_and_query().is_some_and(|it| it.as_str().contains("%00"))
}

fn zero_refused() -> Error {
    invalid_field("address", "There is a character with the number 0 (%00) in it. Leave it out.")
}

/// Shows one error to `actor`; for layers outside of [`present`].
pub async fn show(hub: &Hub, actor: &Actor, error: &Error, method: &Method, uri: &http::Uri) -> Response {
    let reference = log(hub, error, method, without_tokens(uri.path()));
    let mut shown = if speaks_json(uri.path()) {
        problem::respond(error, reference)
    } else if error.fault == Fault::SignIn && *method == Method::GET {
        sign_in_first(uri)
    } else {
        error_page(hub, actor, error, uri.path(), reference).await
    };
    if let Some(at) = error.retry_at() {
        let seconds = at.since(hub.now()).as_secs().max(1);
        shown.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    shown
}

fn speaks_json(path: &str) -> bool {
    path.starts_with("/api/") || path == "/metrics"
}

fn sign_in_first(uri: &http::Uri) -> Response {
    let next = uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
    let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("next", next).finish();
    Redirect::to(&format!("/sign-in?{query}")).into_response()
}

/// The path for the log: set-up and invitation links and those to bookings hold their secret.
fn without_tokens(path: &str) -> &str {
    const LINKS: [&str; 3] = ["/setup/", "/invite/", "/booking/"];
    LINKS.into_iter().find(|link| path.starts_with(link)).unwrap_or(path)
}

/// Bugs get a reference that stands in the log; everything else is the asker's to solve.
fn log(hub: &Hub, error: &Error, method: &Method, path: &str) -> Option<String> {
    if error.fault != Fault::Bug {
        tracing::debug!(?error, %method, path, "a request was refused");
        return None;
    }
    let reference = crate::new_id(hub.clock(), hub.random()).simple().to_string()[20..].to_owned();
    tracing::error!(?error, %method, path, reference, "our bug");
    Some(reference)
}

/// What axum itself answers (no such route, wrong method, a body it could not read) in our words.
fn framework_error(response: &Response) -> Option<Error> {
    let is_ours = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|value| !value.as_bytes().starts_with(b"text/plain"));
    if is_ours {
        return None;
    }
    Some(match response.status() {
        StatusCode::NOT_FOUND => crate::not_found("page"),
        StatusCode::METHOD_NOT_ALLOWED => {
            Error::new(Fault::NotFound, "This address does not take that kind of request.")
        }
        StatusCode::PAYLOAD_TOO_LARGE => {
            Error::new(Fault::TooLarge, "This is larger than the server takes. Send less at once.")
        }
        StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY | StatusCode::UNSUPPORTED_MEDIA_TYPE => {
            Error::new(
                Fault::Invalid(Vec::new()),
                "The request could not be read. Check its form and try again.",
            )
        }
        StatusCode::FORBIDDEN => crate::forbidden(
            "This form was sent from another site, so it was not carried out. Open the page here and send it again.",
        ),
        StatusCode::REQUEST_TIMEOUT => crate::bug("a request took too long"),
        StatusCode::INTERNAL_SERVER_ERROR => crate::bug("a handler failed"),
        _ => return None,
    })
}

async fn error_page(
    hub: &Hub,
    actor: &Actor,
    error: &Error,
    path: &str,
    reference: Option<String>,
) -> Response {
    let page = ErrorPage {
        shell: Shell::for_actor(hub, actor, path).await,
        heading: heading(&error.fault),
        say: error.say.clone(),
        fields: match &error.fault {
            Fault::Invalid(fields) => fields.clone(),
            _ => Vec::new(),
        },
        retry_at: error.retry_at(),
        reference,
        is_sign_in: error.fault == Fault::SignIn,
    };
    match page.render() {
        Ok(html) => (error.status(), Html(html)).into_response(),
        Err(_) => (error.status(), error.say.clone()).into_response(),
    }
}

fn heading(fault: &Fault) -> &'static str {
    match fault {
        Fault::Invalid(_) => "Please check what was sent",
        Fault::SignIn => "Please sign in",
        Fault::Forbidden => "Not allowed",
        Fault::NotFound => "Not found",
        Fault::Conflict => "That is not possible right now",
        Fault::AskPerson => "Please authorize again",
        Fault::AppTrouble => "The integration needs its administrator",
        Fault::Later(_) => "Trying again shortly",
        Fault::Storage => "Not available right now",
        Fault::TooMany(_) => "Too many attempts",
        Fault::TooLarge => "Too large",
        Fault::Bug => "Something went wrong",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::tests::shell;

    #[test]
    fn an_error_page_says_what_happened_and_where_to_go() {
        let page = ErrorPage {
            shell: shell(&[]),
            heading: "Something went wrong",
            say: "No <luck>.".into(),
            fields: vec![FieldError { field: "name".into(), message: "Too long.".into() }],
            retry_at: Some(Instant::from_micros(0)),
            reference: Some("0af3".into()),
            is_sign_in: true,
        };
        let html = page.render().unwrap();
        for part in [
            "No &#60;luck&#62;.",
            "<strong>name</strong>: Too long.",
            "1 Jan 1970, 00:00 UTC",
            "<code>0af3</code>",
            r#"<a class="button primary" href="/sign-in">"#,
        ] {
            assert!(html.contains(part), "{part} is missing in {html}");
        }
    }
}
