//! Reads the file and the environment strictly: a key that nobody reads is a mistake that would stay unseen.

use std::{
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
};

use confique::{
    Config as _,
    meta::{FieldKind, Meta},
};

use super::{Config, Faulty, secret::FROM_FILES};

type Layer = <Config as confique::Config>::Layer;

const PREFIX: &str = "SWITCHBOARD_";
/// Read by the command line and by tests, not by the configuration.
const OTHER_VARIABLES: [&str; 1] = ["SWITCHBOARD_CONFIG"];

/// Reads a file; one that is absent counts as empty unless it `must_exist`.
pub(super) fn read(path: &Path, must_exist: bool) -> Result<Layer, Faulty> {
    match fs::read_to_string(path) {
        Ok(text) => parse(&text, &path.display().to_string()),
        Err(error) if error.kind() == ErrorKind::NotFound && !must_exist => parse("", ""),
        Err(error) => {
            Err(Faulty::new(format!("the configuration file {} could not be read: {error}", path.display()))
                .with_hint("Check the path given with --config or SWITCHBOARD_CONFIG."))
        }
    }
}

/// Parses a text that came from `place`.
pub(super) fn parse(text: &str, place: &str) -> Result<Layer, Faulty> {
    // The parser's own picture of the line is left out: the line may hold a secret.
    let unreadable = |error: toml::de::Error| {
        let line =
            error.span().map_or(0, |span| text[..span.start.min(text.len())].matches('\n').count() + 1);
        let what = error.message().lines().next().unwrap_or_default().to_owned();
        Faulty::new(format!("{place}, line {line}: {}", without_values(&what)))
            .with_hint("docs/configuration.md lists every key with its form and default.")
    };
    let table: toml::Table = text.parse().map_err(unreadable)?;
    refuse_unknown(&table, &Config::META, "")?;
    toml::from_str(text).map_err(unreadable)
}

/// `invalid type: integer `1234`, expected a string` repeats the value; people need only the rest.
fn without_values(message: &str) -> String {
    let mut parts = message.split('`');
    let mut text = parts.next().unwrap_or_default().to_owned();
    while let Some(_quoted) = parts.next() {
        text.push('…');
        text.push_str(parts.next().unwrap_or_default());
    }
    let mut parts = text.split('"');
    let mut bare = parts.next().unwrap_or_default().to_owned();
    while let Some(_quoted) = parts.next() {
        bare.push('…');
        bare.push_str(parts.next().unwrap_or_default());
    }
    bare
}

fn refuse_unknown(table: &toml::Table, meta: &Meta, prefix: &str) -> Result<(), Faulty> {
    for (name, value) in table {
        let key = format!("{prefix}{name}");
        let known = meta.fields.iter().find(|field| field.name == name);
        match (known.map(|field| &field.kind), value) {
            (Some(FieldKind::Nested { meta }), toml::Value::Table(inner)) => {
                refuse_unknown(inner, meta, &format!("{key}."))?;
            }
            (Some(_), _) => {}
            (None, _) => {
                let faulty = Faulty::new(format!("the key `{key}` is not known"));
                return Err(match nearest(&key, keys().iter().map(|(key, _)| key.as_str())) {
                    Some(near) => faulty.with_hint(format!("Did you mean `{near}`?")),
                    None => faulty.with_hint("docs/configuration.md lists every key."),
                });
            }
        }
    }
    Ok(())
}

/// Every `SWITCHBOARD_…` variable of this process.
#[expect(clippy::disallowed_methods, reason = "the configuration is where the environment is read")]
pub(super) fn environment() -> impl Iterator<Item = (String, String)> {
    std::env::vars().filter(|(name, _)| name.starts_with(PREFIX))
}

/// The file that `SWITCHBOARD_CONFIG` names.
pub(super) fn named_by_environment() -> Option<PathBuf> {
    environment().find(|(name, _)| name == "SWITCHBOARD_CONFIG").map(|(_, path)| PathBuf::from(path))
}

/// Refuses variables with our prefix that nothing reads.
pub(super) fn check_environment() -> Result<(), Faulty> {
    let mut known: Vec<String> =
        keys().into_iter().filter_map(|(_, variable)| variable).map(str::to_owned).collect();
    known.extend(FROM_FILES.map(|(variable, _)| format!("{variable}_FILE")));
    known.extend(OTHER_VARIABLES.map(str::to_owned));
    for (name, _) in environment() {
        if known.contains(&name) {
            continue;
        }
        let faulty = Faulty::new(format!("the environment variable {name} is not known"));
        return Err(match nearest(&name, known.iter().map(String::as_str)) {
            Some(near) => faulty.with_hint(format!("Did you mean {near}? Otherwise remove the variable.")),
            None => faulty.with_hint("docs/configuration.md lists every variable. Remove this one."),
        });
    }
    Ok(())
}

/// Every key with its environment variable.
pub(super) fn keys() -> Vec<(String, Option<&'static str>)> {
    fn walk(meta: &Meta, prefix: &str, found: &mut Vec<(String, Option<&'static str>)>) {
        for field in meta.fields {
            let key = format!("{prefix}{}", field.name);
            match field.kind {
                FieldKind::Leaf { env, .. } => found.push((key, env)),
                FieldKind::Nested { meta } => walk(meta, &format!("{key}."), found),
            }
        }
    }
    let mut found = Vec::new();
    walk(&Config::META, "", &mut found);
    found
}

/// The known name closest to what was written, if any is close enough to be meant.
fn nearest<'a>(written: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let closest = known.map(|name| (distance(written, name), name)).min()?;
    (closest.0 <= written.len() / 3 + 1).then_some(closest.1)
}

/// How many letters have to change (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.iter().enumerate() {
            let change = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = change.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_can_come_from_the_environment() {
        for (key, variable) in keys() {
            assert!(variable.is_some_and(|name| name.starts_with(PREFIX)), "{key}");
        }
    }

    #[test]
    fn the_nearest_name_is_only_offered_when_it_is_near() {
        let known = ["server.listen", "mail.host"];
        assert_eq!(nearest("server.listne", known.into_iter()), Some("server.listen"));
        assert_eq!(nearest("colour", known.into_iter()), None);
        assert_eq!(distance("kitten", "sitting"), 3);
    }

    #[test]
    fn messages_lose_their_values() {
        assert_eq!(
            without_values("invalid type: integer `12`, expected a string"),
            "invalid type: integer …, expected a string"
        );
        assert_eq!(without_values("unknown \"abc\" and `d"), "unknown … and …");
    }
}
