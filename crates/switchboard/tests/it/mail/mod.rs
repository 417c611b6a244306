//! Mail: what leaves, when, in which words, and what administrators see of it.

mod delivery;
mod page;
mod templates;

use notifications::NewMail;

use crate::harness::TestHub;

impl TestHub {
    /// A mail of the organization to Vera, about one booking.
    pub(crate) async fn mail(&self, subject: &str) -> NewMail {
        let mut mail = NewMail::new(self.organization().await, "vera@mail.example", subject);
        (mail.text, mail.html) = ("Good day".into(), "<p>Good day</p>".into());
        mail.kind = Some("booking confirmations".into());
        mail.about = Some("booking:1".into());
        mail
    }

    /// Writes a mail as a room does.
    pub(crate) async fn queue(&self, mail: NewMail) -> notifications::MailId {
        let mut tx = self.hub.db().begin().await.unwrap();
        let id = notifications::queue(&self.hub, &mut tx, mail).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    /// The subjects of what arrived over SMTP, oldest first.
    pub(crate) fn arrived(&self) -> Vec<String> {
        self.sandbox.world.mails.all().into_iter().map(|mail| mail.subject).collect()
    }
}
