//! What a list says because it says everything of everybody, and nobody can change here. Numbers and hosts have to be so
//! already. What cannot be compared (locations, services of which the organization has no licence) is left alone, and the
//! plan says so once. Thus an export comes back as it left.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use rosters::{Layout, Row, Wish};
use webex::PersonRecord;

use super::{
    catalog::{Catalog, Unknown},
    difference::digits,
    field::{Field, Setting},
    wishes::{Refusal, Wishes},
};

/// So many columns are named in one remark.
const MOST_NAMED: usize = 20;

/// What the titles of licence columns meant so far: a list has thousands of rows under the same few titles.
#[derive(Debug, Default)]
pub struct Titles {
    known: HashMap<Arc<str>, Result<String, Unknown>>,
    /// Whether the list says of every service there is whether somebody has it.
    says_everything: bool,
}

impl Titles {
    /// For the rows of a list in this layout.
    pub fn of(layout: Layout) -> Self {
        Self { known: HashMap::new(), says_everything: layout == Layout::ControlHub }
    }

    pub(super) fn licence(&mut self, title: &Arc<str>, catalog: &Catalog) -> Result<String, Unknown> {
        if let Some(known) = self.known.get(title) {
            return known.clone();
        }
        let found = catalog.licence(title).map(|licence| licence.id.clone());
        self.known.insert(Arc::clone(title), found.clone());
        found
    }

    /// Whether a no to this title is no wish: nobody can have what the organization has not. A title that looks like one
    /// of its licences is mistyped, and the no a wish.
    pub(super) fn is_stated(&self, wanted: bool, unknown: &Unknown) -> bool {
        !wanted && self.is_foreign(unknown)
    }

    /// Whether a title is that of a service whose licences Webex does not tell of: that somebody has it is most likely so
    /// already, and nobody waits for it.
    pub(super) fn is_foreign(&self, unknown: &Unknown) -> bool {
        self.says_everything && *unknown == Unknown::Missing(None)
    }
}

/// Takes what a file of Control Hub's states of everybody and nobody can change here out of a row; the plan says so once,
/// see [`remarks`].
pub fn without_statements(mut row: Row, layout: Layout) -> Row {
    if layout == Layout::ControlHub && matches!(row.location, Wish::Set(_)) {
        row.location = Wish::Absent;
    }
    row
}

/// What is left alone in a list with these licence columns, for whoever reads its plan.
pub fn remarks(layout: Layout, has_locations: bool, titles: &[Arc<str>], catalog: &Catalog) -> Vec<String> {
    if layout != Layout::ControlHub {
        return Vec::new();
    }
    let mut said = Vec::new();
    if has_locations {
        said.push(
            "Locations come with a calling licence and are not changed here: what stands in the column Location is left \
             alone."
                .to_owned(),
        );
    }
    let is_nothing = |title: &&Arc<str>| matches!(catalog.licence(title), Err(Unknown::Missing(None)));
    let nothing: Vec<&str> = titles.iter().filter(is_nothing).map(|title| &**title).collect();
    if !nothing.is_empty() {
        let named = nothing.iter().take(MOST_NAMED).copied().collect::<Vec<_>>().join(", ");
        let more = if nothing.len() > MOST_NAMED { " and others" } else { "" };
        said.push(format!(
            "The organization has no licences of these names: {named}{more}. FALSE in these columns changes nothing, TRUE \
             is refused."
        ));
    }
    said
}

/// What is stated and not so. Somebody who is not there yet has nothing.
pub(super) fn untrue(record: Option<&PersonRecord>, wishes: &Wishes) -> Vec<Refusal> {
    let mut refused = not_hosting(record, wishes);
    refused.extend(other_numbers(record, wishes));
    refused
}

/// Who hosts on a site is decided by a licence: a list can only state it of those who have one or are given one.
fn not_hosting(record: Option<&PersonRecord>, wishes: &Wishes) -> Vec<Refusal> {
    let licences = record.map(|record| record.list("licenses")).unwrap_or_default();
    let is_given = |id: &String| {
        let wanted = (Field::Licence { id: id.clone() }, Setting::Flag(true));
        wishes.settings.contains(&wanted)
    };
    let hosts = |ids: &BTreeSet<String>| ids.iter().any(|id| licences.contains(&id.as_str()) || is_given(id));
    let untrue = wishes.hosts.iter().filter(|(_, ids)| !hosts(ids));
    let refusal = |(site, _): (&String, _)| Refusal {
        what: format!("Host on {site}"),
        why: "Who hosts on a site is decided by its licence; give the licence instead.".into(),
    };
    untrue.map(refusal).collect()
}

