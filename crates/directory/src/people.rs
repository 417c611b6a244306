//! The people who were read: searched, filtered, taken over from what a change answered.

use std::collections::HashMap;

use platform::{
    Hub, Instant, Result, bug,
    db::{Statement, Tx, built},
    id::OrganizationId,
    record,
};
use webex::PersonRecord;

/// So many people are written by one statement.
const AT_ONCE: usize = 100;
/// So many people are looked for by one statement.
const MOST_IDS: usize = 500;
/// A list is never longer, whatever is asked for.
const MOST: i64 = 1_000;

record! {
    /// A person as lists show them.
    #[derive(Clone, Debug)]
    pub(crate) struct Listed {
        id: String,
        email_key: String,
        sort_key: String,
        department: String,
        /// Ids, divided by blanks.
        licences: String,
        /// Host names, divided by blanks.
        sites: String,
        is_active: bool,
        is_pending: bool,
        /// JSON as Webex sent it (`webex::PersonRecord`).
        record: String,
        read_at: Instant,
    }
}

/// Which people are asked for.
#[derive(Clone, Debug, Default)]
pub struct PeopleFilter {
    /// Part of a name or an address.
    pub search: Option<String>,
    /// A licence's id.
    pub licence: Option<String>,
    pub department: Option<String>,
    pub site: Option<String>,
    /// `active`, `inactive` or `pending`.
    pub status: Option<String>,
    /// Those after this person, in the order of names.
    pub after: Option<(String, String)>,
    pub limit: i64,
}

macro_rules! listed {
    () => {
        "id, email_key, sort_key, department, licences, sites, is_active, is_pending, record, read_at"
    };
}

/// Every condition of a filter, each void where nothing is asked for. A word of the search may stand anywhere. Blanks
/// around a department, as Webex may have them, do not count. Whoever hosts on a site has a licence for it, and Webex
/// names the site of attendees only.
macro_rules! fitting {
    () => {
        "organization_id = $1 AND (CAST($2 AS TEXT) IS NULL OR search LIKE $2 ESCAPE '!') \
         AND (CAST($3 AS TEXT) IS NULL OR licences LIKE $3 ESCAPE '!') \
         AND (CAST($4 AS TEXT) IS NULL OR TRIM(department) = $4) \
         AND (CAST($5 AS TEXT) IS NULL OR sites LIKE $5 ESCAPE '!' OR EXISTS (SELECT 1 FROM directory_licence l \
         WHERE l.organization_id = $1 AND l.site = $8 \
         AND REPLACE(directory_person.licences, ' ' || l.id || ' ', '') <> directory_person.licences)) \
         AND (CAST($6 AS BOOLEAN) IS NULL OR is_active = $6) \
         AND (CAST($7 AS BOOLEAN) IS NULL OR is_pending = $7)"
    };
}

impl PeopleFilter {
    fn bind(&self, statement: Statement, organization: OrganizationId) -> Statement {
        let (active, pending) = match self.status.as_deref() {
            Some("active") => (Some(true), Some(false)),
            Some("inactive") => (Some(false), None),
            Some("pending") => (None, Some(true)),
            _ => (None, None),
        };
        let search = self.search.as_deref().map(|text| text.trim().to_lowercase());
        let search = search.filter(|text| !text.is_empty()).map(|text| format!("%{}%", escaped(&text)));
        // Ids and host names stand between blanks.
        let listed = |text: &Option<String>| text.as_deref().map(|text| format!("% {} %", escaped(text)));
        let site = self.site.as_deref().map(|site| site.trim().to_lowercase());
        let department = self.department.as_deref().map(|department| department.trim().to_owned());
        statement
            .bind(organization)
            .bind(search)
            .bind(listed(&self.licence))
            .bind(department)
            .bind(listed(&site))
            .bind(active)
            .bind(pending)
            .bind(site)
    }
}

/// A text in which LIKE finds nothing but itself.
fn escaped(text: &str) -> String {
    text.replace('!', "!!").replace('%', "!%").replace('_', "!_")
}

