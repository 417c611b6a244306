//! Rows of cells, whatever kind of file they came from, and the limits that every kind of file has to keep.
//!
//! All text stands in one piece with the ends of the cells beside it: a file of separators alone would otherwise need
//! twenty-four times its size.

use std::borrow::Cow;

use crate::{guard::unguard, layouts::LONGEST_TITLE, problem::Findings};

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
    /// Whether more cells followed that could not be told apart.
    cut: bool,
}

/// One row of a table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cells<'a> {
    pub(crate) number: u32,
    /// Whether more cells followed that could not be told apart.
    pub(crate) cut: bool,
    table: &'a Table,
    first: usize,
    end: usize,
}

impl Table {
    pub(crate) fn rows(&self) -> impl Iterator<Item = Cells<'_>> {
        let starts = std::iter::once(0).chain(self.rows.iter().map(|line| line.end));
        self.rows.iter().zip(starts).map(|(line, start)| Cells {
            number: line.number,
            cut: line.cut,
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
    /// What is wrong with cells that could not be taken.
    pub(crate) findings: Findings,
}

impl Builder {
    pub(crate) fn cell(&mut self, row: u32, text: &str) -> Result<(), Findings> {
        let column = self.width();
        if column >= MOST_COLUMNS && !text.trim().is_empty() {
            return Err(too_wide(row));
        }
        let mut text = text;
        if text.len() > LONGEST_CELL {
            let say = "A cell can hold 32 KiB of text. Shorten it; if it should be short, look for a quotation mark \
                       that opens here and closes much later.";
            self.refuse(row, column, text, say);
            text = "";
        }
        let table = &mut self.table;
        if table.ends.len() >= MOST_CELLS {
            return Err(too_many_cells(row));
        }
        if table.text.len() + text.len() > MOST_TEXT {
            let say = "The file holds more text than can be read at once. Delete columns that are not needed, or split it.";
            return Err(one(row, say));
        }
        if column < MOST_COLUMNS {
            table.text.push_str(text);
            table.ends.push(u32_of(table.text.len()));
        }
        Ok(())
    }

    /// Notes what is wrong with a cell, under its column's title, or its letter where it has none.
    pub(crate) fn refuse(&mut self, row: u32, column: usize, found: &str, say: &str) {
        let titles = self.table.rows().next();
        let title = titles.map(|titles| titles.get(column)).filter(|title| title.len() <= LONGEST_TITLE);
        let title = title.map(unguard).filter(|title| !title.is_empty());
        let name = title.map_or_else(|| letters(column), Cow::into_owned);
        self.findings.add(Some(row), Some(&name), found, say);
    }

    /// Ends the row; one without text is left out.
    pub(crate) fn end_row(&mut self, number: u32) -> Result<(), Findings> {
        self.drop_blank_end();
        if self.width() == 0 { Ok(()) } else { self.add_row(number, false) }
    }

    /// Ends a row of which the other cells cannot be told apart. It stays, even without text: who it is about may stand
    /// in what is missing.
    pub(crate) fn cut_row(&mut self, number: u32) -> Result<(), Findings> {
        self.drop_blank_end();
        self.add_row(number, true)
    }

    /// The row's first cell, counted from the beginning of the file.
    fn first(&self) -> usize {
        self.table.rows.last().map_or(0, |line| usize_of(line.end))
    }

    /// How many cells the row has so far.
    fn width(&self) -> usize {
        self.table.ends.len() - self.first()
    }

    fn drop_blank_end(&mut self) {
        let first = self.first();
        let table = &mut self.table;
        while table.ends.len() > first {
            let end = table.ends.len();
            let start = table.ends.get(end.wrapping_sub(2)).map_or(0, |end| usize_of(*end));
            if !table.text.get(start..).unwrap_or_default().trim().is_empty() {
                break;
            }
            table.ends.pop();
            table.text.truncate(start);
        }
    }

    fn add_row(&mut self, number: u32, cut: bool) -> Result<(), Findings> {
        // The header comes on top.
        if self.table.rows.len() > MOST_ROWS {
            return Err(too_many_rows(number));
        }
        let end = u32_of(self.table.ends.len());
        self.table.rows.push(Line { number, end, cut });
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

pub(crate) fn too_wide(row: u32) -> Findings {
    one(row, format!("A row can have {MOST_COLUMNS} columns. Delete those that are not needed."))
}

pub(crate) fn too_many_rows(row: u32) -> Findings {
    one(row, "A file can have 200,000 people. Split it into several files and upload them one by one.")
}

pub(crate) fn too_many_cells(row: u32) -> Findings {
    let say = "A file can have 5 million cells, such as 100,000 people with 50 columns. Delete columns that are not \
               needed, or split it.";
    one(row, say)
}

fn one(row: u32, say: impl Into<String>) -> Findings {
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
    fn a_row_that_was_cut_stays_even_without_text() {
        let mut builder = Builder::default();
        builder.cell(1, "").unwrap();
        builder.cut_row(1).unwrap();
        builder.end_row(2).unwrap();
        builder.cell(3, "a").unwrap();
        builder.cut_row(3).unwrap();
        let (table, _) = builder.finish();
        let rows: Vec<(u32, bool, usize)> =
            table.rows().map(|row| (row.number, row.cut, row.len())).collect();
        assert_eq!(rows, [(1, true, 0), (3, true, 1)]);
    }

    #[test]
    fn a_cell_is_refused_under_its_title_or_its_letter() {
        let mut builder = Builder::default();
        builder.refuse(1, 0, "", "In the header.");
        for title in ["'=title", "", "x".repeat(LONGEST_TITLE + 1).as_str(), "last"] {
            builder.cell(1, title).unwrap();
        }
        builder.end_row(1).unwrap();
        for column in 0..5 {
            builder.refuse(2, column, "", "Below.");
        }
        let (_, findings) = builder.finish();
        let names: Vec<&str> = findings.kept().iter().filter_map(|it| it.column.as_deref()).collect();
        assert_eq!(names, ["A", "=title", "B", "C", "last", "E"]);
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
