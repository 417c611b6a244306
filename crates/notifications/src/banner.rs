//! What administrators are told on every page while mail cannot leave.

use std::{future::Future, pin::Pin};

use platform::{Actor, Hub, Result, Role, web::Banner};

use crate::{
    outbox::{self, Backlog},
    settings::Mailer,
};

/// Says to administrators that mails wait, and why.
pub fn banner(hub: Hub, actor: Actor) -> Pin<Box<dyn Future<Output = Result<Vec<Banner>>> + Send>> {
    Box::pin(async move {
        let Some(person) = actor.person().filter(|_| actor.has_role(Role::Administrator)) else {
            return Ok(Vec::new());
        };
        let backlog = outbox::backlog(&hub, person.organization).await?;
        let failing: i64 = backlog.iter().map(|kind| kind.failing).sum();
        let is_configured = hub.memory::<Mailer>().transport().is_some();
        let text = if !is_configured && !backlog.is_empty() {
            format!(
                "{} because no mail server is configured. Set the mail section of the configuration and restart.",
                not_sent(&backlog, |kind| kind.waiting)
            )
        } else if failing > 0 {
            let said = backlog.iter().find_map(|kind| kind.said.clone()).unwrap_or_default();
            let not_sent = not_sent(&backlog, |kind| kind.failing);
            format!("{not_sent} because the mail server does not take mail: {said}")
        } else {
            return Ok(Vec::new());
        };
        Ok(vec![Banner { text, link: Some(("Mails".into(), "/admin/mails".into())) }])
    })
}

/// `3 mails are not sent (booking confirmations: 2, other: 1)`; without kinds only the number.
fn not_sent(backlog: &[Backlog], count: impl Fn(&Backlog) -> i64) -> String {
    let total: i64 = backlog.iter().map(&count).sum();
    let mails =
        if total == 1 { "1 mail is not sent".to_owned() } else { format!("{total} mails are not sent") };
    if backlog.iter().all(|kind| kind.kind.is_none()) {
        return mails;
    }
    let kinds = backlog.iter().filter(|kind| count(kind) > 0);
    let kinds: Vec<String> =
        kinds.map(|kind| format!("{}: {}", kind.kind.as_deref().unwrap_or("other"), count(kind))).collect();
    format!("{mails} ({})", kinds.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kinds_are_named_where_there_are_any() {
        let kind = |kind: Option<&str>, waiting| Backlog {
            kind: kind.map(str::to_owned),
            waiting,
            failing: 0,
            said: None,
        };
        assert_eq!(not_sent(&[kind(None, 1)], |kind| kind.waiting), "1 mail is not sent");
        let mixed = [kind(Some("booking confirmations"), 2), kind(None, 1)];
        let said = not_sent(&mixed, |kind| kind.waiting);
        assert_eq!(said, "3 mails are not sent (booking confirmations: 2, other: 1)");
    }
}
