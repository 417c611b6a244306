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
    let line = text.get(..end_of_line(text, 0))?;
    let (word, sign) = line.split_once('=')?;
    let separator = Separator::ALL.into_iter().find(|separator| sign.as_bytes() == [separator.byte()])?;
    let at = line_end(text, line.len()).unwrap_or(text.len());
    word.eq_ignore_ascii_case("sep").then_some(Start { at, row: 1, separator })
}

/// Splits everything from the start on. A row with a stray quotation mark is cut there and noted; the reading goes on.
pub(crate) fn split(text: &str, start: Start, into: &mut Builder) -> Result<(), Findings> {
    let Start { mut at, mut row, separator } = start;
    let mut scratch = String::new();
    while at < text.len() {
        let next = record(text, at, separator.byte(), &mut scratch, &mut |cell| into.cell(row, cell));
        at = match next {
            Ok(next) => {
                into.end_row(row)?;
                next
            }
            Err(Trouble::Stray(mark)) => {
                into.refuse(row, mark.column, mark.found(text), mark.say());
                into.cut_row(row)?;
                mark.next_record(text)
            }
            Err(Trouble::Limit(findings)) => return Err(findings),
        };
        row = row.saturating_add(1);
    }
    Ok(())
}

/// The row in which the last sign of the text stands, as a spreadsheet shows it.
pub(crate) fn last_row(text: &str, is_known: impl Fn(&str) -> bool) -> u32 {
    let Start { mut at, mut row, separator } = start(text, is_known);
    let mut scratch = String::new();
    loop {
        at = match record(text, at, separator.byte(), &mut scratch, &mut |_| Ok(())) {
            Ok(next) => next,
            Err(Trouble::Stray(mark)) => mark.next_record(text),
            Err(Trouble::Limit(_)) => return row,
        };
        if at >= text.len() {
            return row;
        }
        row = row.saturating_add(1);
    }
}

/// Why a record could not be split.
enum Trouble {
    Stray(Stray),
    Limit(Findings),
}

impl From<Findings> for Trouble {
    fn from(findings: Findings) -> Self {
        Self::Limit(findings)
    }
}

/// A quotation mark at the beginning of a cell that does not enclose it.
struct Stray {
    column: usize,
    opens: usize,
    /// The place after the mark that closes, behind which the cell goes on; none if no mark closes.
    closed: Option<usize>,
}

impl Stray {
    fn say(&self) -> &'static str {
        if self.closed.is_some() {
            "Text follows a closing quotation mark. Put quotation marks around the whole cell, and write those within \
             it twice (\"\"). Delete a mark that stands there by mistake."
        } else {
            "A quotation mark opens here and never closes, so nothing behind it could be read. Close it, or write it \
             twice (\"\") if it belongs to the text and put quotation marks around the cell."
        }
    }

    /// What stands there, up to the end of the line.
    fn found<'a>(&self, text: &'a str) -> &'a str {
        let end = end_of_line(text, self.closed.unwrap_or(self.opens));
        text.get(self.opens..end).unwrap_or_default()
    }

    /// Where the reading goes on: in the next line, or nowhere.
    fn next_record(&self, text: &str) -> usize {
        let Some(closed) = self.closed else { return text.len() };
        line_end(text, end_of_line(text, closed)).unwrap_or(text.len())
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
    let mut column = 0;
    loop {
        if bytes.get(at) == Some(&b'"') {
            let opens = at;
            let closed = quoted(text, opens, scratch);
            let follows = closed.and_then(|closed| bytes.get(closed)).copied();
            let is_whole = follows.is_none_or(|byte| byte == separator || is_line_end(byte));
            at = closed.filter(|_| is_whole).ok_or(Trouble::Stray(Stray { column, opens, closed }))?;
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
            column += 1;
        } else {
            return Ok(line_end(text, at).unwrap_or(text.len()));
        }
    }
}

