//! Rows of cells, whatever kind of file they came from, and the limits that every kind of file has to keep.
//!
//! All text stands in one piece with the ends of the cells beside it: a file of separators alone would otherwise need
//! twenty-four times its size.

use crate::problem::Findings;

/// How many rows with people a file can have.
pub const MOST_ROWS: usize = 200_000;
/// How many columns a file can have.
pub const MOST_COLUMNS: usize = 500;
/// How many bytes of UTF-8 a cell can have.
pub const LONGEST_CELL: usize = 32 * 1024;

/// How many cells a file can have, blank ones at the ends of rows not counted: 100,000 people under 50 columns, or 10,000
/// under as many as there can be. What is made of a cell takes more room and time than the cell.
pub const MOST_CELLS: usize = 5_000_000;
/// How much text is kept. A workbook can name one long text in many cells.
const MOST_TEXT: usize = 128 * 1024 * 1024;

/// The rows that are not blank.
#[derive(Debug, Default)]
pub(crate) struct Table {
    text: String,
    /// Where each cell ends in the text; it begins where the one before ends.
    ends: Vec<u32>,
    rows: Vec<Line>,
}

#[derive(Debug, Clone, Copy)]
struct Line {
    /// As a spreadsheet shows it.
    number: u32,
    /// Its cells are those before this one, from where the line before ended.
    end: u32,
}

/// One row of a table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cells<'a> {
    pub(crate) number: u32,
    table: &'a Table,
    first: usize,
    end: usize,
}

impl Table {
    pub(crate) fn rows(&self) -> impl Iterator<Item = Cells<'_>> {
        let starts = std::iter::once(0).chain(self.rows.iter().map(|line| line.end));
        self.rows.iter().zip(starts).map(|(line, start)| Cells {
            number: line.number,
            table: self,
            first: usize_of(start),
            end: usize_of(line.end),
        })
    }
}

impl<'a> Cells<'a> {
    /// How many there are up to the last that is not blank.
    pub(crate) fn len(self) -> usize {
        self.end - self.first
    }

    /// Without the white space around it; blank where the row is shorter.
    pub(crate) fn get(self, column: usize) -> &'a str {
        let index = self.first + column;
        if index >= self.end {
            return "";
        }
        let end_of = |index: usize| self.table.ends.get(index).map_or(0, |end| usize_of(*end));
        let start = index.checked_sub(1).map_or(0, end_of);
        self.table.text.get(start..end_of(index)).unwrap_or_default().trim()
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = &'a str> {
        (0..self.len()).map(move |column| self.get(column))
    }
}

/// Collects a table cell by cell. An error ends the reading: the file is beyond a limit.
#[derive(Debug, Default)]
pub(crate) struct Builder {
    table: Table,
    /// Cells that were cut.
    pub(crate) findings: Findings,
}

impl Builder {
    pub(crate) fn cell(&mut self, row: u32, text: &str) -> Result<(), Findings> {
        let table = &mut self.table;
        let column = table.ends.len() - table.rows.last().map_or(0, |line| usize_of(line.end));
        if column >= MOST_COLUMNS && !text.trim().is_empty() {
            let say = format!("A row can have {MOST_COLUMNS} columns. Delete those that are not needed.");
            return Err(one(row, say));
        }
        let mut text = text;
        if text.len() > LONGEST_CELL {
            let say = "A cell can hold 32 KiB of text. Shorten it; if it should be short, look for a quotation mark \
                       that opens here and closes much later.";
            self.findings.add(Some(row), Some(&letters(column)), text, say);
            text = "";
        }
        if table.ends.len() >= MOST_CELLS {
            let say = "A file can have 5 million cells, such as 100,000 people with 50 columns. Delete columns that are \
                       not needed, or split it.";
            return Err(one(row, say.to_owned()));
        }
        if table.text.len() + text.len() > MOST_TEXT {
            let say = "The file holds more text than can be read at once. Delete columns that are not needed, or split it.";
            return Err(one(row, say.to_owned()));
        }
        if column < MOST_COLUMNS {
            table.text.push_str(text);
            table.ends.push(u32_of(table.text.len()));
        }
        Ok(())
    }

    /// Ends the row; one without text is left out.
    pub(crate) fn end_row(&mut self, number: u32) -> Result<(), Findings> {
        let table = &mut self.table;
        let first = table.rows.last().map_or(0, |line| usize_of(line.end));
        while table.ends.len() > first {
            let end = table.ends.len();
            let start = table.ends.get(end.wrapping_sub(2)).map_or(0, |end| usize_of(*end));
            if !table.text.get(start..).unwrap_or_default().trim().is_empty() {
                break;
            }
            table.ends.pop();
            table.text.truncate(start);
        }
        if table.ends.len() == first {
            return Ok(());
        }
        // The header comes on top.
        if table.rows.len() > MOST_ROWS {
            let say =
                "A file can have 200,000 people. Split it into several files and upload them one by one.";
            return Err(one(number, say.to_owned()));
        }
        table.rows.push(Line { number, end: u32_of(table.ends.len()) });
        Ok(())
    }

    pub(crate) fn finish(self) -> (Table, Findings) {
        (self.table, self.findings)
    }
}

/// The letters with which spreadsheets name a column, counted from 0: A … Z, AA …
pub(crate) fn letters(column: usize) -> String {
    let mut letters = Vec::new();
    let mut rest = column + 1;
    while rest > 0 {
        rest -= 1;
        letters.push(char::from(b'A' + u8::try_from(rest % 26).unwrap_or_default()));
        rest /= 26;
    }
    letters.iter().rev().collect()
}

fn one(row: u32, say: String) -> Findings {
    let mut findings = Findings::default();
    findings.add(Some(row), None, "", say);
    findings
}

/// Sizes stay far below 2³²: see the limits above.
fn u32_of(size: usize) -> u32 {
    u32::try_from(size).unwrap_or(u32::MAX)
}

fn usize_of(size: u32) -> usize {
    usize::try_from(size).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blank_ends_of_rows_and_blank_rows_are_left_out() {
        let mut builder = Builder::default();
        for (number, row) in [(1, vec!["a", " b ", "", " "]), (2, vec!["", ""]), (3, vec!["", "c"])] {
            for cell in row {
                builder.cell(number, cell).unwrap();
            }
            builder.end_row(number).unwrap();
        }
        let (table, findings) = builder.finish();
        assert!(findings.is_empty());
        let rows: Vec<(u32, Vec<&str>)> =
            table.rows().map(|row| (row.number, row.iter().collect())).collect();
        assert_eq!(rows, [(1, vec!["a", "b"]), (3, vec!["", "c"])]);
        assert_eq!(table.rows().next().unwrap().get(99), "");
    }

    #[test]
    fn a_row_can_be_wide_only_with_blanks() {
        let mut builder = Builder::default();
        for _ in 0..MOST_COLUMNS {
            builder.cell(1, "x").unwrap();
        }
        builder.cell(1, " ").unwrap();
        builder.cell(1, "").unwrap();
        let refused = builder.cell(1, "x").unwrap_err();
        assert_eq!(refused.kept()[0].row, Some(1));
        assert!(refused.to_string().contains("500 columns"));
    }

    #[test]
    fn columns_have_the_letters_of_a_spreadsheet() {
        let named: Vec<String> = [0, 25, 26, 51, 52, 701, 702].into_iter().map(letters).collect();
        assert_eq!(named, ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]);
    }
}
