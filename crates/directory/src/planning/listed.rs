//! People on their way into a plan. Rows are put into the provider's terms a few at a time and written down at once: all
//! of them together, those of many people under many licences would take gigabytes.

use std::{collections::HashMap, sync::Arc};

use platform::{
    Hub, Result,
    db::Tx,
    error::{FieldError, invalid, invalid_field},
    id::OrganizationId,
};
use rosters::{Email, List, Row};
use tokio::{
    sync::mpsc::{self, Sender},
    task::spawn_blocking,
};

use super::{
    model::{Licences, PlanId},
    store,
};
use crate::{
    people,
    plan::{Catalog, Places, Titles, Wishes, without_statements},
};

/// How many people a plan can be about.
const MOST: usize = rosters::MOST_ROWS;
/// So many people are written at once, or fewer who have so many wishes together.
const PIECE: usize = 500;
const PIECE_WISHES: usize = 20_000;
/// The longest address that mail knows (RFC 5321, section 4.5.3.1).
const LONGEST_ADDRESS: usize = 320;

/// Whom a plan is about, each with the provider's id where it is known.
pub(super) enum People {
    /// With what is wanted of them, in the provider's terms.
    Wished(Vec<(Option<String>, Wishes)>),
    /// With rows whose names mean what the catalog says.
    Rows(Rows, Catalog),
}

/// Rows of a file, or as a program sent them.
pub(super) enum Rows {
    /// The second part is the meeting site of a list that names none.
    Listed(Box<List>, Option<Arc<str>>),
    Sent(Vec<(Option<String>, Row)>),
}

impl Default for People {
    fn default() -> Self {
        Self::Wished(Vec::new())
    }
}

impl People {
    pub(super) fn count(&self) -> usize {
        match self {
            Self::Wished(wished) => wished.len(),
            Self::Rows(Rows::Listed(list, _), _) => list.people(),
            Self::Rows(Rows::Sent(rows), _) => rows.len(),
        }
    }

    /// The licences by whose places wishes are stored.
    pub(super) fn licences(&self) -> Licences {
        match self {
            Self::Wished(_) => Licences::default(),
            Self::Rows(_, catalog) => Licences(catalog.licences.iter().map(|it| it.id.clone()).collect()),
        }
    }

    /// Refuses plans about nobody, about too many, or about somebody twice.
    pub(super) fn check(&self) -> Result<()> {
        if self.count() == 0 {
            return Err(invalid_field("rows", "The list names nobody. Add a row for each person."));
        }
        if self.count() > MOST {
            let message = format!("A plan is about at most {MOST} people. Split the list.");
            return Err(invalid_field("rows", message));
        }
        match self {
            Self::Wished(wished) => once(wished.iter().map(|(id, wishes)| Named {
                key: id.clone().unwrap_or_else(|| wishes.email_key()),
                has_id: id.is_some(),
                email: &wishes.email,
                row: wishes.row,
            })),
            // By whichever of the two a program names somebody, it is one person.
            Self::Rows(Rows::Sent(rows), _) => once(rows.iter().map(|(id, row)| {
                Named {
                    key: Some(row.email.key().to_owned())
                        .filter(|key| !key.is_empty())
                        .or_else(|| id.clone())
                        .unwrap_or_default(),
                    has_id: id.is_some(),
                    email: row.email.written(),
                    row: Some(row.number),
                }
            })),
            // Reading it has found that.
            Self::Rows(Rows::Listed(..), _) => Ok(()),
        }
    }
}

/// Somebody as a plan is asked for them.
struct Named<'a> {
    /// The same for two who are one person.
    key: String,
    has_id: bool,
    email: &'a str,
    row: Option<u32>,
}

/// Everybody can be found, and nobody stands there twice.
fn once<'a>(people: impl Iterator<Item = Named<'a>>) -> Result<()> {
    let mut first: HashMap<String, u32> = HashMap::new();
    let mut problems = Vec::new();
    for (place, person) in (1..).zip(people) {
        let number = person.row.unwrap_or(place);
        let field = format!("row {number}");
        if !person.has_id && !is_address(person.email.trim()) {
            let message = "Write the person's e-mail address, such as ada@example.org.".into();
            problems.push(FieldError { field, message });
            continue;
        }
        if let Some(earlier) = first.get(&person.key) {
            let message = format!(
                "{} already stands in row {earlier}. Keep one of rows {earlier} and {number}.",
                person.email
            );
            problems.push(FieldError { field, message });
            continue;
        }
        first.insert(person.key, number);
    }
    problems.truncate(rosters::MOST_KEPT);
    if problems.is_empty() { Ok(()) } else { Err(invalid(problems)) }
}

