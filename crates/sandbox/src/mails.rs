//! The inbox of everything that was mailed: by the SMTP sink, and by the providers that the sandbox plays.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use serde::Serialize;

const KEPT: usize = 1_000;

/// A mail that somebody would have received.
#[derive(Debug, Clone, Serialize)]
pub struct Mail {
    /// Position in the order of arrival, from 1.
    pub id: u64,
    /// When it arrived (sandbox clock).
    pub at: Timestamp,
    /// Who brought it: `smtp`, `webex` or `graph`.
    pub source: &'static str,
    /// Envelope sender.
    pub from: String,
    /// Envelope recipients.
    pub to: Vec<String>,
    /// Subject line, decoded where the sandbox could.
    pub subject: String,
    /// The readable text.
    pub text: String,
    /// The message as it came over SMTP; empty for the providers' own mails.
    pub raw: String,
}

/// A mail that has not arrived yet.
#[derive(Debug, Clone)]
pub struct NewMail {
    /// Who brings it: `smtp`, `webex` or `graph`.
    pub source: &'static str,
    /// Envelope sender.
    pub from: String,
    /// Envelope recipients.
    pub to: Vec<String>,
    /// Subject line.
    pub subject: String,
    /// The readable text.
    pub text: String,
    /// The message as it came over SMTP, if it did.
    pub raw: String,
}

/// The last 1,000 mails.
#[derive(Debug, Default)]
pub struct Mails(Mutex<(u64, VecDeque<Mail>)>);

impl Mails {
    /// Adds a mail.
    pub fn push(&self, at: Timestamp, mail: NewMail) {
        let NewMail { source, from, to, subject, text, raw } = mail;
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.0 += 1;
        let id = kept.0;
        kept.1.push_back(Mail { id, at, source, from, to, subject, text, raw });
        if kept.1.len() > KEPT {
            kept.1.pop_front();
        }
    }

    /// All kept mails, oldest first.
    pub fn all(&self) -> Vec<Mail> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).1.iter().cloned().collect()
    }

    /// Empties the inbox.
    pub fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).1.clear();
    }
}
