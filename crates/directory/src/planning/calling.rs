//! Extensions and work numbers. The list of everybody does not tell the former, and perhaps not all of the latter (Webex
//! People API, `callingData`), so those of whom a plan wants one are read by themselves. Each answer is taken over as soon
//! as it comes, so that a plan that is interrupted does not ask again.

use std::collections::HashMap;

use connections::CallError;
use futures_util::{StreamExt, TryStreamExt, stream};
use oauth::ApiKind;
use platform::{Hub, Result};
use webex::PersonRecord;

use super::{model::Plan, page::Desk, store::Wished};
use crate::{
    gate::{self, Api, Asker},
    plan::{Field, Refusal, Setting, Wishes, same, words},
    reading,
};

/// How many people are read in one step; they take long.
const MOST: usize = 50;

/// What reading a person came to.
enum Read {
    Is(PersonRecord),
    Gone,
    /// In words.
    Unreadable(String),
}

/// Reads those of whom the list tells too little. The wishes after as many as one step bears are left to the next one, and
/// whoever is gone is no longer among the people.
pub(super) async fn read(
    hub: &Hub,
    desk: &mut Desk,
    plan: &Plan,
    wished: &mut Vec<Wished>,
    people: &mut HashMap<i64, PersonRecord>,
) -> Result<()> {
    let unread = whom_to_read(wished, people);
    if unread.is_empty() {
        return Ok(());
    }
    let asker = desk.asker(hub, plan.organization_id).await?;
    let at_once = gate::in_flight(hub, asker.organization, Api::People).await.max(1);
    // Collected, because a stream of futures made by a closure over borrowed ids is not known to be `Send`.
    let asked: Vec<_> = unread.iter().map(|(number, id)| ask(hub, asker, *number, id)).collect();
    let answers: Vec<(i64, Read)> = stream::iter(asked).buffer_unordered(at_once).try_collect().await?;
    for (number, answer) in answers {
        match answer {
            Read::Is(person) => drop(people.insert(number, person)),
            Read::Gone => drop(people.remove(&number)),
            Read::Unreadable(why) => {
                for one in wished.iter_mut().filter(|one| one.number == number) {
                    refuse(&mut one.wishes, &why);
                }
            }
        }
    }
    Ok(())
}

/// The people to be read, by the wishes' numbers.
fn whom_to_read(wished: &mut Vec<Wished>, people: &HashMap<i64, PersonRecord>) -> Vec<(i64, String)> {
    let mut unread = Vec::new();
    let mut end = wished.len();
    for (place, one) in wished.iter().enumerate() {
        let Some(person) = people.get(&one.number).filter(|person| is_unread(person, &one.wishes)) else {
            continue;
        };
        if unread.len() == MOST {
            end = place;
            break;
        }
        unread.push((one.number, person.id().to_owned()));
    }
    wished.truncate(end);
    unread
}

/// Whether the record tells too little for these wishes. Numbers that are as wished are believed.
fn is_unread(person: &PersonRecord, wishes: &Wishes) -> bool {
    let is = |number: &str, wanted: &Setting| same(&Field::WorkNumber, &Setting::text(number), wanted);
    let is_told = |(field, then): &(Field, Setting)| match field {
        Field::Extension => false,
        Field::WorkNumber => person.work_number().is_some_and(|number| is(number, then)),
        _ => true,
    };
    let is_listed = |stated: &String| {
        let stated = Setting::text(stated);
        person.numbers().into_iter().any(|number| is(number, &stated))
    };
    let is_enough = wishes.settings.iter().all(is_told) && wishes.stated_numbers.iter().all(is_listed);
    !is_enough && !person.has_calling_data()
}

async fn ask(hub: &Hub, asker: Asker, number: i64, id: &str) -> Result<(i64, Read)> {
    let read = match reading::person(hub, asker, id).await {
        Ok(record) => Read::Is(record),
        Err(error) if error.is_not_found() => Read::Gone,
        Err(error) if is_about_one(&error) => Read::Unreadable(format!(
            "Webex does not tell what the person has there, so nothing is changed. It said: {error}"
        )),
        Err(error) => return Err(error.explain(hub)),
    };
    Ok((number, read))
}

