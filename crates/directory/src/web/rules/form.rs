//! The form of the rules: what is typed, and the rules that it means.

use std::collections::BTreeMap;

use crate::{
    planning::{self, Condition, Rule, RuleSite, RuleWishes},
    web::fields::Fields,
};

/// A form holds no more: all that there can be, and a blank one.
const MOST_PLACES: usize = planning::MOST_RULES + 1;
const MOST_SITES: usize = 50;

/// What a rule wants on a site, as typed.
#[derive(Clone, Default)]
pub(super) struct TypedSite {
    pub(super) site: String,
    /// Names with commas between them.
    pub(super) session_types: String,
    /// `Name = value`, one a line.
    pub(super) tracking_codes: String,
}

/// A rule as typed.
#[derive(Clone, Default)]
pub(super) struct TypedRule {
    id: String,
    pub(super) department: String,
    pub(super) title: String,
    pub(super) email_domain: String,
    pub(super) licence: String,
    /// One a line.
    pub(super) add: String,
    pub(super) remove: String,
    pub(super) sites: Vec<TypedSite>,
    /// To be left out when the form is saved.
    pub(super) is_deleted: bool,
}

/// The whole form; the last rule is always blank.
#[derive(Clone, Default)]
pub(super) struct Typed {
    pub(super) rules: Vec<TypedRule>,
}

impl Typed {
    pub(super) fn of(rules: &[Rule]) -> Self {
        Self { rules: rules.iter().map(TypedRule::of).collect() }.with_blanks()
    }

    pub(super) fn sent(fields: &Fields) -> Self {
        let rules = (0..fields.rows("rule").min(MOST_PLACES)).map(|rule| TypedRule::sent(fields, rule));
        Self { rules: rules.collect() }.with_blanks()
    }

    /// One more blank rule (`rule`), or one more site in a rule (its number).
    pub(super) fn add(&mut self, what: &str) {
        let rule = what.parse::<usize>().ok().and_then(|rule| self.rules.get_mut(rule));
        match rule {
            Some(rule) => rule.sites.push(TypedSite::default()),
            None => self.rules.push(TypedRule::blank()),
        }
    }

    fn with_blanks(mut self) -> Self {
        for rule in &mut self.rules {
            if !rule.sites.iter().any(TypedSite::is_blank) {
                rule.sites.push(TypedSite::default());
            }
        }
        if !self.rules.last().is_some_and(TypedRule::is_blank) {
            self.rules.push(TypedRule::blank());
        }
        self
    }

    /// The rules, the place of each in the form, and what is wrong by its place.
    pub(super) fn read(&self) -> (Vec<Rule>, Vec<usize>, Vec<(usize, String)>) {
        let (mut rules, mut places, mut wrong) = (Vec::new(), Vec::new(), Vec::new());
        for (place, typed) in self.rules.iter().enumerate() {
            if typed.is_deleted || typed.is_blank() {
                continue;
            }
            let mut say = |message: String| wrong.push((rules.len(), message));
            let rule = typed.read(&mut say);
            rules.push(rule);
            places.push(place);
        }
        (rules, places, wrong)
    }
}

impl TypedSite {
    fn is_blank(&self) -> bool {
        self.site.is_empty() && self.session_types.is_empty() && self.tracking_codes.is_empty()
    }

    fn of(site: &RuleSite) -> Self {
        let session_types = match &site.session_types {
            None => String::new(),
            Some(none) if none.is_empty() => "none".to_owned(),
            Some(types) => types.join(", "),
        };
        let codes = site.tracking_codes.iter().map(|(name, value)| format!("{name} = {value}"));
        Self { site: site.site.clone(), session_types, tracking_codes: codes.collect::<Vec<_>>().join("\n") }
    }

    fn read(&self, say: &mut impl FnMut(String)) -> Option<RuleSite> {
        if self.is_blank() {
            return None;
        }
        if self.site.is_empty() {
            say("Choose the meeting site for these session types and tracking codes.".to_owned());
        }
        let mut tracking_codes = BTreeMap::new();
        for line in lines(&self.tracking_codes) {
            match line.split_once('=') {
                Some((name, value)) if !name.trim().is_empty() => {
                    let again = tracking_codes.insert(name.trim().to_owned(), value.trim().to_owned());
                    if again.is_some() {
                        say(format!("The tracking code “{}” stands here twice. Keep one line.", name.trim()));
                    }
                }
                _ => {
                    say(format!(
                        "“{line}” is no tracking code. Write a name, =, and a value: Branch = Main."
                    ));
                }
            }
        }
        let types = self.session_types.split([',', ';', '\n']).map(str::trim).filter(|name| !name.is_empty());
        let types: Vec<String> = types.map(str::to_owned).collect();
        let session_types = match &types[..] {
            [] => None,
            [none] if none.eq_ignore_ascii_case("none") => Some(Vec::new()),
            _ => Some(types),
        };
        Some(RuleSite { site: self.site.clone(), session_types, tracking_codes })
    }
}

