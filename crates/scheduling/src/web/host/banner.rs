//! What hosts must know on every page: bookings of theirs that wait for them.

use std::{future::Future, pin::Pin};

use platform::{Actor, Hub, Result, Role, web::Banner};

use super::store;

/// What this room says on top of every page.
pub(crate) fn banner(hub: Hub, actor: Actor) -> Pin<Box<dyn Future<Output = Result<Vec<Banner>>> + Send>> {
    Box::pin(async move {
        let Some(person) = actor.person().filter(|_| actor.has_role(Role::Host)) else {
            return Ok(Vec::new());
        };
        let (proposals, failed) = store::needing(&hub, (person.organization, person.account)).await?;
        let mut banners = Vec::new();
        let link = || Some(("See your bookings".to_owned(), "/my/bookings".to_owned()));
        if proposals > 0 {
            let text = format!(
                "You changed {} in Outlook. Decide whether the appointment follows.",
                count(proposals)
            );
            banners.push(Banner { text, link: link() });
        }
        if failed > 0 {
            let text =
                format!("Something could not be done for {}. Its page says what to do.", count(failed));
            banners.push(Banner { text, link: link() });
        }
        Ok(banners)
    })
}

fn count(number: i64) -> String {
    if number == 1 { "one coming appointment".to_owned() } else { format!("{number} coming appointments") }
}
