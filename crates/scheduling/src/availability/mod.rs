//! A host's hours: weekly rules and overrides of single dates, in the host's own zone.

mod store;

use platform::{
    Actor, Hub, Instant, Result, Role, audit,
    audit::Act,
    conflict, forbidden,
    id::{AccountId, OrganizationId},
    json_column, not_found, record,
    web::Checked,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use slots::{Override, Rule};

pub(crate) use store::of_accounts;

/// Rules that return every week.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Weekly(pub Vec<Rule>);
json_column!(Weekly);

/// Dates with hours of their own; without any window a date is closed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Overrides(pub Vec<Override>);
json_column!(Overrides);

const MOST_RULES: usize = 100;
const MOST_OVERRIDES: usize = 500;
const MOST_WINDOWS: usize = 20;

record! {
    /// One host's hours.
    #[derive(Clone, Debug)]
    pub(crate) struct Availability {
        organization_id: OrganizationId,
        account_id: AccountId,
        /// The IANA name of the zone in which rules and overrides are meant.
        time_zone: String,
        weekly: Weekly,
        overrides: Overrides,
        /// Whether visitors see the host's e-mail address nowhere.
        email_hidden: bool,
        /// 0 while the host has set nothing: these are the usual hours then.
        version: i64,
        updated_at: Instant,
    }
}

impl Availability {
    /// What counts until the host says otherwise: Monday to Friday, nine to five, in the account's zone.
    pub(crate) fn usual(organization: OrganizationId, account: AccountId, time_zone: &str) -> Self {
        let rule = r#"[{"days":[1,2,3,4,5],"start":"09:00","end":"17:00"}]"#;
        Self {
            organization_id: organization,
            account_id: account,
            time_zone: time_zone.to_owned(),
            weekly: rule.parse().unwrap_or_default(),
            overrides: Overrides::default(),
            email_hidden: false,
            version: 0,
            updated_at: Instant::from_micros(0),
        }
    }
}

/// What a host says about their hours.
#[derive(Clone, Debug)]
pub(crate) struct AvailabilityInput {
    pub time_zone: String,
    pub weekly: Vec<Rule>,
    pub overrides: Vec<Override>,
    pub email_hidden: bool,
    /// The version that was read.
    pub version: i64,
}

impl AvailabilityInput {
    fn check(mut self) -> Result<Self> {
        let mut checked = Checked::default();
        if let Some(zone) = checked.value("time_zone", accounts::parse_zone(&self.time_zone)) {
            let known = slots::zone(&zone).is_some();
            checked.require(known, "time_zone", "This time zone is not known. Write it like Europe/Berlin.");
            self.time_zone = zone;
        }
        checked.require(self.weekly.len() <= MOST_RULES, "weekly", "Use at most 100 periods a week.");
        for rule in &self.weekly {
            checked.require(
                rule.start < rule.end,
                "weekly",
                format!("{} to {} ends before it starts.", rule.start, rule.end),
            );
            checked.require(!rule.days.is_empty(), "weekly", "Choose the days of every period.");
        }
        for (index, rule) in self.weekly.iter().enumerate() {
            let overlaps = |other: &&Rule| {
                rule.start < other.end
                    && other.start < rule.end
                    && rule.days.iter().any(|day| other.days.contains(day))
            };
            if let Some(other) = self.weekly.iter().skip(index + 1).find(overlaps) {
                let (first, second) = (&rule, other);
                let message = format!(
                    "{} to {} and {} to {} overlap on a day. Make one period of the two, or change a time.",
                    first.start, first.end, second.start, second.end
                );
                checked.require(false, "weekly", message);
            }
        }
        checked.require(self.overrides.len() <= MOST_OVERRIDES, "overrides", "Use at most 500 dates.");
        self.overrides.sort_by_key(|on| on.date);
        for pair in self.overrides.windows(2) {
            if let [first, second] = pair {
                let message = format!("{} is listed twice; put all its hours into one line.", second.date);
                checked.require(first.date != second.date, "overrides", message);
            }
        }
        for on in &self.overrides {
            checked.require(on.windows.len() <= MOST_WINDOWS, "overrides", "Use at most 20 periods a day.");
            for window in &on.windows {
                let message =
                    format!("{}: {} to {} ends before it starts.", on.date, window.start, window.end);
                checked.require(window.start < window.end, "overrides", message);
            }
            let mut windows: Vec<_> = on.windows.iter().map(|window| (window.start, window.end)).collect();
            windows.sort_unstable();
            let apart = windows.windows(2).all(|pair| matches!(pair, [(_, end), (start, _)] if end <= start));
            let message = format!("{}: two periods overlap. Make one of the two, or change a time.", on.date);
            checked.require(apart, "overrides", message);
        }
        checked.finish()?;
        Ok(self)
    }
}

/// The hours of one account, or the usual ones.
pub(crate) async fn of(hub: &Hub, organization: OrganizationId, account: AccountId) -> Result<Availability> {
    if let Some(found) = of_accounts(hub, organization, &[account]).await?.pop() {
        return Ok(found);
    }
    let account = accounts::account(hub, organization, account).await?;
    Ok(Availability::usual(organization, account.id, &account.time_zone))
}

/// Sets an account's hours: one's own, or anybody's for administrators and programs.
pub(crate) async fn set(
    hub: &Hub,
    actor: &Actor,
    account: AccountId,
    input: AvailabilityInput,
) -> Result<Availability> {
    let organization = actor.organization().ok_or_else(|| not_found("account"))?;
    let is_own = actor.person().is_none_or(|person| person.account == account);
    if !is_own && !actor.has_role(Role::Administrator) {
        return Err(forbidden("You can change your own hours only."));
    }
    accounts::account(hub, organization, account).await?;
    let input = input.check()?;
    let mut tx = hub.db().begin().await?;
    let written = store::put(&mut tx, organization, account, &input, hub.now()).await?;
    let Some(written) = written else {
        return Err(conflict(
            "These hours were changed in the meantime. Open them again and make your change there.",
        ));
    };
    let act = Act {
        action: "availability.changed",
        subject: "account",
        subject_id: account.to_string(),
        details: json!({ "weekly": input.weekly, "overrides": input.overrides.len(), "time_zone": input.time_zone }),
    };
    audit::record(hub, &mut tx, actor, act).await?;
    tx.commit().await?;
    Ok(written)
}
