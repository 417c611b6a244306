//! What a command is handed: a list of people, or a plan. `-` is standard input.

use std::{
    fs::File,
    io::{self, BufReader, Read},
    path::Path,
};

use serde::Deserialize;
use uuid::Uuid;

use crate::Trouble;

const STANDARD_INPUT: &str = "-";

/// The server refuses larger lists; what is that large is not even read whole.
const MOST_BYTES: u64 = 64 << 20;

/// A list as it stands in a file.
pub(super) fn list(file: &Path) -> Result<Vec<u8>, Trouble> {
    let place = if file == Path::new(STANDARD_INPUT) { Path::new("standard input") } else { file };
    let mut bytes = Vec::new();
    let read = open(file).and_then(|from| from.take(MOST_BYTES + 1).read_to_end(&mut bytes));
    let length = read.map_err(|error| Trouble::with_file("read", place, &error))?;
    if u64::try_from(length).is_ok_and(|length| length <= MOST_BYTES) {
        return Ok(bytes);
    }
    Err(Trouble::new(format!("{} is larger than {} MiB", place.display(), MOST_BYTES >> 20))
        .with_hint("Split it, or delete columns that are not needed."))
}

/// A downloaded plan, as far as it has to be known.
#[derive(Deserialize)]
struct Document {
    format: String,
    id: Uuid,
}

/// A plan's id: as it stands, or out of a downloaded plan, however large that is.
pub(super) fn plan_id(plan: &str) -> Result<Uuid, Trouble> {
    if let Ok(id) = plan.parse() {
        return Ok(id);
    }
    let no_plan = || {
        Trouble::new(format!("{plan} is no plan"))
            .with_hint("Name a plan by its id, or by the JSON file that was downloaded from its page.")
    };
    let unread = |error: &io::Error| match error.kind() {
        io::ErrorKind::NotFound => no_plan(),
        _ => Trouble::with_file("read", Path::new(plan), error),
    };
    let file = open(Path::new(plan)).map_err(|error| unread(&error))?;
    match serde_json::from_reader::<_, Document>(BufReader::new(file)) {
        Ok(document) if document.format == "switchboard-plan/1" => Ok(document.id),
        Err(error) if error.is_io() => Err(unread(&io::Error::from(error))),
        Ok(_) | Err(_) => Err(no_plan()),
    }
}

fn open(file: &Path) -> io::Result<Box<dyn Read>> {
    if file == Path::new(STANDARD_INPUT) {
        return Ok(Box::new(io::stdin().lock()));
    }
    Ok(Box::new(File::open(file)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_goes_by_its_id_or_its_document() {
        const ID: &str = "01a1ffdf-06b7-77a5-80a8-0c38e1a4a10e";
        let dir = tempfile::tempdir().unwrap();
        let document = |name: &str, text: &str| {
            let path = dir.path().join(name);
            std::fs::write(&path, text).unwrap();
            path.to_str().unwrap().to_owned()
        };
        let rows = r#"[{"number": 1, "id": "x", "format": "y"}]"#;
        let whole = format!(r#"{{"format": "switchboard-plan/1", "id": "{ID}", "rows": {rows}}}"#);
        for plan in [ID.to_owned(), ID.to_uppercase(), document("plan.json", &whole)] {
            assert_eq!(plan_id(&plan).unwrap().to_string(), ID, "{plan}");
        }
        let other = whole.replace("plan/1", "plan/2");
        let elsewhere = whole.replace(ID, "../runs");
        let cut = &whole[..whole.len() - 1];
        for text in [other.as_str(), elsewhere.as_str(), cut, "{}", "Email\n"] {
            let refused = plan_id(&document("other.json", text)).unwrap_err();
            assert!(refused.to_string().ends_with("other.json is no plan"), "{text}: {refused}");
        }
        let absent = plan_id("01a1ffdf").unwrap_err();
        assert_eq!(absent.to_string(), "01a1ffdf is no plan");
        assert!(absent.hint().unwrap().starts_with("Name a plan by its id"));
        let folder = plan_id(dir.path().to_str().unwrap()).unwrap_err().to_string();
        assert!(folder.starts_with("could not read "), "{folder}");
    }
}
