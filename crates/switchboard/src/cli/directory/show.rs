//! A plan's rows: who, and each field as now and then. They are printed page by page, however many there are.

use serde_json::Value;
use uuid::Uuid;

use super::{
    client::Client,
    say::{list, plain},
};
use crate::{
    Trouble,
    cli::output::{self, Reader},
};

/// As many rows as the API gives at once.
const PAGE: u8 = 200;

/// Which rows are shown.
#[derive(Clone, Copy)]
pub(super) struct Filter {
    /// Only those in which something is refused.
    pub(super) refused: bool,
    /// Only those that take something away.
    pub(super) losses: bool,
}

impl Filter {
    fn query(self) -> Vec<(&'static str, String)> {
        let mut query = vec![("limit", PAGE.to_string())];
        let asked = [("refused", self.refused), ("losses", self.losses)].into_iter();
        query.extend(asked.filter(|(_, is_so)| *is_so).map(|(name, _)| (name, "true".to_owned())));
        query
    }
}

/// Prints the rows of a plan, until the last one or until nobody reads any more.
pub(super) async fn rows(client: &Client, plan: Uuid, filter: Filter, json: bool) -> Result<(), Trouble> {
    let path = format!("plans/{plan}/rows");
    let mut next: Option<String> = None;
    loop {
        let mut query = filter.query();
        query.extend(next.clone().map(|next| ("after", next)));
        let page = client.page(&path, &query).await?;
        let mut text = String::new();
        for row in list(&page["items"]) {
            text.push_str(&if json { row.to_string() } else { said(row) });
            text.push('\n');
        }
        if text.is_empty() && next.is_none() && !json {
            return output::line("There are no rows to show.");
        }
        let reader = output::print(&text)?;
        next = page["next"].as_str().map(str::to_owned);
        if reader == Reader::Gone || next.is_none() {
            return Ok(());
        }
    }
}

/// A row for people.
fn said(row: &Value) -> String {
    let place = row["row"].as_i64().map_or_else(String::new, |row| format!(" (row {row})"));
    let kind = match row["kind"].as_str() {
        Some("create") => "to create",
        Some("change") => "to change",
        Some("unchanged") => "as wished already",
        Some(other) => other,
        None => "",
    };
    let loses = if row["loses"] == true { ", loses something" } else { "" };
    let mut lines = vec![format!("{}{place}: {kind}{loses}", plain(&row["email"]))];
    for change in list(&row["changes"]) {
        let [field, now, then] = ["field", "now", "then"].map(|name| plain(&change["words"][name]));
        lines.push(format!("  {field}: {} -> {}", filled(&now), filled(&then)));
    }
    for refusal in list(&row["refused"]) {
        let why = plain(&refusal["why"]);
        // What is refused of somebody as a whole is about their address.
        lines.push(if refusal["what"] == row["email"] {
            format!("  refused: {why}")
        } else {
            format!("  refused: {}: {why}", plain(&refusal["what"]))
        });
    }
    lines.join("\n")
}

/// A setting, or a word for nothing.
fn filled(setting: &str) -> &str {
    if setting.is_empty() { "(empty)" } else { setting }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_row_says_who_what_and_why_not() {
        let words = |field: &str, now: &str, then: &str| json!({ "words": { "field": field, "now": now, "then": then } });
        let row = json!({
            "row": 7, "email": "ada@example.org", "kind": "change", "loses": true,
            "changes": [words("Department", "Loans", "Archive\u{1b}[2J"), words("Title", "Librarian", "")],
            "refused": [{ "what": "Licence “Mesaging”", "why": "Did you mean “Messaging”?" }],
        });
        assert_eq!(
            said(&row),
            "ada@example.org (row 7): to change, loses something\n  Department: Loans -> Archive [2J\n  \
             Title: Librarian -> (empty)\n  refused: Licence “Mesaging”: Did you mean “Messaging”?"
        );
        let nobody = json!({
            "row": null, "email": "bob@example.org", "kind": "refused", "loses": false, "changes": [],
            "refused": [{ "what": "bob@example.org", "why": "Nobody has this address." }],
        });
        assert_eq!(said(&nobody), "bob@example.org: refused\n  refused: Nobody has this address.");
    }

    #[test]
    fn only_what_is_asked_for_is_filtered() {
        let names = |refused, losses| -> Vec<&str> {
            Filter { refused, losses }.query().into_iter().map(|(name, _)| name).collect()
        };
        assert_eq!(names(false, false), ["limit"]);
        assert_eq!(names(true, false), ["limit", "refused"]);
        assert_eq!(names(true, true), ["limit", "refused", "losses"]);
    }
}
