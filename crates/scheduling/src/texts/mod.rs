//! What visitors read, apart from the code: Fluent files in `texts/`, for each language one about mails and refusals and
//! one about pages. English is complete by definition; a test holds the others to it.

pub(crate) mod dates;

use std::{fmt, str::FromStr, sync::LazyLock};

use fluent_bundle::{FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle};
use serde::{Deserialize, Serialize};

/// A language in which visitors are addressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Language {
    #[default]
    En,
    De,
}

impl Language {
    pub(crate) const ALL: [Self; 2] = [Self::En, Self::De];

    /// The BCP 47 tag, for `lang` attributes and mail headers.
    pub(crate) fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::De => "de",
        }
    }

    /// The language's own name for itself.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::En => "English",
            Self::De => "Deutsch",
        }
    }

    /// The best one for an `Accept-Language` header (RFC 9110, section 12.5.4); English when none fits.
    pub(crate) fn accepted(header: &str) -> Self {
        let mut best = (0.0_f32, Self::En);
        for range in header.split(',').take(20) {
            let (tag, parameters) = range.split_once(';').unwrap_or((range, ""));
            let quality =
                parameters.trim().strip_prefix("q=").and_then(|q| q.parse().ok()).unwrap_or(1.0_f32);
            let primary = tag.trim().split('-').next().unwrap_or_default().to_ascii_lowercase();
            if let Ok(language) = primary.parse::<Self>()
                && quality > best.0
            {
                best = (quality, language);
            }
        }
        best.1
    }

    fn sources(self) -> [&'static str; 2] {
        match self {
            Self::En => [include_str!("../../texts/en.ftl"), include_str!("../../texts/pages.en.ftl")],
            Self::De => [include_str!("../../texts/de.ftl"), include_str!("../../texts/pages.de.ftl")],
        }
    }

    fn bundle(self) -> &'static FluentBundle<FluentResource> {
        static EN: LazyLock<FluentBundle<FluentResource>> = LazyLock::new(|| load(Language::En));
        static DE: LazyLock<FluentBundle<FluentResource>> = LazyLock::new(|| load(Language::De));
        match self {
            Self::En => &EN,
            Self::De => &DE,
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.tag())
    }
}

impl FromStr for Language {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|language| language.tag() == text);
        found.ok_or_else(|| format!("unknown language {text:?}; use en or de"))
    }
}

/// What cannot be parsed is left out; a test finds it before anybody else does.
fn load(language: Language) -> FluentBundle<FluentResource> {
    let locale = language.tag().parse().unwrap_or_default();
    let mut bundle = FluentBundle::new_concurrent(vec![locale]);
    // Marks of isolation between text directions would be shown as boxes in plain-text mails.
    bundle.set_use_isolating(false);
    for source in language.sources() {
        let resource = FluentResource::try_new(source.to_owned()).unwrap_or_else(|(parsed, _)| parsed);
        // Only a message that is there twice could be refused.
        let _ = bundle.add_resource(resource);
    }
    bundle
}

/// A text with what is put into it.
pub(crate) struct Text<'a> {
    id: &'a str,
    arguments: FluentArgs<'a>,
}

impl<'a> Text<'a> {
    /// The text with this name.
    pub(crate) fn plain(id: &'a str) -> Self {
        Self { id, arguments: FluentArgs::new() }
    }

    /// Puts a text in.
    pub(crate) fn with(mut self, name: &'a str, value: impl Into<String>) -> Self {
        self.arguments.set(name, FluentValue::from(value.into()));
        self
    }

    /// Puts a number in, after which the words may bend.
    pub(crate) fn number(mut self, name: &'a str, value: i64) -> Self {
        self.arguments.set(name, value);
        self
    }

    /// The words; the text's own name where a language lacks it and English too.
    pub(crate) fn in_language(&self, language: Language) -> String {
        self.find(language).or_else(|| self.find(Language::En)).unwrap_or_else(|| self.id.to_owned())
    }

    fn find(&self, language: Language) -> Option<String> {
        let bundle = language.bundle();
        let pattern = bundle.get_message(self.id)?.value()?;
        let mut errors = Vec::new();
        Some(bundle.format_pattern(pattern, Some(&self.arguments), &mut errors).into_owned())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use fluent_bundle::FluentResource;

    use super::*;

    fn ids(language: Language) -> BTreeSet<String> {
        let mut all = BTreeSet::new();
        for source in language.sources() {
            let resource = FluentResource::try_new(source.to_owned());
            assert!(resource.is_ok(), "{:?}", resource.err().map(|(_, errors)| errors));
            let names = source.lines().filter(|line| line.starts_with(|it: char| it.is_ascii_lowercase()));
            for id in names.filter_map(|line| line.split_once(" =")).map(|(id, _)| id.to_owned()) {
                assert!(all.insert(id.clone()), "{id} is there twice in {language}");
            }
        }
        all
    }

    #[test]
    fn every_language_says_everything() {
        let english = ids(Language::En);
        assert_eq!(english, ids(Language::De));
        assert!(english.contains("refused-taken"));
    }

    #[test]
    fn every_text_that_a_page_names_is_there() {
        let english = ids(Language::En);
        let here = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        for folder in ["templates/visitor", "src/web/visitor"] {
            for file in std::fs::read_dir(here.join(folder)).unwrap() {
                let path = file.unwrap().path();
                let source = std::fs::read_to_string(&path).unwrap();
                for call in ["t(\"", "with(\"", "say(\"", "plain(\""] {
                    let rests = source.split(call).skip(1).filter_map(|rest| rest.split_once('"'));
                    for (id, _) in
                        rests.filter(|(id, _)| id.contains('-') && !id.contains(['{', '/', '=', ' ']))
                    {
                        assert!(english.contains(id), "{id} in {}", path.display());
                    }
                }
            }
        }
    }

    #[test]
    fn the_browser_chooses_the_language() {
        for (header, language) in [
            ("", Language::En),
            ("de-AT,de;q=0.9,en;q=0.8", Language::De),
            ("fr,en;q=0.3,de;q=0.7", Language::De),
            ("fr-FR", Language::En),
            ("de;q=0,en;q=0.1", Language::En),
            (";;;q=,,", Language::En),
        ] {
            assert_eq!(Language::accepted(header), language, "{header}");
        }
    }

    #[test]
    fn numbers_bend_the_words() {
        let text = |count| {
            let text = Text::plain("refused-too-late").with("unit", "hours").number("count", count);
            text.in_language(Language::En)
        };
        assert!(text(1).contains("1 hour before"), "{}", text(1));
        assert!(text(2).contains("2 hours before"), "{}", text(2));
    }
}
