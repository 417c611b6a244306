//! The next people of a plan: their wishes compared with them as they are.

use std::collections::{BTreeMap, HashMap};

use platform::{Hub, Result, id::OrganizationId};
use webex::PersonRecord;

use super::{
    calling, estimate,
    memberships::{self, OnSite},
    model::{Plan, PlanRow, StoredChanges, StoredRefusals},
    store::{self, Found, Wished},
    swap, vain,
};
use crate::{
    gate::Asker,
    people,
    plan::{Catalog, Change, Known, Refusal, RowKind, RowPlan, difference},
    settings,
    sites::{self, Site},
};

/// How many people are compared in one step.
const PAGE: i64 = 500;
/// The same where sites are asked about each of them: then a step takes long.
const PAGE_WITH_SITES: usize = 50;
/// How many wishes one step looks at, unless a single person has more.
const PAGE_WISHES: usize = 40_000;

/// What is at hand while a plan is worked out.
pub(super) struct Desk {
    pub(super) catalog: Catalog,
    pub(super) sites: BTreeMap<String, Site>,
    /// Only found when a site has to be asked.
    asker: Option<Asker>,
}

impl Desk {
    /// Reads what there is to give, and which reading the plan is compared with.
    pub(super) async fn of(hub: &Hub, plan: &mut Plan) -> Result<Self> {
        let organization = plan.organization_id;
        plan.generation = settings::known(hub, organization).await?.generation;
        let catalog = sites::catalog(hub, organization).await?;
        let listed = sites::list(hub, organization).await?;
        let sites = listed.into_iter().map(|site| (site.site.clone(), site)).collect();
        Ok(Self { catalog, sites, asker: None })
    }

    /// A desk that knows of one meeting site, and of one licence to host there.
    #[cfg(test)]
    pub(super) fn with_one_site(name: &str, licence: &str, way: sites::Way) -> Self {
        let site = Site {
            organization_id: crate::testing::ORGANIZATION,
            site: name.to_owned(),
            found_way: Some(way),
            chosen_way: None,
            facts: crate::plan::SiteFact::default(),
            version: None,
            trouble: None,
            read_at: None,
        };
        let licence = crate::plan::LicenceFact {
            id: licence.to_owned(),
            name: "Suite".to_owned(),
            site: Some(name.to_owned()),
            subscription: None,
            total: None,
            consumed: 0,
        };
        let catalog = Catalog { licences: vec![licence], sites: BTreeMap::new() };
        Self { catalog, sites: BTreeMap::from([(name.to_owned(), site)]), asker: None }
    }

    pub(super) async fn asker(&mut self, hub: &Hub, organization: OrganizationId) -> Result<Asker> {
        if let Some(asker) = self.asker {
            return Ok(asker);
        }
        let connection = settings::administrator(hub, organization).await?.id;
        let asker = Asker { organization, connection };
        self.asker = Some(asker);
        Ok(asker)
    }
}

/// Works out the next people of a plan. False when somebody else works on it by now.
pub(super) async fn work_out(hub: &Hub, desk: &mut Desk, plan: &mut Plan) -> Result<bool> {
    let mut wished = store::wishes(hub, plan, PAGE).await?;
    wished.truncate(bearable(&wished));
    let Some(last) = wished.last().map(|wished| wished.number) else {
        // The wishes are written before their number is, so this cannot be.
        return Err(platform::bug("wishes of a plan are missing"));
    };
    for wished in &mut wished {
        wished.wishes.unpack(&plan.licences.0);
    }
    let mut people = people(hub, plan, last).await?;
    calling::read(hub, desk, plan, &mut wished, &mut people).await?;
    let last = wished.last().map_or(last, |wished| wished.number);
    let on_sites = memberships::read(hub, desk, plan, &wished, &people).await?;
    let rows = compare(desk, plan, wished, (people, on_sites));
    plan.planned = last;
    let mut tx = hub.db().begin().await?;
    store::insert_rows(&mut tx, rows).await?;
    if !store::keep(&mut tx, plan).await? {
        return Ok(false);
    }
    tx.commit().await?;
    Ok(true)
}

/// How many people one step looks at: one at least.
fn bearable(wished: &[Wished]) -> usize {
    let asks_sites = wished.iter().any(|wished| wished.wishes.sites().next().is_some());
    let most = if asks_sites { PAGE_WITH_SITES } else { wished.len() };
    let mut left = PAGE_WISHES;
    let fits = |wished: &&Wished| {
        let many = wished.wishes.count();
        let fits = many <= left;
        left = left.saturating_sub(many);
        fits
    };
    wished.iter().take(most).take_while(fits).count().max(1)
}

