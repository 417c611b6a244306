//! People as a list in one of the three layouts, so that it can be changed and sent back; page by page, however many
//! they are.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use futures_util::stream::{self, BoxStream, StreamExt};
use platform::{Hub, Result, error::invalid_field, id::OrganizationId};
use rosters::{
    Attribute, Code, Column, Email, Kept, Layout, Licence, Part, Phone, Privilege, Row, SiteField, Wish,
    Writer,
};
use webex::PersonRecord;

use crate::{
    people::{self, Listed, PeopleFilter},
    plan::{Catalog, Field, LicenceFact, Membership, SiteFact, TrackingCodeFact},
    sites,
};

/// How many people one piece holds.
const PAGE: i64 = 500;
/// Control Hub's own word on a person; it is not read back.
const STATUS: &str = "User Status";

const TEXTS: [Attribute; 7] = [
    Attribute::FirstName,
    Attribute::LastName,
    Attribute::DisplayName,
    Attribute::Department,
    Attribute::Title,
    Attribute::Manager,
    Attribute::Extension,
];

/// How people are written.
struct Sheet {
    hub: Hub,
    organization: OrganizationId,
    layout: Layout,
    writer: Writer,
    /// Licences by id, with the titles of their columns.
    licences: Vec<(String, Arc<str>)>,
    /// The sites that have columns; the list of a meeting site has one of them and does not name it.
    sites: Vec<OfSite>,
}

struct OfSite {
    name: String,
    /// As the columns name it.
    named: Option<Arc<str>>,
    codes: Vec<(String, Code)>,
    /// The licences by which one hosts there.
    hosting: BTreeSet<String>,
}

/// People who fit the filter, as a list. What they have on meeting sites is written as far as it was read; blank cells
/// change nothing when the list is sent back.
pub(super) async fn people(
    hub: &Hub,
    organization: OrganizationId,
    (layout, site): (Layout, Option<&str>),
    filter: PeopleFilter,
) -> Result<BoxStream<'static, Result<Vec<u8>>>> {
    let catalog = sites::catalog(hub, organization).await?;
    let sheet = Arc::new(Sheet::new(hub, organization, (layout, site), &catalog)?);
    let first = sheet.writer.header();
    let filter = PeopleFilter { after: None, limit: PAGE, ..filter };
    let pages = stream::try_unfold(Some(filter), move |filter| {
        let sheet = Arc::clone(&sheet);
        async move {
            let Some(filter) = filter else { return Ok(None) };
            let found = people::list(&sheet.hub, sheet.organization, &filter).await?;
            let next = found
                .last()
                .map(|last| PeopleFilter { after: Some((last.sort_key.clone(), last.id.clone())), ..filter });
            Ok(Some((sheet.page(&found).await?, next)))
        }
    });
    Ok(stream::once(async move { Ok(first) }).chain(pages).boxed())
}

impl Sheet {
    fn new(
        hub: &Hub,
        organization: OrganizationId,
        (layout, site): (Layout, Option<&str>),
        catalog: &Catalog,
    ) -> Result<Self> {
        let licences = if layout == Layout::Meetings { Vec::new() } else { titles(catalog, layout) };
        let sites = match layout {
            Layout::ControlHub => Vec::new(),
            Layout::Plain => catalog.sites.keys().map(|name| of_site(name, layout, catalog)).collect(),
            Layout::Meetings => {
                let found = catalog.site(site.filter(|name| !name.is_empty()));
                let found = found
                    .map_err(|unknown| invalid_field("site", unknown.why("meeting site", "organization")));
                vec![of_site(found?.0, layout, catalog)]
            }
        };
        let columns = columns(layout, &licences, &sites);
        let writer = Writer::new(layout, &columns)
            .map_err(|error| platform::bug("an export has columns that cannot be written").because(error))?;
        Ok(Self { hub: hub.clone(), organization, layout, writer, licences, sites })
    }

    async fn page(&self, people: &[Listed]) -> Result<Vec<u8>> {
        let memberships =
            if self.sites.is_empty() { HashMap::new() } else { self.memberships(people).await? };
        let mut bytes = Vec::new();
        for person in people {
            let record: PersonRecord = people::from_stored(&person.record)?;
            bytes.extend(self.writer.row(&self.row(&record, &memberships)));
        }
        Ok(bytes)
    }

    async fn memberships(&self, people: &[Listed]) -> Result<HashMap<(String, String), Membership>> {
        let ids: Vec<&str> = people.iter().map(|person| person.id.as_str()).collect();
        let known = sites::remembered(&self.hub, self.organization, &ids).await?;
        Ok(known.into_iter().map(|known| ((known.person_id, known.site), known.membership)).collect())
    }

