//! Answers of the XML API: the envelope with its order of elements and prefixes, written on one line after the declaration,
//! and always with status 200.

use std::fmt::Write as _;

use axum::response::{IntoResponse as _, Response};
use http::{HeaderValue, StatusCode, header};
use quick_xml::escape::escape;

const SERVICE: &str = "http://www.webex.com/schemas/2002/06/service";
const COMMON: &str = "http://www.webex.com/schemas/2002/06/common";
const INSTANCE: &str = "http://www.w3.org/2001/XMLSchema-instance";

/// A failure by its exception id and reason (both are what clients see).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failure {
    id: &'static str,
    reason: String,
    sub: Option<(&'static str, &'static str)>,
}

impl Failure {
    pub(super) fn new(id: &'static str, reason: &str) -> Self {
        Self { id, reason: reason.to_owned(), sub: None }
    }

    /// The front server could not read the envelope.
    pub(super) fn not_forwarded() -> Self {
        Self::new("000000", "Fail to forward request:null")
    }

    pub(super) fn denied() -> Self {
        Self::new("000001", "Access denied, additional privileges are required")
    }

    pub(super) fn no_record() -> Self {
        Self::new("000015", "Sorry, no record found")
    }

    pub(super) fn throttled() -> Self {
        Self::new("000045", "API Rate Limit Reach")
    }

    pub(super) fn no_user() -> Self {
        Self::new("030001", "The requested user was not found")
    }

    pub(super) fn wrong_password() -> Self {
        Self::new("030002", "Incorrect user or password")
    }

    pub(super) fn no_ticket() -> Self {
        Self::new("030047", "Not a valid session ticket")
    }

    pub(super) fn no_ticket_made() -> Self {
        let mut failure = Self::new("030048", "Authentication Server can't generate a valid session ticket");
        failure.sub = Some(("AS0001", "authentication service error"));
        failure
    }

    pub(super) fn invalid(reason: &str) -> Self {
        Self::new("999999", reason)
    }
}

/// The payload of a success.
pub(super) struct Payload {
    prefix: &'static str,
    namespace: &'static str,
    kind: &'static str,
    body: String,
}

impl Payload {
    pub(super) fn user(kind: &'static str) -> Self {
        Self::new("use", "http://www.webex.com/schemas/2002/06/service/user", kind)
    }

    pub(super) fn ep(kind: &'static str) -> Self {
        Self::new("ep", "http://www.webex.com/schemas/2002/06/service/ep", kind)
    }

    pub(super) fn site(kind: &'static str) -> Self {
        Self::new("ns1", "http://www.webex.com/schemas/2002/06/service/site", kind)
    }

    pub(super) fn meeting_type(kind: &'static str) -> Self {
        Self::new("mtgtype", "http://www.webex.com/schemas/2002/06/service/meetingtype", kind)
    }

    fn new(prefix: &'static str, namespace: &'static str, kind: &'static str) -> Self {
        Self { prefix, namespace, kind, body: String::new() }
    }

    /// An element with a text, under the operation's own prefix.
    pub(super) fn text(&mut self, name: &str, value: &str) {
        self.prefixed(self.prefix, name, value);
    }

    /// The same, under another prefix.
    pub(super) fn prefixed(&mut self, prefix: &str, name: &str, value: &str) {
        let _ = write!(self.body, "<{prefix}:{name}>{}</{prefix}:{name}>", escape(value));
    }

    /// The same, where there is a value.
    pub(super) fn maybe(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.text(name, value);
        }
    }

    pub(super) fn flag(&mut self, name: &str, value: bool) {
        self.text(name, if value { "true" } else { "false" });
    }

    /// An element with others in it.
    pub(super) fn group(&mut self, name: &str, fill: impl FnOnce(&mut Self)) {
        let prefix = self.prefix;
        let _ = write!(self.body, "<{prefix}:{name}>");
        fill(self);
        let _ = write!(self.body, "</{prefix}:{name}>");
    }

    /// The counts that lists carry.
    pub(super) fn matching(&mut self, total: usize, returned: usize, from: usize) {
        let prefix = self.prefix;
        let _ = write!(self.body, "<{prefix}:matchingRecords>");
        for (name, value) in [("total", total), ("returned", returned), ("startFrom", from)] {
            self.prefixed("serv", name, &value.to_string());
        }
        let _ = write!(self.body, "</{prefix}:matchingRecords>");
    }
}

/// The answer as it is sent.
pub(super) fn written(result: &Result<Payload, Failure>) -> Response {
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ = write!(text, "<serv:message xmlns:serv=\"{SERVICE}\" xmlns:com=\"{COMMON}\"");
    if let Ok(payload) = result {
        let _ = write!(text, " xmlns:{}=\"{}\"", payload.prefix, payload.namespace);
    }
    text.push_str("><serv:header><serv:response>");
    match result {
        Ok(payload) => {
            text.push_str("<serv:result>SUCCESS</serv:result><serv:gsbStatus>PRIMARY</serv:gsbStatus>");
            let Payload { prefix, kind, body, .. } = payload;
            let _ = write!(
                text,
                "</serv:response></serv:header><serv:body><serv:bodyContent xsi:type=\"{prefix}:{kind}\" \
                 xmlns:xsi=\"{INSTANCE}\">{body}</serv:bodyContent></serv:body></serv:message>"
            );
        }
        Err(failure) => {
            let _ = write!(
                text,
                "<serv:result>FAILURE</serv:result><serv:reason>{}</serv:reason>\
                 <serv:gsbStatus>PRIMARY</serv:gsbStatus><serv:exceptionID>{}</serv:exceptionID>",
                escape(&failure.reason),
                failure.id
            );
            if let Some((id, reason)) = failure.sub {
                let _ = write!(
                    text,
                    "<serv:subErrors><serv:subError><serv:exceptionID>{id}</serv:exceptionID>\
                     <serv:reason>{reason}</serv:reason><serv:value/></serv:subError></serv:subErrors>"
                );
            }
            text.push_str(
                "</serv:response></serv:header><serv:body><serv:bodyContent/></serv:body></serv:message>",
            );
        }
    }
    let mut response = (StatusCode::OK, text).into_response();
    for (name, value) in [
        (header::CONTENT_TYPE, "text/xml;charset=UTF-8"),
        (header::PRAGMA, "no-cache"),
        (header::CACHE_CONTROL, "no-cache"),
        (header::EXPIRES, "Thu, 01 Jan 1970 00:00:00 GMT"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}
