//! The mail server: what the operator configured, made into a transport once.

use std::{sync::OnceLock, time::Duration};

use lettre::{
    AsyncSmtpTransport, Tokio1Executor, message::Mailbox, transport::smtp::authentication::Credentials,
};
use platform::{Error, Fault, Hub, Result};
use secrecy::{ExposeSecret, SecretString};

/// How long one SMTP command may take; a whole delivery stays well below a job's lease.
const COMMAND_TIMEOUT: Duration = Duration::from_secs(20);

/// How the connection to the mail server is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tls {
    /// Plain text, for a server on the same machine.
    None,
    /// Upgraded by STARTTLS, refused when the server does not offer it (RFC 3207).
    StartTls,
    /// TLS from the first byte (RFC 8314 §3.3).
    Implicit,
}

/// Where mail is handed in, and under which sender.
#[derive(Clone, Debug)]
pub struct MailSettings {
    pub host: String,
    pub port: u16,
    pub tls: Tls,
    pub username: Option<String>,
    pub password: Option<SecretString>,
    /// `Name <address>` or a bare address.
    pub from: String,
}

/// The mail server of this process; empty until configured.
#[derive(Default)]
pub(crate) struct Mailer(OnceLock<Transport>);

pub(crate) struct Transport {
    pub(crate) smtp: AsyncSmtpTransport<Tokio1Executor>,
    pub(crate) from: Mailbox,
}

impl Mailer {
    pub(crate) fn transport(&self) -> Option<&Transport> {
        self.0.get()
    }
}

/// Whether mails can leave at all: a mail server is configured.
pub fn has_server(hub: &Hub) -> bool {
    hub.memory::<Mailer>().transport().is_some()
}

/// Sets the mail server for the life of this process; `None` leaves mails waiting in the outbox. Call it inside
/// the runtime: idle SMTP connections are looked after by a task.
pub fn configure(hub: &Hub, settings: Option<MailSettings>) -> Result<()> {
    let Some(settings) = settings else { return Ok(()) };
    let transport = Transport { smtp: connect(&settings)?, from: sender(&settings.from)? };
    // A second call keeps the first server: settings are read once, at start.
    let _ = hub.memory::<Mailer>().0.set(transport);
    Ok(())
}

/// The domain of the address under which mails leave; none while no mail server is configured.
pub fn sender_domain(hub: &Hub) -> Option<String> {
    hub.memory::<Mailer>().transport().map(|transport| transport.from.email.domain().to_owned())
}

/// Speaks to a mail server (connection, TLS, sign-in) without sending anything.
pub async fn try_server(settings: &MailSettings) -> Result<()> {
    sender(&settings.from)?;
    match connect(settings)?.test_connection().await {
        Ok(true) => Ok(()),
        Ok(false) => Err(unusable("The mail server hung up.")),
        Err(error) => Err(unusable("The mail server could not be reached, or refused us.").because(error)),
    }
}

fn connect(settings: &MailSettings) -> Result<AsyncSmtpTransport<Tokio1Executor>> {
    let host = settings.host.as_str();
    let builder = match settings.tls {
        Tls::None => Ok(AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host)),
        Tls::StartTls => AsyncSmtpTransport::<Tokio1Executor>::starttls_relay(host),
        Tls::Implicit => AsyncSmtpTransport::<Tokio1Executor>::relay(host),
    };
    let mut builder = builder
        .map_err(|error| unusable("The mail server's name cannot be used for TLS.").because(error))?
        .port(settings.port)
        .timeout(Some(COMMAND_TIMEOUT));
    if let (Some(username), Some(password)) = (&settings.username, &settings.password) {
        builder =
            builder.credentials(Credentials::new(username.clone(), password.expose_secret().to_owned()));
    }
    Ok(builder.build())
}

fn sender(from: &str) -> Result<Mailbox> {
    from.parse().map_err(|error: lettre::address::AddressError| {
        unusable("The sender of mails (mail.from) is not an e-mail address.").because(error)
    })
}

fn unusable(say: &str) -> Error {
    Error::new(Fault::Invalid(Vec::new()), say)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sender_may_have_a_name_and_must_be_an_address() {
        assert!(sender("Switchboard <desk@library.example>").is_ok());
        assert!(sender("desk@library.example").is_ok());
        assert!(sender("desk\r\nBcc: all@library.example").is_err());
        assert!(sender("nobody").is_err());
    }
}
