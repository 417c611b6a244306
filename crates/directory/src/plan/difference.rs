//! The difference between what is and what shall be: pure, so that the same input always gives the same plan, and a
//! plan that was carried out gives an empty one.

use std::collections::{BTreeMap, BTreeSet};

use platform::json_column;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use webex::PersonRecord;

use super::{
    field::{Change, Field, Setting},
    stated,
    wishes::{Refusal, Wishes},
};

/// A person on one meeting site.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Membership {
    /// Ids.
    pub session_types: BTreeSet<String>,
    /// Values by name; codes without a value are left out.
    pub tracking_codes: BTreeMap<String, String>,
}

json_column!(Membership);

/// A person as they are.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Known {
    pub record: PersonRecord,
    /// By site; a site that was not read is missing.
    pub sites: BTreeMap<String, Membership>,
}

impl Known {
    /// What a field is; nothing where it was not read.
    pub fn setting(&self, field: &Field) -> Option<Setting> {
        let record = &self.record;
        Some(match field {
            Field::SignIn => Setting::Flag(record.flag("loginEnabled").unwrap_or(true)),
            Field::WorkNumber => Setting::text(record.work_number().unwrap_or_default()),
            Field::Licence { id } => Setting::Flag(record.list("licenses").contains(&id.as_str())),
            Field::Attendee { site } => {
                let marked = format!("{site}#attendee");
                Setting::Flag(record.list("siteUrls").contains(&marked.as_str()))
            }
            Field::SessionTypes { site } => Setting::Set(self.sites.get(site)?.session_types.clone()),
            Field::TrackingCode { site, name } => {
                Setting::text(self.sites.get(site)?.tracking_codes.get(name).map_or("", String::as_str))
            }
            text => Setting::text(record.text(text.people_name()?).unwrap_or_default()),
        })
    }
}

/// What becomes of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RowKind {
    /// A person who is not there yet.
    Create,
    Change,
    /// Everything is as wished.
    Unchanged,
    /// Nothing can be done; the reasons say why.
    Refused,
}

/// One person's part of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowPlan {
    pub kind: RowKind,
    pub changes: Vec<Change>,
    pub refused: Vec<Refusal>,
}

/// What the administrator decided about plans.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanRules {
    /// Whether people who are not there are created.
    pub create: bool,
    /// Fields of the profile that directory synchronization owns: they are shown and left alone.
    pub synchronized: BTreeSet<Field>,
}

json_column!(PlanRules);

/// Compares a person with what is wished of them.
pub fn difference(known: Option<&Known>, wishes: &Wishes, rules: &PlanRules) -> RowPlan {
    let mut refused = wishes.refused.clone();
    let Some(known) = known else { return creation(wishes, refused, rules) };
    let mut changes = Vec::new();
    refused.extend(stated::untrue(Some(&known.record), wishes));
    for (field, then) in &wishes.settings {
        if *field == Field::WorkNumber && *then == Setting::Text(None) {
            match removal(&known.record, &wishes.removed_numbers) {
                Removal::Possible => {}
                Removal::Nothing => continue,
                Removal::Impossible(why) => {
                    refused.push(Refusal { what: words(field), why: why.into() });
                    continue;
                }
            }
        }
        let Some(now) = known.setting(field) else {
            const WHY: &str = "What the person has there could not be read, so nothing is changed.";
            refused.push(Refusal { what: words(field), why: WHY.into() });
            continue;
        };
        if same(field, &now, then) {
            continue;
        }
        match keeps_out(field, then, rules) {
            Some(why) => refused.push(Refusal { what: words(field), why }),
            None => changes.push(Change { field: field.clone(), now, then: then.clone() }),
        }
    }
    let kind = match (changes.is_empty(), refused.is_empty()) {
        (false, _) => RowKind::Change,
        (true, true) => RowKind::Unchanged,
        (true, false) => RowKind::Refused,
    };
    RowPlan { kind, changes, refused }
}

