//! What of a row is to be done, and what was done: pure, from what was planned, what was found and what is there now.

use std::collections::BTreeSet;

use crate::{
    plan::{Change, Field, Known, Setting, same, words},
    runs::store::Before,
};

/// What is to be done of a row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Todo {
    /// From what is there now to what was planned.
    pub(super) changes: Vec<Change>,
    /// To be looked at once the site knows the person.
    pub(super) later: Vec<Change>,
    /// Why something is left as it is, in words.
    pub(super) refused: Vec<String>,
}

impl Todo {
    pub(super) fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.later.is_empty()
    }
}

/// Compares a row with the person as they are now. A field is changed only where it is as it was when it was planned;
/// after an earlier attempt, where it is as that one found it.
///
/// `expected` tells whether a site will know the person although it does not yet, `gives` whether the row gives the licence
/// for it.
pub(super) fn todo(
    planned: &[Change],
    before: &Before,
    now: &Known,
    expected: impl Fn(&str) -> bool,
    gives: impl Fn(&str) -> bool,
    shown: impl Fn(&Field, &Setting) -> String,
) -> Todo {
    let mut todo = Todo::default();
    for change in planned {
        let field = &change.field;
        let Some(is) = now.setting(field) else {
            let site = field.site().unwrap_or_default();
            if expected(site) {
                todo.later.push(change.clone());
            } else if before.of(field).is_none() {
                todo.refused.push(format!(
                    "{}: the person has no account on {site}. Give a licence or an attendance there first, then make a new \
                     plan.",
                    words(field)
                ));
            }
            continue;
        };
        if same(field, &is, &change.then) {
            continue;
        }
        let expected = match before.of(field) {
            // An earlier attempt may have given the licence, which brings session types along.
            Some(_) if matches!(field, Field::SessionTypes { site } if gives(site)) => is.clone(),
            Some(found) => found.now.clone(),
            // The account has appeared since: whatever it came with is the beginning.
            None if field.site().is_some_and(|site| before.absent.iter().any(|it| it == site)) => is.clone(),
            None => change.now.clone(),
        };
        if same(field, &is, &expected) {
            todo.changes.push(Change { field: field.clone(), now: is, then: change.then.clone() });
        } else {
            todo.refused.push(format!(
                "{}: changed meanwhile. It was {} when it was planned and is {} now; make a new plan.",
                words(field),
                shown(field, &change.now),
                shown(field, &is),
            ));
        }
    }
    todo
}

/// What is written down before the first request changes something: what earlier attempts wrote, and what is new.
///
/// `by_xml` tells which sites are changed by XML: session types that are set there change licences on sites that Control
/// Hub manages (Webex Meetings XML API, SetUser).
pub(super) fn before(earlier: &Before, todo: &Todo, now: &Known, by_xml: impl Fn(&str) -> bool) -> Before {
    let mut before = earlier.clone();
    for change in &todo.changes {
        if before.of(&change.field).is_none() {
            before.found.push(change.clone());
        }
    }
    for site in todo.later.iter().filter_map(|change| change.field.site()) {
        if !before.absent.iter().any(|it| it == site) {
            before.absent.push(site.to_owned());
        }
    }
    let is_changed = |field: &Field| todo.changes.iter().any(|change| change.field == *field);
    if is_changed(&Field::Manager) {
        // It goes with the manager's name.
        note(&mut before, Field::ManagerId, Setting::text(now.record.text("managerId").unwrap_or_default()));
    }
    let changes_licences = todo
        .changes
        .iter()
        .chain(&todo.later)
        .any(|change| matches!(&change.field, Field::SessionTypes { site } if by_xml(site)));
    if changes_licences && before.held.is_none() {
        before.held = Some(now.record.list("licenses").into_iter().map(str::to_owned).collect());
    }
    if changes_licences
        || todo
            .changes
            .iter()
            .any(|change| matches!(change.field, Field::Licence { .. } | Field::Attendee { .. }))
    {
        for field in attendances(now) {
            note(&mut before, field, Setting::Flag(true));
        }
    }
    before
}

/// Notes how a field is that is not to be changed, but may change with others.
fn note(before: &mut Before, field: Field, is: Setting) {
    if before.of(&field).is_none() {
        before.found.push(Change { field, now: is.clone(), then: is });
    }
}

