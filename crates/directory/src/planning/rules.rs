//! Standing rules: whoever fits the condition shall have what the rule says. Several rules that fit one person are put
//! together in their order; where two of them contradict each other, the field is left as it is, and the plan says so.

use std::{collections::BTreeSet, sync::Arc};

use platform::{
    Actor, Hub, Result,
    audit::{self, Act},
    db::{Tx, built},
    error::{FieldError, invalid, invalid_field},
    id::OrganizationId,
    json_column, record,
};
use rosters::{Code, Email, Licence, Row, SiteWishes, Wish};
use serde_json::json;
use webex::PersonRecord;

use super::{
    ask::{self, Made},
    model::{Condition, Gathering, NewPlan, Plan, PlanId, Rule, RuleId, RuleSite, RuleWishes, Source},
    store,
};
use crate::{
    plan::{Catalog, Field, Refusal, Wishes, words},
    sites,
};

json_column!(Condition);
json_column!(RuleWishes);

/// How many standing rules there can be.
pub(crate) const MOST_RULES: usize = 100;
/// How many licences, sites, session types or tracking codes one rule names.
const MOST_NAMES: usize = 100;
const LONGEST_TEXT: usize = 256;
/// How many people are looked at in one step.
const PAGE: i64 = 1_000;

record! {
    struct StoredRule {
        id: RuleId,
        condition: Condition,
        wishes: RuleWishes,
    }
}

record! {
    /// As much of a person as conditions ask for.
    struct Candidate {
        id: String,
        email_key: String,
        department: String,
        licences: String,
        record: String,
    }
}

/// A rule with its names understood.
struct Understood {
    when: Condition,
    /// The id of the licence that the condition names, where it names one that there is.
    licence: Option<String>,
    then: Wishes,
}

/// The standing rules in their order.
pub(super) async fn list(hub: &Hub, organization: OrganizationId) -> Result<Vec<Rule>> {
    const TEXT: &str =
        "SELECT id, condition, wishes FROM directory_rule WHERE organization_id = $1 ORDER BY position";
    let rows: Vec<StoredRule> = hub.db().sql(TEXT).bind(organization).all(hub.db()).await?;
    let rule = |row: StoredRule| Rule { id: Some(row.id.to_string()), when: row.condition, then: row.wishes };
    Ok(rows.into_iter().map(rule).collect())
}

/// Replaces the standing rules.
pub(super) async fn set(hub: &Hub, actor: &Actor, rules: Vec<Rule>) -> Result<()> {
    let organization = ask::organization_of(actor)?;
    let catalog = sites::catalog(hub, organization).await?;
    check(&rules, &catalog)?;
    let before = list(hub, organization).await?;
    let known: Vec<&str> = before.iter().filter_map(|rule| rule.id.as_deref()).collect();
    let mut rules = rules;
    for rule in &mut rules {
        // An id that is not one of ours would be somebody's invention.
        rule.id = rule.id.take().filter(|id| known.contains(&id.as_str()));
        rule.id.get_or_insert_with(|| RuleId::new(hub).to_string());
    }
    let mut tx = hub.db().begin().await?;
    write(&mut tx, organization, &rules).await?;
    let act = Act {
        action: "directory_rules.changed",
        subject: "directory_rules",
        subject_id: organization.to_string(),
        details: json!({ "before": before, "after": rules }),
    };
    audit::record(hub, &mut tx, actor, act).await?;
    tx.commit().await?;
    Ok(())
}