fn other_numbers(record: Option<&PersonRecord>, wishes: &Wishes) -> Option<Refusal> {
    let all = |numbers: &[&str]| numbers.iter().map(|number| digits(number)).collect::<BTreeSet<String>>();
    let stated: Vec<&str> = wishes.stated_numbers.iter().map(String::as_str).collect();
    let known = record.map(PersonRecord::numbers).unwrap_or_default();
    let main = record.and_then(PersonRecord::main_number).map(digits);
    let is_main = wishes.stated_main.as_ref().is_none_or(|stated| main == Some(digits(stated)));
    let is_so = all(&stated) == all(&known) && is_main;
    (!is_so && !stated.is_empty()).then(|| Refusal {
        what: "Phone number".into(),
        why: "Webex takes one work number for a person; leave one.".into(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::plan::catalog::LicenceFact;

    fn catalog() -> Catalog {
        let suite = LicenceFact {
            id: "L1".into(),
            name: "Suite".into(),
            site: None,
            subscription: None,
            total: None,
            consumed: 0,
        };
        Catalog { licences: vec![suite], ..Catalog::default() }
    }

    fn row(titles: &[(&str, bool)]) -> Row {
        let mut row = Row::new(2, rosters::Email::new("ada@l.example"));
        row.licences = titles
            .iter()
            .map(|(title, wanted)| rosters::Licence { title: Arc::from(*title), wanted: *wanted })
            .collect();
        row
    }

    #[test]
    fn nobody_can_have_what_the_organization_has_not() {
        let row = row(&[("Contact Center Premium", false), ("Suit", false), ("Care Bot", true)]);
        let refused = |layout| {
            let wishes = Wishes::of_listed(&row, &catalog(), &mut Titles::of(layout));
            wishes.refused.into_iter().map(|refusal| refusal.what).collect::<Vec<_>>()
        };
        assert_eq!(refused(Layout::ControlHub), ["Licence “Suit”", "Licence “Care Bot”"]);
        let not_given =
            |layout| Wishes::of_listed(&row, &catalog(), &mut Titles::of(layout)).not_given.is_some();
        assert_eq!([Layout::ControlHub, Layout::Plain].map(not_given), [false, true]);
        assert_eq!(refused(Layout::Plain).len(), 3);
    }

    #[test]
    fn what_is_left_alone_is_said_once() {
        let titles = ["Suite", "Suit", "Contact Center Premium"].map(Arc::from);
        let said = remarks(Layout::ControlHub, true, &titles, &catalog());
        assert!(said[0].contains("column Location"), "{said:?}");
        assert!(said[1].contains("names: Contact Center Premium. FALSE"), "{said:?}");
        assert_eq!(remarks(Layout::ControlHub, false, &titles[..2], &catalog()), [""; 0]);
        assert_eq!(remarks(Layout::Plain, true, &titles, &catalog()), [""; 0]);
    }

    #[test]
    fn a_location_is_left_alone_but_not_a_wish_to_remove_it() {
        let mut listed = row(&[]);
        for (wish, layout, refused) in [
            (Wish::Set("HQ".to_owned()), Layout::ControlHub, 0),
            (Wish::Clear, Layout::ControlHub, 1),
            (Wish::Set("HQ".to_owned()), Layout::Plain, 1),
        ] {
            listed.location = wish;
            let wishes = Wishes::of_row(&without_statements(listed.clone(), layout), &catalog());
            assert_eq!(wishes.refused.len(), refused, "{listed:?}");
        }
    }

    #[test]
    fn several_numbers_have_to_be_those_that_are_there() {
        let record: PersonRecord = serde_json::from_value(json!({ "phoneNumbers": [
            { "type": "work", "value": "+49 30 1" }, { "type": "mobile", "value": "+49 170 2" },
            { "type": "work_extension", "value": "812" },
        ] }))
        .unwrap();
        let untrue = |numbers: &[&str], record: Option<&PersonRecord>| {
            let stated_numbers = numbers.iter().map(|number| (*number).to_owned()).collect();
            untrue(record, &Wishes { stated_numbers, ..Wishes::default() }).len()
        };
        assert_eq!(untrue(&["+49170 2", "+49 (30) 1"], Some(&record)), 0);
        assert_eq!(untrue(&["+49 30 1", "+49 30 2"], Some(&record)), 1);
        assert_eq!(untrue(&["+49 30 1", "+49 170 2"], None), 1);
        assert_eq!(untrue(&[], Some(&record)), 0);
        for (main, refused) in [("+49 30 1", 0), ("+49 170 2", 1)] {
            let stated_numbers = vec!["+49 30 1".to_owned(), "+49 170 2".to_owned()];
            let wishes = Wishes { stated_numbers, stated_main: Some(main.to_owned()), ..Wishes::default() };
            assert_eq!(super::untrue(Some(&record), &wishes).len(), refused, "{main}");
        }
    }
}
