//! Session tickets: made from an access token, good for ninety minutes whatever is done with them, never renewed.

use std::time::Duration;

use jiff::Timestamp;
use oauth::ApiError;
use reqwest::StatusCode;
use secrecy::{ExposeSecret, SecretString};

use super::{
    XmlApi,
    envelope::{Operation, SecurityContext, leaf},
    reading::Opened,
};

/// Webex leaves out the lifetime in old versions; it has always been this long (XML API reference, AuthenticateUser).
const USUAL_LIFETIME: Duration = Duration::from_secs(5_400);

/// A session of one person on one site.
#[derive(Debug, Clone)]
pub struct SessionTicket {
    /// The person's account, by which Webex wants the ticket accompanied.
    pub webex_id: String,
    pub value: SecretString,
    /// When Webex made it, by Webex's clock.
    pub created_at: Option<Timestamp>,
    /// How long it lives from then.
    pub lives: Duration,
}

impl XmlApi {
    /// Opens a session with an OAuth access token that has `spark:all` (XML API reference, AuthenticateUser).
    pub async fn authenticate(
        &self,
        webex_id: &str,
        token: &SecretString,
    ) -> Result<SessionTicket, ApiError> {
        let content = leaf("accessToken", token.expose_secret());
        let operation = Operation { name: "user.AuthenticateUser", content };
        let answer = self.ask(&SecurityContext::Person(webex_id), &operation, Some(token)).await?;
        let no_ticket = || ApiError::bug(StatusCode::OK, "the session came without a ticket");
        let opened = Opened::read(&answer).ok_or_else(no_ticket)?;
        Ok(SessionTicket {
            webex_id: webex_id.to_owned(),
            value: opened.ticket.into(),
            created_at: opened.created_ms.and_then(|at| Timestamp::from_millisecond(at).ok()),
            lives: opened.lives_seconds.map_or(USUAL_LIFETIME, Duration::from_secs),
        })
    }

    /// Ends a session early (announced with XML API 10.0; its answer is not documented).
    pub async fn revoke_ticket(&self, ticket: &SessionTicket) -> Result<(), ApiError> {
        match self.with_ticket(ticket, &Operation::plain("user.RevokeSessionTicket")).await {
            // It has ended already.
            Err(error) if super::is_ticket_refused(&error) => Ok(()),
            done => done.map(drop),
        }
    }

    /// Sends an operation in a session.
    pub(crate) async fn with_ticket(
        &self,
        ticket: &SessionTicket,
        operation: &Operation<'_>,
    ) -> Result<super::Element, ApiError> {
        let context = SecurityContext::Ticket(&ticket.webex_id, &ticket.value);
        self.ask(&context, operation, Some(&ticket.value)).await
    }
}
