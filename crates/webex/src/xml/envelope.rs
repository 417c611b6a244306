//! The envelope of a request and of an answer (Webex Meetings XML API reference, "XML request and response").

use oauth::{Answer, ApiError, ApiKind};
use quick_xml::escape::escape;
use reqwest::StatusCode;
use secrecy::{ExposeSecret, SecretString};

use super::{
    element::Element,
    exception,
    message::{self, NoAnswer, Said},
};

/// The namespace of the envelope's own elements.
pub(crate) const SERVICE: &str = "http://www.webex.com/schemas/2002/06/service";
const BINDING: &str = "java:com.webex.service.binding.";

/// Who asks.
pub(crate) enum SecurityContext<'a> {
    /// Nobody: only GetAPIVersion may.
    Site,
    /// A person who is not signed in yet.
    Person(&'a str),
    /// A person with a session ticket.
    Ticket(&'a str, &'a SecretString),
}

/// What is asked: `package.Operation` and its elements, already written.
pub(crate) struct Operation<'a> {
    pub(crate) name: &'a str,
    pub(crate) content: String,
}

impl<'a> Operation<'a> {
    /// An operation without elements.
    pub(crate) fn plain(name: &'a str) -> Self {
        Self { name, content: String::new() }
    }
}

/// One element with text, every special character escaped and those left out that XML 1.0 has no way to write.
pub(crate) fn leaf(name: &str, text: &str) -> String {
    let clean: String = text.chars().filter(|c| is_writable(*c)).collect();
    format!("<{name}>{}</{name}>", escape(clean.as_str()))
}

/// Whether XML 1.0 allows a character (§2.2); of the control characters that it allows, only two are of use.
fn is_writable(c: char) -> bool {
    match c {
        '\t' | '\n' => true,
        '\u{fffe}' | '\u{ffff}' => false,
        _ => !c.is_control(),
    }
}

/// Writes a request. No blank stands before the declaration and both namespaces are always declared: without them
/// Webex answers 000000 "Fail to forward request".
pub(crate) fn request(site_name: &str, context: &SecurityContext<'_>, operation: &Operation<'_>) -> String {
    let mut who = leaf("siteName", site_name);
    match context {
        SecurityContext::Site => {}
        SecurityContext::Person(webex_id) => who += &leaf("webExID", webex_id),
        SecurityContext::Ticket(webex_id, ticket) => {
            who += &leaf("webExID", webex_id);
            who += &leaf("sessionTicket", ticket.expose_secret());
        }
    }
    let (name, content) = (operation.name, &operation.content);
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
         <serv:message xmlns:serv=\"{SERVICE}\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">\
         <header><securityContext>{who}</securityContext></header>\
         <body><bodyContent xsi:type=\"{BINDING}{name}\">{content}</bodyContent></body></serv:message>"
    )
}

/// Reads an answer: its `bodyContent`, or what Webex said instead, without the secret that it was asked with.
pub(crate) fn answer(answer: &Answer, secret: Option<&SecretString>) -> Result<Element, ApiError> {
    if !answer.status.is_success() {
        // Only faults of the way there have another status; their pages say nothing that people should read.
        return Err(ApiError::sorted(answer, None, "", None));
    }
    match message::read(answer.text()) {
        Ok(Said::Done(content)) => Ok(content),
        Ok(Said::Refused(refused)) => {
            let error = exception::error(&refused.code, &ApiError::clean(&refused.reason, secret));
            Err(match secret {
                Some(secret) => error.without(secret),
                None => error,
            })
        }
        Err(why) => Err(no_answer(answer.status, why)),
    }
}