/// What was changed: from what was found to what is there now; nothing where nobody is there.
pub(super) fn done(before: &Before, now: &Known) -> Vec<Change> {
    if now.record.0.is_empty() {
        return Vec::new();
    }
    let mut done: Vec<Change> = before
        .found
        .iter()
        .filter_map(|found| {
            let is = now.setting(&found.field)?;
            let change = Change { field: found.field.clone(), now: found.now.clone(), then: is };
            (!same(&found.field, &change.now, &change.then)).then_some(change)
        })
        .collect();
    done.extend(came_along(before, now));
    let gave_licences = before.held.is_some()
        || before.found.iter().any(|change| matches!(change.field, Field::Licence { .. }));
    for field in attendances(now).into_iter().filter(|field| gave_licences && before.of(field).is_none()) {
        done.push(Change { field, now: Setting::Flag(false), then: Setting::Flag(true) });
    }
    if before.created && before.of(&Field::SignIn).is_none() {
        done.push(Change { field: Field::SignIn, now: Setting::Flag(false), then: Setting::Flag(true) });
    }
    done
}

/// Licences that went or came with session types.
fn came_along(before: &Before, now: &Known) -> Vec<Change> {
    let Some(held) = &before.held else { return Vec::new() };
    let has = now.record.list("licenses");
    let went = held.iter().map(String::as_str).filter(|id| !has.contains(id)).map(|id| (id, true));
    let came = has.iter().copied().filter(|id| !held.iter().any(|it| it == id)).map(|id| (id, false));
    let change = |(id, was): (&str, bool)| Change {
        field: Field::Licence { id: id.to_owned() },
        now: Setting::Flag(was),
        then: Setting::Flag(!was),
    };
    went.chain(came).map(change).filter(|change| before.of(&change.field).is_none()).collect()
}

/// The planned fields that are not as planned.
pub(super) fn missing<'a>(planned: &'a [Change], now: &Known) -> Vec<&'a Change> {
    let is_so = |change: &&Change| {
        now.setting(&change.field).is_some_and(|is| same(&change.field, &is, &change.then))
    };
    planned.iter().filter(|change| !is_so(change)).collect()
}

/// The sites that changes are about, without those of attendances.
pub(super) fn sites(changes: &[Change]) -> BTreeSet<String> {
    let on_site = changes
        .iter()
        .filter(|change| matches!(change.field, Field::SessionTypes { .. } | Field::TrackingCode { .. }));
    on_site.filter_map(|change| change.field.site()).map(str::to_owned).collect()
}

