//! What a program wants of one person, as JSON; it becomes the same row that a list has.

use std::{collections::BTreeMap, sync::Arc};

use platform::{Result, error::invalid_field};
use rosters::{Code, Email, Licence, Part, Phone, Row, Wish};
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

/// What is wanted of one person. A field that is left out stays as it is; null or an empty text clears it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PersonWishes)]
pub(super) struct PersonWishes {
    /// Says who it is about; compared without regard to capitals.
    email: String,
    #[serde(default, deserialize_with = "wish")]
    #[schema(value_type = Option<String>)]
    first_name: Wish<String>,
    #[serde(default, deserialize_with = "wish")]
    #[schema(value_type = Option<String>)]
    last_name: Wish<String>,
    #[serde(default, deserialize_with = "wish")]
    #[schema(value_type = Option<String>)]
    display_name: Wish<String>,
    #[serde(default, deserialize_with = "wish")]
    #[schema(value_type = Option<String>)]
    department: Wish<String>,
    #[serde(default, deserialize_with = "wish")]
    #[schema(value_type = Option<String>)]
    title: Wish<String>,
    /// An address.
    #[serde(default, deserialize_with = "wish")]
    #[schema(value_type = Option<String>)]
    manager: Wish<String>,
    #[serde(default, deserialize_with = "wish")]
    #[schema(value_type = Option<String>)]
    extension: Wish<String>,
    #[serde(default, deserialize_with = "wish")]
    #[schema(value_type = Option<String>)]
    work_number: Wish<String>,
    /// Whether the person may sign in.
    #[serde(default)]
    active: Option<bool>,
    /// True gives, false takes; licences by name or id.
    #[serde(default)]
    licences: BTreeMap<String, bool>,
    /// By the site's host name.
    #[serde(default)]
    sites: BTreeMap<String, SiteWishes>,
}

/// What is wanted of a person on one meeting site.
#[derive(Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(as = PersonSiteWishes)]
struct SiteWishes {
    /// All session types the person shall have, by short name, name or id; left out: as they are.
    session_types: Option<Vec<String>>,
    /// Values by the tracking code's name; null clears.
    tracking_codes: BTreeMap<String, Option<String>>,
}

fn wish<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Wish<String>, D::Error> {
    Ok(set(Option::<String>::deserialize(deserializer)?))
}

fn set(text: Option<String>) -> Wish<String> {
    text.filter(|text| !text.trim().is_empty()).map_or(Wish::Clear, Wish::Set)
}

impl PersonWishes {
    /// The row with this number.
    pub(super) fn row(self, number: u32) -> Result<Row> {
        if !self.email.contains('@') || self.email.chars().any(char::is_control) {
            let message = "This is not an e-mail address. Write it like ada@library.example.";
            return Err(invalid_field(format!("people[{}].email", number - 1), message));
        }
        let mut row = Row::new(number, Email::new(&self.email));
        row.first_name = self.first_name;
        row.last_name = self.last_name;
        row.display_name = self.display_name;
        row.department = self.department;
        row.title = self.title;
        row.manager = self.manager;
        row.extension = self.extension;
        row.phones = match self.work_number {
            Wish::Absent => Wish::Absent,
            Wish::Clear => Wish::Clear,
            Wish::Set(number) => Wish::Set(vec![Phone { number, part: Part::Has }]),
        };
        row.active = self.active;
        let licence = |(title, wanted): (String, bool)| Licence { title: Arc::from(title), wanted };
        row.licences = self.licences.into_iter().map(licence).collect();
        for (name, wishes) in self.sites {
            let site = row.site_mut(Some(&Arc::from(name.to_lowercase())));
            site.session_types = match wishes.session_types {
                None => Wish::Absent,
                Some(types) if types.is_empty() => Wish::Clear,
                Some(types) => Wish::Set(types),
            };
            let code = |(name, value): (String, Option<String>)| (Code::Name(Arc::from(name)), set(value));
            site.tracking_codes = wishes.tracking_codes.into_iter().map(code).collect();
        }
        Ok(row)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_left_out_stays_and_null_clears() {
        let wishes: PersonWishes = serde_json::from_value(json!({
            "email": "Ada@l.example", "department": "Reference", "title": null, "manager": "",
            "licences": { "Suite": true, "Calling": false },
            "sites": { "L.webex.com": { "session_types": ["PRO"], "tracking_codes": { "Branch": null } } },
        }))
        .unwrap();
        let row = wishes.row(1).unwrap();
        assert_eq!((row.department.clone(), row.title.clone()), (Wish::Set("Reference".into()), Wish::Clear));
        assert_eq!((row.manager.clone(), row.extension.clone()), (Wish::Clear, Wish::Absent));
        let given: Vec<(&str, bool)> = row.licences.iter().map(|it| (&*it.title, it.wanted)).collect();
        assert_eq!(given, [("Calling", false), ("Suite", true)]);
        let site = row.site(Some("l.webex.com")).unwrap();
        assert_eq!(site.session_types, Wish::Set(vec!["PRO".into()]));
        assert_eq!(site.tracking_codes, [(Code::Name("Branch".into()), Wish::Clear)]);
    }

    #[test]
    fn a_misspelled_field_is_refused_and_so_is_no_address() {
        assert!(
            serde_json::from_value::<PersonWishes>(json!({ "email": "a@b", "departement": "x" })).is_err()
        );
        let nobody: PersonWishes = serde_json::from_value(json!({ "email": "ada" })).unwrap();
        assert!(nobody.row(3).unwrap_err().field("people[2].email").is_some());
    }
}
