//! The form of an edit: what it offers, what was typed, and what that means.

use platform::{Result, web::Checked};
use webex::PersonRecord;

use crate::{
    plan::{Catalog, Field, Known, LicenceFact, Setting, SiteFact, words},
    web::{fields::Fields, words as say},
};

/// The text fields by their names in the form; the first ones are of one person only.
const TEXTS: [(&str, Field); 8] = [
    ("display_name", Field::DisplayName),
    ("first_name", Field::FirstName),
    ("last_name", Field::LastName),
    ("extension", Field::Extension),
    ("work_number", Field::WorkNumber),
    ("department", Field::Department),
    ("title", Field::Title),
    ("manager", Field::Manager),
];
/// How many of them would make no sense for several people.
const PERSONAL: usize = 5;
/// No field of Webex's takes more.
const LONGEST: usize = 256;

/// A text: left, emptied, or written.
#[derive(Clone)]
pub(super) struct TextInput {
    pub(super) name: &'static str,
    field: Field,
    pub(super) value: String,
    pub(super) clear: bool,
    /// What the person has now.
    pub(super) now: String,
}

impl TextInput {
    pub(super) fn label(&self) -> String {
        words(&self.field)
    }

    /// Webex needs a display name.
    pub(super) fn can_be_empty(&self) -> bool {
        self.field != Field::DisplayName
    }

    pub(super) fn hint(&self) -> String {
        let now = if self.now.is_empty() { String::new() } else { format!("Now: {}. ", self.now) };
        let more = match self.field {
            Field::Manager => "The manager's e-mail address.",
            Field::WorkNumber => "With country code, such as +49 30 123456.",
            _ => "",
        };
        format!("{now}{more}").trim().to_owned()
    }
}

/// A licence: left, given, or taken.
#[derive(Clone)]
pub(super) struct LicenceInput {
    id: String,
    pub(super) name: String,
    /// How many are left.
    pub(super) stock: String,
    /// Empty, `give` or `take`.
    pub(super) choice: String,
}

/// A tracking code on a site.
#[derive(Clone)]
pub(super) struct CodeInput {
    pub(super) name: String,
    pub(super) options: Vec<String>,
    pub(super) required: bool,
    pub(super) value: String,
    pub(super) clear: bool,
}

/// A session type on a site: id, name, whether it is ticked.
pub(super) type TypeInput = (String, String, bool);

/// What is wanted on a meeting site.
#[derive(Clone)]
pub(super) struct SiteInput {
    pub(super) site: String,
    pub(super) closed: Option<String>,
    /// Whether the session types become those that are ticked.
    pub(super) changes_types: bool,
    pub(super) types: Vec<TypeInput>,
    pub(super) codes: Vec<CodeInput>,
}

/// Everything in the form.
#[derive(Clone)]
pub(super) struct Typed {
    pub(super) name: String,
    pub(super) texts: Vec<TextInput>,
    /// Empty, `on` or `off`.
    pub(super) sign_in: String,
    pub(super) licences: Vec<LicenceInput>,
    pub(super) sites: Vec<SiteInput>,
}

impl Typed {
    /// A form in which everything stays as it is.
    pub(super) fn blank(catalog: &Catalog) -> Self {
        let text = |(name, field): (&'static str, Field)| TextInput {
            name,
            field,
            value: String::new(),
            clear: false,
            now: String::new(),
        };
        Self {
            name: String::new(),
            texts: TEXTS.map(text).to_vec(),
            sign_in: String::new(),
            licences: catalog.licences.iter().map(licence).collect(),
            sites: catalog.sites.iter().map(|(name, fact)| site(name, fact)).collect(),
        }
    }

    /// Several people have no name in common.
    pub(super) fn keep_personal(&mut self, is_one: bool) {
        if !is_one {
            self.texts.retain(|text| !TEXTS[..PERSONAL].iter().any(|(name, _)| *name == text.name));
        }
    }

    /// Says beside each field what the only person has now.
    pub(super) fn say_what_is(&mut self, record: &PersonRecord) {
        let known = Known { record: record.clone(), ..Known::default() };
        for text in &mut self.texts {
            text.now = known.setting(&text.field).map(|setting| setting.to_string()).unwrap_or_default();
        }
    }

