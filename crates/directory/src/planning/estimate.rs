//! What a plan comes to: rows by kind, changes by part, requests and time.

use std::collections::{BTreeMap, BTreeSet};

use platform::{Hub, Result};

use super::{
    model::{Counts, Plan, PlanRow, Requests},
    page::Desk,
};
use crate::{
    gate::{self, Api},
    plan::{Change, Field, Part, RowKind, Setting, swaps},
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
pub(super) fn of_row(row: &PlanRow, desk: &Desk) -> Counts {
    let changes = &row.changes.0;
    let part = |part: Part| count(changes, |change| change.field.part() == part);
    let is = |kind: RowKind| i64::from(row.kind == kind);
    let signs_out = |change: &Change| change.field == Field::SignIn && change.then == Setting::Flag(false);
    let is_planned = matches!(row.kind, RowKind::Create | RowKind::Change);
    let by_api = requests(row, desk);
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
/// - 1 if the profile changes or the person is created (PUT or POST), 1 if licences change (PATCH), and 2 if some are
///   given and others taken away;
/// - for each site by REST 2 to read before and 2 after, because session types and tracking codes are asked for each by
///   itself; 1 if session types change; 2 if tracking codes change, because those that are there are read at once before
///   all are replaced;
/// - for each site by XML, where one operation reads or writes both, 3: `GetUser`, `SetUser`, `GetUser`;
/// - 1 more for each site that the row makes the person's, which at first does not know them.
///
/// Rows that change nothing cost nothing. What is asked once for many rows (tickets, a look at the places of tracking
/// codes) does not count.
fn requests(row: &PlanRow, desk: &Desk) -> Requests {
    let mut cost = Requests::default();
    if !matches!(row.kind, RowKind::Create | RowKind::Change) {
        return cost;
    }
    let has = |part: Part| row.changes.0.iter().any(|change| change.field.part() == part);
    cost.people = 2 + i64::from(row.kind == RowKind::Create || has(Part::Profile));
    cost.licences = i64::from(has(Part::Licences)) + i64::from(swaps(&row.changes.0));
    let mut on_sites: BTreeMap<&str, BTreeSet<Part>> = BTreeMap::new();
    for change in &row.changes.0 {
        let part = change.field.part();
        if let (Some(site), Part::SessionTypes | Part::TrackingCodes) = (change.field.site(), part) {
            on_sites.entry(site).or_default().insert(part);
        }
    }
    for (site, parts) in on_sites {
        let joining = i64::from(joins(&row.changes.0, site, desk));
        if desk.sites.get(site).and_then(Site::way) == Some(Way::Xml) {
            cost.xml += 3 + joining;
        } else {
            let types = i64::from(parts.contains(&Part::SessionTypes));
            let codes = i64::from(parts.contains(&Part::TrackingCodes));
            cost.meetings += 4 + types + 2 * codes + joining;
        }
    }
    cost
}

/// Whether these changes make somebody host or attendee of a site.
fn joins(changes: &[Change], site: &str, desk: &Desk) -> bool {
    let mut gives = changes.iter().filter(|change| change.then == Setting::Flag(true));
    gives.any(|change| match &change.field {
        Field::Attendee { site: other } => other == site,
        Field::Licence { id } => desk.catalog.hosts(id, site),
        _ => false,
    })
}

/// Reckons how long applying takes.
pub(super) async fn complete(hub: &Hub, plan: &mut Plan) -> Result<()> {
    let Requests { people, licences, meetings, xml } = plan.counts.by_api;
    let requests =
        [(Api::People, people), (Api::Licences, licences), (Api::Meetings, meetings), (Api::Xml, xml)];
    plan.counts.seconds = gate::seconds(hub, plan.organization_id, &requests).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::planning::{StoredChanges, StoredRefusals};

    fn requests_of(kind: RowKind, changes: &serde_json::Value, way: Way) -> [i64; 4] {
        let row = PlanRow {
            organization_id: crate::testing::ORGANIZATION,
            plan_id: uuid::Uuid::nil().to_string().parse().unwrap(),
            number: 1,
            file_row: None,
            person_id: None,
            email: String::new(),
            name: String::new(),
            kind,
            loses: false,
            changes: StoredChanges(serde_json::from_value(changes.clone()).unwrap()),
            refused: StoredRefusals::default(),
        };
        let Requests { people, licences, meetings, xml } =
            requests(&row, &Desk::with_one_site("l.webex.com", "L1", way));
        [people, licences, meetings, xml]
    }

    #[test]
    fn what_is_really_sent_is_counted() {
        let department = json!({ "field": "department", "now": null, "then": "IT" });
        let licence = json!({ "field": "licence", "id": "L1", "now": false, "then": true });
        let types = json!({ "field": "session_types", "site": "l.webex.com", "now": [], "then": ["3"] });
        let code = json!({ "field": "tracking_code", "site": "l.webex.com", "name": "Branch", "now": null, "then": "x" });
        let change = |changes: serde_json::Value| requests_of(RowKind::Change, &changes, Way::Rest);
        assert_eq!(change(json!([department])), [3, 0, 0, 0]);
        assert_eq!(change(json!([types])), [2, 0, 5, 0]);
        // Those that are there are read once more before all are replaced.
        assert_eq!(change(json!([code])), [2, 0, 6, 0]);
        assert_eq!(change(json!([department, licence, types, code])), [3, 1, 8, 0]);
        let by_xml = json!([types, code]);
        assert_eq!(requests_of(RowKind::Change, &by_xml, Way::Xml), [2, 0, 0, 3]);
        assert_eq!(requests_of(RowKind::Create, &json!([licence, types]), Way::Xml), [3, 1, 0, 4]);
        assert_eq!(requests_of(RowKind::Refused, &by_xml, Way::Xml), [0; 4]);
    }
}