fn attendances(now: &Known) -> Vec<Field> {
    let entries = now.record.list("siteUrls");
    let sites = entries.iter().filter_map(|entry| entry.strip_suffix("#attendee"));
    sites.map(|site| Field::Attendee { site: site.to_owned() }).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::plan::Membership;

    const SITE: &str = "l.webex.com";

    fn known(department: &str, licences: &[&str]) -> Known {
        let record = json!({
            "id": "p", "department": department, "licenses": licences, "siteUrls": ["l.webex.com#attendee"],
        });
        Known { record: serde_json::from_value(record).unwrap(), ..Known::default() }
    }

    fn department(now: &str, then: &str) -> Change {
        Change { field: Field::Department, now: Setting::text(now), then: Setting::text(then) }
    }

    fn types(now: &[&str], then: &[&str]) -> Change {
        let set = |ids: &[&str]| Setting::Set(ids.iter().map(|id| (*id).to_owned()).collect());
        Change { field: Field::SessionTypes { site: SITE.into() }, now: set(now), then: set(then) }
    }

    fn compared(planned: &[Change], before: &Before, now: &Known) -> (usize, usize, usize) {
        let todo = todo(planned, before, now, |_| true, |_| false, |_, setting| setting.to_string());
        (todo.changes.len(), todo.later.len(), todo.refused.len())
    }

    #[test]
    fn a_field_is_changed_only_where_it_is_as_planned() {
        let planned = [department("Loans", "Reference")];
        let fresh = Before::default();
        assert_eq!(compared(&planned, &fresh, &known("Loans", &[])), (1, 0, 0));
        assert_eq!(compared(&planned, &fresh, &known("Reference", &[])), (0, 0, 0));
        assert_eq!(compared(&planned, &fresh, &known("Archive", &[])), (0, 0, 1));
    }

    #[test]
    fn after_a_crash_what_was_found_counts() {
        let planned = [department("Loans", "Reference")];
        let begun = Before { found: planned.to_vec(), ..Before::default() };
        assert_eq!(compared(&planned, &begun, &known("Loans", &[])), (1, 0, 0));
        let now = known("Reference", &[]);
        assert_eq!(compared(&planned, &begun, &now), (0, 0, 0));
        assert_eq!(done(&begun, &now), planned);
        assert_eq!(done(&Before::default(), &now), []);
    }

    #[test]
    fn an_account_that_appears_begins_with_what_it_comes_with() {
        let planned = [types(&[], &["3", "9"])];
        let mut now = known("", &["L"]);
        assert_eq!(compared(&planned, &Before::default(), &now), (0, 1, 0));
        let came = Membership { session_types: ["3".to_owned()].into(), ..Membership::default() };
        now.sites.insert(SITE.into(), came);
        assert_eq!(compared(&planned, &Before::default(), &now), (0, 0, 1));
        let begun = Before { absent: vec![SITE.into()], ..Before::default() };
        assert_eq!(compared(&planned, &begun, &now), (1, 0, 0));
    }

    #[test]
    fn what_came_with_a_licence_that_the_row_gives_was_not_changed_by_others() {
        let planned = [types(&[], &["3", "9"])];
        let begun = Before { found: planned.to_vec(), ..Before::default() };
        let mut now = known("", &["L"]);
        let came = Membership { session_types: ["3".to_owned()].into(), ..Membership::default() };
        now.sites.insert(SITE.into(), came);
        assert_eq!(compared(&planned, &begun, &now), (0, 0, 1));
        let given = |before: &Before| {
            let todo = todo(&planned, before, &now, |_| true, |site| site == SITE, |_, is| is.to_string());
            (todo.changes.len(), todo.refused.len())
        };
        assert_eq!(given(&begun), (1, 0));
        assert_eq!(given(&Before::default()), (0, 1), "nothing was given yet");
    }

    #[test]
    fn an_attendance_that_goes_with_a_licence_is_noticed() {
        let give = Change {
            field: Field::Licence { id: "L".into() },
            now: Setting::Flag(false),
            then: Setting::Flag(true),
        };
        let todo = Todo { changes: vec![give.clone()], ..Todo::default() };
        let begun = before(&Before::default(), &todo, &known("", &[]), |_| false);
        let mut now = known("", &["L"]);
        now.record.0.remove("siteUrls");
        let changes = done(&begun, &now);
        assert_eq!(changes.len(), 2);
        assert_eq!(changes[0], give);
        assert!(changes[1].loses() && changes[1].field == Field::Attendee { site: SITE.into() });
    }

    #[test]
    fn licences_that_go_and_come_with_session_types_by_xml_are_noticed() {
        let todo = Todo { changes: vec![types(&["3"], &["9"])], ..Todo::default() };
        let had = known("", &["host", "calling"]);
        let by_rest = before(&Before::default(), &todo, &had, |_| false);
        assert_eq!(by_rest.held, None);
        let begun = before(&Before::default(), &todo, &had, |site| site == SITE);
        let again = before(&begun, &todo, &known("", &["basic"]), |_| true);
        assert_eq!(again, begun, "what was there first counts");
        let mut now = known("", &["calling", "basic"]);
        now.record.0.remove("siteUrls");
        let (yes, no) = (Setting::Flag(true), Setting::Flag(false));
        let licence = |id: &str, now: &Setting, then: &Setting| Change {
            field: Field::Licence { id: id.into() },
            now: now.clone(),
            then: then.clone(),
        };
        let attendance =
            Change { field: Field::Attendee { site: SITE.into() }, now: yes.clone(), then: no.clone() };
        let expected = [attendance, licence("host", &yes, &no), licence("basic", &no, &yes)];
        assert_eq!(done(&begun, &now), expected);
        assert_eq!(done(&begun, &had), []);
    }

    #[test]
    fn the_id_of_a_manager_that_goes_with_the_name_is_noticed() {
        let manager =
            Change { field: Field::Manager, now: Setting::text("Ada"), then: Setting::text("Grace") };
        let mut had = known("", &[]);
        had.record.0.insert("manager".into(), json!("Ada"));
        had.record.0.insert("managerId".into(), json!("m1"));
        let begun = before(
            &Before::default(),
            &Todo { changes: vec![manager.clone()], ..Todo::default() },
            &had,
            |_| false,
        );
        let mut now = known("", &[]);
        now.record.0.insert("manager".into(), json!("Grace"));
        let id = Change { field: Field::ManagerId, now: Setting::text("m1"), then: Setting::Text(None) };
        assert_eq!(done(&begun, &now), [manager, id]);
    }

    #[test]
    fn whoever_was_created_could_not_sign_in_before() {
        let begun = Before { created: true, ..Before::default() };
        assert_eq!(done(&begun, &known("", &[])).len(), 1);
        assert_eq!(done(&begun, &Known::default()), []);
    }
}