    /// Takes over what was sent.
    pub(super) fn take(&mut self, fields: &Fields) {
        self.name = fields.text("name");
        self.sign_in = fields.text("sign_in");
        for text in &mut self.texts {
            text.value = fields.text(&format!("text-{}", text.name));
            text.clear = fields.has(&format!("clear-{}", text.name));
        }
        for row in 0..fields.rows("licence") {
            let id = fields.text(&format!("licence-{row}-id"));
            if let Some(licence) = self.licences.iter_mut().find(|licence| licence.id == id) {
                licence.choice = fields.text(&format!("licence-{row}-do"));
            }
        }
        for row in 0..fields.rows("site") {
            let name = fields.text(&format!("site-{row}-name"));
            if let Some(site) = self.sites.iter_mut().find(|site| site.site == name) {
                site.take(fields, row);
            }
        }
    }

    /// What was wanted, or everything that is wrong with it.
    pub(super) fn read(&self) -> Result<Vec<(Field, Setting)>> {
        let mut wrong = Checked::default();
        let mut settings = Vec::new();
        for text in &self.texts {
            settings.extend(text.read(&mut wrong));
        }
        match self.sign_in.as_str() {
            "on" => settings.push((Field::SignIn, Setting::Flag(true))),
            "off" => settings.push((Field::SignIn, Setting::Flag(false))),
            _ => {}
        }
        for licence in &self.licences {
            let wanted = match licence.choice.as_str() {
                "give" => true,
                "take" => false,
                _ => continue,
            };
            settings.push((Field::Licence { id: licence.id.clone() }, Setting::Flag(wanted)));
        }
        for (number, site) in self.sites.iter().enumerate() {
            settings.extend(site.read(number, &mut wrong));
        }
        wrong.require(
            !settings.is_empty(),
            "form",
            "Nothing was filled in. Change at least one thing, or go back to the people.",
        );
        wrong.finish().map(|()| settings)
    }
}

impl TextInput {
    fn read(&self, wrong: &mut Checked) -> Option<(Field, Setting)> {
        let field = format!("text-{}", self.name);
        let is_both = self.clear && !self.value.is_empty();
        wrong.require(!is_both, &field, "Either write something, or empty the field.");
        let fits = self.value.chars().count() <= LONGEST && !self.value.chars().any(char::is_control);
        wrong.require(fits, &field, format!("Use at most {LONGEST} characters on one line."));
        let cannot_be_empty = self.clear && !self.can_be_empty();
        wrong.require(!cannot_be_empty, &field, "Webex needs a display name; write one.");
        (self.clear || !self.value.is_empty()).then(|| (self.field.clone(), Setting::text(&self.value)))
    }
}

impl LicenceInput {
    pub(super) fn id(&self) -> &str {
        &self.id
    }
}

impl SiteInput {
    fn take(&mut self, fields: &Fields, row: usize) {
        self.changes_types = fields.has(&format!("site-{row}-change"));
        let ticked = fields.all(&format!("site-{row}-type"));
        for (id, _, is_ticked) in &mut self.types {
            *is_ticked = ticked.contains(id);
        }
        for (number, code) in self.codes.iter_mut().enumerate() {
            // Codes may have changed since the form was made: their names decide.
            let sent = (0..code_rows(fields, row))
                .find(|sent| fields.text(&format!("site-{row}-code-{sent}-name")) == code.name);
            let sent = sent.unwrap_or(number);
            code.value = fields.text(&format!("site-{row}-code-{sent}-value"));
            code.clear = fields.has(&format!("site-{row}-code-{sent}-clear"));
        }
    }

    fn read(&self, number: usize, wrong: &mut Checked) -> Vec<(Field, Setting)> {
        let mut settings = Vec::new();
        if self.changes_types {
            let ticked = self.types.iter().filter(|(_, _, is_ticked)| *is_ticked);
            let ids = ticked.map(|(id, _, _)| id.clone()).collect();
            settings.push((Field::SessionTypes { site: self.site.clone() }, Setting::Set(ids)));
        } else {
            let is_any = self.types.iter().any(|(_, _, is_ticked)| *is_ticked);
            let say =
                "Session types are ticked, but not to be changed. Tick “Change session types”, or none.";
            wrong.require(!is_any, &format!("site-{number}-change"), say);
        }
        for (place, code) in self.codes.iter().enumerate() {
            let field = format!("site-{number}-code-{place}");
            let is_both = code.clear && !code.value.is_empty();
            wrong.require(!is_both, &field, "Either give a value, or empty the code.");
            wrong.require(!(code.clear && code.required), &field, "The site requires a value.");
            let is_known =
                code.value.is_empty() || code.options.is_empty() || code.options.contains(&code.value);
            wrong.require(is_known, &field, "Choose one of the values.");
            if code.clear || !code.value.is_empty() {
                let code_field = Field::TrackingCode { site: self.site.clone(), name: code.name.clone() };
                settings.push((code_field, Setting::text(&code.value)));
            }
        }
        settings
    }
}

