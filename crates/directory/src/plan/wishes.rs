//! What a row of a list wants, in the provider's own terms.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use platform::json_column;
use rosters::{Attribute, Code, Part, Privilege, Row, SiteWishes, Wish};
use serde::{Deserialize, Serialize};

use super::{
    catalog::{Catalog, LicenceFact, SiteFact, Unknown},
    field::{Field, Setting},
    stated::Titles,
};

/// A wish that cannot be granted, and why, for the person who wrote it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Refusal {
    /// What it was about, in words.
    pub what: String,
    /// What is wrong and what to write instead.
    pub why: String,
}

/// What shall be true of one person.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wishes {
    /// The row of the list, where there is one.
    pub row: Option<u32>,
    /// As written; compared in lower case.
    pub email: String,
    pub settings: Vec<(Field, Setting)>,
    pub refused: Vec<Refusal>,
    /// The first licence that is to be given and cannot be: none is taken away for it then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_given: Option<String>,
    /// Licences as they are stored, see [`Wishes::pack`]: those to be given, and those to be taken.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub given: Vec<u32>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub taken: Vec<u32>,
    /// Sites on which they shall host, each with the licences by which one does: asked for by a list, true or not.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub hosts: BTreeMap<String, BTreeSet<String>>,
    /// Where the work number is to be taken away: only if it is one of these; whatever it is where there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub removed_numbers: Vec<String>,
    /// Several numbers: they can only be those that the person has.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stated_numbers: Vec<String>,
    /// Which of them is marked as the main one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stated_main: Option<String>,
}

json_column!(Wishes);

/// So many values of a tracking code are named to whoever wrote another.
const MOST_OPTIONS: usize = 12;
const TWICE: &str = "The row says two different things about this. Leave one of them.";

/// Where each licence stands in a plan's list of them, by its id.
#[derive(Debug, Default)]
pub struct Places(HashMap<String, u32>);

impl Places {
    /// In the order of the catalog.
    pub fn of(catalog: &Catalog) -> Self {
        Self((0..).zip(&catalog.licences).map(|(place, licence)| (licence.id.clone(), place)).collect())
    }
}

impl Wishes {
    /// Names licences by their places in a list, which the plan keeps once: an id has a hundred letters, and a list can
    /// say something about millions of them.
    pub fn pack(&mut self, places: &Places) {
        self.settings.retain(|(field, setting)| {
            let (Field::Licence { id }, Setting::Flag(wanted)) = (field, setting) else { return true };
            let Some(place) = places.0.get(id) else { return true };
            (if *wanted { &mut self.given } else { &mut self.taken }).push(*place);
            false
        });
    }

    /// Takes back [`Wishes::pack`]; `licences` is the list.
    pub fn unpack(&mut self, licences: &[String]) {
        let mut all: Vec<(u32, bool)> = self.given.drain(..).map(|place| (place, true)).collect();
        all.extend(self.taken.drain(..).map(|place| (place, false)));
        all.sort_unstable();
        let settings = all.into_iter().filter_map(|(place, wanted)| {
            let id = licences.get(usize::try_from(place).ok()?)?.clone();
            Some((Field::Licence { id }, Setting::Flag(wanted)))
        });
        // What depends on a licence stands after it.
        let at = self.settings.iter().position(|(field, _)| field.site().is_some());
        let at = at.unwrap_or(self.settings.len());
        drop(self.settings.splice(at..at, settings));
    }

    /// How many things are wished, packed or not.
    pub fn count(&self) -> usize {
        let numbers = self.removed_numbers.len() + self.stated_numbers.len();
        self.settings.len() + self.refused.len() + self.given.len() + self.taken.len() + numbers
    }

    /// The address as addresses are compared.
    pub fn email_key(&self) -> String {
        self.email.trim().to_lowercase()
    }

    /// Whether something is wished that only a meeting site can tell.
    pub fn sites(&self) -> impl Iterator<Item = &str> {
        let on_site =
            |field: &Field| matches!(field.part(), super::Part::SessionTypes | super::Part::TrackingCodes);
        let fields = self.settings.iter().map(|(field, _)| field);
        fields.filter(move |field| on_site(field)).filter_map(Field::site)
    }

    fn refuse(&mut self, what: impl Into<String>, why: impl Into<String>) {
        self.refused.push(Refusal { what: what.into(), why: why.into() });
    }

    /// A field that is wished twice has to be wished the same; otherwise none of the wishes counts.
    fn set(&mut self, field: Field, setting: Setting) {
        let what = super::words(&field);
        if self.refused.iter().any(|refusal| refusal.what == what && refusal.why == TWICE) {
            return;
        }
        match self.settings.iter().position(|(has, _)| *has == field) {
            None => self.settings.push((field, setting)),
            Some(at) if self.settings[at].1 == setting => {}
            Some(at) => {
                self.settings.remove(at);
                self.refuse(what, TWICE);
            }
        }
    }

