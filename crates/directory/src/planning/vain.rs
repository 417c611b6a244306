//! What a plan would try in vain: each wish makes sense by itself, but not with what the person has then, or not by the
//! way on which their site answers. It is refused here, in words, and not by the provider in the middle of a run.

use std::collections::BTreeSet;

use super::page::Desk;
use crate::{
    plan::{Change, Field, Known, Refusal, RowKind, Setting, words},
    sites::{Site, Way},
};

const HOSTS: &str = "The person hosts on this site by licence, so Webex does not take them for an attendee. Take the \
                     licence for the site away in the same row, or clear the cell.";
const NO_ACCOUNT: &str = "The person has an account on this site only with a licence for it, or as its attendee. Give one \
                          of these in the same row, or take this out of the list.";
const NO_TYPES: &str = "Webex takes no empty list of session types. Leave at least one, or take the licence for the \
                        site away.";

/// Why a change is not tried.
#[derive(Clone, Copy)]
enum Vain {
    Refused(&'static str),
    /// It comes about by itself: the same row takes the last licence for the site.
    GoesWithAccount,
}

/// What somebody has once the row is carried out.
struct Then<'a> {
    licences: BTreeSet<&'a str>,
    /// Licences that the row takes from them.
    taken: BTreeSet<&'a str>,
    /// Sites on which they have an account without a licence, or get one.
    attends: BTreeSet<&'a str>,
    /// Whether they have an account only on the sites known here.
    may_lack_account: bool,
}

impl<'a> Then<'a> {
    fn of(changes: &'a [Change], known: Option<&'a Known>) -> Self {
        let mut licences: BTreeSet<&str> =
            known.map(|known| known.record.list("licenses").into_iter().collect()).unwrap_or_default();
        let mut attends: BTreeSet<&str> = known.map(attended).unwrap_or_default();
        let mut taken: BTreeSet<&str> = BTreeSet::new();
        for change in changes {
            match (&change.field, &change.then) {
                (Field::Licence { id }, Setting::Flag(true)) => drop(licences.insert(id)),
                (Field::Licence { id }, _) => {
                    licences.remove(id.as_str());
                    taken.insert(id);
                }
                (Field::Attendee { site }, Setting::Flag(true)) => drop(attends.insert(site.as_str())),
                _ => {}
            }
        }
        Self { licences, taken, attends, may_lack_account: known.is_none() }
    }

    fn hosts(&self, site: &str, desk: &Desk) -> bool {
        desk.catalog.hosting(site).iter().any(|id| self.licences.contains(id.as_str()))
    }

    /// Whether the row takes their account on the site.
    fn leaves(&self, site: &str, desk: &Desk) -> bool {
        let takes = self.taken.iter().any(|id| desk.catalog.hosts(id, site));
        takes && !self.hosts(site, desk) && !self.attends.contains(site)
    }

    fn why_not(&self, change: &Change, desk: &Desk) -> Option<Vain> {
        match (&change.field, &change.then) {
            (Field::Attendee { site }, Setting::Flag(true)) if self.hosts(site, desk) => {
                Some(Vain::Refused(HOSTS))
            }
            (Field::SessionTypes { site } | Field::TrackingCode { site, .. }, _)
                if self.may_lack_account
                    && !self.attends.contains(site.as_str())
                    && !self.hosts(site, desk) =>
            {
                Some(Vain::Refused(NO_ACCOUNT))
            }
            (Field::SessionTypes { site }, Setting::Set(none))
                if none.is_empty() && desk.sites.get(site).and_then(Site::way) == Some(Way::Rest) =>
            {
                Some(if self.leaves(site, desk) { Vain::GoesWithAccount } else { Vain::Refused(NO_TYPES) })
            }
            _ => None,
        }
    }
}

/// The sites of which somebody is an attendee.
fn attended(known: &Known) -> BTreeSet<&str> {
    known.record.list("siteUrls").into_iter().filter_map(|site| site.strip_suffix("#attendee")).collect()
}

/// What becomes of a row, what it changes, and what it does not.
pub(super) type Parts<'a> = (&'a mut RowKind, &'a mut Vec<Change>, &'a mut Vec<Refusal>);

/// Takes out of a row what would be tried in vain, and says why. `known` is the person as they are; nothing for those who
/// are created.
pub(super) fn refuse(parts: Parts, known: Option<&Known>, desk: &Desk) {
    let then = Then::of(parts.1, known);
    let why = why_not(parts.1, &then, desk);
    take_out(parts, why);
}

/// The same once a licence was taken out of the row: whoever was to get their account on its site by it has none.
pub(super) fn refuse_without_licence(parts: Parts, known: Option<&Known>, desk: &Desk) {
    let mut then = Then { may_lack_account: true, ..Then::of(parts.1, known) };
    for change in parts.1.iter() {
        if let (Field::SessionTypes { site }, Setting::Set(now)) = (&change.field, &change.now)
            && !now.is_empty()
        {
            then.attends.insert(site);
        }
    }
    let why = why_not(parts.1, &then, desk);
    take_out(parts, why);
}

fn why_not(changes: &[Change], then: &Then, desk: &Desk) -> Vec<Option<Vain>> {
    changes.iter().map(|change| then.why_not(change, desk)).collect()
}