/// Puts the cell whose quotation mark stands at `at` into `cell`; the answer is the place after the mark that closes.
fn quoted(text: &str, at: usize, cell: &mut String) -> Option<usize> {
    cell.clear();
    let mut from = at + 1;
    loop {
        let rest = text.get(from..)?;
        let length = rest.find('"')?;
        cell.push_str(rest.get(..length).unwrap_or_default());
        from += length + 1;
        if text.as_bytes().get(from) != Some(&b'"') {
            return Some(from);
        }
        cell.push('"');
        from += 1;
    }
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

/// Where the line ends in which `at` stands.
fn end_of_line(text: &str, at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    at + rest.find(['\r', '\n']).unwrap_or(rest.len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::table::Table;

    type Rows = Vec<(u32, Vec<String>)>;

    fn is_known(title: &str) -> bool {
        title == "email"
    }

    fn read(text: &str) -> Result<(Table, Findings), Findings> {
        let mut builder = Builder::default();
        split(text, start(text, is_known), &mut builder)?;
        Ok(builder.finish())
    }

    fn rows(text: &str) -> Result<Rows, Findings> {
        let (table, _) = read(text)?;
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
        assert_eq!(rows("sep=;\ra;b\r").unwrap(), [(1, cells(&["a", "b"]))]);
        assert_eq!(rows("\n\nemail;b").unwrap(), [(3, cells(&["email", "b"]))]);
    }

    /// Row, column and text of what was found.
    fn found(findings: &Findings) -> Vec<(Option<u32>, &str, &str)> {
        findings
            .kept()
            .iter()
            .map(|it| (it.row, it.column.as_deref().unwrap_or_default(), it.found.as_str()))
            .collect()
    }

    /// Number, whether it was cut, and cells of each row.
    fn shapes(table: &Table) -> Vec<(u32, bool, Vec<&str>)> {
        table.rows().map(|row| (row.number, row.cut, row.iter().collect())).collect()
    }

    #[test]
    fn a_quotation_mark_that_never_closes_ends_the_reading_where_it_opens() {
        let (table, findings) = read("email,name\na@b.cd,\"Ada\nb@b.cd,Bob\n").unwrap();
        assert_eq!(found(&findings), [(Some(2), "name", "\"Ada")]);
        assert!(findings.kept()[0].say.contains("never closes"));
        assert_eq!(shapes(&table), [(1, false, vec!["email", "name"]), (2, true, vec!["a@b.cd"])]);
        let (table, findings) = read("email,\"name\na@b.cd,Ada\n").unwrap();
        assert_eq!(found(&findings), [(Some(1), "B", "\"name")]);
        assert_eq!(shapes(&table), [(1, true, vec!["email"])]);
    }

    #[test]
    fn text_after_a_closing_quotation_mark_cuts_its_row_only() {
        let text = "email,a,b\n1,\"x\ny\" z,2\n3,4,\"5\"\r\"6\"7,8\r\n9,,10\r,,,,\"\"\"\"11";
        let (table, findings) = read(text).unwrap();
        assert_eq!(
            found(&findings),
            [(Some(2), "a", "\"x␊y\" z,2"), (Some(4), "email", "\"6\"7,8"), (Some(6), "E", "\"\"\"\"11")]
        );
        assert!(findings.kept()[0].say.contains("closing quotation mark"));
        assert_eq!(
            shapes(&table),
            [
                (1, false, vec!["email", "a", "b"]),
                (2, true, vec!["1"]),
                (3, false, vec!["3", "4", "5"]),
                (4, true, vec![]),
                (5, false, vec!["9", "", "10"]),
                (6, true, vec![]),
            ]
        );
    }

    #[test]
    fn the_last_row_is_the_one_that_a_spreadsheet_shows() {
        for (text, row) in [
            ("", 1),
            ("email", 1),
            ("email,x\ny", 2),
            ("email,x\r\n\r\ny", 3),
            ("email\rx\ry", 3),
            ("sep=;\nemail;x\ny", 2),
            ("\n\nemail;x\ny", 4),
            ("email,x\n1,\"two\nlines\"\ny", 3),
            ("email,x\n1,\"two\nlines", 2),
            ("email,x\n1,\"two\nlines\" and\ny", 3),
        ] {
            assert_eq!(last_row(text, is_known), row, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn a_stray_quotation_mark_changes_no_other_row(
            mut lines in prop::collection::vec("[a-z]{1,4}(,[a-z]{1,4}){0,3}", 1..6),
            place in any::<prop::sample::Index>(),
        ) {
            let (table, findings) = read(&lines.join("\n")).unwrap();
            prop_assert!(findings.is_empty());
            let mut expected = shapes(&table);
            let at = place.index(lines.len());
            expected[at] = (expected[at].0, true, Vec::new());
            lines[at].insert_str(0, "\"x\" ");
            let (spoiled, findings) = read(&lines.join("\n")).unwrap();
            prop_assert_eq!(findings.count(), 1);
            prop_assert_eq!(shapes(&spoiled), expected);
        }

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