    /// Reads a row of a list; what means nothing here is refused, the rest stands.
    pub fn of_row(row: &Row, catalog: &Catalog) -> Self {
        Self::of_listed(row, catalog, &mut Titles::default())
    }

    /// The same for one of many rows.
    pub fn of_listed(row: &Row, catalog: &Catalog, titles: &mut Titles) -> Self {
        let mut wishes =
            Self { row: Some(row.number), email: row.email.written().to_owned(), ..Self::default() };
        for attribute in Attribute::ALL {
            wishes.attribute(attribute, row.attribute(attribute));
        }
        wishes.phone(&row.phones);
        if let Some(active) = row.active {
            wishes.set(Field::SignIn, Setting::Flag(active));
        }
        wishes.licences(&row.licences, catalog, titles);
        for site in &row.sites {
            wishes.site(site, catalog);
        }
        wishes
    }

    fn attribute(&mut self, attribute: Attribute, wish: &Wish<String>) {
        let Some(field) = Field::of(attribute) else {
            if !wish.is_absent() {
                const WHY: &str =
                    "A location comes with a calling licence and is not changed here; clear the cell.";
                self.refuse("Location", WHY);
            }
            return;
        };
        match wish {
            Wish::Absent => {}
            Wish::Clear => self.set(field, Setting::Text(None)),
            Wish::Set(text) => self.set(field, Setting::text(text)),
        }
    }

    fn phone(&mut self, wish: &Wish<Vec<rosters::Phone>>) {
        let numbers = match wish {
            Wish::Absent => return,
            Wish::Clear => return self.set(Field::WorkNumber, Setting::Text(None)),
            Wish::Set(numbers) => numbers,
        };
        let kept: Vec<&rosters::Phone> = numbers.iter().filter(|phone| phone.part != Part::Remove).collect();
        match kept[..] {
            [] => {
                self.removed_numbers = numbers.iter().map(|phone| phone.number.clone()).collect();
                self.set(Field::WorkNumber, Setting::Text(None));
            }
            [one] => self.set(Field::WorkNumber, Setting::text(&one.number)),
            _ => {
                let main = kept.iter().find(|phone| phone.part == Part::Primary);
                self.stated_main = main.map(|phone| phone.number.clone());
                self.stated_numbers = kept.iter().map(|phone| phone.number.clone()).collect();
            }
        }
    }

    /// As [`Wishes::set`] does it, and quickly with hundreds of licences.
    fn licences(&mut self, wished: &[rosters::Licence], catalog: &Catalog, titles: &mut Titles) {
        let mut wanted: HashMap<String, Option<bool>> = HashMap::with_capacity(wished.len());
        let mut order = Vec::with_capacity(wished.len());
        for licence in wished {
            match titles.licence(&licence.title, catalog) {
                Ok(id) => match wanted.get_mut(&id) {
                    Some(other) if *other == Some(licence.wanted) => {}
                    Some(other) => *other = None,
                    None => {
                        order.push(id.clone());
                        wanted.insert(id, Some(licence.wanted));
                    }
                },
                Err(unknown) if titles.is_stated(licence.wanted, &unknown) => {}
                Err(unknown) => {
                    if licence.wanted && !titles.is_foreign(&unknown) {
                        self.not_given.get_or_insert_with(|| licence.title.to_string());
                    }
                    let what = format!("Licence “{}”", licence.title);
                    self.refuse(what, unknown.why("licence", "organization"));
                }
            }
        }
        for id in order {
            let wanted = wanted.get(&id).copied().flatten();
            if wanted.is_none() {
                let known = catalog.licence_by_id(&id);
                let name = || known.map_or_else(|| id.clone(), LicenceFact::shown);
                self.not_given.get_or_insert_with(name);
            }
            let field = Field::Licence { id };
            match wanted {
                Some(wanted) => self.settings.push((field, Setting::Flag(wanted))),
                None => self.refuse(super::words(&field), TWICE),
            }
        }
    }

