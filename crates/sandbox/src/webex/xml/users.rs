//! GetUser and LstsummaryUser.

use std::cmp::Ordering;

use jiff::tz::TimeZone;

use crate::webex::people::Account;
use crate::webex::sites::{Site, SiteAccount};
use crate::webex::xml::answer::{Failure, Payload};
use crate::webex::xml::tree::Element;
use crate::webex::xml::{Call, Holder, zones};
use crate::world::lock;

/// Rows that one list may have.
const MOST_ROWS: usize = 500;
/// Numbers of users begin here.
const FIRST_USER: u64 = 500_000_000;

pub(super) fn get(call: &Call<'_>, holder: &Holder) -> Result<Payload, Failure> {
    let wanted = call.body.value("webExId").ok_or_else(|| Failure::invalid("webExId is missing"))?;
    if !holder.may_read_others() && !wanted.eq_ignore_ascii_case(&holder.email) {
        return Err(Failure::denied());
    }
    let now = call.world.clock.now();
    let state = lock(&call.world.webex);
    let site = &state.sites[call.site];
    let account = state.accounts.by_email(wanted).ok_or_else(Failure::no_user)?;
    let kept = account.at_site(site, now).ok_or_else(Failure::no_user)?;
    let mut answer = Payload::user("getUserResponse");
    person(&mut answer, account);
    sessions(&mut answer, account, site, &kept);
    zone(&mut answer, account, now);
    tracking(&mut answer, site, &kept);
    rights(&mut answer, account, site, &kept);
    registered(&mut answer, account);
    answer.text("visitCount", "0");
    answer.text("userId", &user_id(account).to_string());
    answer.flag("passwordExpires", false);
    Ok(answer)
}

pub(super) fn user_id(account: &Account) -> u64 {
    FIRST_USER + account.place
}

/// The elements keep the order of the schema.
fn person(answer: &mut Payload, account: &Account) {
    answer.maybe("firstName", account.profile.first_name.as_deref());
    answer.maybe("lastName", account.profile.last_name.as_deref());
    answer.maybe("title", account.profile.title.as_deref());
    answer.text("categoryId", "0");
    answer.text("webExId", &account.email);
    answer.group("address", |answer| answer.prefixed("com", "addressType", "PERSONAL"));
    answer.group("phones", |answer| {
        for name in ["phone", "mobilePhone", "fax"] {
            answer.prefixed("com", name, "49,,,,,,");
        }
    });
    answer.text("email", &account.email);
    answer.text("password", "******");
}

fn sessions(answer: &mut Payload, account: &Account, site: &Site, kept: &SiteAccount) {
    answer.group("meetingTypes", |answer| {
        for kind in account.sessions_at(site, kept) {
            answer.text("meetingType", &kind.id.to_string());
        }
    });
}

fn zone(answer: &mut Payload, account: &Account, now: jiff::Timestamp) {
    let (number, label) = zones::of(&account.timezone);
    answer.text("timeZoneID", &number.to_string());
    answer.text("timeZone", label);
    let zone = TimeZone::get(&account.timezone).unwrap_or(TimeZone::UTC);
    answer.text("timeZoneWithDST", &zones::labelled(zone.to_offset(now), label));
}

fn tracking(answer: &mut Payload, site: &Site, kept: &SiteAccount) {
    answer.group("tracking", |answer| {
        for code in &site.tracking_codes {
            if let Some(value) = kept.tracking.get(&code.name) {
                answer.prefixed("com", &format!("trackingCode{}", code.index), value);
            }
        }
    });
}