fn take_out((kind, changes, refused): Parts, why: Vec<Option<Vain>>) {
    let mut all = why.into_iter();
    changes.retain(|change| match all.next().flatten() {
        Some(Vain::Refused(why)) => {
            refused.push(Refusal { what: words(&change.field), why: why.into() });
            false
        }
        Some(Vain::GoesWithAccount) => false,
        None => true,
    });
    if *kind == RowKind::Change && changes.is_empty() {
        *kind = RowKind::Refused;
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;
    use crate::plan::{PlanRules, Wishes, difference};

    const SITE: &str = "l.webex.com";

    fn desk(way: Way) -> Desk {
        Desk::with_one_site(SITE, "L1", way)
    }

    fn licence(given: bool) -> (Field, Setting) {
        (Field::Licence { id: "L1".into() }, Setting::Flag(given))
    }

    fn attendee() -> (Field, Setting) {
        (Field::Attendee { site: SITE.into() }, Setting::Flag(true))
    }

    fn types(ids: &[&str]) -> (Field, Setting) {
        let ids = ids.iter().map(|id| (*id).to_owned()).collect();
        (Field::SessionTypes { site: SITE.into() }, Setting::Set(ids))
    }

    /// Kind, how many changes, and why not more.
    fn planned(
        known: Option<&Known>,
        settings: Vec<(Field, Setting)>,
        desk: &Desk,
    ) -> (RowKind, usize, Vec<String>) {
        let rules = PlanRules { create: true, ..PlanRules::default() };
        let wishes = Wishes { email: "ada@l.example".into(), settings, ..Wishes::default() };
        let mut row = difference(known, &wishes, &rules);
        refuse((&mut row.kind, &mut row.changes, &mut row.refused), known, desk);
        (row.kind, row.changes.len(), row.refused.into_iter().map(|it| it.why).collect())
    }

    fn host() -> Known {
        let record = json!({ "id": "p1", "licenses": ["L1"], "siteUrls": [] });
        let membership =
            crate::plan::Membership { session_types: ["3".to_owned()].into(), ..Default::default() };
        Known {
            record: serde_json::from_value(record).unwrap(),
            sites: BTreeMap::from([(SITE.to_owned(), membership)]),
        }
    }

    #[test]
    fn a_host_by_licence_becomes_an_attendee_only_without_it() {
        let (desk, host) = (desk(Way::Rest), host());
        let (kind, changes, why) = planned(Some(&host), vec![attendee()], &desk);
        assert_eq!((kind, changes), (RowKind::Refused, 0));
        assert!(why[0].contains("hosts on this site by licence"), "{why:?}");
        assert_eq!(
            planned(Some(&host), vec![attendee(), licence(false)], &desk),
            (RowKind::Change, 2, vec![])
        );
        assert_eq!(planned(Some(&Known::default()), vec![attendee()], &desk), (RowKind::Change, 1, vec![]));
        assert_eq!(planned(Some(&Known::default()), vec![attendee(), licence(true)], &desk).1, 1);
    }

    #[test]
    fn no_session_types_at_all_are_refused_where_rest_answers() {
        let host = host();
        let (kind, _, why) = planned(Some(&host), vec![types(&[])], &desk(Way::Rest));
        assert_eq!(kind, RowKind::Refused);
        assert!(why[0].contains("no empty list"), "{why:?}");
        assert_eq!(planned(Some(&host), vec![types(&[])], &desk(Way::Xml)), (RowKind::Change, 1, vec![]));
        assert_eq!(planned(Some(&host), vec![types(&["9"])], &desk(Way::Rest)), (RowKind::Change, 1, vec![]));
        let both = vec![types(&[]), licence(false)];
        assert_eq!(
            planned(Some(&host), both, &desk(Way::Rest)),
            (RowKind::Change, 1, vec![]),
            "with the licence"
        );
    }

    #[test]
    fn what_was_wished_on_a_site_goes_with_the_licence_for_it() {
        let left = |known: &Known, now: &[&str]| {
            let now = Setting::Set(now.iter().map(|id| (*id).to_owned()).collect());
            let types = Change { now, field: types(&[]).0, then: types(&["9"]).1 };
            let title = Change { field: Field::Title, now: Setting::text(""), then: Setting::text("Head") };
            let (mut kind, mut changes, mut refused) = (RowKind::Change, vec![types, title], Vec::new());
            refuse_without_licence((&mut kind, &mut changes, &mut refused), Some(known), &desk(Way::Rest));
            (changes.len(), refused.len())
        };
        let attendee = json!({ "id": "p1", "licenses": [], "siteUrls": ["l.webex.com#attendee"] });
        let attendee = Known { record: serde_json::from_value(attendee).unwrap(), ..Known::default() };
        assert_eq!(left(&Known::default(), &[]), (1, 1));
        assert_eq!(left(&Known::default(), &["3"]), (2, 0), "they have an account");
        assert_eq!(left(&attendee, &[]), (2, 0));
        assert_eq!(left(&host(), &[]), (2, 0));
    }

    #[test]
    fn a_new_person_has_something_on_a_site_only_with_an_account_there() {
        let desk = desk(Way::Rest);
        let name = || (Field::DisplayName, Setting::text("Ada"));
        let (kind, changes, why) = planned(None, vec![name(), types(&["3"])], &desk);
        assert_eq!((kind, changes), (RowKind::Create, 1));
        assert!(why[0].contains("only with a licence"), "{why:?}");
        for account in [licence(true), attendee()] {
            assert_eq!(
                planned(None, vec![name(), types(&["3"]), account], &desk),
                (RowKind::Create, 3, vec![])
            );
        }
        assert_eq!(planned(None, vec![name(), types(&[]), licence(true)], &desk).1, 2);
    }
}