    fn site(&mut self, wished: &SiteWishes, catalog: &Catalog) {
        let (name, site) = match catalog.site(wished.site.as_deref()) {
            Ok(found) => found,
            Err(unknown) => {
                let what =
                    wished.site.as_deref().map_or_else(|| "Site".to_owned(), |site| format!("Site “{site}”"));
                return self.refuse(what, unknown.why("meeting site", "organization"));
            }
        };
        if let Some(why) = &site.closed {
            return self.refuse(format!("Site “{name}”"), why.clone());
        }
        match wished.privilege {
            None => {}
            Some(Privilege::Attendee) => {
                self.set(Field::Attendee { site: name.to_owned() }, Setting::Flag(true));
            }
            Some(Privilege::Host) => {
                self.hosts.insert(name.to_owned(), catalog.hosting(name));
            }
            Some(Privilege::Administrator | Privilege::Viewer) => self.refuse(
                format!("Privilege on {name}"),
                "Who administers a site is decided in Control Hub, not here; clear the cell.",
            ),
        }
        // Lists of a meeting site say yes of everybody; only a no asks for something.
        if wished.active == Some(false) {
            const WHY: &str =
                "An account on one site is switched by its licence; give or take the licence instead.";
            self.refuse(format!("Active on {name}"), WHY);
        }
        self.session_types(name, site, &wished.session_types);
        for (code, wish) in &wished.tracking_codes {
            self.tracking_code((name, site), code, wish);
        }
    }

    fn session_types(&mut self, name: &str, site: &SiteFact, wish: &Wish<Vec<String>>) {
        let wanted = match wish {
            Wish::Absent => return,
            Wish::Clear => &Vec::new(),
            Wish::Set(wanted) => wanted,
        };
        let mut ids = BTreeSet::new();
        let mut all_known = true;
        for wanted in wanted {
            match site.session_type(wanted) {
                Ok(found) => {
                    ids.insert(found.id.clone());
                }
                Err(unknown) => {
                    all_known = false;
                    self.refuse(
                        format!("Session type “{wanted}” on {name}"),
                        unknown.why("session type", "site"),
                    );
                }
            }
        }
        // The whole list is sent: with one of its types unknown, others would be taken away.
        if all_known {
            self.set(Field::SessionTypes { site: name.to_owned() }, Setting::Set(ids));
        }
    }

    fn tracking_code(&mut self, (name, site): (&str, &SiteFact), code: &Code, wish: &Wish<String>) {
        let (found, what) = match code {
            Code::Name(title) => (site.tracking_code(title), format!("Tracking code “{title}” on {name}")),
            Code::Index(place) => (
                site.tracking_code_at(*place).ok_or(Unknown::Missing(None)),
                format!("Tracking code {place} on {name}"),
            ),
        };
        let known = match found {
            Ok(known) => known,
            Err(unknown) => return self.refuse(what, unknown.why("tracking code", "site")),
        };
        let field = Field::TrackingCode { site: name.to_owned(), name: known.name.clone() };
        match wish {
            Wish::Absent => {}
            Wish::Clear if known.required => {
                self.refuse(what, "The site requires a value; write one.");
            }
            Wish::Clear => self.set(field, Setting::Text(None)),
            Wish::Set(value) => {
                if let Some(value) = known.value(value) {
                    self.set(field, Setting::text(value));
                } else {
                    let more = if known.options.len() > MOST_OPTIONS { ", …" } else { "" };
                    let options: Vec<&str> =
                        known.options.iter().take(MOST_OPTIONS).map(String::as_str).collect();
                    let options = options.join(", ");
                    let why = format!("“{value}” is not one of its values. Write one of: {options}{more}.");
                    self.refuse(what, why);
                }
            }
        }
    }
}

