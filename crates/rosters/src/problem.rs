//! What is wrong with a file, or worth a look: where it stands, what stands there, and what to write instead.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How many problems of a file are kept; the rest is counted.
pub const MOST_KEPT: usize = 1_000;

/// How many characters of what was found are repeated.
const LONGEST_FOUND: usize = 60;

/// One place of a file that cannot be taken as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// The row's number as a spreadsheet shows it, the header being row 1; none where the whole file is meant.
    pub row: Option<u32>,
    /// The column's title, or its letter where it has none; none where a whole row is meant.
    pub column: Option<String>,
    /// What stands there: at most 60 characters, those that nobody sees made visible.
    pub found: String,
    /// What happened and what to write instead.
    pub say: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(row) = self.row {
            write!(f, "Row {row}")?;
        }
        if let Some(column) = &self.column {
            write!(f, "{}“{column}”", if self.row.is_some() { ", " } else { "Column " })?;
        }
        if self.row.is_some() || self.column.is_some() {
            f.write_str(": ")?;
        }
        f.write_str(&self.say)?;
        if self.found.is_empty() { Ok(()) } else { write!(f, " Found: {}", self.found) }
    }
}

/// Everything that was found in one file, in the order of its rows: the first thousand in words, the rest as a number.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Findings {
    kept: Vec<Problem>,
    more: usize,
}

impl Findings {
    /// The first thousand.
    pub fn kept(&self) -> &[Problem] {
        &self.kept
    }

    /// How many there are beyond those that were kept.
    pub fn more(&self) -> usize {
        self.more
    }

    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// How many there are in all.
    pub fn count(&self) -> usize {
        self.kept.len() + self.more
    }

    /// One problem that stands for all: the file as a whole cannot be read.
    pub(crate) fn of_file(found: &str, say: impl Into<String>) -> Self {
        let mut findings = Self::default();
        findings.add(None, None, found, say);
        findings
    }

    pub(crate) fn add(
        &mut self,
        row: Option<u32>,
        column: Option<&str>,
        found: &str,
        say: impl Into<String>,
    ) {
        if self.kept.len() == MOST_KEPT {
            self.more += 1;
            return;
        }
        let column = column.map(visible);
        self.kept.push(Problem { row, column, found: visible(found), say: say.into() });
    }

    pub(crate) fn in_order_of_rows(mut self) -> Self {
        self.kept.sort_by_key(|problem| problem.row);
        self
    }
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.kept.iter().enumerate() {
            write!(f, "{}{problem}", if index > 0 { "\n" } else { "" })?;
        }
        if self.more > 0 { write!(f, "\n… and {} more.", self.more) } else { Ok(()) }
    }
}

impl std::error::Error for Findings {}

/// The text in one line, cut, with a picture for every character that would not be seen.
pub(crate) fn visible(text: &str) -> String {
    let mut shown = String::new();
    for (index, character) in text.chars().enumerate() {
        if index == LONGEST_FOUND {
            shown.push('…');
            break;
        }
        match character {
            // The block Control Pictures begins with one for NUL.
            '\0'..='\x1f' => shown.push(char::from_u32(0x2400 + u32::from(character)).unwrap_or('\u{fffd}')),
            '\x7f' => shown.push('\u{2421}'),
            _ if is_unseen(character) => shown.extend(character.escape_unicode()),
            _ => shown.push(character),
        }
    }
    shown
}

/// Characters that take no room or turn the writing around: between letters they are accidents of copying.
pub(crate) fn is_unseen(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_sees_is_made_visible_and_cut() {
        assert_eq!(visible("a\tb\nc\u{200b}d\u{7f}"), "a␉b␊c\\u{200b}d␡");
        assert_eq!(visible(&"x".repeat(61)), format!("{}…", "x".repeat(60)));
        assert_eq!(visible(&"x".repeat(60)), "x".repeat(60));
    }

    #[test]
    fn problems_beyond_a_thousand_are_counted() {
        let mut findings = Findings::default();
        for row in 0..1_500 {
            findings.add(Some(row), None, "", "Wrong.");
        }
        assert_eq!((findings.kept().len(), findings.more(), findings.count()), (1_000, 500, 1_500));
        assert!(findings.to_string().ends_with("… and 500 more."));
    }

    #[test]
    fn a_problem_reads_as_a_sentence() {
        let mut findings = Findings::default();
        findings.add(Some(7), Some("Phone"), "abc", "This is no number.");
        findings.add(None, None, "", "The file is empty.");
        assert_eq!(findings.to_string(), "Row 7, “Phone”: This is no number. Found: abc\nThe file is empty.");
    }
}