/// How many tracking codes of a site were sent; a site has ten at most.
fn code_rows(fields: &Fields, row: usize) -> usize {
    fields.rows(&format!("site-{row}-code"))
}

fn licence(fact: &LicenceFact) -> LicenceInput {
    let name = fact.site.as_ref().map_or_else(|| fact.name.clone(), |site| format!("{} ({site})", fact.name));
    let stock = fact.total.map_or_else(
        || "no limit".to_owned(),
        |total| format!("{} left", say::count((total - fact.consumed).max(0))),
    );
    LicenceInput { id: fact.id.clone(), name, stock, choice: String::new() }
}

fn site(name: &str, fact: &SiteFact) -> SiteInput {
    let types = fact.session_types.iter();
    let types = types.map(|it| (it.id.clone(), format!("{} {} ({})", it.short_name, it.name, it.id), false));
    let codes = fact.tracking_codes.iter().map(|code| CodeInput {
        name: code.name.clone(),
        options: code.options.clone(),
        required: code.required,
        value: String::new(),
        clear: false,
    });
    SiteInput {
        site: name.to_owned(),
        closed: fact.closed.clone(),
        changes_types: false,
        types: types.collect(),
        codes: codes.collect(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use platform::Fault;

    use super::*;
    use crate::plan::{SessionTypeFact, TrackingCodeFact};

    fn catalog() -> Catalog {
        let code = TrackingCodeFact {
            name: "Branch".into(),
            place: 1,
            options: vec!["Main".into(), "East".into()],
            required: true,
        };
        let kind = |id: &str, short: &str| SessionTypeFact {
            id: id.into(),
            short_name: short.into(),
            name: short.into(),
        };
        let fact = SiteFact {
            session_types: vec![kind("3", "PRO"), kind("9", "ONS")],
            tracking_codes: vec![code],
            closed: None,
        };
        let suite = LicenceFact {
            id: "L1".into(),
            name: "Suite".into(),
            site: None,
            subscription: None,
            total: Some(5),
            consumed: 3,
        };
        Catalog { licences: vec![suite], sites: BTreeMap::from([("l.webex.com".to_owned(), fact)]) }
    }

    fn typed(fields: &[(&str, &str)]) -> Typed {
        let sent: Vec<(&str, &str)> = fields.to_vec();
        let fields: Fields = serde_json::from_value(serde_json::json!(sent)).unwrap();
        let mut typed = Typed::blank(&catalog());
        typed.take(&fields);
        typed
    }

    #[test]
    fn what_is_filled_in_becomes_settings_and_the_rest_stays() {
        let typed = typed(&[
            ("text-department", " Reference "),
            ("clear-title", "true"),
            ("sign_in", "off"),
            ("licence-0-id", "L1"),
            ("licence-0-do", "give"),
            ("site-0-name", "l.webex.com"),
            ("site-0-change", "true"),
            ("site-0-type", "9"),
            ("site-0-code-0-name", "Branch"),
            ("site-0-code-0-value", "East"),
        ]);
        let site = "l.webex.com".to_owned();
        let expected = [
            (Field::Department, Setting::text("Reference")),
            (Field::Title, Setting::Text(None)),
            (Field::SignIn, Setting::Flag(false)),
            (Field::Licence { id: "L1".into() }, Setting::Flag(true)),
            (Field::SessionTypes { site: site.clone() }, Setting::Set(["9".to_owned()].into())),
            (Field::TrackingCode { site, name: "Branch".into() }, Setting::text("East")),
        ];
        assert_eq!(typed.read().unwrap(), expected);
    }

    #[test]
    fn contradictions_are_named_field_by_field() {
        let typed = typed(&[
            ("text-department", "Reference"),
            ("clear-department", "true"),
            ("site-0-name", "l.webex.com"),
            ("site-0-type", "9"),
            ("site-0-code-0-name", "Branch"),
            ("site-0-code-0-clear", "true"),
        ]);
        let Fault::Invalid(wrong) = typed.read().unwrap_err().fault else { panic!("it was taken") };
        let fields: Vec<&str> = wrong.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(fields, ["text-department", "site-0-change", "site-0-code-0"]);
    }

    #[test]
    fn an_empty_form_makes_no_plan() {
        assert!(typed(&[]).read().is_err());
    }
}