impl Unknown {
    /// For the person who wrote the name.
    pub fn why(&self, kind: &str, owner: &str) -> String {
        match self {
            Self::Missing(None) => {
                format!("The {owner} has no such {kind}. Check the spelling, or read the directory again.")
            }
            Self::Missing(Some(near)) => format!("The {owner} has no such {kind}. Did you mean “{near}”?"),
            Self::Several => format!("More than one {kind} of the {owner} fits. Write its full name."),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rosters::{Email, Licence};

    use super::*;
    use crate::plan::catalog::{SessionTypeFact, TrackingCodeFact};

    fn catalog() -> Catalog {
        let types = [("3", "PRO", "Pro meeting"), ("9", "ONS", "Online event")];
        let site = SiteFact {
            session_types: types
                .map(|(id, short, name)| SessionTypeFact {
                    id: id.into(),
                    short_name: short.into(),
                    name: name.into(),
                })
                .into(),
            tracking_codes: vec![TrackingCodeFact {
                name: "Branch".into(),
                place: 1,
                options: vec!["Main".into(), "East".into()],
                required: true,
            }],
            closed: None,
        };
        let suite = LicenceFact {
            id: "L1".into(),
            name: "Suite".into(),
            site: None,
            subscription: None,
            total: None,
            consumed: 0,
        };
        Catalog { licences: vec![suite], sites: BTreeMap::from([("l.webex.com".into(), site)]) }
    }

    #[test]
    fn names_become_ids_and_values_are_spelled_as_the_site_does() {
        let mut row = Row::new(7, Email::new(" Ada@l.example "));
        row.department = Wish::Set(" Reference ".into());
        row.title = Wish::Clear;
        row.active = Some(false);
        row.licences.push(Licence { title: Arc::from("suite"), wanted: true });
        let site = row.site_mut(None);
        site.session_types = Wish::Set(vec!["pro".into(), "Online Event".into()]);
        site.tracking_codes.push((Code::Index(1), Wish::Set("main".into())));
        let wishes = Wishes::of_row(&row, &catalog());
        assert_eq!(
            (wishes.row, wishes.email.as_str(), &wishes.refused[..]),
            (Some(7), "Ada@l.example", &[][..])
        );
        let site = "l.webex.com".to_owned();
        assert_eq!(
            wishes.settings,
            [
                (Field::Department, Setting::text("Reference")),
                (Field::Title, Setting::Text(None)),
                (Field::SignIn, Setting::Flag(false)),
                (Field::Licence { id: "L1".into() }, Setting::Flag(true)),
                (Field::SessionTypes { site: site.clone() }, Setting::Set(["3".into(), "9".into()].into())),
                (Field::TrackingCode { site, name: "Branch".into() }, Setting::text("Main")),
            ]
        );
    }

    #[test]
    fn licences_are_stored_by_their_places_and_come_back() {
        let mut row = Row::new(7, Email::new("ada@l.example"));
        row.department = Wish::Set("Reference".into());
        row.licences.push(Licence { title: Arc::from("suite"), wanted: false });
        row.site_mut(None).session_types = Wish::Set(vec!["pro".into()]);
        let wishes = Wishes::of_row(&row, &catalog());
        let mut packed = wishes.clone();
        packed.pack(&Places::of(&catalog()));
        assert_eq!(
            (packed.settings.len(), packed.taken.as_slice(), packed.count()),
            (2, &[0][..], wishes.count())
        );
        let stored = serde_json::to_string(&packed).unwrap();
        assert!(!stored.contains("L1"), "{stored}");
        let mut back: Wishes = serde_json::from_str(&stored).unwrap();
        back.unpack(&["L1".to_owned()]);
        assert_eq!(back, wishes);
    }

    #[test]
    fn two_columns_of_one_licence_must_agree() {
        let mut row = Row::new(7, Email::new("ada@l.example"));
        let licence = |title: &str, wanted| Licence { title: Arc::from(title), wanted };
        row.licences = vec![licence("suite", true), licence("L1", true)];
        let wishes = Wishes::of_row(&row, &catalog());
        assert_eq!(wishes.settings, [(Field::Licence { id: "L1".into() }, Setting::Flag(true))]);
        assert_eq!(wishes.not_given, None);
        row.licences.push(licence("Suite", false));
        let wishes = Wishes::of_row(&row, &catalog());
        assert_eq!((wishes.settings.len(), wishes.refused[0].why.as_str()), (0, TWICE));
        assert_eq!(wishes.not_given.as_deref(), Some("Suite"));
    }

    #[test]
    fn a_licence_that_cannot_be_given_is_remembered() {
        let not_given = |licences: &[(&str, bool)]| {
            let mut row = Row::new(2, Email::new("ada@l.example"));
            let licence =
                |(title, wanted): &(&str, bool)| Licence { title: Arc::from(*title), wanted: *wanted };
            row.licences = licences.iter().map(licence).collect();
            Wishes::of_row(&row, &catalog()).not_given
        };
        assert_eq!(not_given(&[("Suite", false), ("Suit", false)]), None);
        assert_eq!(not_given(&[("Suite", false), ("Siute", true), ("Suit", true)]), Some("Siute".to_owned()));
    }

    #[test]
    fn what_means_nothing_is_refused_alone() {
        let mut row = Row::new(2, Email::new("ada@l.example"));
        row.department = Wish::Set("Reference".into());
        row.licences.push(Licence { title: Arc::from("Suit"), wanted: true });
        let site = row.site_mut(None);
        site.session_types = Wish::Set(vec!["PRO".into(), "XYZ".into()]);
        site.tracking_codes.push((Code::Name(Arc::from("Branch")), Wish::Set("North".into())));
        site.tracking_codes.push((Code::Index(4), Wish::Clear));
        let wishes = Wishes::of_row(&row, &catalog());
        assert_eq!(wishes.settings, [(Field::Department, Setting::text("Reference"))]);
        let why: Vec<&str> = wishes.refused.iter().map(|refusal| refusal.why.as_str()).collect();
        assert!(why[0].contains("Did you mean “Suite”?"), "{why:?}");
        assert!(why[1].contains("no such session type") && why[2].contains("Main, East"), "{why:?}");
        assert!(why[3].contains("no such tracking code"), "{why:?}");
    }
}