/// Names are what people see first, so their letters count; elsewhere the provider's spelling may differ.
pub(crate) fn same(field: &Field, now: &Setting, then: &Setting) -> bool {
    match (field, now, then) {
        (Field::WorkNumber, Setting::Text(Some(now)), Setting::Text(Some(then))) => {
            digits(now) == digits(then)
        }
        (Field::Manager, Setting::Text(Some(now)), Setting::Text(Some(then))) => {
            now.eq_ignore_ascii_case(then)
        }
        _ => now == then,
    }
}

/// What taking telephone numbers away comes to.
enum Removal {
    Possible,
    /// The person has none of those that are named.
    Nothing,
    Impossible(&'static str),
}

/// Webex takes work numbers only, and a plan knows one of them: further ones would go with it, and not come back.
fn removal(record: &PersonRecord, named: &[String]) -> Removal {
    let work: Vec<String> = record.work_numbers().into_iter().map(digits).collect();
    let is_named = |number: &String| named.iter().any(|it| digits(it) == *number);
    let mut wanted = record.numbers().into_iter().map(digits).filter(is_named).peekable();
    if !named.is_empty() && wanted.peek().is_none() {
        return Removal::Nothing;
    }
    if wanted.any(|number| !work.contains(&number)) {
        return Removal::Impossible(
            "Webex lets only work numbers be changed; take other numbers away in Control Hub.",
        );
    }
    if work.len() > 1 {
        return Removal::Impossible("The person has several work numbers; take them away in Control Hub.");
    }
    Removal::Possible
}

/// The digits of a telephone number, however it is grouped. A leading plus does not count: spreadsheets take it off.
pub(super) fn digits(number: &str) -> String {
    number.chars().filter(char::is_ascii_digit).collect()
}

const SYNCHRONIZED: &str =
    "Directory synchronization owns this field; change it where the directory comes from.";

fn keeps_out(field: &Field, then: &Setting, rules: &PlanRules) -> Option<String> {
    let owned = if *field == Field::ManagerId { &Field::Manager } else { field };
    if rules.synchronized.contains(owned) {
        return Some(SYNCHRONIZED.into());
    }
    if *field == Field::DisplayName && *then == Setting::Text(None) {
        return Some("Webex needs a display name; write one.".into());
    }
    None
}

/// One of these a new person needs.
const NAMES: [Field; 3] = [Field::DisplayName, Field::FirstName, Field::LastName];

fn creation(wishes: &Wishes, mut refused: Vec<Refusal>, rules: &PlanRules) -> RowPlan {
    let refuse = |refused: Vec<Refusal>| RowPlan { kind: RowKind::Refused, changes: Vec::new(), refused };
    if !rules.create {
        let why = "Nobody in the organization has this address. Check it, or let the plan create people.";
        refused.push(Refusal { what: wishes.email.clone(), why: why.into() });
        return refuse(refused);
    }
    let is_owned = |field: &Field| rules.synchronized.contains(field);
    let text = |field: &Field| {
        let is_text =
            |(has, setting): &(Field, Setting)| has == field && matches!(setting, Setting::Text(Some(_)));
        !is_owned(field) && wishes.settings.iter().any(is_text)
    };
    if !NAMES.iter().any(text) {
        let why = if NAMES.iter().any(is_owned) {
            "A new person needs a name, and directory synchronization owns names: create them where the directory comes \
             from."
        } else {
            "A new person needs a display name, or a first or last name."
        };
        refused.push(Refusal { what: wishes.email.clone(), why: why.into() });
        return refuse(refused);
    }
    refused.extend(stated::untrue(None, wishes));
    if wishes.settings.contains(&(Field::SignIn, Setting::Flag(false))) {
        let why = "A new person may sign in at first. Plan the same once more when the person is there.";
        refused.push(Refusal { what: words(&Field::SignIn), why: why.into() });
    }
    let wanted = wishes.settings.iter().filter(|(_, then)| *then != nothing(then));
    let (owned, wanted): (Vec<_>, Vec<_>) = wanted.partition(|(field, _)| is_owned(field));
    refused.extend(owned.iter().map(|(field, _)| Refusal { what: words(field), why: SYNCHRONIZED.into() }));
    let change = |(field, then): &(Field, Setting)| Change {
        field: field.clone(),
        now: nothing(then),
        then: then.clone(),
    };
    RowPlan { kind: RowKind::Create, changes: wanted.into_iter().map(change).collect(), refused }
}

/// What a person who is not there has of a field.
fn nothing(then: &Setting) -> Setting {
    match then {
        Setting::Flag(_) => Setting::Flag(false),
        Setting::Set(_) => Setting::Set(BTreeSet::new()),
        Setting::Text(_) => Setting::Text(None),
    }
}

/// A field as people call it; licences are named by who knows their names.
pub fn words(field: &Field) -> String {
    match field {
        Field::FirstName => "First name".into(),
        Field::LastName => "Last name".into(),
        Field::DisplayName => "Display name".into(),
        Field::Department => "Department".into(),
        Field::Title => "Title".into(),
        Field::Manager => "Manager".into(),
        Field::ManagerId => "Manager's id".into(),
        Field::WorkNumber => "Work number".into(),
        Field::Extension => "Extension".into(),
        Field::SignIn => "May sign in".into(),
        Field::Licence { id } => format!("Licence {id}"),
        Field::Attendee { site } => format!("Attendee on {site}"),
        Field::SessionTypes { site } => format!("Session types on {site}"),
        Field::TrackingCode { site, name } => format!("{name} on {site}"),
    }
}

/// The record with these changes made, as it is sent; everything else in it stays.
pub fn merged<'a>(record: &PersonRecord, changes: impl Iterator<Item = &'a Change> + Clone) -> PersonRecord {
    let mut body = record.for_update();
    let is_of = |field: Field| changes.clone().any(|change| change.field == field);
    if is_of(Field::Manager) && !is_of(Field::ManagerId) {
        // It would name the manager of before.
        body.0.remove("managerId");
    }
    for change in changes {
        let value = match &change.then {
            Setting::Text(text) => Value::from(text.clone().unwrap_or_default()),
            Setting::Flag(flag) => Value::from(*flag),
            Setting::Set(_) => continue,
        };
        match (&change.field, &change.then) {
            (Field::SignIn, _) => drop(body.0.insert("loginEnabled".into(), value)),
            (Field::WorkNumber, Setting::Text(number)) => put_work_number(&mut body, number.as_deref()),
            (Field::ManagerId, Setting::Text(None)) => drop(body.0.remove("managerId")),
            (field, _) => {
                if let Some(name) = field.people_name() {
                    body.0.insert(name.into(), value);
                }
            }
        }
    }
    body
}