impl TypedRule {
    fn blank() -> Self {
        Self { sites: vec![TypedSite::default()], ..Self::default() }
    }

    pub(super) fn id(&self) -> &str {
        &self.id
    }

    /// Nothing is wanted and nobody is named.
    pub(super) fn is_blank(&self) -> bool {
        let texts =
            [&self.department, &self.title, &self.email_domain, &self.licence, &self.add, &self.remove];
        texts.iter().all(|text| text.is_empty()) && self.sites.iter().all(TypedSite::is_blank)
    }

    fn of(rule: &Rule) -> Self {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        Self {
            id: text(&rule.id),
            department: text(&rule.when.department),
            title: text(&rule.when.title),
            email_domain: text(&rule.when.email_domain),
            licence: text(&rule.when.licence),
            add: rule.then.add_licences.join("\n"),
            remove: rule.then.remove_licences.join("\n"),
            sites: rule.then.sites.iter().map(TypedSite::of).collect(),
            is_deleted: false,
        }
    }

    fn sent(fields: &Fields, rule: usize) -> Self {
        let text = |name: &str| fields.text(&format!("rule-{rule}-{name}")).replace("\r\n", "\n");
        let count = fields.rows(&format!("rule-{rule}-site")).min(MOST_SITES);
        let site = |site: usize| TypedSite {
            site: text(&format!("site-{site}-name")),
            session_types: text(&format!("site-{site}-types")),
            tracking_codes: text(&format!("site-{site}-codes")),
        };
        Self {
            id: text("id"),
            department: text("department"),
            title: text("title"),
            email_domain: text("domain"),
            licence: text("licence"),
            add: text("add"),
            remove: text("remove"),
            sites: (0..count).map(site).collect(),
            is_deleted: fields.has(&format!("rule-{rule}-delete")),
        }
    }

    fn read(&self, say: &mut impl FnMut(String)) -> Rule {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let list = |text: &str| lines(text).map(str::to_owned).collect();
        Rule {
            id: some(&self.id),
            when: Condition {
                department: some(&self.department),
                title: some(&self.title),
                email_domain: some(self.email_domain.trim_start_matches('@')),
                licence: some(&self.licence),
            },
            then: RuleWishes {
                add_licences: list(&self.add),
                remove_licences: list(&self.remove),
                sites: self.sites.iter().filter_map(|site| site.read(say)).collect(),
            },
        }
    }
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(fields: &[(&str, &str)]) -> Typed {
        let fields: Fields = serde_json::from_value(serde_json::json!(fields)).unwrap();
        Typed::sent(&fields)
    }

    #[test]
    fn a_rule_is_read_as_it_is_shown() {
        let rule = Rule {
            id: Some("7".into()),
            when: Condition { department: Some("Reference".into()), ..Condition::default() },
            then: RuleWishes {
                add_licences: vec!["Suite".into(), "Calling".into()],
                remove_licences: Vec::new(),
                sites: vec![
                    RuleSite {
                        site: "l.webex.com".into(),
                        session_types: Some(vec!["PRO".into(), "ONS".into()]),
                        tracking_codes: BTreeMap::from([("Branch".into(), "Main".into())]),
                    },
                    RuleSite {
                        site: "m.webex.com".into(),
                        session_types: Some(Vec::new()),
                        tracking_codes: BTreeMap::from([("Branch".into(), String::new())]),
                    },
                ],
            },
        };
        let (rules, places, wrong) = Typed::of(std::slice::from_ref(&rule)).read();
        assert_eq!((rules, places), (vec![rule], vec![0]));
        assert!(wrong.is_empty(), "{wrong:?}");
    }

    #[test]
    fn blank_and_deleted_rules_are_passed_over_and_errors_find_their_place() {
        let typed = sent(&[
            ("rule-0-id", "1"),
            ("rule-0-department", "Loans"),
            ("rule-0-delete", "true"),
            ("rule-1-department", ""),
            ("rule-2-department", "Reference"),
            ("rule-2-site-0-name", "l.webex.com"),
            ("rule-2-site-0-codes", "Branch Main"),
        ]);
        let (rules, places, wrong) = typed.read();
        assert_eq!((rules.len(), &places[..]), (1, &[2][..]));
        assert_eq!(wrong.len(), 1);
        assert!(wrong[0].0 == 0 && wrong[0].1.contains("Branch = Main"), "{wrong:?}");
    }
}