async fn write(tx: &mut Tx, organization: OrganizationId, rules: &[Rule]) -> Result<()> {
    tx.sql("DELETE FROM directory_rule WHERE organization_id = $1")
        .bind(organization)
        .execute(&mut *tx)
        .await?;
    if rules.is_empty() {
        return Ok(());
    }
    let text = format!(
        "INSERT INTO directory_rule (organization_id, id, position, condition, wishes) VALUES {}",
        store::places(rules.len(), 5)
    );
    let mut statement = tx.sql(built(text));
    for (position, rule) in rules.iter().enumerate() {
        statement = statement.bind(organization).bind(rule.id.clone().unwrap_or_default());
        statement = statement.bind(i64::try_from(position).unwrap_or(i64::MAX));
        statement = statement.bind(rule.when.clone()).bind(rule.then.clone());
    }
    statement.execute(tx).await?;
    Ok(())
}

/// Every name in the rules is known, and nothing is too long.
fn check(rules: &[Rule], catalog: &Catalog) -> Result<()> {
    if rules.len() > MOST_RULES {
        let message = format!("There can be at most {MOST_RULES} rules. Put some of them together.");
        return Err(invalid_field("rules", message));
    }
    let mut problems = Vec::new();
    for (index, rule) in rules.iter().enumerate() {
        let field = format!("rules[{index}]");
        if let Some(message) = too_large(rule) {
            problems.push(FieldError { field, message });
            continue;
        }
        let named = rule.when.licence.as_deref().map(|title| (title, catalog.licence(title)));
        if let Some((title, Err(unknown))) = named {
            let message = format!("Licence “{title}”: {}", unknown.why("licence", "organization"));
            problems.push(FieldError { field: format!("{field}.when.licence"), message });
        }
        problems.extend(named_twice(&field, &rule.then.sites, catalog));
        let wishes = in_our_terms(&rule.then, catalog);
        for refusal in &wishes.refused {
            let message = format!("{}: {}", refusal.what, refusal.why);
            problems.push(FieldError { field: format!("{field}.then"), message });
        }
        if wishes.settings.is_empty() && wishes.refused.is_empty() {
            let message = "The rule wants nothing. Name a licence, session types or a tracking code.".into();
            problems.push(FieldError { field: format!("{field}.then"), message });
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(invalid(problems)) }
}

/// Sites that a rule names more than once, by whichever of their names: each is wrong where it stands again.
fn named_twice(field: &str, sites: &[RuleSite], catalog: &Catalog) -> Vec<FieldError> {
    let mut seen = BTreeSet::new();
    let mut wrong = Vec::new();
    for (place, RuleSite { site, .. }) in sites.iter().enumerate() {
        let site = site.trim();
        let known = catalog.site(Some(site));
        let name = known.map_or_else(|_| site.to_lowercase(), |(name, _)| name.to_owned());
        // Where no site is named, that is what is wrong.
        if !name.is_empty() && !seen.insert(name) {
            let message = format!(
                "The meeting site “{site}” stands in this rule more than once. Put both into one row."
            );
            wrong.push(FieldError { field: format!("{field}.then.sites[{place}].site"), message });
        }
    }
    wrong
}

fn too_large(rule: &Rule) -> Option<String> {
    let Condition { department, title, email_domain, licence } = &rule.when;
    let mut texts: Vec<&str> =
        [department, title, email_domain, licence].into_iter().flatten().map(String::as_str).collect();
    texts.extend(rule.then.add_licences.iter().chain(&rule.then.remove_licences).map(String::as_str));
    for site in &rule.then.sites {
        texts.push(&site.site);
        texts.extend(site.session_types.iter().flatten().map(String::as_str));
        texts.extend(site.tracking_codes.iter().flat_map(|(name, value)| [name.as_str(), value]));
    }
    if texts.len() > MOST_NAMES {
        return Some(format!("A rule names at most {MOST_NAMES} things. Split it into two."));
    }
    let is_long = |text: &&str| text.chars().count() > LONGEST_TEXT || text.chars().any(char::is_control);
    texts.iter().any(is_long).then(|| format!("Write at most {LONGEST_TEXT} characters, in one line."))
}

/// Asks for a plan of the standing rules; whom they are about is found out in the background.
pub(super) async fn ask(hub: &Hub, actor: &Actor, new: NewPlan) -> Result<PlanId> {
    let organization = ask::organization_of(actor)?;
    let rules = list(hub, organization).await?;
    if rules.is_empty() {
        return Err(platform::conflict("There are no rules yet. Write a rule first, then ask for a plan."));
    }
    let made = Made { gathering: Some(Gathering { after: String::new(), rules }), ..Made::default() };
    // Rules are about people who are there.
    ask::store_plan(hub, actor, NewPlan { create: false, ..new }, Source::Rules, made).await
}

/// Looks at the next people and stores what the rules want of them. False when somebody else works on the plan by now.
pub(super) async fn gather(hub: &Hub, plan: &mut Plan, catalog: &Catalog) -> Result<bool> {
    let Some(Gathering { after, rules }) = plan.gathering.clone() else { return Ok(true) };
    let people = candidates(hub, plan, &after).await?;
    let last = people.last().map(|person| person.id.clone());
    let understood: Vec<Understood> = rules.iter().map(|rule| understand(rule, catalog)).collect();
    let wished: Vec<(Option<String>, Wishes)> = people
        .into_iter()
        .filter_map(|person| Some((Some(person.id.clone()), wanted(&person, &understood)?)))
        .collect();
    let mut tx = hub.db().begin().await?;
    let key = (plan.organization_id, plan.id);
    store::insert_wishes(&mut tx, key, plan.wished + 1, &wished).await?;
    plan.wished += i64::try_from(wished.len()).unwrap_or(0);
    plan.gathering = last.map(|after| Gathering { after, rules });
    if !store::keep(&mut tx, plan).await? {
        return Ok(false);
    }
    tx.commit().await?;
    Ok(true)
}

async fn candidates(hub: &Hub, plan: &Plan, after: &str) -> Result<Vec<Candidate>> {
    const TEXT: &str = "SELECT id, email_key, department, licences, record FROM directory_person \
                        WHERE organization_id = $1 AND id > $2 AND generation >= $3 ORDER BY id LIMIT $4";
    let statement = hub.db().sql(TEXT).bind(plan.organization_id).bind(after.to_owned());
    Ok(statement.bind(plan.generation).bind(PAGE).all(hub.db()).await?)
}

fn understand(rule: &Rule, catalog: &Catalog) -> Understood {
    let licence = rule.when.licence.as_deref();
    let licence = licence.and_then(|title| catalog.licence(title).ok()).map(|found| found.id.clone());
    Understood { when: rule.when.clone(), licence, then: in_our_terms(&rule.then, catalog) }
}

/// What a rule wants, as if it were the row of a list.
fn in_our_terms(then: &RuleWishes, catalog: &Catalog) -> Wishes {
    let mut row = Row::new(0, Email::new(""));
    let licences = |titles: &[String], wanted: bool| -> Vec<Licence> {
        titles.iter().map(|title| Licence { title: Arc::from(title.as_str()), wanted }).collect()
    };
    row.licences = licences(&then.add_licences, true);
    row.licences.extend(licences(&then.remove_licences, false));
    // Rules that were stored when a site could still stand in one twice: an entry for each, so that what they say is put
    // together, and refused where it differs.
    for RuleSite { site, session_types, tracking_codes } in &then.sites {
        let session_types = match session_types {
            None => Wish::Absent,
            Some(none) if none.is_empty() => Wish::Clear,
            Some(types) => Wish::Set(types.clone()),
        };
        let code = |(name, value): (&String, &String)| {
            let wish = if value.trim().is_empty() { Wish::Clear } else { Wish::Set(value.clone()) };
            (Code::Name(Arc::from(name.as_str())), wish)
        };
        let tracking_codes = tracking_codes.iter().map(code).collect();
        let site: Arc<str> = Arc::from(site.as_str());
        row.sites.push(SiteWishes {
            site: Some(site),
            session_types,
            tracking_codes,
            ..SiteWishes::default()
        });
    }
    Wishes { row: None, ..Wishes::of_row(&row, catalog) }
}

/// What the rules want of this person; nothing when none fits.
fn wanted(person: &Candidate, rules: &[Understood]) -> Option<Wishes> {
    let mut fitting = rules.iter().enumerate().filter(|(_, rule)| fits(person, rule)).peekable();
    fitting.peek()?;
    let mut wanted = Wishes { email: person.email_key.clone(), ..Wishes::default() };
    // By which rule each field was first wanted.
    let mut by: Vec<usize> = Vec::new();
    let mut contradicted: Vec<usize> = Vec::new();
    for (number, rule) in fitting {
        wanted.refused.extend(rule.then.refused.iter().cloned());
        wanted.not_given = wanted.not_given.take().or_else(|| rule.then.not_given.clone());
        for (field, setting) in &rule.then.settings {
            let Some(at) = wanted.settings.iter().position(|(has, _)| has == field) else {
                wanted.settings.push((field.clone(), setting.clone()));
                by.push(number);
                continue;
            };
            if wanted.settings[at].1 != *setting && !contradicted.contains(&at) {
                contradicted.push(at);
                wanted.refused.push(Refusal { what: words(field), why: contradiction(by[at], number) });
                if let Field::Licence { id } = field {
                    wanted.not_given.get_or_insert_with(|| id.clone());
                }
            }
        }
    }
    let mut at = 0;
    wanted.settings.retain(|_| {
        at += 1;
        !contradicted.contains(&(at - 1))
    });
    Some(wanted)
}

fn contradiction(one: usize, other: usize) -> String {
    let (one, other) = (one + 1, other + 1);
    if one == other {
        return format!("Rule {one} wants two things at once, so it is left as it is. Change the rule.");
    }
    format!(
        "Rules {one} and {other} fit this person and contradict each other, so it is left as it is. Change one of them."
    )
}

fn fits(person: &Candidate, rule: &Understood) -> bool {
    let same = |one: &str, other: &str| one.trim().to_lowercase() == other.trim().to_lowercase();
    let when = &rule.when;
    let domain = || person.email_key.rsplit_once('@').map_or("", |(_, domain)| domain);
    let has = |id: &String| person.licences.split(' ').any(|licence| licence == id);
    let title = || {
        let record: PersonRecord = serde_json::from_str(&person.record).unwrap_or_default();
        record.text("title").unwrap_or_default().to_owned()
    };
    when.department.as_deref().is_none_or(|department| same(department, &person.department))
        && when.email_domain.as_deref().is_none_or(|wanted| same(wanted.trim_start_matches('@'), domain()))
        && (when.licence.is_none() || rule.licence.as_ref().is_some_and(has))
        && when.title.as_deref().is_none_or(|wanted| same(wanted, &title()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::plan::{Field, SessionTypeFact, Setting, SiteFact, TrackingCodeFact};

    const SITE: &str = "l.webex.com";

    fn catalog() -> Catalog {
        let types = [("3", "PRO"), ("9", "ONS")];
        let session_type = |(id, short_name): (&str, &str)| SessionTypeFact {
            id: id.into(),
            short_name: short_name.into(),
            name: short_name.into(),
        };
        let code = |(name, place): (&str, u8)| TrackingCodeFact {
            name: name.into(),
            place,
            options: Vec::new(),
            required: false,
        };
        let site = SiteFact {
            session_types: types.map(session_type).into(),
            tracking_codes: [("Branch", 1), ("Desk", 2)].map(code).into(),
            closed: None,
        };
        let sites = BTreeMap::from([(SITE.to_owned(), site.clone()), ("m.webex.com".to_owned(), site)]);
        Catalog { licences: Vec::new(), sites }
    }

    fn on(site: &str, types: Option<&[&str]>, codes: &[(&str, &str)]) -> RuleSite {
        RuleSite {
            site: site.into(),
            session_types: types.map(|types| types.iter().map(|&name| name.to_owned()).collect()),
            tracking_codes: codes.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect(),
        }
    }

    fn rule(sites: &[RuleSite]) -> Rule {
        let then = RuleWishes { sites: sites.to_vec(), ..RuleWishes::default() };
        Rule { id: None, when: Condition::default(), then }
    }

    fn types(ids: &[&str]) -> (Field, Setting) {
        let ids = ids.iter().map(|&id| id.to_owned()).collect();
        (Field::SessionTypes { site: SITE.into() }, Setting::Set(ids))
    }

    fn code(name: &str, value: &str) -> (Field, Setting) {
        (Field::TrackingCode { site: SITE.into(), name: name.into() }, Setting::text(value))
    }

    #[test]
    fn a_site_that_a_rule_names_twice_is_refused_by_whichever_name() {
        let first = on(SITE, Some(&["PRO"]), &[]);
        for again in ["l.webex.com", " L.WebEx.com ", "l"] {
            let rules = [
                rule(std::slice::from_ref(&first)),
                rule(&[
                    first.clone(),
                    on("m.webex.com", Some(&[]), &[]),
                    on(again, None, &[("Branch", "Main")]),
                ]),
            ];
            let error = check(&rules, &catalog()).unwrap_err();
            let said = error.field("rules[1].then.sites[2].site").unwrap();
            assert!(said.contains(again.trim()) && said.contains("Put both into one row"), "{said}");
            let platform::Fault::Invalid(fields) = error.fault else { panic!("{error:?}") };
            assert_eq!(fields.len(), 1, "{fields:?}");
        }
        let two = [first, on("m.webex.com", Some(&["PRO"]), &[])];
        assert!(check(&[rule(&two)], &catalog()).is_ok());
    }

    #[test]
    fn unknown_sites_are_told_apart_without_regard_to_capitals_and_blank_ones_not_at_all() {
        let sites = ["x.webex.com", "X.webex.com", "", " "].map(|site| on(site, Some(&["PRO"]), &[]));
        let error = check(&[rule(&sites)], &catalog()).unwrap_err();
        assert!(error.field("rules[0].then").unwrap().contains("no such meeting site"), "{error:?}");
        assert!(error.field("rules[0].then.sites[1].site").is_some(), "{error:?}");
        assert!(error.field("rules[0].then.sites[3].site").is_none(), "{error:?}");
    }

    #[test]
    fn what_an_old_rule_says_twice_of_a_site_is_put_together() {
        let halves = [on(SITE, Some(&["PRO"]), &[("Branch", "Main")]), on(SITE, None, &[("Desk", "7")])];
        let expected = vec![types(&["3"]), code("Branch", "Main"), code("Desk", "7")];
        let wishes = in_our_terms(&rule(&halves).then, &catalog());
        assert_eq!((wishes.settings, wishes.refused), (expected, Vec::new()));
        let same = [on(SITE, Some(&["PRO", "ONS"]), &[]), on("L", Some(&["9", "3"]), &[])];
        let wishes = in_our_terms(&rule(&same).then, &catalog());
        assert_eq!((wishes.settings, wishes.refused), (vec![types(&["3", "9"])], Vec::new()));
    }

    #[test]
    fn what_an_old_rule_says_differently_of_a_site_is_refused() {
        let differing = [
            on(SITE, Some(&["PRO"]), &[("Branch", "Main"), ("Desk", "7")]),
            on(SITE, Some(&["ONS"]), &[("Branch", "East")]),
        ];
        let wishes = in_our_terms(&rule(&differing).then, &catalog());
        assert_eq!(wishes.settings, [code("Desk", "7")]);
        let refused: Vec<&str> = wishes.refused.iter().map(|refusal| refusal.what.as_str()).collect();
        assert_eq!(refused, ["Session types on l.webex.com", "Branch on l.webex.com"]);
    }
}