fn rights(answer: &mut Payload, account: &Account, site: &Site, kept: &SiteAccount) {
    let hosts = account.sites().contains(&site.url);
    let has = |role: &str| account.roles.iter().any(|held| held == role);
    answer.text("service", "FREE_OFFICE");
    answer.group("privilege", |answer| {
        answer.flag("host", hosts);
        answer.flag("siteAdmin", has(crate::webex::caller::FULL));
        answer.flag("roSiteAdmin", has(crate::webex::caller::READ_ONLY));
        answer.flag("attendeeOnly", !hosts);
    });
    answer.text("active", if kept.active { "ACTIVATED" } else { "DEACTIVATED" });
    answer.group("supportedServices", |answer| {
        for (name, service) in [
            ("meetingCenter", "MeetingCenter"),
            ("trainingCenter", "TrainingCenter"),
            ("supportCenter", "SupportCenter"),
            ("eventCenter", "EventCenter"),
        ] {
            answer.flag(name, account.sessions_at(site, kept).iter().any(|kind| kind.service == service));
        }
        answer.flag("salesCenter", false);
    });
}

fn registered(answer: &mut Payload, account: &Account) {
    let at = account.created.to_zoned(TimeZone::UTC);
    answer.text("registrationDate", &at.strftime("%m/%d/%Y %H:%M:%S").to_string());
}

/// The filters of a list; an absent one lets everybody pass.
struct Filter<'a> {
    body: &'a Element,
}

impl Filter<'_> {
    fn fits(&self, account: &Account, kept: &SiteAccount) -> bool {
        let begins = |name: &str, value: &str| {
            self.body
                .value(name)
                .is_none_or(|wanted| value.to_lowercase().starts_with(&wanted.to_lowercase()))
        };
        let profile = &account.profile;
        begins("firstName", profile.first_name.as_deref().unwrap_or_default())
            && begins("lastName", profile.last_name.as_deref().unwrap_or_default())
            && begins("email", &account.email)
            && begins("webExId", &account.email)
            && self.body.value("active").is_none_or(|wanted| (wanted == "ACTIVATED") == kept.active)
    }
}

pub(super) fn list(call: &Call<'_>, holder: &Holder) -> Result<Payload, Failure> {
    if !holder.may_read_others() {
        return Err(Failure::denied());
    }
    let now = call.world.clock.now();
    let control = call.body.child("listControl");
    let number = |name: &str| control.and_then(|list| list.value(name)).and_then(|text| text.parse().ok());
    let from = number("startFrom").unwrap_or(1).max(1);
    let most = number("maximumNum").unwrap_or(50).clamp(1, MOST_ROWS);
    let filter = Filter { body: call.body };
    let state = lock(&call.world.webex);
    let site = &state.sites[call.site];
    let known = state.accounts.all().filter_map(|account| Some((account, account.at_site(site, now)?)));
    let mut found: Vec<(&Account, SiteAccount)> =
        known.filter(|(account, kept)| filter.fits(account, kept)).collect();
    if let Some(order) = call.body.child("order") {
        found.sort_by(|a, b| ordered(order, a.0, b.0));
    }
    let rows: Vec<_> = found.iter().skip(from - 1).take(most).collect();
    if rows.is_empty() {
        return Err(Failure::no_record());
    }
    let mut answer = Payload::user("lstsummaryUserResponse");
    for (account, kept) in &rows {
        answer.group("user", |answer| {
            answer.text("webExId", &account.email);
            answer.maybe("firstName", account.profile.first_name.as_deref());
            answer.maybe("lastName", account.profile.last_name.as_deref());
            answer.text("email", &account.email);
            registered(answer, account);
            answer.text("active", if kept.active { "ACTIVATED" } else { "DEACTIVATED" });
            answer.text("timeZoneID", &zones::of(&account.timezone).0.to_string());
        });
    }
    answer.matching(found.len(), rows.len(), from);
    Ok(answer)
}

fn ordered(order: &Element, a: &Account, b: &Account) -> Ordering {
    let falling = order.value("orderAD") == Some("DESC");
    let by = order.value("orderBy").unwrap_or("WEBEXID");
    let result = match by {
        "FIRSTNAME" => a.profile.first_name.cmp(&b.profile.first_name),
        "LASTNAME" => a.profile.last_name.cmp(&b.profile.last_name),
        "UID" => a.place.cmp(&b.place),
        "REGDATE" => a.created.cmp(&b.created),
        _ => a.email.cmp(&b.email),
    };
    if falling { result.reverse() } else { result }
}
