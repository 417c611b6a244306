//! The Webex Meetings XML API of one site: session tickets, and what people of a site may host (session types) and
//! are accounted to (tracking codes). Cisco keeps its user operations beside their REST successors (Webex Meetings
//! XML API reference guide); which of the two a site answers is for the room above to find out.
//!
//! Everything Webex says no to arrives with HTTP 200 and an `exceptionID`; the sentence beside it is free English and
//! is shown, never matched.

mod element;
mod envelope;
mod exception;
mod message;
mod reading;
mod session;
mod site;
mod ticket;
mod user;

pub use exception::{
    MALFORMED, NO_RECORD, THROTTLED, TICKET_REFUSED, is_our_fault, is_ticket_refused, is_xml_throttled,
};
pub use reading::{ApiVersion, Me, SiteFacts, SiteTrackingCode, XmlSessionType, XmlUser};
pub use ticket::SessionTicket;
pub use user::{NewUser, UserChange};

use oauth::{ApiError, Refusal, fetch};
use reqwest::{Client, header::CONTENT_TYPE};
use secrecy::SecretString;
use url::Url;

use crate::Webex;
use element::Element;
use envelope::{Operation, SecurityContext};

/// Where the XML API of one meeting site answers.
#[derive(Debug, Clone)]
pub struct XmlApi {
    http: Client,
    url: Url,
    /// The part of the site's host name before `.webex.com`; it names the site in every request.
    site_name: String,
}

impl Webex {
    /// The XML API of a site such as `example.webex.com`; an address that is no Webex site is refused, because
    /// tickets and tokens go there.
    pub fn xml(&self, site_url: &str) -> Result<XmlApi, ApiError> {
        let site_name = site_name(site_url)
            .ok_or_else(|| Refusal::bug("the name of the meeting site is not that of a Webex site"))?;
        let url = self
            .endpoints
            .xml_url(site_url)
            .ok_or_else(|| Refusal::bug("the site's address cannot be written"))?;
        Ok(XmlApi { http: self.http(), url, site_name: site_name.to_owned() })
    }
}

/// The part of a site's host name that the XML API wants.
fn site_name(site_url: &str) -> Option<&str> {
    let name = site_url.strip_suffix(".webex.com")?;
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
    (!name.is_empty() && name.len() <= 63 && name.chars().all(plain) && !name.starts_with(['.', '-']))
        .then_some(name)
}

impl XmlApi {
    /// Sends one operation; the answer's `bodyContent` where Webex says SUCCESS. The secret that goes along never shows in
    /// what went wrong.
    async fn ask(
        &self,
        context: &SecurityContext<'_>,
        operation: &Operation<'_>,
        secret: Option<&SecretString>,
    ) -> Result<Element, ApiError> {
        let body = envelope::request(&self.site_name, context, operation);
        let request =
            self.http.post(self.url.clone()).header(CONTENT_TYPE, "text/xml; charset=UTF-8").body(body);
        let answer = fetch(request).await?;
        envelope::answer(&answer, secret)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_webex_sites_are_spoken_to() {
        assert_eq!(site_name("lindenhof.webex.com"), Some("lindenhof"));
        for odd in
            ["", ".webex.com", "webex.com", "evil.example", "a/b.webex.com", "a@b.webex.com", "-a.webex.com"]
        {
            assert_eq!(site_name(odd), None, "{odd}");
        }
    }
}
