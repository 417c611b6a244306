//! What a plan comes to: rows by kind, changes by part, requests and time.

use std::collections::{BTreeMap, BTreeSet};

use platform::{Hub, Result};

use super::model::{Counts, Plan, PlanRow, Requests};
use crate::{
    gate::{self, Api},
    plan::{Change, Field, Part, RowKind, Setting},
    sites::{Site, Way},
};

impl Requests {
    pub(super) fn all(&self) -> i64 {
        self.people + self.licences + self.meetings + self.xml
    }
}

impl Counts {
    /// Counts these `times` more; -1 takes them back.
    pub(super) fn count(&mut self, more: &Self, times: i64) {
        self.create += times * more.create;
        self.change += times * more.change;
        self.unchanged += times * more.unchanged;
        self.refused += times * more.refused;
        self.partly_refused += times * more.partly_refused;
        self.losses += times * more.losses;
        self.deactivations += times * more.deactivations;
        self.profile += times * more.profile;
        self.licences += times * more.licences;
        self.session_types += times * more.session_types;
        self.tracking_codes += times * more.tracking_codes;
        self.by_api.people += times * more.by_api.people;
        self.by_api.licences += times * more.by_api.licences;
        self.by_api.meetings += times * more.by_api.meetings;
        self.by_api.xml += times * more.by_api.xml;
        self.requests = self.by_api.all();
    }
}

/// What one row adds to the counts.
pub(super) fn of_row(row: &PlanRow, sites: &BTreeMap<String, Site>) -> Counts {
    let changes = &row.changes.0;
    let part = |part: Part| count(changes, |change| change.field.part() == part);
    let is = |kind: RowKind| i64::from(row.kind == kind);
    let signs_out = |change: &Change| change.field == Field::SignIn && change.then == Setting::Flag(false);
    let is_planned = matches!(row.kind, RowKind::Create | RowKind::Change);
    let by_api = requests(row, sites);
    Counts {
        create: is(RowKind::Create),
        change: is(RowKind::Change),
        unchanged: is(RowKind::Unchanged),
        refused: is(RowKind::Refused),
        partly_refused: i64::from(is_planned && !row.refused.0.is_empty()),
        losses: i64::from(row.loses),
        deactivations: count(changes, signs_out),
        profile: part(Part::Profile),
        licences: part(Part::Licences),
        session_types: part(Part::SessionTypes),
        tracking_codes: part(Part::TrackingCodes),
        requests: by_api.all(),
        by_api,
        seconds: 0,
    }
}

fn count(changes: &[Change], fits: impl Fn(&Change) -> bool) -> i64 {
    i64::try_from(changes.iter().filter(|change| fits(change)).count()).unwrap_or(i64::MAX)
}

/// The requests of one row. A row that is changed or created costs
///
/// - 2 for the person: read (or looked up by address) before, and read after;
/// - 1 if the profile changes or the person is created (PUT or POST), 1 if licences change (PATCH);
/// - for each site by REST 1 for each of session types and tracking codes that changes, and as many before and after, 2
///   each; by XML, where one operation reads or writes both, 3: GetUser, SetUser, GetUser.
///
/// Rows that change nothing cost nothing.
fn requests(row: &PlanRow, sites: &BTreeMap<String, Site>) -> Requests {
    let mut cost = Requests::default();
    if !matches!(row.kind, RowKind::Create | RowKind::Change) {
        return cost;
    }
    let has = |part: Part| row.changes.0.iter().any(|change| change.field.part() == part);
    cost.people = 2 + i64::from(row.kind == RowKind::Create || has(Part::Profile));
    cost.licences = i64::from(has(Part::Licences));
    let mut on_sites: BTreeMap<&str, BTreeSet<Part>> = BTreeMap::new();
    for change in &row.changes.0 {
        let part = change.field.part();
        if let (Some(site), Part::SessionTypes | Part::TrackingCodes) = (change.field.site(), part) {
            on_sites.entry(site).or_default().insert(part);
        }
    }
    for (site, parts) in on_sites {
        match sites.get(site).and_then(Site::way) {
            Some(Way::Xml) => cost.xml += 3,
            _ => cost.meetings += 4 + i64::try_from(parts.len()).unwrap_or(0),
        }
    }
    cost
}

/// Reckons how long applying takes.
pub(super) async fn complete(hub: &Hub, plan: &mut Plan) -> Result<()> {
    let Requests { people, licences, meetings, xml } = plan.counts.by_api;
    let requests =
        [(Api::People, people), (Api::Licences, licences), (Api::Meetings, meetings), (Api::Xml, xml)];
    plan.counts.seconds = gate::seconds(hub, plan.organization_id, &requests).await?;
    Ok(())
}