/// The people whom the wishes up to this number are about, by the wishes' numbers.
async fn people(hub: &Hub, plan: &Plan, last: i64) -> Result<HashMap<i64, PersonRecord>> {
    let mut newest: HashMap<i64, Found> = HashMap::new();
    for found in store::people(hub, plan, last).await? {
        // Somebody who was removed and made again has two rows until the reading under way is complete.
        let known = newest.get(&found.number);
        if known.is_none_or(|known| found.generation > known.generation) {
            newest.insert(found.number, found);
        }
    }
    newest.into_iter().map(|(number, found)| Ok((number, people::from_stored(&found.record)?))).collect()
}

type People = HashMap<i64, PersonRecord>;

/// Compares, and counts what comes of it.
fn compare(
    desk: &Desk,
    plan: &mut Plan,
    wished: Vec<Wished>,
    (people, on_sites): (People, OnSites),
) -> Vec<PlanRow> {
    let (mut people, mut on_sites) = (people, on_sites);
    let mut rows = Vec::with_capacity(wished.len());
    for mut wished in wished {
        let known = people.remove(&wished.number).map(|record| {
            let sites = on_sites.remove(&wished.number).unwrap_or_default();
            memberships::refuse_what_is_unreadable(&mut wished.wishes, &sites);
            Known { record, sites: memberships::readable(sites) }
        });
        let mut done = match (&known, &wished.person_id) {
            (None, Some(_)) => vanished(&wished),
            _ => difference(known.as_ref(), &wished.wishes, &plan.rules),
        };
        if let Some(missing) = &wished.wishes.not_given {
            swap::keep_licences((&mut done.kind, &mut done.changes, &mut done.refused), missing, desk);
        }
        let parts = (&mut done.kind, &mut done.changes, &mut done.refused);
        vain::refuse(parts, known.as_ref(), desk);
        let row = row(plan, &wished, known.as_ref(), done);
        plan.stock.count(&row.changes.0, &desk.catalog);
        plan.counts.count(&estimate::of_row(&row, desk), 1);
        rows.push(row);
    }
    rows
}

/// Whoever was named by an id was there; they are not made anew.
fn vanished(wished: &Wished) -> RowPlan {
    const WHY: &str = "Nobody in the organization has this id any more. The person was deleted, or belongs to another \
                       organization now.";
    let refusal = Refusal { what: wished.wishes.email.clone(), why: WHY.into() };
    RowPlan { kind: RowKind::Refused, changes: Vec::new(), refused: vec![refusal] }
}

type OnSites = HashMap<i64, BTreeMap<String, OnSite>>;

fn row(plan: &Plan, wished: &Wished, known: Option<&Known>, done: RowPlan) -> PlanRow {
    let RowPlan { kind, changes, refused } = done;
    let text = |field: &str| known.and_then(|known| known.record.text(field));
    let email = known.map(|known| known.record.email()).filter(|email| !email.is_empty());
    let name = text("displayName").map_or_else(|| new_name(&changes), str::to_owned);
    PlanRow {
        organization_id: plan.organization_id,
        plan_id: plan.id,
        number: wished.number,
        file_row: wished.wishes.row.map(i64::from),
        person_id: known.map(|known| known.record.id().to_owned()),
        email: email.map_or_else(|| wished.wishes.email.clone(), str::to_owned),
        name,
        kind,
        loses: changes.iter().any(Change::loses),
        changes: StoredChanges(changes),
        refused: StoredRefusals(refused),
    }
}

/// What a new person will be called.
fn new_name(changes: &[Change]) -> String {
    use crate::plan::{Field, Setting};
    let text = |field: &Field| {
        changes.iter().find(|change| change.field == *field).and_then(|change| match &change.then {
            Setting::Text(text) => text.clone(),
            _ => None,
        })
    };
    text(&Field::DisplayName).unwrap_or_else(|| {
        let parts = [text(&Field::FirstName), text(&Field::LastName)];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Field, Setting, Wishes};

    fn wished(wishes: usize, site: bool) -> Wished {
        let flag = |id: usize| (Field::Licence { id: id.to_string() }, Setting::Flag(true));
        let mut settings: Vec<(Field, Setting)> = (0..wishes).map(flag).collect();
        if site {
            settings.push((
                Field::SessionTypes { site: "l.webex.com".into() },
                Setting::Set(["3".into()].into()),
            ));
        }
        let wishes = Wishes { settings, ..Wishes::default() };
        Wished { number: 1, email_key: String::new(), person_id: None, wishes }
    }

    #[test]
    fn a_step_looks_at_as_many_people_as_are_bearable() {
        let many = |count: usize, one: &Wished| vec![one.clone(); count];
        assert_eq!(bearable(&many(500, &wished(3, false))), 500);
        assert_eq!(bearable(&many(500, &wished(400, false))), 100);
        assert_eq!(bearable(&many(500, &wished(3, true))), PAGE_WITH_SITES);
        assert_eq!(bearable(&many(3, &wished(PAGE_WISHES + 1, false))), 1);
        assert_eq!(bearable(&[]), 1);
    }
}