    fn row(&self, record: &PersonRecord, memberships: &HashMap<(String, String), Membership>) -> Row {
        let mut row = Row::new(0, Email::new(record.email()));
        for attribute in TEXTS {
            let text = people_name(attribute).and_then(|name| record.text(name));
            *row.attribute_mut(attribute) = text.map_or(Wish::Absent, |text| Wish::Set(text.to_owned()));
        }
        if let Some(number) = record.work_number() {
            row.phones = Wish::Set(vec![Phone { number: number.to_owned(), part: Part::Has }]);
        }
        row.active = record.flag("loginEnabled");
        let has = record.list("licenses");
        row.licences = self
            .licences
            .iter()
            .map(|(id, title)| Licence { title: title.clone(), wanted: has.contains(&id.as_str()) })
            .collect();
        if self.layout == Layout::ControlHub {
            let text = status(record).to_owned();
            row.kept.push(Kept { title: STATUS.into(), text });
        }
        for site in &self.sites {
            let known = memberships.get(&(record.id().to_owned(), site.name.clone()));
            site.write(&mut row, record, known);
        }
        row
    }
}

impl OfSite {
    fn write(&self, row: &mut Row, record: &PersonRecord, known: Option<&Membership>) {
        let wishes = row.site_mut(self.named.as_ref());
        let attends = format!("{}#attendee", self.name);
        if record.list("licenses").iter().any(|id| self.hosting.contains(*id)) {
            wishes.privilege = Some(Privilege::Host);
        } else if record.list("siteUrls").contains(&attends.as_str()) {
            wishes.privilege = Some(Privilege::Attendee);
        }
        let Some(known) = known else { return };
        wishes.session_types = Wish::Set(known.session_types.iter().cloned().collect());
        if known.session_types.is_empty() {
            wishes.session_types = Wish::Absent;
        }
        for (name, code) in &self.codes {
            if let Some(value) = known.tracking_codes.get(name) {
                wishes.tracking_codes.push((code.clone(), Wish::Set(value.clone())));
            }
        }
    }
}

fn of_site(name: &str, layout: Layout, catalog: &Catalog) -> OfSite {
    let named: Option<Arc<str>> = (layout == Layout::Plain).then(|| name.into());
    let codes = catalog.sites.get(name).map(|facts| codes(facts, layout, named.as_ref()));
    OfSite { name: name.to_owned(), named, codes: codes.unwrap_or_default(), hosting: catalog.hosting(name) }
}

/// The tracking codes of a site, each by what means it and no other in a list. The classic list counts them, ours names
/// them, except where the name cannot stand in a title; what can be written in neither way is left out.
fn codes(facts: &SiteFact, layout: Layout, site: Option<&Arc<str>>) -> Vec<(String, Code)> {
    let is_writable = |code: &Code| {
        let field = SiteField::TrackingCode(code.clone());
        Writer::new(layout, &[Column::Site { site: site.cloned(), field }]).is_ok()
    };
    let code = |fact: &TrackingCodeFact| {
        let is_it = |found: &TrackingCodeFact| std::ptr::eq(found, fact);
        let has_name = site.is_some() && facts.tracking_code(&fact.name).is_ok_and(is_it);
        let has_place = facts.tracking_code_at(fact.place).is_some_and(is_it);
        let by_name = has_name.then(|| Code::Name(fact.name.as_str().into()));
        let by_place = has_place.then_some(Code::Index(fact.place));
        let code = by_name.into_iter().chain(by_place).find(is_writable)?;
        Some((fact.name.clone(), code))
    };
    facts.tracking_codes.iter().filter_map(code).collect()
}

fn columns(layout: Layout, licences: &[(String, Arc<str>)], sites: &[OfSite]) -> Vec<Column> {
    let mut columns = vec![Column::Email];
    match layout {
        Layout::Meetings => {
            columns.extend([Attribute::FirstName, Attribute::LastName].map(Column::Attribute));
        }
        Layout::ControlHub => {
            columns.extend(TEXTS.map(Column::Attribute));
            columns.extend([Column::Phone, Column::ReadOnly(STATUS.into())]);
        }
        Layout::Plain => {
            columns.extend(TEXTS.map(Column::Attribute));
            columns.extend([Column::Phone, Column::Active]);
        }
    }
    columns.extend(licences.iter().map(|(_, title)| Column::Licence(title.clone())));
    for site in sites {
        let mut fields = vec![SiteField::Privilege, SiteField::SessionTypes];
        fields.extend(site.codes.iter().map(|(_, code)| SiteField::TrackingCode(code.clone())));
        columns.extend(fields.into_iter().map(|field| Column::Site { site: site.named.clone(), field }));
    }
    columns
}

/// A title for each licence, as plain as it can be while a list in which it stands means this licence and no other; in
/// Control Hub's layout as Control Hub writes it.
fn titles(catalog: &Catalog, layout: Layout) -> Vec<(String, Arc<str>)> {
    let plain = |licence: &LicenceFact| match (&licence.site, layout) {
        (Some(site), Layout::ControlHub) => format!("{site} - {}", licence.without_kind()),
        (Some(site), _) => format!("{} - {site}", licence.name),
        (None, _) => licence.name.clone(),
    };
    let full = |licence: &LicenceFact| {
        licence.subscription.as_ref().map(|subscription| format!("{} [{subscription}]", plain(licence)))
    };
    let title = |licence: &LicenceFact| {
        let means_it = |title: &String| catalog.licence(title).is_ok_and(|found| found.id == licence.id);
        let candidates = std::iter::once(plain(licence)).chain(full(licence));
        let mut fitting = candidates.filter(|title| is_writable(title) && means_it(title));
        fitting.next().unwrap_or_else(|| licence.id.clone())
    };
    catalog.licences.iter().map(|licence| (licence.id.clone(), title(licence).into())).collect()
}

