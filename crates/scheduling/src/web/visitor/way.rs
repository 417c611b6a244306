//! What a visitor carries from page to page in the address, because nothing else is sure to be kept: a frame on
//! another site sends no cookies.

use url::form_urlencoded::{Serializer, parse};

use crate::texts::Language;

/// Longer values are nobody's: no zone, key or token is.
const LONGEST: usize = 200;

/// The query of a visitor's page. Every value is as it was sent; whoever uses it checks it.
#[derive(Clone, Debug, Default)]
pub(super) struct Way {
    /// The key of a private type.
    pub key: Option<String>,
    pub lang: Option<Language>,
    /// Whether the page is shown in a frame on another site.
    pub embed: bool,
    pub zone: Option<String>,
    pub duration: Option<String>,
    pub month: Option<String>,
    pub day: Option<String>,
    /// The token of a held time.
    pub hold: Option<String>,
    /// Whether the zone is to be chosen now.
    pub pick: bool,
    /// The pressed time, where it is to be confirmed first.
    pub start: Option<String>,
    /// Why the visitor is back on this page.
    pub why: Option<String>,
}

impl Way {
    pub(super) fn read(query: &str) -> Self {
        let mut way = Self::default();
        for (name, value) in parse(query.as_bytes()).filter(|(_, value)| value.len() <= LONGEST).take(50) {
            let value = value.into_owned();
            match &*name {
                "key" => way.key = Some(value),
                "lang" => way.lang = value.parse().ok(),
                "embed" => way.embed = value == "1",
                "zone" => way.zone = Some(value),
                "duration" => way.duration = Some(value),
                "month" => way.month = Some(value),
                "day" => way.day = Some(value),
                "hold" => way.hold = Some(value),
                "start" => way.start = Some(value),
                "why" => way.why = Some(value),
                "pick" => way.pick = value == "zone",
                _ => {}
            }
        }
        way
    }

    /// The address of `path` on this way.
    pub(super) fn to(&self, path: &str) -> String {
        let query = self.fields().fold(Serializer::new(String::new()), |mut query, (name, value)| {
            query.append_pair(name, &value);
            query
        });
        let query = { query }.finish();
        if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
    }

    /// What is carried, for the hidden fields of a form that is sent by GET.
    pub(super) fn fields(&self) -> impl Iterator<Item = (&'static str, String)> {
        [
            ("key", self.key.clone()),
            ("lang", self.lang.map(|language| language.tag().to_owned())),
            ("embed", self.embed.then(|| "1".to_owned())),
            ("zone", self.zone.clone()),
            ("duration", self.duration.clone()),
            ("month", self.month.clone()),
            ("day", self.day.clone()),
            ("hold", self.hold.clone()),
            ("start", self.start.clone()),
            ("why", self.why.clone()),
            ("pick", self.pick.then(|| "zone".to_owned())),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
    }

    /// The same way, and why it leads back.
    pub(super) fn because(self, why: &str) -> Self {
        Self { why: Some(why.to_owned()), ..self }
    }

    /// The way on without what belongs to one page.
    pub(super) fn onward(&self) -> Self {
        Self { hold: None, start: None, why: None, pick: false, ..self.clone() }
    }

    /// The way on to pages that know nothing of a type.
    pub(super) fn leaving(&self) -> Self {
        Self { lang: self.lang, embed: self.embed, zone: self.zone.clone(), ..Self::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_carried_is_carried_on() {
        let way = Way::read("zone=Etc%2FGMT%2B1&embed=1&lang=de&day=2026-11-25&utm_source=x&key=a%26b");
        assert_eq!(way.zone.as_deref(), Some("Etc/GMT+1"));
        assert_eq!(way.to("/x"), "/x?key=a%26b&lang=de&embed=1&zone=Etc%2FGMT%2B1&day=2026-11-25");
        assert_eq!(way.leaving().to("/x"), "/x?lang=de&embed=1&zone=Etc%2FGMT%2B1");
        assert_eq!(Way::read(&format!("key={}&lang=xx", "k".repeat(1000))).to("/x"), "/x");
    }
}