/// Replaces the first work number, or takes it away; further ones stay.
fn put_work_number(body: &mut PersonRecord, number: Option<&str>) {
    let numbers = body.0.entry("phoneNumbers").or_insert_with(|| Value::Array(Vec::new()));
    let Some(numbers) = numbers.as_array_mut() else { return };
    let new = number.map(|number| serde_json::json!({"type": "work", "value": number}));
    let first = usize::from(!numbers.is_empty());
    numbers.splice(..first, new);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn known() -> Known {
        let record = json!({
            "id": "p", "emails": ["Ada@l.example"], "displayName": "Ada L", "department": "Loans",
            "licenses": ["L1"], "loginEnabled": true, "avatar": "https://a.example/1",
            "phoneNumbers": [{"type": "work", "value": "+49 30 1"}],
        });
        let membership = Membership {
            session_types: BTreeSet::from(["3".into()]),
            tracking_codes: BTreeMap::from([("Branch".into(), "Main".into())]),
        };
        Known {
            record: serde_json::from_value(record).unwrap(),
            sites: BTreeMap::from([("l.webex.com".into(), membership)]),
        }
    }

    fn wishes(settings: Vec<(Field, Setting)>) -> Wishes {
        Wishes { email: "ada@l.example".into(), settings, ..Wishes::default() }
    }

    #[test]
    fn only_what_differs_is_planned() {
        let site = "l.webex.com".to_owned();
        let wished = wishes(vec![
            (Field::DisplayName, Setting::text("Ada L")),
            (Field::Department, Setting::text("Reference")),
            (Field::WorkNumber, Setting::text("+49 (30) 1")),
            (Field::Licence { id: "L1".into() }, Setting::Flag(false)),
            (Field::Licence { id: "L2".into() }, Setting::Flag(false)),
            (Field::SessionTypes { site: site.clone() }, Setting::Set(["3".into(), "9".into()].into())),
            (Field::TrackingCode { site, name: "Branch".into() }, Setting::text("Main")),
        ]);
        let plan = difference(Some(&known()), &wished, &PlanRules::default());
        assert_eq!((plan.kind, plan.refused.len()), (RowKind::Change, 0));
        let fields: Vec<String> = plan.changes.iter().map(|change| words(&change.field)).collect();
        assert_eq!(fields, ["Department", "Licence L1", "Session types on l.webex.com"]);
        assert!(plan.changes[1].loses() && !plan.changes[2].loses());
    }

    #[test]
    fn a_number_is_taken_away_only_from_who_has_it() {
        let taken = |number: &str| Wishes {
            removed_numbers: vec![number.into()],
            ..wishes(vec![(Field::WorkNumber, Setting::Text(None))])
        };
        let kind = |wished: &Wishes| difference(Some(&known()), wished, &PlanRules::default()).kind;
        assert_eq!(kind(&taken("+49 (30) 1")), RowKind::Change);
        assert_eq!(kind(&taken("49301")), RowKind::Change, "a spreadsheet took the plus off");
        assert_eq!(kind(&taken("+49 30 999")), RowKind::Unchanged);
        assert_eq!(kind(&wishes(vec![(Field::WorkNumber, Setting::Text(None))])), RowKind::Change);
    }

    #[test]
    fn a_number_that_cannot_be_taken_away_alone_stays() {
        let mut known = known();
        let numbers = json!([
            { "type": "work", "value": "+49 30 1" }, { "type": "work", "value": "+49 30 2" },
            { "type": "mobile", "value": "+49 170 3" },
        ]);
        known.record.0.insert("phoneNumbers".into(), numbers);
        let clear = wishes(vec![(Field::WorkNumber, Setting::Text(None))]);
        for (number, kind) in [
            (None, RowKind::Refused),
            (Some("+49 30 1"), RowKind::Refused),
            (Some("+49 30 2"), RowKind::Refused),
            (Some("+49 170 3"), RowKind::Refused),
            (Some("+49 30 9"), RowKind::Unchanged),
        ] {
            let removed_numbers = number.into_iter().map(str::to_owned).collect();
            let wished = Wishes { removed_numbers, ..clear.clone() };
            assert_eq!(difference(Some(&known), &wished, &PlanRules::default()).kind, kind, "{number:?}");
        }
        let taken =
            Change { field: Field::WorkNumber, now: Setting::text("+49 30 1"), then: Setting::Text(None) };
        let body = merged(&known.record, [taken].iter());
        assert_eq!(body.work_numbers(), ["+49 30 2"]);
    }

    #[test]
    fn a_plus_that_a_spreadsheet_took_off_is_no_change() {
        let wished = wishes(vec![(Field::WorkNumber, Setting::text("49301"))]);
        assert_eq!(difference(Some(&known()), &wished, &PlanRules::default()).kind, RowKind::Unchanged);
    }

    #[test]
    fn a_new_manager_comes_without_the_id_of_the_one_before_unless_it_is_known() {
        let mut record = known().record;
        record.0.insert("managerId".into(), json!("m1"));
        let text =
            |field: Field, then: &str| Change { field, now: Setting::Text(None), then: Setting::text(then) };
        let manager = text(Field::Manager, "Grace");
        assert_eq!(merged(&record, [manager.clone()].iter()).text("managerId"), None);
        for known_id in
            [[text(Field::ManagerId, "m2"), manager.clone()], [manager, text(Field::ManagerId, "m2")]]
        {
            assert_eq!(merged(&record, known_id.iter()).text("managerId"), Some("m2"));
        }
        let none = text(Field::ManagerId, "");
        assert_eq!(merged(&record, [none].iter()).text("managerId"), None);
    }

    #[test]
    fn synchronized_fields_and_unread_sites_are_left_alone() {
        let rules = PlanRules { synchronized: BTreeSet::from([Field::Department]), ..PlanRules::default() };
        let wished = wishes(vec![
            (Field::Department, Setting::text("Reference")),
            (Field::SessionTypes { site: "other.webex.com".into() }, Setting::Set(BTreeSet::new())),
        ]);
        let plan = difference(Some(&known()), &wished, &rules);
        assert_eq!((plan.kind, plan.refused.len(), plan.changes.len()), (RowKind::Refused, 2, 0));
        let same = wishes(vec![(Field::Department, Setting::text("Loans"))]);
        assert_eq!(difference(Some(&known()), &same, &rules).kind, RowKind::Unchanged);
        let rules = PlanRules { synchronized: BTreeSet::from([Field::Manager]), ..PlanRules::default() };
        let id = wishes(vec![(Field::ManagerId, Setting::text("m1"))]);
        assert_eq!(difference(Some(&known()), &id, &rules).kind, RowKind::Refused, "it goes with the name");
    }

    #[test]
    fn people_are_created_only_when_asked_and_named() {
        let named = wishes(vec![
            (Field::FirstName, Setting::text("Grace")),
            (Field::Licence { id: "L1".into() }, Setting::Flag(true)),
            (Field::Licence { id: "L2".into() }, Setting::Flag(false)),
        ]);
        let create = PlanRules { create: true, ..PlanRules::default() };
        assert_eq!(difference(None, &named, &PlanRules::default()).kind, RowKind::Refused);
        let plan = difference(None, &named, &create);
        assert_eq!((plan.kind, plan.changes.len()), (RowKind::Create, 2));
        assert_eq!(difference(None, &wishes(Vec::new()), &create).kind, RowKind::Refused);
    }

    #[test]
    fn what_synchronization_owns_is_not_given_to_new_people_either() {
        let owned =
            |fields: &[Field]| PlanRules { create: true, synchronized: fields.iter().cloned().collect() };
        let named = wishes(vec![
            (Field::DisplayName, Setting::text("Grace Hopper")),
            (Field::Department, Setting::text("Archive")),
            (Field::SessionTypes { site: "l.webex.com".into() }, Setting::Set(BTreeSet::new())),
        ]);
        let plan = difference(None, &named, &owned(&[Field::Department]));
        assert_eq!((plan.kind, plan.changes.len()), (RowKind::Create, 1));
        assert_eq!(
            (plan.refused[0].what.as_str(), plan.refused[0].why.as_str()),
            ("Department", SYNCHRONIZED)
        );
        let plan = difference(None, &named, &owned(&[Field::DisplayName]));
        assert_eq!(plan.kind, RowKind::Refused);
        assert!(plan.refused[0].why.contains("synchronization owns names"), "{:?}", plan.refused);
    }

    #[test]
    fn a_merge_loses_nothing() {
        let changes = [
            Change {
                field: Field::Department,
                now: Setting::text("Loans"),
                then: Setting::text("Reference"),
            },
            Change { field: Field::SignIn, now: Setting::Flag(true), then: Setting::Flag(false) },
        ];
        let body = merged(&known().record, changes.iter());
        assert_eq!(
            (body.text("department"), body.text("avatar")),
            (Some("Reference"), Some("https://a.example/1"))
        );
        assert_eq!((body.flag("loginEnabled"), body.list("licenses")), (Some(false), vec!["L1"]));
    }

    /// What a site, a licence request and PUT make of a plan.
    fn carry_out(known: &mut Known, changes: &[Change]) {
        known.record = merged(&known.record, changes.iter());
        for change in changes {
            let list = |known: &mut Known, name: &str, entry: &str, has: bool| {
                let mut all: Vec<String> = known.record.list(name).into_iter().map(str::to_owned).collect();
                all.retain(|it| it != entry);
                all.extend(has.then(|| entry.to_owned()));
                known.record.0.insert(name.into(), json!(all));
            };
            match (&change.field, &change.then) {
                (Field::Licence { id }, Setting::Flag(has)) => list(known, "licenses", id, *has),
                (Field::Attendee { site }, Setting::Flag(has)) => {
                    list(known, "siteUrls", &format!("{site}#attendee"), *has);
                }
                (Field::SessionTypes { site }, Setting::Set(ids)) => {
                    known.sites.get_mut(site).unwrap().session_types = ids.clone();
                }
                (Field::TrackingCode { site, name }, Setting::Text(value)) => {
                    let codes = &mut known.sites.get_mut(site).unwrap().tracking_codes;
                    match value {
                        Some(value) => drop(codes.insert(name.clone(), value.clone())),
                        None => drop(codes.remove(name)),
                    }
                }
                _ => {}
            }
        }
    }

    fn settings() -> impl Strategy<Value = (Field, Setting)> {
        let site = || "l.webex.com".to_owned();
        let text = || {
            prop_oneof![Just(Setting::Text(None)), "[ a-zA-Z+0-9]{0,6}".prop_map(|text| Setting::text(&text))]
        };
        let flag = || any::<bool>().prop_map(Setting::Flag);
        let texts = prop::sample::select(vec![
            Field::FirstName,
            Field::DisplayName,
            Field::Department,
            Field::Title,
            Field::Manager,
            Field::Extension,
            Field::WorkNumber,
            Field::TrackingCode { site: site(), name: "Branch".into() },
            Field::TrackingCode { site: site(), name: "Funding".into() },
        ]);
        let flags = prop::sample::select(vec![
            Field::SignIn,
            Field::Licence { id: "L1".into() },
            Field::Licence { id: "L2".into() },
            Field::Attendee { site: site() },
        ]);
        let types = prop::collection::btree_set(
            prop::sample::select(vec!["3".to_owned(), "9".into(), "13".into()]),
            0..3,
        );
        prop_oneof![
            (texts, text()),
            (flags, flag()),
            types.prop_map(move |ids| (Field::SessionTypes { site: site() }, Setting::Set(ids))),
        ]
    }

    proptest! {
        #[test]
        fn a_plan_that_was_carried_out_plans_nothing(department in "[ a-zA-Z]{0,8}", title in "[ a-z]{0,4}", active: bool) {
            let wished = wishes(vec![
                (Field::Department, Setting::text(&department)),
                (Field::Title, Setting::text(&title)),
                (Field::SignIn, Setting::Flag(active)),
            ]);
            let mut known = known();
            let plan = difference(Some(&known), &wished, &PlanRules::default());
            known.record = merged(&known.record, plan.changes.iter());
            let again = difference(Some(&known), &wished, &PlanRules::default());
            prop_assert_eq!(again.kind, RowKind::Unchanged);
        }

        #[test]
        fn a_second_plan_of_the_same_wishes_plans_nothing(
            list in prop::collection::vec(settings(), 0..8),
        ) {
            let once: BTreeMap<Field, Setting> = list.into_iter().collect();
            let wished = wishes(once.into_iter().collect());
            let mut known = known();
            let plan = difference(Some(&known), &wished, &PlanRules::default());
            carry_out(&mut known, &plan.changes);
            let again = difference(Some(&known), &wished, &PlanRules::default());
            prop_assert!(again.changes.is_empty(), "{:?}", again.changes);
            let back: Vec<Change> = plan.changes.iter().map(Change::reversed).collect();
            for change in back {
                prop_assert_eq!(known.setting(&change.field), Some(change.now.clone()));
            }
        }
    }
}
