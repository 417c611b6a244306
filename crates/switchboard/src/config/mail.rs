//! The mail server.

use notifications::{MailSettings, Tls};
use serde::{Deserialize, Serialize};

use super::{Faulty, Secret};

/// Mail.
#[derive(Clone, Debug, confique::Config, Serialize)]
pub struct Mail {
    /// The mail server's name. Absent: mails wait in the outbox, and administrators are told so.
    #[config(env = "SWITCHBOARD_MAIL_HOST")]
    pub host: Option<String>,

    /// The mail server's port: usually 587 with `starttls`, 465 with `implicit`, 25 with `none`.
    #[config(env = "SWITCHBOARD_MAIL_PORT", default = 587)]
    pub port: u16,

    /// How the connection is protected: `none` (a server on the same machine), `starttls` or `implicit`.
    #[config(env = "SWITCHBOARD_MAIL_TLS", default = "starttls")]
    pub tls: MailTls,

    /// The name to sign in with at the mail server; absent when it asks for none.
    #[config(env = "SWITCHBOARD_MAIL_USERNAME")]
    pub username: Option<String>,

    /// The password at the mail server.
    #[config(env = "SWITCHBOARD_MAIL_PASSWORD")]
    pub password: Option<Secret>,

    /// The sender of mails: `Switchboard <switchboard@library.example>` or a bare address.
    #[config(env = "SWITCHBOARD_MAIL_FROM")]
    pub from: Option<String>,
}

/// How the connection to the mail server is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum MailTls {
    None,
    StartTls,
    Implicit,
}

impl Mail {
    /// The mail server as the notifications room takes it; `None` while none is configured.
    pub fn settings(&self) -> Option<MailSettings> {
        let (host, from) = (self.host.clone()?, self.from.clone()?);
        Some(MailSettings {
            host,
            port: self.port,
            tls: match self.tls {
                MailTls::None => Tls::None,
                MailTls::StartTls => Tls::StartTls,
                MailTls::Implicit => Tls::Implicit,
            },
            username: self.username.clone(),
            password: self.password.as_ref().map(|password| password.secret().clone()),
            from,
        })
    }

    pub(super) fn check(&self) -> Result<(), Faulty> {
        if self.host.is_some() && self.from.is_none() {
            return Err(
                Faulty::new("mail.from is missing").with_hint("Name the sender of mails next to mail.host.")
            );
        }
        if self.username.is_some() != self.password.is_some() {
            return Err(Faulty::new("mail.username and mail.password belong together")
                .with_hint("Set both, or neither when the mail server asks for no sign-in."));
        }
        Ok(())
    }
}
