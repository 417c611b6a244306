//! The entry in a host's Outlook calendar.

use std::time::Duration;

use calendars::{Entry, Removal};
use connections::{Provider, Purpose, Serving};
use platform::{Hub, id::AccountId};

use super::{
    Memo, Step, StepState, mails,
    scene::Scene,
    store::{self, Ended},
    trouble::Stop,
    words,
};
use crate::{appointment_type::PlaceKind, texts::Language};

/// When it is not known how long something takes.
const A_MOMENT: Duration = Duration::from_secs(5);

/// Makes the entry as the booking wishes: there, and equal to it, or gone.
pub(super) async fn carry_out(hub: &Hub, scene: &Scene, step: &Step) -> Result<(), Stop> {
    let (organization, key) = (scene.booking.organization_id, scene.booking.key());
    if !scene.booking.is_confirmed() {
        let removal = calendars::remove_entry(hub, organization, step.account_id, &key).await?;
        return done(hub, scene, step, taken_out(scene, step.account_id, removal)?).await;
    }
    if scene.waits_for_decision(step.account_id) {
        return done(hub, scene, step, Ended::undecided()).await;
    }
    wait_for_teams(hub, scene, step)?;
    let written =
        calendars::write_entry(hub, organization, step.account_id, &entry(hub, scene, step.account_id))
            .await?;
    if written.moved {
        let say = "The entry was moved in Outlook. That is looked at before it is written again.";
        return Err(Stop::NotYet(hub.now().after(A_MOMENT), say.to_owned()));
    }
    let Some(why) = written.skipped else {
        let before = step.memo.clone().unwrap_or_default();
        let memo = Memo { written: Some(scene.booking.sequence), ..before };
        return done(hub, scene, step, Ended { memo: Some(memo), ..Ended::done() }).await;
    };
    // No calendar receives bookings, and that is fine; or one would, if its connection worked.
    let serving =
        connections::serving(hub, organization, step.account_id, Provider::Microsoft, Purpose::Calendars)
            .await?;
    if let Serving::NotReady { connection: Some(_), why } = serving {
        return Err(Stop::NotReady(why));
    }
    done(hub, scene, step, Ended::not_needed(why)).await
}

/// How removing an entry ended. One that still stands in a mailbox that is not connected waits for that; where its host
/// is no longer there, nobody can connect it again.
pub(super) fn taken_out(scene: &Scene, account: AccountId, removal: Removal) -> Result<Ended, Stop> {
    match removal {
        Removal::Removed => Ok(Ended::done()),
        Removal::LeftThere(_) if scene.host(account).is_none() => {
            Ok(Ended::not_needed("The host's account is no longer there, so the entry was left in Outlook."))
        }
        Removal::LeftThere(why) => Err(Stop::NotReady(why.to_owned())),
    }
}

/// The organizer's entry is the Teams meeting. Making that finds out whether the host has deleted it, so it comes first.
fn wait_for_teams(hub: &Hub, scene: &Scene, step: &Step) -> Result<(), Stop> {
    let is_teams = scene.booking.place.kind == PlaceKind::Teams && scene.is_organizer(step.account_id);
    let is_open = |meeting: &&Step| matches!(meeting.state, StepState::Waiting | StepState::Failed);
    match scene.meeting_step().filter(is_open) {
        Some(meeting) if is_teams => {
            let at = meeting.next_attempt_at.unwrap_or_else(|| hub.now().after(A_MOMENT));
            Err(Stop::NotYet(
                at,
                "The entry comes with the Teams meeting, which is not there yet.".to_owned(),
            ))
        }
        _ => Ok(()),
    }
}

async fn done(hub: &Hub, scene: &Scene, step: &Step, ended: Ended) -> Result<(), Stop> {
    Ok(store::settle(hub, &scene.booking, step, ended).await?)
}

/// What is to stand in this host's calendar. The organizer's entry carries a Teams meeting itself, and Microsoft writes
/// its link into it; everybody else's names the link. Colleagues who may look into the calendar see that the host is
/// busy, and nothing about the visitor.
pub(super) fn entry(hub: &Hub, scene: &Scene, account: AccountId) -> Entry {
    let booking = &scene.booking;
    let is_teams = booking.place.kind == PlaceKind::Teams;
    let carries_meeting = is_teams && scene.is_organizer(account);
    let link = scene.join_url().filter(|_| !carries_meeting);
    let place = words::place(scene, Language::En);
    let location = match booking.place.kind {
        PlaceKind::Webex => Some(link.map_or(place, str::to_owned)),
        PlaceKind::Teams => link.map(str::to_owned),
        PlaceKind::InPerson | PlaceKind::Phone => Some(place),
    };
    Entry {
        key: booking.key(),
        start: booking.starts_at,
        end: booking.ends_at,
        subject: mails::title(scene),
        body_html: body(hub, scene, link),
        location: location.filter(|text| !text.is_empty()),
        online_meeting: carries_meeting,
        private: true,
    }
}

fn body(hub: &Hub, scene: &Scene, link: Option<&str>) -> String {
    let visitor = &scene.booking.visitor;
    let mut lines = vec![format!("{} ({})", visitor.name, visitor.email)];
    lines.extend(visitor.phone.as_ref().map(|phone| format!("Phone: {phone}")));
    lines.extend(words::agenda(scene).lines().map(str::to_owned));
    let mut html: Vec<String> = lines.iter().map(|line| format!("<p>{}</p>", escaped(line))).collect();
    let linked = |label: &str, url: &str| format!("<p>{label}: <a href=\"{0}\">{0}</a></p>", escaped(url));
    html.extend(link.map(|link| linked("Join", link)));
    html.push(linked("Move, cancel or look it up", &mails::host_page(hub, &scene.booking)));
    html.concat()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_visitor_typed_stays_text() {
        assert_eq!(escaped("<a href=\"x\">&"), "&lt;a href=&quot;x&quot;&gt;&amp;");
    }
}