/// Whether every layout reads the title as that of a licence.
fn is_writable(title: &str) -> bool {
    let column = [Column::Licence(title.into())];
    [Layout::ControlHub, Layout::Plain].iter().all(|layout| Writer::new(*layout, &column).is_ok())
}

fn people_name(attribute: Attribute) -> Option<&'static str> {
    Field::of(attribute)?.people_name()
}

/// Control Hub's words for how an account stands.
fn status(record: &PersonRecord) -> &'static str {
    if record.flag("loginEnabled") == Some(false) {
        "Inactive"
    } else if record.flag("invitePending") == Some(true) {
        "Not Verified"
    } else {
        "Active"
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn licence(id: &str, name: &str, site: Option<&str>, subscription: Option<&str>) -> LicenceFact {
        LicenceFact {
            id: id.into(),
            name: name.into(),
            site: site.map(str::to_owned),
            subscription: subscription.map(str::to_owned),
            total: None,
            consumed: 0,
        }
    }

    #[test]
    fn a_licences_title_means_it_and_no_other() {
        let licences = vec![
            licence("a", "Suite", None, None),
            licence("b", "Suite", Some("one.webex.com"), None),
            licence("c", "Suite", Some("two.webex.com"), Some("Sub1")),
            licence("d", "Suite  - TWO.webex.com", None, Some("Sub2")),
            licence("e", "Calling", None, Some("Sub1")),
            licence("f", "calling", None, Some("Sub2")),
            licence("g", "email", None, None),
            licence("h", "Messaging", None, None),
        ];
        let catalog = Catalog { licences, sites: BTreeMap::new() };
        let titles = titles(&catalog, Layout::Plain);
        for (id, title) in &titles {
            assert_eq!(catalog.licence(title).map(|found| &found.id), Ok(id), "{title}");
        }
        let of = |id: &str| titles.iter().find(|(known, _)| known == id).map(|(_, title)| &**title).unwrap();
        assert_eq!((of("a"), of("b"), of("h")), ("a", "Suite - one.webex.com", "Messaging"));
        assert_eq!((of("e"), of("f")), ("Calling [Sub1]", "calling [Sub2]"));
        assert_eq!((of("c"), of("d")), ("Suite - two.webex.com [Sub1]", "Suite  - TWO.webex.com [Sub2]"));
        let hubs = super::titles(&catalog, Layout::ControlHub);
        assert_eq!((&*hubs[1].1, &*hubs[2].1), ("one.webex.com - Suite", "two.webex.com - Suite"));
        assert!(hubs.iter().all(|(id, title)| catalog.licence(title).is_ok_and(|found| found.id == *id)));
        let columns: Vec<Column> = columns(Layout::Plain, &titles, &[]);
        assert!(Writer::new(Layout::Plain, &columns).is_ok() && Writer::new(Layout::ControlHub, &[]).is_ok());
    }

    #[test]
    fn a_tracking_code_goes_by_its_place_where_its_name_cannot_be_written() {
        let long = "\u{90e8}".repeat(120);
        let names = ["Branch", "Branch ", long.as_str(), "", "Cost Centre", "cost  centre", "Unit", "Unit"];
        let fact = |(name, place): (&str, u8)| TrackingCodeFact {
            name: name.to_owned(),
            place,
            options: Vec::new(),
            required: false,
        };
        // The last one has no place of its own.
        let tracking_codes = names.into_iter().zip([1, 2, 3, 4, 5, 6, 7, 7]).map(fact).collect();
        let facts = SiteFact { tracking_codes, ..SiteFact::default() };
        let catalog =
            Catalog { sites: BTreeMap::from([("l.webex.com".to_owned(), facts)]), ..Catalog::default() };
        let written = |layout: Layout| {
            let site = of_site("l.webex.com", layout, &catalog);
            let codes: Vec<Code> = site.codes.iter().map(|(_, code)| code.clone()).collect();
            assert!(Writer::new(layout, &columns(layout, &[], &[site])).is_ok(), "{layout:?}");
            codes
        };
        let (name, place) = (|name: &str| Code::Name(name.into()), Code::Index);
        assert_eq!(
            written(Layout::Plain),
            [name("Branch"), place(2), place(3), place(4), name("Cost Centre"), place(6), name("Unit")]
        );
        assert_eq!(written(Layout::Meetings), [1, 2, 3, 4, 5, 6, 7].map(Code::Index));
    }
}