/// Whether the answer is about this person only, so that others can go on.
fn is_about_one(error: &CallError) -> bool {
    error.api().is_some_and(|error| matches!(error.kind, ApiKind::Conflict | ApiKind::Invalid | ApiKind::Bug))
}

/// Takes out the wishes that cannot be compared, and says why instead.
fn refuse(wishes: &mut Wishes, why: &str) {
    let mut refused = Vec::new();
    wishes.settings.retain(|(field, _)| {
        let is_compared = !matches!(field, Field::Extension | Field::WorkNumber);
        if !is_compared {
            refused.push(Refusal { what: words(field), why: why.to_owned() });
        }
        is_compared
    });
    wishes.refused.extend(refused);
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn person(value: Value) -> PersonRecord {
        serde_json::from_value(value).unwrap()
    }

    fn wished(number: i64, settings: Vec<(Field, Setting)>) -> Wished {
        let wishes = Wishes { settings, ..Wishes::default() };
        Wished { number, email_key: String::new(), person_id: None, wishes }
    }

    #[test]
    fn people_are_read_where_the_list_tells_too_little() {
        let listed = person(json!({"id": "p", "phoneNumbers": [{"type": "work", "value": "+49 30 1"}]}));
        let mut whole = listed.clone();
        whole.0.insert("callingData".to_owned(), json!(true));
        let unread = |field: Field, then: Setting| {
            let wishes = wished(1, vec![(field, then)]).wishes;
            assert!(!is_unread(&whole, &wishes), "{wishes:?}");
            is_unread(&listed, &wishes)
        };
        assert!(unread(Field::Extension, Setting::text("812")));
        assert!(unread(Field::Extension, Setting::Text(None)));
        assert!(unread(Field::WorkNumber, Setting::text("+49 30 2")));
        assert!(unread(Field::WorkNumber, Setting::Text(None)));
        assert!(!unread(Field::WorkNumber, Setting::text("+49 (30) 1")));
        assert!(!unread(Field::Department, Setting::text("Archive")));
        let stated = |numbers: &[&str]| Wishes {
            stated_numbers: numbers.iter().map(|number| (*number).to_owned()).collect(),
            ..Wishes::default()
        };
        assert!(!is_unread(&listed, &stated(&["+49 30 1"])));
        assert!(is_unread(&listed, &stated(&["+49 30 1", "+49 30 2"])));
    }

    #[test]
    fn a_step_reads_no_more_people_than_it_bears() {
        let people: HashMap<i64, PersonRecord> =
            (1..=200).map(|number: i64| (number, person(json!({"id": number.to_string()})))).collect();
        let extension = |number: i64| {
            let wish = (number % 2 == 1).then(|| (Field::Extension, Setting::text("812")));
            wished(number, wish.into_iter().collect())
        };
        let mut step: Vec<Wished> = (1..=220).map(extension).collect();
        let unread = whom_to_read(&mut step, &people);
        assert_eq!((unread.len(), step.len()), (MOST, 2 * MOST));
        assert_eq!(unread[1], (3, "3".to_owned()));
        let mut rest: Vec<Wished> = (151..=220).map(extension).collect();
        assert_eq!((whom_to_read(&mut rest, &people).len(), rest.len()), (25, 70));
    }

    #[test]
    fn what_cannot_be_compared_is_refused_and_the_rest_stands() {
        let mut one = wished(
            1,
            vec![(Field::Extension, Setting::Text(None)), (Field::Department, Setting::text("Archive"))],
        );
        refuse(&mut one.wishes, "why");
        assert_eq!(one.wishes.settings, [(Field::Department, Setting::text("Archive"))]);
        assert_eq!(one.wishes.refused, [Refusal { what: "Extension".into(), why: "why".into() }]);
    }
}
