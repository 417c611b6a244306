//! Text with separators (RFC 4180) to rows of cells. Comma, semicolon and tab are told apart by the header.
//!
//! The splitting is done here and not by a library: the field's standard, csv 1.4, leaves out blank lines, so that its
//! count of rows is not the spreadsheet's, and it takes a quotation mark that never closes for the end of the file, so
//! that the rows after it would vanish in one cell. It is the oracle of the tests.

use crate::{
    problem::Findings,
    table::{Builder, MOST_COLUMNS},
};

/// How much of a file is looked at to find its separator, in bytes: more than all titles together can have.
const LONGEST_HEADER: usize = 256 * 1024;

/// What stands between two cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Separator {
    Comma,
    Semicolon,
    Tab,
}

impl Separator {
    const ALL: [Self; 3] = [Self::Comma, Self::Semicolon, Self::Tab];

    pub(crate) fn byte(self) -> u8 {
        match self {
            Self::Comma => b',',
            Self::Semicolon => b';',
            Self::Tab => b'\t',
        }
    }
}

/// Where in the text the cells begin, which row that is, and what stands between cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Start {
    at: usize,
    row: u32,
    pub(crate) separator: Separator,
}

/// Looks at the header: the separator is the one that makes most titles out of it that are known, then most titles.
pub(crate) fn start(text: &str, is_known: impl Fn(&str) -> bool) -> Start {
    let mut start = Start { at: 0, row: 1, separator: Separator::Comma };
    if let Some(stated) = stated(text) {
        return stated;
    }
    while let Some(blank) = line_end(text, start.at) {
        start = Start { at: blank, row: start.row + 1, ..start };
    }
    let head = text.get(..text.floor_char_boundary(start.at + LONGEST_HEADER)).unwrap_or(text);
    let score = |separator: &Separator| {
        let (mut known, mut titles) = (0, 0);
        let mut scratch = String::new();
        // What cannot be split, or has too many titles, is reported when the table is read.
        let _ = record(head, start.at, separator.byte(), &mut scratch, &mut |cell| {
            titles += 1;
            known += usize::from(is_known(cell.trim()));
            if titles < MOST_COLUMNS { Ok(()) } else { Err(Findings::default()) }
        });
        (known, titles)
    };
    // Of equals, the first.
    let best = Separator::ALL.iter().rev().max_by_key(|separator| score(separator));
    Start { separator: best.copied().unwrap_or(Separator::Comma), ..start }
}

/// Excel's own first line `sep=;`. It is not shown as a row and not counted as one.
fn stated(text: &str) -> Option<Start> {
    let line = text.lines().next()?;
    let (word, sign) = line.split_once('=')?;
    let separator = Separator::ALL.into_iter().find(|separator| sign.as_bytes() == [separator.byte()])?;
    let at = line_end(text, line.len()).unwrap_or(text.len());
    word.eq_ignore_ascii_case("sep").then_some(Start { at, row: 1, separator })
}

/// Splits everything from the start on.
pub(crate) fn split(text: &str, start: Start, into: &mut Builder) -> Result<(), Findings> {
    let Start { mut at, mut row, separator } = start;
    let mut scratch = String::new();
    while at < text.len() {
        at = record(text, at, separator.byte(), &mut scratch, &mut |cell| into.cell(row, cell))
            .map_err(|trouble| trouble.in_row(row))?;
        into.end_row(row)?;
        row = row.saturating_add(1);
    }
    Ok(())
}

/// Why a record could not be split.
enum Trouble {
    /// From here on no quotation mark closes.
    Open(String),
    /// Something follows a closing quotation mark.
    After(String),
    Limit(Findings),
}

impl From<Findings> for Trouble {
    fn from(findings: Findings) -> Self {
        Self::Limit(findings)
    }
}

impl Trouble {
    fn in_row(self, row: u32) -> Findings {
        let mut findings = Findings::default();
        match self {
            Self::Limit(findings) => return findings,
            Self::Open(found) => findings.add(
                Some(row),
                None,
                &found,
                "A quotation mark opens here and never closes, so the end of the row cannot be found. Close it, or \
                 write it twice (\"\") if it belongs to the text.",
            ),
            Self::After(found) => findings.add(
                Some(row),
                None,
                &found,
                "Text follows a closing quotation mark. Put quotation marks around the whole cell, and write those \
                 within it twice (\"\").",
            ),
        }
        findings
    }
}

type Take<'a> = &'a mut dyn FnMut(&str) -> Result<(), Findings>;

/// Hands over the cells of the record that begins at `at`; the answer is where the next one begins.
fn record(
    text: &str,
    mut at: usize,
    separator: u8,
    scratch: &mut String,
    take: Take<'_>,
) -> Result<usize, Trouble> {
    let bytes = text.as_bytes();
    loop {
        if bytes.get(at) == Some(&b'"') {
            at = quoted(text, at, scratch)?;
            let after = bytes.get(at).copied();
            if after.is_some_and(|byte| byte != separator && !is_line_end(byte)) {
                return Err(Trouble::After(rest_of_line(text, at).to_owned()));
            }
            take(scratch)?;
        } else {
            let rest = bytes.get(at..).unwrap_or_default();
            let length = rest.iter().position(|byte| *byte == separator || is_line_end(*byte));
            let end = at + length.unwrap_or(rest.len());
            take(text.get(at..end).unwrap_or_default())?;
            at = end;
        }
        if bytes.get(at) == Some(&separator) {
            at += 1;
        } else {
            return Ok(line_end(text, at).unwrap_or(text.len()));
        }
    }
}