fn is_address(text: &str) -> bool {
    let whole = |part: &str| !part.is_empty() && !part.contains('@');
    text.len() <= LONGEST_ADDRESS
        && !text.chars().any(|sign| sign.is_whitespace() || sign.is_control())
        && text.split_once('@').is_some_and(|(name, host)| whole(name) && whole(host))
}

type Piece = Vec<(Option<String>, Wishes)>;

/// Writes down what is wanted of everybody.
pub(super) async fn write(tx: &mut Tx, key: (OrganizationId, PlanId), people: People) -> Result<()> {
    let (rows, catalog) = match people {
        People::Wished(wished) => return store::insert_wishes(tx, key, 1, &wished).await,
        People::Rows(rows, catalog) => (rows, catalog),
    };
    // Tens of thousands of rows take a while, so they are understood where nobody else waits for it, and not faster than
    // they are written.
    let (give, mut pieces) = mpsc::channel(1);
    let work = spawn_blocking(move || match rows {
        Rows::Sent(rows) => understand(rows.into_iter(), (&catalog, Titles::default()), &give),
        Rows::Listed(list, site) => {
            let layout = list.layout();
            let row = |row: Row| (None, without_statements(on_site(row, site.as_ref()), layout));
            understand(list.rows().map(row), (&catalog, Titles::of(layout)), &give);
        }
    });
    let mut number = 1;
    while let Some(piece) = pieces.recv().await {
        store::insert_wishes(tx, key, number, &piece).await?;
        number += i64::try_from(piece.len()).unwrap_or(i64::MAX);
    }
    work.await
        .map_err(|error| platform::bug("a list could not be put into the provider's terms").because(error))
}

/// Hands over rows in the provider's terms, until all are or nobody takes them any more.
fn understand(
    rows: impl Iterator<Item = (Option<String>, Row)>,
    (catalog, mut titles): (&Catalog, Titles),
    give: &Sender<Piece>,
) {
    let places = Places::of(catalog);
    let (mut piece, mut many) = (Vec::new(), 0);
    for (id, row) in rows {
        let mut wishes = Wishes::of_listed(&row, catalog, &mut titles);
        many += wishes.count();
        wishes.pack(&places);
        piece.push((id, wishes));
        if piece.len() == PIECE || many >= PIECE_WISHES {
            many = 0;
            if give.blocking_send(std::mem::take(&mut piece)).is_err() {
                return;
            }
        }
    }
    if !piece.is_empty() {
        // Whoever does not take it any more has said why.
        let _ = give.blocking_send(piece);
    }
}

/// A meeting site's own list does not say which site it is about.
fn on_site(mut row: Row, site: Option<&Arc<str>>) -> Row {
    if let Some(site) = site {
        for wishes in &mut row.sites {
            wishes.site.get_or_insert_with(|| site.clone());
        }
    }
    row
}

/// Gives everybody who is named by an id the address under which they were read.
///
/// # Errors
/// `Invalid` with one entry for each id that nobody has.
pub(super) async fn address(
    hub: &Hub,
    organization: OrganizationId,
    rows: &mut [(Option<String>, Row)],
) -> Result<()> {
    const WHY: &str =
        "Nobody in the organization has this id. Check it, read the directory again, or send the address.";
    let ids: Vec<String> = rows.iter().filter_map(|(id, _)| id.clone()).collect();
    let known = people::addresses(hub, organization, &ids).await?;
    let mut problems = Vec::new();
    for (place, (id, row)) in rows.iter_mut().enumerate() {
        let Some(id) = id else { continue };
        match known.get(id) {
            Some(address) => row.email = Email::new(address),
            None => {
                problems
                    .push(FieldError { field: format!("people[{place}].person_id"), message: WHY.into() });
            }
        }
    }
    problems.truncate(rosters::MOST_KEPT);
    if problems.is_empty() { Ok(()) } else { Err(invalid(problems)) }
}
