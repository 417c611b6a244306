//! SetUser, CreateUser and DelUser. On sites that Control Hub manages they change licences too.

use std::collections::BTreeMap;

use crate::switches::{SetUserLicenses, Switches};
use crate::webex::State as Webex;
use crate::webex::licenses::available;
use crate::webex::people::Account;
use crate::webex::sites::Site;
use crate::webex::xml::answer::{Failure, Payload};
use crate::webex::xml::tree::Element;
use crate::webex::xml::users::user_id;
use crate::webex::xml::{Call, Holder, zones};
use crate::world::{later, lock};

/// What the body asks of a person, checked.
#[derive(Default)]
struct Wishes {
    first_name: Option<String>,
    last_name: Option<String>,
    title: Option<String>,
    timezone: Option<String>,
    sessions: Option<Vec<u64>>,
    /// Values by name; the empty one takes a code away.
    tracking: BTreeMap<String, String>,
    active: Option<bool>,
    host: Option<bool>,
    new_id: Option<String>,
}

impl Wishes {
    fn read(body: &Element, site: &Site) -> Result<Self, Failure> {
        let text = |name: &str| body.value(name).map(str::to_owned);
        Ok(Self {
            first_name: text("firstName"),
            last_name: text("lastName"),
            title: text("title"),
            timezone: body.value("timeZoneID").map(zone).transpose()?,
            sessions: body.child("meetingTypes").map(|types| sessions(types, site)).transpose()?,
            tracking: body
                .child("tracking")
                .map(|codes| tracking(codes, site))
                .transpose()?
                .unwrap_or_default(),
            active: body.value("active").map(active).transpose()?,
            host: body.child("privilege").and_then(|privilege| privilege.flag("host")),
            new_id: text("newWebExId"),
        })
    }

    /// Whether the person is to host on the site: said outright, or by session types where licences follow them.
    fn hosting(&self, switches: &Switches) -> Option<bool> {
        let by_types = || match switches.webex_set_user_licenses {
            SetUserLicenses::Keep => None,
            SetUserLicenses::Follow => self.sessions.as_ref().map(|types| !types.is_empty()),
        };
        self.host.or_else(by_types)
    }

    /// Profile and what the site keeps; licences are another matter.
    fn apply(self, account: &mut Account, site: &str) {
        if self.first_name.is_some() || self.last_name.is_some() {
            account.profile.first_name = self.first_name.or(account.profile.first_name.take());
            account.profile.last_name = self.last_name.or(account.profile.last_name.take());
            let names = [&account.profile.first_name, &account.profile.last_name];
            let names: Vec<&str> = names.iter().filter_map(|name| name.as_deref()).collect();
            account.profile.display_name = names.join(" ");
        }
        account.profile.title = self.title.or(account.profile.title.take());
        account.timezone = self.timezone.unwrap_or_else(|| account.timezone.clone());
        account.email = self.new_id.map_or_else(|| account.email.clone(), |id| id.to_lowercase());
        let kept = account.at_site_mut(site);
        kept.sessions = self.sessions.or(kept.sessions.take());
        kept.active = self.active.unwrap_or(kept.active);
        for (name, value) in self.tracking {
            if value.is_empty() {
                kept.tracking.remove(&name);
            } else {
                kept.tracking.insert(name, value);
            }
        }
    }
}

fn zone(text: &str) -> Result<String, Failure> {
    let zone = text.parse().ok().and_then(zones::iana);
    zone.map(str::to_owned).ok_or_else(|| Failure::invalid("timeZoneID is not known"))
}

/// The whole list: what it leaves out is taken away.
fn sessions(types: &Element, site: &Site) -> Result<Vec<u64>, Failure> {
    let number = |kind: &Element| {
        let id = kind.text.trim().parse().ok();
        let id = id.filter(|id| site.session_types.iter().any(|known| known.id == *id));
        id.ok_or_else(|| Failure::invalid("meetingType is not one of the site's"))
    };
    let mut all = types.all("meetingType").map(number).collect::<Result<Vec<u64>, _>>()?;
    all.sort_unstable();
    all.dedup();
    Ok(all)
}

/// By the place of the code; codes that are not named stay.
fn tracking(codes: &Element, site: &Site) -> Result<BTreeMap<String, String>, Failure> {
    let mut all = BTreeMap::new();
    for element in &codes.children {
        let index = element.name.strip_prefix("trackingCode").and_then(|text| text.parse().ok());
        let code = site.tracking_codes.iter().find(|code| Some(code.index) == index);
        let value = element.text.trim();
        match code {
            Some(code) if value.len() <= 128 && code.allows(value) => {
                all.insert(code.name.clone(), value.to_owned());
            }
            Some(_) => return Err(Failure::invalid("The value of a tracking code is not allowed")),
            None if value.is_empty() => {}
            None => return Err(Failure::invalid("The site has no such tracking code")),
        }
    }
    Ok(all)
}

fn active(text: &str) -> Result<bool, Failure> {
    match text {
        "ACTIVATED" => Ok(true),
        "DEACTIVATED" => Ok(false),
        _ => Err(Failure::invalid("active is not known")),
    }
}

