//! What people have on meeting sites, asked only for those whom a plan wants something of there. Each answer is kept as
//! soon as it comes, so that a plan that is interrupted does not ask again.

use std::collections::{BTreeMap, HashMap};

use connections::CallError;
use futures_util::{StreamExt, TryStreamExt, stream};
use oauth::ApiKind;
use platform::{Fault, Hub, Result};
use webex::PersonRecord;

use super::{model::Plan, page::Desk, store::Wished};
use crate::{
    gate::{self, Api, Asker},
    plan::{Field, Membership, Part, Refusal, Setting, Wishes, words},
    sites::{self, Site, Way},
};

/// What is known of a person on a site.
#[derive(Clone, Debug)]
pub(super) enum OnSite {
    Is(Membership),
    /// In words.
    Unreadable(String),
}

/// One question to a site.
struct Question<'a> {
    number: i64,
    person: &'a PersonRecord,
    site: &'a Site,
    /// Whether the same plan gives the person the licence for this site.
    joins: bool,
}

/// By the wishes' numbers and the sites' names.
pub(super) async fn read(
    hub: &Hub,
    desk: &mut Desk,
    plan: &Plan,
    wished: &[Wished],
    people: &HashMap<i64, PersonRecord>,
) -> Result<HashMap<i64, BTreeMap<String, OnSite>>> {
    let mut found: HashMap<i64, BTreeMap<String, OnSite>> = HashMap::new();
    if wished.iter().all(|wished| wished.wishes.sites().next().is_none()) {
        return Ok(found);
    }
    let known = remembered(hub, plan, people).await?;
    let asker = desk.asker(hub, plan.organization_id).await?;
    let mut questions = Vec::new();
    for wished in wished {
        let Some(person) = people.get(&wished.number) else { continue };
        for name in wished.wishes.sites() {
            let of_person = found.entry(wished.number).or_default();
            if of_person.contains_key(name) {
                continue;
            }
            let key = (person.id().to_owned(), name.to_owned());
            match (known.get(&key), desk.sites.get(name)) {
                (Some(membership), _) => drop(of_person.insert(key.1, OnSite::Is(membership.clone()))),
                (None, Some(site)) => {
                    // Claims the place, so that nobody is asked about twice.
                    of_person.insert(key.1, OnSite::Unreadable(String::new()));
                    let joins = joins(&wished.wishes, name, desk);
                    questions.push(Question { number: wished.number, person, site, joins });
                }
                (None, None) => {}
            }
        }
    }
    for (number, site, answer) in ask_all(hub, asker, questions).await? {
        found.entry(number).or_default().insert(site, answer);
    }
    Ok(found)
}

fn joins(wishes: &Wishes, site: &str, desk: &Desk) -> bool {
    wishes.settings.iter().any(|(field, setting)| match field {
        Field::Licence { id } => *setting == Setting::Flag(true) && desk.catalog.hosts(id, site),
        Field::Attendee { site: other } => *setting == Setting::Flag(true) && other == site,
        _ => false,
    })
}

/// What was read since the plan was asked for.
async fn remembered(
    hub: &Hub,
    plan: &Plan,
    people: &HashMap<i64, PersonRecord>,
) -> Result<HashMap<(String, String), Membership>> {
    let ids: Vec<&str> = people.values().map(PersonRecord::id).collect();
    let known = sites::remembered(hub, plan.organization_id, &ids).await?;
    let fresh = known.into_iter().filter(|known| known.read_at >= plan.created_at);
    Ok(fresh.map(|known| ((known.person_id, known.site), known.membership)).collect())
}

async fn ask_all(
    hub: &Hub,
    asker: Asker,
    questions: Vec<Question<'_>>,
) -> Result<Vec<(i64, String, OnSite)>> {
    let uses_xml = questions.iter().any(|question| question.site.way() == Some(Way::Xml));
    let api = if uses_xml { Api::Xml } else { Api::Meetings };
    let at_once = gate::in_flight(hub, asker.organization, api).await.max(1);
    // Collected, because a stream of futures made by a closure over borrowed questions is not known to be `Send`.
    let answers: Vec<_> = questions.into_iter().map(|question| ask(hub, asker, question)).collect();
    stream::iter(answers).buffer_unordered(at_once).try_collect().await
}

async fn ask(hub: &Hub, asker: Asker, question: Question<'_>) -> Result<(i64, String, OnSite)> {
    let answer = ask_one(hub, asker, &question).await?;
    Ok((question.number, question.site.site.clone(), answer))
}

async fn ask_one(hub: &Hub, asker: Asker, question: &Question<'_>) -> Result<OnSite> {
    let Question { person, site, joins, .. } = *question;
    match sites::read_membership(hub, asker, site, person).await {
        Ok(membership) => {
            sites::remember(hub, asker.organization, person.id(), &site.site, &membership).await?;
            Ok(OnSite::Is(membership))
        }
        // They will have an account by then.
        Err(error) if error.is_not_found() && joins => Ok(OnSite::Is(Membership::default())),
        Err(error) if error.is_not_found() => Ok(OnSite::Unreadable(
            "The person has no account on this site. Give them a licence for it first, or take this out of the list."
                .into(),
        )),
        Err(error) if is_about_one(&error) => {
            let why = format!("The site does not show what the person has there. {}", error.explain(hub).say);
            Ok(OnSite::Unreadable(why))
        }
        Err(error) => Err(error.explain(hub)),
    }
}

/// Whether the answer is about this person or site only, so that others can go on.
fn is_about_one(error: &CallError) -> bool {
    let about_one = |kind: ApiKind| {
        matches!(kind, ApiKind::Forbidden | ApiKind::Conflict | ApiKind::Invalid | ApiKind::Bug)
    };
    match error {
        CallError::Provider(error) => about_one(error.kind),
        // Neither API answers for the site.
        CallError::Own(error) => error.fault == Fault::Conflict,
    }
}

/// Takes out the wishes on sites that could not be read, and says why instead.
pub(super) fn refuse_what_is_unreadable(wishes: &mut Wishes, sites: &BTreeMap<String, OnSite>) {
    let mut refused = Vec::new();
    wishes.settings.retain(|(field, _)| {
        let asked = matches!(field.part(), Part::SessionTypes | Part::TrackingCodes);
        let known = field.site().filter(|_| asked).and_then(|site| sites.get(site));
        let Some(OnSite::Unreadable(why)) = known else { return true };
        refused.push(Refusal { what: words(field), why: why.clone() });
        false
    });
    wishes.refused.extend(refused);
}

pub(super) fn readable(sites: BTreeMap<String, OnSite>) -> BTreeMap<String, Membership> {
    let readable = |(site, known): (String, OnSite)| match known {
        OnSite::Is(membership) => Some((site, membership)),
        OnSite::Unreadable(_) => None,
    };
    sites.into_iter().filter_map(readable).collect()
}