/// People in the order of their names.
pub(crate) async fn list(
    hub: &Hub,
    organization: OrganizationId,
    filter: &PeopleFilter,
) -> Result<Vec<Listed>> {
    const ALL: &str = concat!(
        "SELECT ",
        listed!(),
        " FROM directory_person WHERE ",
        fitting!(),
        " ORDER BY sort_key, id LIMIT $9"
    );
    const AFTER: &str = concat!(
        "SELECT ",
        listed!(),
        " FROM directory_person WHERE ",
        fitting!(),
        " AND sort_key >= $10 AND (sort_key > $10 OR id > $11) ORDER BY sort_key, id LIMIT $9"
    );
    let statement = hub.db().sql(if filter.after.is_some() { AFTER } else { ALL });
    let mut statement = filter.bind(statement, organization).bind(filter.limit.clamp(0, MOST));
    if let Some((sort_key, id)) = &filter.after {
        statement = statement.bind(sort_key.clone()).bind(id.clone());
    }
    Ok(statement.all(hub.db()).await?)
}

/// How many people fit.
pub(crate) async fn count(hub: &Hub, organization: OrganizationId, filter: &PeopleFilter) -> Result<i64> {
    const TEXT: &str = concat!("SELECT COUNT(*) FROM directory_person WHERE ", fitting!());
    let (count,): (i64,) = filter.bind(hub.db().sql(TEXT), organization).one(hub.db()).await?;
    Ok(count)
}

/// The person with this id, as last read.
pub(crate) async fn find(hub: &Hub, organization: OrganizationId, id: &str) -> Result<Option<Listed>> {
    const TEXT: &str =
        concat!("SELECT ", listed!(), " FROM directory_person WHERE organization_id = $1 AND id = $2");
    Ok(hub.db().sql(TEXT).bind(organization).bind(id.to_owned()).maybe(hub.db()).await?)
}

/// A person as they stand in the database.
pub(crate) fn from_stored(record: &str) -> Result<PersonRecord> {
    serde_json::from_str(record)
        .map_err(|error| platform::bug("a person as stored cannot be read").because(error))
}

/// The addresses of these people by their ids, in lower case; who is not known is missing.
pub(crate) async fn addresses(
    hub: &Hub,
    organization: OrganizationId,
    ids: &[String],
) -> Result<HashMap<String, String>> {
    let mut all = HashMap::with_capacity(ids.len());
    for some in ids.chunks(MOST_IDS) {
        let text = format!(
            "SELECT id, email_key FROM directory_person WHERE organization_id = $1 AND id IN ({})",
            places(2, some.len(), 1)
        );
        let mut statement = hub.db().sql(built(text)).bind(organization);
        for id in some {
            statement = statement.bind(id.clone());
        }
        let found: Vec<(String, String)> = statement.all(hub.db()).await?;
        all.extend(found);
    }
    Ok(all)
}

/// The departments that people are in, in the order of the alphabet.
pub(crate) async fn departments(hub: &Hub, organization: OrganizationId) -> Result<Vec<String>> {
    let text = "SELECT DISTINCT TRIM(department) FROM directory_person \
                WHERE organization_id = $1 AND TRIM(department) <> '' ORDER BY 1 LIMIT 2000";
    let found: Vec<(String,)> = hub.db().sql(text).bind(organization).all(hub.db()).await?;
    Ok(found.into_iter().map(|(department,)| department).collect())
}

/// Keeps a person as they were when they were asked for, which a change of ours may have been.
pub(crate) async fn take_over(
    tx: &mut Tx,
    organization: OrganizationId,
    asked_at: Instant,
    record: &PersonRecord,
) -> Result<()> {
    // Who is created while everybody is being read belongs to that reading too, or would be gone at its end.
    let text = "SELECT generation + CASE WHEN phase IS NULL THEN 0 ELSE 1 END FROM directory WHERE organization_id = $1";
    let found: Option<(i64,)> = tx.sql(text).bind(organization).maybe(&mut *tx).await?;
    let generation = found.map_or(0, |(generation,)| generation);
    put(tx, organization, (generation, asked_at), std::slice::from_ref(record)).await
}

/// Keeps people as they were when they were asked for. What was read of somebody later stays, because a change of ours
/// may have come in between; but they are there, so they belong to this reading.
pub(crate) async fn put(
    tx: &mut Tx,
    organization: OrganizationId,
    (generation, asked_at): (i64, Instant),
    people: &[PersonRecord],
) -> Result<()> {
    for some in people.chunks(AT_ONCE) {
        let some: Vec<&PersonRecord> = distinct(some);
        let mut statement =
            tx.sql(built(upsert(some.len()))).bind(organization).bind(generation).bind(asked_at);
        for person in &some {
            statement = Row::of(person)?.bind(statement);
        }
        statement.execute(&mut *tx).await?;
        let ids = places(3, some.len(), 1);
        let text = format!(
            "UPDATE directory_person SET generation = $2 WHERE organization_id = $1 AND generation < $2 AND id IN ({ids})"
        );
        let mut statement = tx.sql(built(text)).bind(organization).bind(generation);
        for person in &some {
            statement = statement.bind(person.id().to_owned());
        }
        statement.execute(&mut *tx).await?;
    }
    Ok(())
}

