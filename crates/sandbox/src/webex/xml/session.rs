//! GetAPIVersion, AuthenticateUser, RevokeSessionTicket and GetMe.

use crate::webex::caller::recognize;
use crate::webex::xml::answer::{Failure, Payload};
use crate::webex::xml::tickets::LIFETIME;
use crate::webex::xml::tree::Element;
use crate::webex::xml::{Call, Holder};
use crate::world::lock;

/// Needs no ticket.
pub(super) fn api_version(body: &Element) -> Payload {
    let mut answer = Payload::ep("getAPIVersionResponse");
    answer.text("apiVersion", "WebEx XML API V10.0.0");
    answer.text("release", "XML API");
    if body.flag("returnTrainReleaseVersion") == Some(true) {
        answer.text("trainReleaseVersion", "T30L");
        answer.text("trainReleaseOrder", "400");
    }
    answer
}

/// A ticket for an access token with the scope `spark:all`.
pub(super) fn authenticate(call: &Call<'_>) -> Result<Payload, Failure> {
    let Some(token) = call.body.value("accessToken") else {
        let password = call.security.value("password").is_some();
        return Err(if password { Failure::wrong_password() } else { Failure::no_ticket_made() });
    };
    let caller = recognize(call.world, token).filter(|caller| caller.holds("spark:all"));
    let caller = caller.ok_or_else(Failure::no_ticket_made)?;
    call.world.requests.amend(call.request, |entry| {
        entry.account = Some(caller.email.clone());
        entry.client_id = Some(caller.client_id.clone());
    });
    let named = call.security.value("webExID").or_else(|| call.security.value("email"));
    if named.is_some_and(|named| !named.eq_ignore_ascii_case(&caller.email)) {
        return Err(Failure::no_ticket_made());
    }
    let now = call.world.clock.now();
    let ticket = format!("SDJTSwAAA{}", call.world.random.token());
    let mut state = lock(&call.world.webex);
    let site = &state.sites[call.site];
    let known = state.accounts.by_id(caller.id).and_then(|account| account.at_site(site, now));
    if !known.is_some_and(|kept| kept.active) {
        return Err(Failure::no_user());
    }
    state.tickets.issue(ticket.clone(), (caller.id, caller.client_id), call.site, now);
    let mut answer = Payload::user("authenticateUserResponse");
    answer.text("sessionTicket", &ticket);
    answer.text("createTime", &now.as_millisecond().to_string());
    answer.text("timeToLive", &LIFETIME.to_string());
    Ok(answer)
}

/// The schema is not published: success without content.
pub(super) fn revoke(call: &Call<'_>) -> Payload {
    if let Some(ticket) = call.security.value("sessionTicket") {
        lock(&call.world.webex).tickets.revoke(ticket);
    }
    Payload::user("revokeSessionTicketResponse")
}

pub(super) fn me(call: &Call<'_>, holder: &Holder) -> Result<Payload, Failure> {
    let state = lock(&call.world.webex);
    let account = state.accounts.by_id(holder.id).ok_or_else(Failure::no_user)?;
    let site = &state.sites[call.site];
    let hosts = account.sites().contains(&site.url);
    let role = match (holder.administers(), hosts) {
        (true, _) => "siteAdmin",
        (false, true) => "host",
        (false, false) => "attendee",
    };
    let mut answer = Payload::user("getMeResponse");
    answer.maybe("firstName", account.profile.first_name.as_deref());
    answer.maybe("lastName", account.profile.last_name.as_deref());
    answer.text("email", &account.email);
    answer.text("webExID", &account.email);
    answer.text("userRole", role);
    if hosts {
        let user = account.email.split('@').next().unwrap_or_default();
        let room = format!("https://{}/meet/{user}", site.url);
        answer.group("personalMeetingRoom", |answer| {
            answer.text("hostPin", "4711");
            answer.text("title", &format!("{}'s Personal Room", account.display_name()));
            answer.text("pmrUrl", &room);
            answer.text("sipUrl", &format!("{user}@{}", site.url));
            answer.text("displayMeetingUrl", &room);
        });
    }
    Ok(answer)
}