/// Puts the cell whose quotation mark stands at `at` into `cell`; the answer is the place after the closing mark.
fn quoted(text: &str, at: usize, cell: &mut String) -> Result<usize, Trouble> {
    cell.clear();
    let mut from = at + 1;
    while let Some(rest) = text.get(from..) {
        let Some(length) = rest.find('"') else { break };
        cell.push_str(rest.get(..length).unwrap_or_default());
        from += length + 1;
        if text.as_bytes().get(from) != Some(&b'"') {
            return Ok(from);
        }
        cell.push('"');
        from += 1;
    }
    Err(Trouble::Open(rest_of_line(text, at).to_owned()))
}

fn is_line_end(byte: u8) -> bool {
    matches!(byte, b'\r' | b'\n')
}

/// The place after the line end that stands at `at`, if one does.
fn line_end(text: &str, at: usize) -> Option<usize> {
    match text.as_bytes().get(at..)? {
        [b'\r', b'\n', ..] => Some(at + 2),
        [b'\r' | b'\n', ..] => Some(at + 1),
        _ => None,
    }
}

fn rest_of_line(text: &str, at: usize) -> &str {
    text.get(at..).and_then(|rest| rest.lines().next()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    type Rows = Vec<(u32, Vec<String>)>;

    fn rows(text: &str) -> Result<Rows, Findings> {
        let start = start(text, |title| title == "email");
        let mut builder = Builder::default();
        split(text, start, &mut builder)?;
        let (table, _) = builder.finish();
        Ok(table.rows().map(|row| (row.number, row.iter().map(str::to_owned).collect())).collect())
    }

    fn cells(row: &[&str]) -> Vec<String> {
        row.iter().map(|cell| (*cell).to_owned()).collect()
    }

    #[test]
    fn rows_have_the_numbers_of_the_spreadsheet() {
        let text = "email,name\r\n\r\na@b.cd,\"two\nlines\"\r\n,,\n e ,\"said \"\"yes\"\"\"\rlast,x";
        assert_eq!(
            rows(text).unwrap(),
            [
                (1, cells(&["email", "name"])),
                (3, cells(&["a@b.cd", "two\nlines"])),
                (5, cells(&["e", "said \"yes\""])),
                (6, cells(&["last", "x"])),
            ]
        );
    }

    #[test]
    fn the_header_tells_the_separator() {
        assert_eq!(rows(&"é".repeat(200_000)).unwrap(), []);
        for text in ["email;A, B;C\n", "email,A; B;C,D\n", "email\tA; B\tC, D\n", "email", "x;\"email\"\n"] {
            let known = rows(text).unwrap()[0].1.iter().any(|title| title == "email");
            assert!(known, "{text}");
        }
        assert_eq!(rows("sep=;\r\na;b\n").unwrap(), [(1, cells(&["a", "b"]))]);
        assert_eq!(rows("\n\nemail;b").unwrap(), [(3, cells(&["email", "b"]))]);
    }

    #[test]
    fn a_quotation_mark_that_never_closes_is_found_where_it_opens() {
        let refused = rows("email,name\na@b.cd,\"Ada\nb@b.cd,Bob\n").unwrap_err();
        assert_eq!(refused.kept()[0].row, Some(2));
        assert_eq!(refused.kept()[0].found, "\"Ada");
        let refused = rows("email,name\na@b.cd,\"Ada\" L\n").unwrap_err();
        assert!(refused.kept()[0].say.contains("closing quotation mark"));
    }

    proptest! {
        #[test]
        fn cells_are_those_that_csv_finds(
            table in prop::collection::vec(prop::collection::vec("[a-z ,;\t\"\r\n]{0,6}", 1..4), 1..6),
        ) {
            // Without the white space around them, and without blank rows and ends of rows.
            let trimmed = |row: &[String]| -> Vec<String> {
                let mut row: Vec<String> = row.iter().map(|cell| cell.trim().to_owned()).collect();
                while row.last().is_some_and(String::is_empty) {
                    row.pop();
                }
                row
            };
            let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
            for row in &table {
                writer.write_record(row).unwrap();
            }
            let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
            let mut builder = Builder::default();
            split(&text, Start { at: 0, row: 1, separator: Separator::Comma }, &mut builder).unwrap();
            let (found, _) = builder.finish();
            let found: Vec<Vec<String>> = found.rows().map(|row| row.iter().map(str::to_owned).collect()).collect();
            let meant: Vec<Vec<String>> = table.iter().map(|row| trimmed(row)).filter(|row| !row.is_empty()).collect();
            prop_assert_eq!(found, meant);
        }
    }
}