/// Everybody once: no statement may write a row twice. Who has no id is nobody.
fn distinct(people: &[PersonRecord]) -> Vec<&PersonRecord> {
    let mut seen = std::collections::HashSet::new();
    people.iter().filter(|person| !person.id().is_empty() && seen.insert(person.id())).collect()
}

/// `$from, $from+1, …`, so many groups of so many.
fn places(from: usize, groups: usize, each: usize) -> String {
    let all: Vec<String> = (from..from + groups * each).map(|place| format!("${place}")).collect();
    all.join(", ")
}

fn upsert(people: usize) -> String {
    let rows: Vec<String> =
        (0..people).map(|row| format!("($1, $2, $3, {})", places(4 + row * COLUMNS, 1, COLUMNS))).collect();
    format!(
        "INSERT INTO directory_person (organization_id, generation, read_at, id, email_key, sort_key, search, department, \
         licences, sites, is_active, is_pending, record) VALUES {} \
         ON CONFLICT (organization_id, id) DO UPDATE SET generation = excluded.generation, read_at = excluded.read_at, \
         email_key = excluded.email_key, sort_key = excluded.sort_key, search = excluded.search, \
         department = excluded.department, licences = excluded.licences, sites = excluded.sites, \
         is_active = excluded.is_active, is_pending = excluded.is_pending, record = excluded.record \
         WHERE directory_person.read_at <= excluded.read_at",
        rows.join(", ")
    )
}

/// Columns of a person's own.
const COLUMNS: usize = 10;

/// What is searched and sorted by, drawn from the record.
struct Row {
    id: String,
    email_key: String,
    sort_key: String,
    search: String,
    department: String,
    licences: String,
    sites: String,
    is_active: bool,
    is_pending: bool,
    record: String,
}

impl Row {
    fn of(person: &PersonRecord) -> Result<Self> {
        let record = serde_json::to_string(&stored(person))
            .map_err(|error| bug("a person cannot be written").because(error))?;
        let name = person.text("displayName").map_or_else(
            || [person.text("firstName"), person.text("lastName")].map(Option::unwrap_or_default).join(" "),
            str::to_owned,
        );
        let email_key = clean(person.email()).to_lowercase();
        let named =
            if name.trim().is_empty() { email_key.clone() } else { clean(name.trim()).to_lowercase() };
        let words = ["firstName", "lastName", "department", "title"]
            .map(|field| person.text(field).unwrap_or_default());
        let search = format!("{named} {email_key} {}", clean(&words.join(" ")).to_lowercase());
        let sites: Vec<&str> = sites_of(person).collect();
        Ok(Self {
            id: clean(person.id()),
            email_key,
            sort_key: named,
            search,
            department: clean(person.text("department").unwrap_or_default()).trim().to_owned(),
            licences: listed(&person.list("licenses")),
            sites: listed(&sites).to_lowercase(),
            is_active: person.flag("loginEnabled").unwrap_or(true),
            is_pending: person.flag("invitePending").unwrap_or(false)
                || person.text("status") == Some("pending"),
            record,
        })
    }

    fn bind(self, statement: Statement) -> Statement {
        statement
            .bind(self.id)
            .bind(self.email_key)
            .bind(self.sort_key)
            .bind(self.search)
            .bind(self.department)
            .bind(self.licences)
            .bind(self.sites)
            .bind(self.is_active)
            .bind(self.is_pending)
            .bind(self.record)
    }
}

/// The record without what changes by itself and nobody plans by.
fn stored(person: &PersonRecord) -> PersonRecord {
    let mut record = person.clone();
    for field in ["lastActivity", "status"] {
        record.0.remove(field);
    }
    record
}

/// PostgreSQL takes no U+0000 in a text; inside JSON it is written otherwise.
fn clean(text: &str) -> String {
    text.replace('\0', "")
}

