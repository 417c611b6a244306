//! The answer to a redirect URI: in the query, in the fragment, or as a form that posts itself.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use url::{Url, form_urlencoded};

use crate::entra::pages;
use crate::entra::refusal::{Refusal, Trace};

/// How an answer travels (OAuth 2.0 Multiple Response Types, Form Post Response Mode).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    Query,
    Fragment,
    FormPost,
}

impl Mode {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        match text {
            "query" => Some(Self::Query),
            "fragment" => Some(Self::Fragment),
            "form_post" => Some(Self::FormPost),
            _ => None,
        }
    }
}

/// Where and how to answer, once the redirect URI is known to be the app's.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) redirect_uri: String,
    pub(crate) mode: Mode,
    pub(crate) state: Option<String>,
}

impl Reply {
    /// Answers with parameters; the client's `state` goes along.
    pub(crate) fn send(&self, mut fields: Vec<(&'static str, String)>) -> Response {
        if let Some(state) = &self.state {
            fields.push(("state", state.clone()));
        }
        match self.mode {
            Mode::FormPost => pages::form_post(&self.redirect_uri, &fields),
            Mode::Query | Mode::Fragment => self.redirect(&fields),
        }
    }

    /// Answers with an error.
    pub(crate) fn refuse(&self, refusal: &Refusal, trace: &Trace) -> Response {
        let mut fields = vec![
            ("error", refusal.error_at_redirect().to_owned()),
            ("error_description", refusal.description(trace)),
        ];
        if *refusal == Refusal::ConsentDeclined {
            fields.push(("error_subcode", "cancel".to_owned()));
        }
        self.send(fields)
    }

    fn redirect(&self, fields: &[(&'static str, String)]) -> Response {
        // A URI without a path comes back with one (Microsoft "Redirect URI restrictions").
        let Ok(mut target) = Url::parse(&self.redirect_uri) else {
            return StatusCode::BAD_REQUEST.into_response();
        };
        let mut encoded = form_urlencoded::Serializer::new(String::new());
        encoded.extend_pairs(fields);
        let encoded = encoded.finish();
        if self.mode == Mode::Fragment {
            target.set_fragment(Some(&encoded));
        } else {
            let before = target.query().filter(|query| !query.is_empty());
            let query = before.map_or_else(|| encoded.clone(), |before| format!("{before}&{encoded}"));
            target.set_query(Some(&query));
        }
        match HeaderValue::from_str(target.as_str()) {
            Ok(location) => (StatusCode::FOUND, [(header::LOCATION, location)]).into_response(),
            Err(_) => StatusCode::BAD_REQUEST.into_response(),
        }
    }
}