pub(super) fn set(call: &Call<'_>, holder: &Holder) -> Result<Payload, Failure> {
    if !holder.administers() {
        return Err(Failure::denied());
    }
    let wanted = call.body.value("webExId").ok_or_else(|| Failure::invalid("webExId is missing"))?;
    let now = call.world.clock.now();
    let mut state = lock(&call.world.webex);
    let site = &state.sites[call.site];
    let url = site.url.clone();
    let wishes = Wishes::read(call.body, site)?;
    if !wishes.tracking.is_empty() && !call.switches.site_has_own_tracking(&url) {
        return Err(Failure::invalid("Tracking codes are mapped to user attributes"));
    }
    let account = state.accounts.by_email(wanted).ok_or_else(Failure::no_user)?;
    account.at_site(site, now).ok_or_else(Failure::no_user)?;
    let (id, old_email) = (account.id, account.email.clone());
    let mut changed = account.clone();
    if let Some(new) = &wishes.new_id
        && state.accounts.by_email(new).is_some_and(|other| other.id != id)
    {
        return Err(in_use("030004"));
    }
    if let Some(host) = wishes.hosting(call.switches) {
        license(&state, &mut changed, &url, host)?;
    }
    let before = account.belongs_to();
    wishes.apply(&mut changed, &url);
    changed.settle(&before, now, call.switches.webex_propagation_seconds);
    changed.modified = now;
    state.grants.move_to(&old_email, &changed.email);
    state.accounts.change(id, |account| *account = changed);
    Ok(Payload::user("setUserResponse"))
}

fn in_use(id: &'static str) -> Failure {
    Failure::new(id, if id == "030004" { "webExID already in use" } else { "email already in use" })
}

/// Gives the site's first licence, or takes all of the site and leaves an attendee.
fn license(state: &Webex, account: &mut Account, site: &str, host: bool) -> Result<(), Failure> {
    let hosts = account.sites().iter().any(|known| known == site);
    if hosts == host {
        return Ok(());
    }
    if !host {
        account.licenses.retain(|license| license.site.as_deref() != Some(site));
        account.profile.site_urls.push(format!("{site}#attendee"));
        return Ok(());
    }
    let fits = state.licenses.iter().filter(|license| license.site.as_deref() == Some(site));
    let license =
        fits.filter(|license| available(state, account, license)).min_by_key(|license| license.place);
    let license = license.cloned().ok_or_else(|| Failure::invalid("exceededSiteHostLimit"))?;
    account.licenses.push(license);
    account.licenses.sort_by_key(|license| license.place);
    account.drop_needless_attendances();
    Ok(())
}

pub(super) fn create(call: &Call<'_>, holder: &Holder) -> Result<Payload, Failure> {
    if !holder.administers() {
        return Err(Failure::denied());
    }
    let required =
        |name: &str| call.body.value(name).ok_or_else(|| Failure::invalid(&format!("{name} is missing")));
    let (first, last) = (required("firstName")?.to_owned(), required("lastName")?.to_owned());
    let (webex_id, email) = (required("webExId")?.to_lowercase(), required("email")?.to_lowercase());
    if webex_id != email || !email.contains('@') {
        // Sites of Control Hub know people by their address alone.
        return Err(Failure::invalid("webExId and email must be the same address"));
    }
    if call.switches.webex_outsiders.iter().any(|known| known.eq_ignore_ascii_case(&email)) {
        return Err(in_use("030005"));
    }
    let now = call.world.clock.now();
    let fresh = call.world.random.uuid();
    let mut state = lock(&call.world.webex);
    let url = state.sites[call.site].url.clone();
    let mut wishes = Wishes::read(call.body, &state.sites[call.site])?;
    let known = state.accounts.by_email(&email).cloned();
    if known.as_ref().is_some_and(|account| account.belongs_to().contains(&url)) {
        return Err(in_use("030004"));
    }
    let exists = known.is_some();
    let mut account = known.unwrap_or_else(|| Account::new(fresh, email, now));
    let before = account.belongs_to();
    if !exists {
        account.sip_since = later(now, call.switches.webex_propagation_seconds);
        account.licenses = state.licenses.iter().filter(|license| license.implicit).cloned().collect();
        (wishes.first_name, wishes.last_name) = (Some(first), Some(last));
    }
    license(&state, &mut account, &url, wishes.host.unwrap_or(true))?;
    account.settle(&before, now, call.switches.webex_propagation_seconds);
    wishes.apply(&mut account, &url);
    let id = account.id;
    if exists {
        state.accounts.change(id, |known| *known = account);
    } else {
        state.accounts.insert(account);
    }
    let mut answer = Payload::user("createUserResponse");
    let number = state.accounts.by_id(id).map(user_id).unwrap_or_default();
    answer.text("userId", &number.to_string());
    Ok(answer)
}

/// Deactivates on sites of Control Hub; each person has a result of their own.
pub(super) fn delete(call: &Call<'_>, holder: &Holder) -> Result<Payload, Failure> {
    if !holder.administers() {
        return Err(Failure::denied());
    }
    let mut state = lock(&call.world.webex);
    let url = state.sites[call.site].url.clone();
    let mut answer = Payload::user("delUserResponse");
    for wanted in call.body.all("webExId").take(50) {
        let name = wanted.text.trim();
        let known = state.accounts.by_email(name).filter(|account| account.belongs_to().contains(&url));
        let id = known.map(|account| account.id);
        let done =
            id.and_then(|id| state.accounts.change(id, |account| account.at_site_mut(&url).active = false));
        answer.group("user", |answer| {
            answer.text("webExId", name);
            answer.text("status", if done.is_some() { "SUCCESS" } else { "FAILURE" });
        });
    }
    Ok(answer)
}
