//! What administrators are told on every page while mail cannot leave.

use std::{future::Future, pin::Pin};

use platform::{Actor, Hub, Result, Role, web::Banner};

use crate::{outbox, settings::Mailer};

/// Says to administrators that mails wait, and why.
pub fn banner(hub: Hub, actor: Actor) -> Pin<Box<dyn Future<Output = Result<Vec<Banner>>> + Send>> {
    Box::pin(async move {
        let Some(person) = actor.person().filter(|_| actor.has_role(Role::Administrator)) else {
            return Ok(Vec::new());
        };
        let (waiting, failing, said) = outbox::waiting(&hub, person.organization).await?;
        let is_configured = hub.memory::<Mailer>().transport().is_some();
        let text = match (is_configured, waiting, failing) {
            (false, 1.., _) => format!(
                "{} because no mail server is configured. Set the mail section of the configuration and restart.",
                count(waiting)
            ),
            (true, _, 1..) => {
                let said = said.unwrap_or_default();
                format!("{} because the mail server does not take mail: {said}", count(failing))
            }
            _ => return Ok(Vec::new()),
        };
        Ok(vec![Banner { text, link: Some(("Mails".into(), "/admin/mails".into())) }])
    })
}

fn count(mails: i64) -> String {
    if mails == 1 { "1 mail is not sent".to_owned() } else { format!("{mails} mails are not sent") }
}
