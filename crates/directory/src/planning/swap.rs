//! Rows that give one licence and take another: nobody loses what they have for something that they do not get.

use super::{page::Desk, vain::Parts};
use crate::plan::{Field, LicenceFact, Refusal, RowKind, Setting, words};

/// Leaves a person the licences and attendances that were to be taken away, because this licence could not be given to them.
pub(super) fn keep_licences((kind, changes, refused): Parts, missing: &str, desk: &Desk) {
    let called = |id: &str| desk.catalog.licence_by_id(id).map_or_else(|| id.to_owned(), LicenceFact::shown);
    let missing = called(missing);
    changes.retain(|change| {
        let what = match (&change.field, &change.then) {
            (Field::Licence { id }, Setting::Flag(false)) => format!("Licence {}", called(id)),
            (field @ Field::Attendee { .. }, Setting::Flag(false)) => words(field),
            _ => return true,
        };
        let why = format!(
            "Left as it is, because “{missing}” could not be given. Mend that first, or take this away in a list that gives \
             no licence."
        );
        refused.push(Refusal { what, why });
        false
    });
    if *kind == RowKind::Change && changes.is_empty() {
        *kind = RowKind::Refused;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{plan::Change, sites::Way};

    fn licence(id: &str, then: bool) -> Change {
        let field = Field::Licence { id: id.to_owned() };
        Change { field, now: Setting::Flag(!then), then: Setting::Flag(then) }
    }

    #[test]
    fn only_what_is_taken_away_stays() {
        let desk = Desk::with_one_site("l.webex.com", "L1", Way::Rest);
        let title = Change { field: Field::Title, now: Setting::text("Clerk"), then: Setting::Text(None) };
        let stays = vec![title, licence("L3", true)];
        let attendee = Field::Attendee { site: "l.webex.com".to_owned() };
        let mut changes = vec![licence("L1", false), licence("L2", false)];
        changes.push(Change { field: attendee, now: Setting::Flag(true), then: Setting::Flag(false) });
        changes.extend(stays.clone());
        let (mut kind, mut refused) = (RowKind::Change, Vec::new());
        keep_licences((&mut kind, &mut changes, &mut refused), "Siute B", &desk);
        assert_eq!((kind, changes), (RowKind::Change, stays));
        let what: Vec<&str> = refused.iter().map(|it| it.what.as_str()).collect();
        assert_eq!(what, ["Licence Suite (l.webex.com)", "Licence L2", "Attendee on l.webex.com"]);
        assert!(refused[0].why.contains("because “Siute B” could not be given"), "{refused:?}");
    }

    #[test]
    fn a_row_of_which_nothing_stays_is_refused() {
        let desk = Desk::with_one_site("l.webex.com", "L1", Way::Rest);
        let (mut kind, mut changes, mut refused) = (RowKind::Change, vec![licence("L1", false)], Vec::new());
        keep_licences((&mut kind, &mut changes, &mut refused), "Siute B", &desk);
        assert_eq!((kind, changes.len(), refused.len()), (RowKind::Refused, 0, 1));
    }
}