/// The meeting sites on which a person is, as attendee or host, by host name.
pub(crate) fn sites_of(person: &PersonRecord) -> impl Iterator<Item = &str> {
    let mut sites: Vec<&str> = person.list("siteUrls").into_iter().map(before_the_mark).collect();
    sites.retain(|site| !site.is_empty());
    sites.sort_unstable();
    sites.dedup();
    sites.into_iter()
}

/// Attendees are marked: `site#attendee`.
fn before_the_mark(site: &str) -> &str {
    site.split('#').next().unwrap_or_default().trim()
}

fn listed(all: &[&str]) -> String {
    if all.is_empty() { String::new() } else { format!(" {} ", clean(&all.join(" "))) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::{ORGANIZATION, folder, hub, standing};

    fn person(value: serde_json::Value) -> PersonRecord {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn a_person_is_found_by_name_address_and_department() {
        let ada = person(json!({
            "id": "p1", "emails": ["Ada@L.example"], "displayName": "Ada Lindqvist", "department": " IT\u{0} ",
            "licenses": ["a_1", "b"], "siteUrls": ["x.webex.com#attendee", "x.webex.com", "a.webex.com"],
            "loginEnabled": "false", "status": "active",
        }));
        let row = Row::of(&ada).unwrap();
        assert_eq!((row.email_key.as_str(), row.sort_key.as_str()), ("ada@l.example", "ada lindqvist"));
        assert!(row.search.contains("ada@l.example") && row.search.contains(" it"), "{}", row.search);
        assert_eq!((row.licences.as_str(), row.sites.as_str()), (" a_1 b ", " a.webex.com x.webex.com "));
        assert_eq!((row.department.as_str(), row.is_active, row.is_pending), ("IT", false, false));
        assert!(!row.record.contains("status"), "{}", row.record);
    }

    #[test]
    fn whoever_has_no_name_is_sorted_by_address() {
        let row =
            Row::of(&person(json!({"id": "p1", "emails": ["Zoe@l.example"], "displayName": " "}))).unwrap();
        assert_eq!(row.sort_key, "zoe@l.example");
    }

    #[test]
    fn nothing_of_a_search_is_a_pattern() {
        assert_eq!(escaped("50%_!"), "50!%!_!!");
    }

    #[test]
    fn nobody_is_written_twice_by_one_statement() {
        let same = [json!({"id": "a"}), json!({"id": "a"}), json!({}), json!({"id": "b"})].map(person);
        assert_eq!(distinct(&same).len(), 2);
        assert!(upsert(2).contains("$4, $5") && upsert(2).contains("$23)"), "{}", upsert(2));
    }

    async fn keep(hub: &Hub, generation: i64, seconds_ago: u64, people: &[PersonRecord]) {
        let asked = hub.now().before(std::time::Duration::from_secs(seconds_ago));
        let mut tx = hub.db().begin().await.unwrap();
        put(&mut tx, ORGANIZATION, (generation, asked), people).await.unwrap();
        tx.commit().await.unwrap();
    }

    fn in_department(id: &str, department: &str) -> PersonRecord {
        person(json!({
            "id": id, "emails": [format!("{id}@l.example")], "displayName": id.to_uppercase(), "department": department,
            "licenses": ["A_1"], "siteUrls": ["x.webex.com#attendee"], "loginEnabled": id != "c", "invitePending": id == "b",
        }))
    }

    #[tokio::test]
    async fn an_older_page_does_not_undo_what_a_change_read_back() {
        let dir = folder();
        let hub = hub(dir.path(), standing(), 1).await;
        keep(&hub, 1, 60, &[in_department("a", "IT")]).await;
        let mut tx = hub.db().begin().await.unwrap();
        take_over(&mut tx, ORGANIZATION, hub.now(), &in_department("a", "Archive")).await.unwrap();
        tx.commit().await.unwrap();
        keep(&hub, 2, 5, &[in_department("a", "IT")]).await;
        assert_eq!(find(&hub, ORGANIZATION, "a").await.unwrap().unwrap().department, "Archive");
        let (generation,): (i64,) =
            hub.db().sql("SELECT generation FROM directory_person").one(hub.db()).await.unwrap();
        assert_eq!(generation, 2, "they were found again");
    }

    #[tokio::test]
    async fn blanks_around_a_department_do_not_count_and_its_length_does_not_matter() {
        let dir = folder();
        let hub = hub(dir.path(), standing(), 1).await;
        let long = "x".repeat(300);
        let people = [("a", " IT\u{a0}"), ("b", "IT"), ("c", long.as_str()), ("d", "  ")];
        keep(&hub, 1, 0, &people.map(|(id, department)| in_department(id, department))).await;
        // As it was stored until now.
        let text = "UPDATE directory_person SET department = '  IT ' WHERE id = 'b'";
        hub.db().sql(text).execute(hub.db()).await.unwrap();
        assert_eq!(departments(&hub, ORGANIZATION).await.unwrap(), ["IT", long.as_str()]);
        let found = async |department: &str| {
            let filter = PeopleFilter { department: Some(department.to_owned()), ..PeopleFilter::default() };
            count(&hub, ORGANIZATION, &filter).await.unwrap()
        };
        assert_eq!((found("IT").await, found(" IT ").await, found(&long).await), (2, 2, 1));
    }

    #[tokio::test]
    async fn people_are_filtered_and_listed_in_pages() {
        let dir = folder();
        let hub = hub(dir.path(), standing(), 1).await;
        let people: Vec<PersonRecord> = ["a", "b", "c", "d"]
            .iter()
            .map(|id| in_department(id, if *id < "c" { "IT" } else { "Art_1" }))
            .collect();
        keep(&hub, 1, 0, &people).await;
        let all = PeopleFilter { limit: 10, ..PeopleFilter::default() };
        let ids = async |filter: PeopleFilter| {
            let found = list(&hub, ORGANIZATION, &filter).await.unwrap();
            let unpaged = PeopleFilter { after: None, ..filter.clone() };
            let number = count(&hub, ORGANIZATION, &unpaged).await.unwrap();
            let ids: Vec<String> = found.into_iter().map(|it| it.id).collect();
            (ids.join(""), number)
        };
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(ids(all.clone()).await, ("abcd".into(), 4));
        assert_eq!(ids(PeopleFilter { search: text("B@L"), ..all.clone() }).await, ("b".into(), 1));
        assert_eq!(ids(PeopleFilter { search: text("art_1"), ..all.clone() }).await, ("cd".into(), 2));
        assert_eq!(ids(PeopleFilter { search: text("artx1"), ..all.clone() }).await.1, 0);
        assert_eq!(ids(PeopleFilter { licence: text("A_1"), ..all.clone() }).await.1, 4);
        assert_eq!(ids(PeopleFilter { licence: text("A_"), ..all.clone() }).await.1, 0);
        assert_eq!(ids(PeopleFilter { department: text("IT"), ..all.clone() }).await.1, 2);
        assert_eq!(ids(PeopleFilter { site: text("X.webex.com"), ..all.clone() }).await.1, 4);
        // Webex names the sites of attendees only; who hosts there has a licence.
        assert_eq!(ids(PeopleFilter { site: text("y.webex.com"), ..all.clone() }).await.1, 0);
        hub.db()
            .sql(
                "INSERT INTO directory_licence (organization_id, id, name, site, consumed, read_at) \
                 VALUES ($1, 'A_1', 'Suite', 'y.webex.com', 1, 0)",
            )
            .bind(ORGANIZATION)
            .execute(hub.db())
            .await
            .unwrap();
        assert_eq!(ids(PeopleFilter { site: text("y.webex.com"), ..all.clone() }).await.1, 4);
        let known = addresses(&hub, ORGANIZATION, &["a".to_owned(), "x".to_owned()]).await.unwrap();
        assert_eq!(known, HashMap::from([("a".to_owned(), "a@l.example".to_owned())]));
        assert_eq!(ids(PeopleFilter { status: text("inactive"), ..all.clone() }).await, ("c".into(), 1));
        assert_eq!(ids(PeopleFilter { status: text("pending"), ..all.clone() }).await, ("b".into(), 1));
        assert_eq!(ids(PeopleFilter { status: text("active"), ..all.clone() }).await, ("ad".into(), 2));
        let after = Some(("b".to_owned(), "b".to_owned()));
        assert_eq!(ids(PeopleFilter { after, limit: 1, ..all.clone() }).await, ("c".into(), 4));
        assert_eq!(departments(&hub, ORGANIZATION).await.unwrap(), ["Art_1", "IT"]);
        keep(&hub, 1, 0, &[person(json!({ "id": "e", "emails": ["e@l.example"], "displayName": "Özlem" }))])
            .await;
        assert_eq!(ids(PeopleFilter { search: text("öZLEM"), ..all.clone() }).await, ("e".into(), 1));
    }
}