fn no_answer(status: StatusCode, why: NoAnswer) -> ApiError {
    let error = ApiError::bug(status, &why.to_string());
    match why {
        // A page in place of XML, or half an answer, comes from something in between and is over soon.
        NoAnswer::Unreadable(_) | NoAnswer::Foreign => {
            ApiError { kind: ApiKind::Passing { retry_after: None }, ..error }
        }
        NoAnswer::Undecided => error,
    }
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderMap;

    use super::*;

    fn answered(status: u16, body: &str) -> Result<Element, ApiError> {
        let status = StatusCode::from_u16(status).unwrap();
        answer(&Answer { status, headers: HeaderMap::new(), body: body.into() }, None)
    }

    fn enveloped(response: &str, content: &str) -> String {
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<serv:message xmlns:serv=\"{SERVICE}\"><serv:header>\
             <serv:response>{response}</serv:response></serv:header><serv:body>{content}</serv:body></serv:message>"
        )
    }

    #[test]
    fn a_request_is_written_as_cisco_prints_it() {
        let ticket = "t<i>cket".into();
        let operation =
            Operation { name: "user.GetUser", content: leaf("webExId", "o'neil&co@lindenhof.example\u{1}") };
        let text =
            request("lindenhof", &SecurityContext::Ticket("ada@lindenhof.example", &ticket), &operation);
        assert!(text.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?><serv:message xmlns:serv="));
        assert!(text.contains(
            "<securityContext><siteName>lindenhof</siteName><webExID>ada@lindenhof.example</webExID>\
             <sessionTicket>t&lt;i&gt;cket</sessionTicket></securityContext>"
        ));
        assert!(text.contains(
            "<bodyContent xsi:type=\"java:com.webex.service.binding.user.GetUser\">\
             <webExId>o&apos;neil&amp;co@lindenhof.example</webExId></bodyContent>"
        ));
        assert!(Element::parse(&text).is_ok());
    }

    #[test]
    fn only_what_xml_can_write_is_written() {
        let odd = "a\u{0}b\u{1}\t\n\r\u{7f}\u{85}\u{fffd}\u{fffe}\u{ffff}\u{10000}c";
        assert_eq!(leaf("x", odd), "<x>ab\t\n\u{fffd}\u{10000}c</x>");
    }

    #[test]
    fn a_secret_that_the_end_of_the_text_would_part_does_not_show() {
        let secret = SecretString::from("s3cr~t");
        for before in 480..520 {
            let reason = format!("{} s3cr~t", "x".repeat(before));
            let text = enveloped(
                &format!(
                    "<serv:result>FAILURE</serv:result><serv:reason>{reason}</serv:reason>\
                     <serv:exceptionID>030047</serv:exceptionID>"
                ),
                "",
            );
            let received = Answer { status: StatusCode::OK, headers: HeaderMap::new(), body: text.into() };
            let error = answer(&received, Some(&secret)).unwrap_err();
            assert!(!error.message.contains('s') && error.message.starts_with('x'), "{before}: {error}");
        }
    }

    #[test]
    fn success_gives_the_content_and_failure_its_number() {
        let text = enveloped(
            "<serv:result>SUCCESS</serv:result><serv:gsbStatus>PRIMARY</serv:gsbStatus>",
            "<serv:bodyContent><use:webExId xmlns:use=\"urn:u\">ada</use:webExId></serv:bodyContent>",
        );
        assert_eq!(answered(200, &text).unwrap().text_at(&["webExId"]), Some("ada"));
        let text = enveloped(
            "<serv:result>FAILURE</serv:result><serv:reason>Authentication Server can't generate a valid session \
             ticket</serv:reason><serv:exceptionID>030048</serv:exceptionID><serv:subErrors><serv:subError>\
             <serv:exceptionID>AS0001</serv:exceptionID><serv:reason>authentication service error</serv:reason>\
             </serv:subError></serv:subErrors>",
            "<serv:bodyContent/>",
        );
        let error = answered(200, &text).unwrap_err();
        assert_eq!((error.kind, error.code.as_deref()), (ApiKind::TokenRejected, Some("030048")));
        assert!(error.message.ends_with("session ticket: authentication service error"), "{}", error.message);
    }

    #[test]
    fn what_is_not_of_the_xml_api_passes() {
        let other = "<serv:message xmlns:serv=\"urn:other\"><header/></serv:message>";
        for (status, body) in
            [(200, "<html><body>Maintenance</body></html>"), (200, ""), (200, other), (503, "<html>")]
        {
            let error = answered(status, body).unwrap_err();
            assert_eq!(error.kind, ApiKind::Passing { retry_after: None }, "{body}");
        }
        assert_eq!(answered(200, &enveloped("", "")).unwrap_err().kind, ApiKind::Bug);
    }
}
