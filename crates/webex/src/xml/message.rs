//! What the envelope of an answer says: done, with the content, or refused, with the exception (Webex Meetings XML API
//! reference, "XML request and response"). It knows nothing but text, so that any text can be tried on it.

use super::element::{Element, Unreadable};

/// Ids are numbers of six digits; the few others that are known are words.
const LONGEST_CODE: usize = 32;

/// What a site says to an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Said {
    /// SUCCESS, with the answer's `bodyContent`; it is empty where there is none.
    Done(Element),
    /// Any other result; FAILURE is the only one that is documented.
    Refused(Exception),
}

/// Why Webex says no.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Exception {
    /// The `exceptionID`, such as `030001`; empty where none is named, or what stands there is none.
    pub(crate) code: String,
    /// The general reason and those of the `subErrors`, in Webex's free English and as they came.
    pub(crate) reason: String,
}

/// Why a text is no answer of the XML API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoAnswer {
    #[error("the meeting site answered something that is not read: {0}")]
    Unreadable(Unreadable),
    #[error("the meeting site answered XML that is not of the XML API")]
    Foreign,
    #[error("the meeting site's answer says neither SUCCESS nor FAILURE")]
    Undecided,
}

/// Reads a whole answer; blanks and a byte order mark before it are passed over.
pub(crate) fn read(text: &str) -> Result<Said, NoAnswer> {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let message = Element::parse(text).map_err(NoAnswer::Unreadable)?;
    if message.name != "message" || !message.in_service {
        return Err(NoAnswer::Foreign);
    }
    let response = message.child("header").and_then(|header| header.child("response"));
    let result = response.and_then(|response| response.text_at(&["result"]));
    match (result, response) {
        (Some("SUCCESS"), _) => Ok(Said::Done(body_content(message))),
        (Some(_), Some(response)) => Ok(Said::Refused(exception(response))),
        _ => Err(NoAnswer::Undecided),
    }
}

fn body_content(message: Element) -> Element {
    let body = message.children.into_iter().find(|child| child.name == "body").unwrap_or_default();
    body.children.into_iter().find(|child| child.name == "bodyContent").unwrap_or_default()
}

fn exception(response: &Element) -> Exception {
    let code = response.text_at(&["exceptionID"]).filter(|text| is_code(text)).unwrap_or_default();
    let reasons = response.child("subErrors").into_iter().flat_map(|errors| errors.all("subError"));
    let particular: Vec<&str> = reasons.filter_map(|error| error.text_at(&["reason"])).collect();
    let general = response.text_at(&["reason"]).unwrap_or("no reason given");
    Exception { code: code.to_owned(), reason: [&[general][..], &particular[..]].concat().join(": ") }
}

fn is_code(text: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    text.len() <= LONGEST_CODE && text.chars().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(response: &str) -> Result<Said, NoAnswer> {
        read(&format!(
            "\u{feff}\n<s:message xmlns:s=\"http://www.webex.com/schemas/2002/06/service\"><s:header><s:response>\
             {response}</s:response></s:header><s:body><s:bodyContent><a>1</a></s:bodyContent></s:body></s:message>"
        ))
    }

    #[test]
    fn only_success_is_one() {
        let Ok(Said::Done(content)) = answered("<s:result> SUCCESS </s:result>") else { panic!("none") };
        assert_eq!(content.text_at(&["a"]), Some("1"));
        for other in ["FAILURE", "success", "WARNING"] {
            let said = answered(&format!("<s:result>{other}</s:result>")).unwrap();
            let nothing = Exception { code: String::new(), reason: "no reason given".to_owned() };
            assert_eq!(said, Said::Refused(nothing), "{other}");
        }
        for nothing in ["", "<s:result/>", "<s:reason>x</s:reason>"] {
            assert_eq!(answered(nothing), Err(NoAnswer::Undecided), "{nothing}");
        }
    }

    #[test]
    fn every_reason_is_kept() {
        let said = answered(
            "<s:result>FAILURE</s:result><s:reason>one</s:reason><s:exceptionID>030048</s:exceptionID><s:subErrors>\
             <s:subError><s:exceptionID>AS0001</s:exceptionID><s:reason>two</s:reason></s:subError><s:subError/>\
             <s:subError><s:reason>three</s:reason></s:subError></s:subErrors>",
        );
        let expected = Exception { code: "030048".to_owned(), reason: "one: two: three".to_owned() };
        assert_eq!(said, Ok(Said::Refused(expected)));
    }

    #[test]
    fn what_is_no_exception_id_is_left_out() {
        let code = |text: &str| {
            let said =
                answered(&format!("<s:result>FAILURE</s:result><s:exceptionID>{text}</s:exceptionID>"));
            let Ok(Said::Refused(Exception { code, .. })) = said else { panic!("{text}") };
            code
        };
        for id in [" 030001 ", "exceededSiteHostLimit", "a.B_c-1", &"0".repeat(LONGEST_CODE)] {
            assert_eq!(code(id), id.trim());
        }
        let huge = ["0".repeat(LONGEST_CODE + 1), "0".repeat(500_000)];
        for odd in ["030 001", "0\u{202e}1", "0\u{e4}", "&lt;b&gt;", "1:2", &huge[0], &huge[1]] {
            assert_eq!(code(odd), "", "{} bytes", odd.len());
        }
    }

    #[test]
    fn pages_and_other_xml_are_no_answers() {
        assert_eq!(read("<html><br></html>"), Err(NoAnswer::Unreadable(Unreadable::Malformed)));
        assert_eq!(read("<message><header/></message>"), Err(NoAnswer::Foreign));
        let service = "xmlns=\"http://www.webex.com/schemas/2002/06/service\"";
        assert_eq!(read(&format!("<page {service}/>")), Err(NoAnswer::Foreign));
        assert_eq!(read(&format!("<message {service}/>")), Err(NoAnswer::Undecided));
    }
}
