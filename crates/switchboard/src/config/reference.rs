//! The reference page, written from the code, so that it cannot lag behind it.

use std::fmt::Write;

use confique::{
    Config as _,
    meta::{Expr, Field, FieldKind, LeafKind, Meta},
};

use super::{Config, secret::FROM_FILES};

const INTRODUCTION: &str = "# Configuration

<!-- Written by `switchboard config --reference`; a test compares it with the code. -->

Switchboard reads one TOML file: `switchboard.toml` in the working directory, or the one named by `--config` or
`SWITCHBOARD_CONFIG`. Every key can also be set by the environment variable beside it, which wins over the file.
A key or a `SWITCHBOARD_…` variable that is not listed here is refused at start. `switchboard config` prints what is in
effect, with secrets masked.

";

/// The reference of all keys, as Markdown.
pub fn reference() -> String {
    let mut page = INTRODUCTION.to_owned();
    for field in Config::META.fields {
        if let FieldKind::Nested { meta } = field.kind {
            section(&mut page, field.name, field.doc, meta);
        }
    }
    page.push_str(
        "## Secrets from files\n\nInstead of the value, these variables may name a file that holds it:\n\n",
    );
    for (variable, key) in FROM_FILES {
        // Writing to a String cannot fail.
        let _ = writeln!(page, "- `{variable}_FILE` for `{key}`");
    }
    page
}

fn section(page: &mut String, path: &str, doc: &[&str], meta: &'static Meta) {
    let _ = write!(page, "## `[{path}]`\n\n{}\n\n", sentence(doc));
    let leaves: Vec<&Field> =
        meta.fields.iter().filter(|field| matches!(field.kind, FieldKind::Leaf { .. })).collect();
    if !leaves.is_empty() {
        page.push_str("| Key | Environment variable | Default | Meaning |\n|---|---|---|---|\n");
        for field in leaves {
            row(page, path, field);
        }
        page.push('\n');
    }
    for field in meta.fields {
        if let FieldKind::Nested { meta } = field.kind {
            section(page, &format!("{path}.{}", field.name), field.doc, meta);
        }
    }
}

fn row(page: &mut String, path: &str, field: &Field) {
    let FieldKind::Leaf { env, kind } = field.kind else { return };
    let default = match kind {
        LeafKind::Required { default: Some(value) } => shown(&value),
        LeafKind::Required { default: None } => "required".to_owned(),
        LeafKind::Optional => "–".to_owned(),
    };
    let _ = writeln!(
        page,
        "| `{path}.{}` | `{}` | {default} | {} |",
        field.name,
        env.unwrap_or_default(),
        sentence(field.doc).replace('|', "\\|")
    );
}

fn shown(value: &Expr) -> String {
    let json = serde_json::to_string(value).unwrap_or_default();
    format!("`{json}`")
}

fn sentence(doc: &[&str]) -> String {
    doc.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ")
}
