//! This room reads and writes lists of people: CSV and spreadsheets in Control Hub's layout, in that of a meeting site,
//! and in one of our own. What it reads becomes rows of wishes, or else every problem of the file at once, each with its
//! row, its column and what to write instead. It is pure: no files, no clock, no network; it never panics on any input.
//! Whether a licence, site or session type exists, and what has to change for a wish, is left to the rooms above.
//!
//! `docs/directory-files.md` describes the layouts for those who write such lists.

mod csv;
mod encoding;
mod guard;
mod header;
mod layouts;
mod problem;
mod rows;
mod table;
mod values;
mod wishes;
mod workbook;
mod write;

pub use csv::Separator;
pub use encoding::Encoding;
pub use layouts::Layout;
pub use problem::{Findings, MOST_KEPT, Problem};
pub use table::{LONGEST_CELL, MOST_CELLS, MOST_COLUMNS, MOST_ROWS};
pub use wishes::{
    Attribute, Code, Column, Email, Kept, Licence, Part, Phone, Privilege, Row, SiteField, SiteWishes, Wish,
};
pub use write::{Unwritable, Writer, line};

use header::Header;
use table::{Builder, Table};

/// The largest file that is read, in bytes.
pub const MOST_BYTES: usize = 64 * 1024 * 1024;

/// A list that could be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roster {
    pub layout: Layout,
    pub format: Format,
    /// The columns that have a title, in their order.
    pub columns: Vec<Column>,
    /// In the order of the file; no address stands there twice.
    pub rows: Vec<Row>,
    /// What was understood although it is unusual, and what was not looked at.
    pub remarks: Findings,
}

/// What kind of file it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Format {
    Csv {
        encoding: Encoding,
        separator: Separator,
    },
    /// A spreadsheet, and the sheet that was read.
    Workbook {
        sheet: String,
    },
}

/// A list that was looked through, with nothing wrong in it. Its rows are made one after the other, as they are asked
/// for: all at once, those of many people under many licences would take a hundred times the room of the file.
#[derive(Debug)]
pub struct List {
    table: Table,
    header: Header,
    format: Format,
    remarks: Findings,
    people: usize,
}

impl List {
    pub fn layout(&self) -> Layout {
        self.header.layout
    }

    /// What was understood although it is unusual, and what was not looked at.
    pub fn remarks(&self) -> &Findings {
        &self.remarks
    }

    /// What its columns mean, in their order.
    pub fn columns(&self) -> impl Iterator<Item = &Column> {
        self.header.columns.iter().map(|titled| &titled.column)
    }

    /// How many rows there are.
    pub fn people(&self) -> usize {
        self.people
    }

    /// In the order of the file; no address stands there twice.
    pub fn rows(&self) -> impl Iterator<Item = Row> {
        let mut reader = rows::Reader::new(&self.header, Findings::default());
        self.table.rows().skip(1).filter_map(move |cells| reader.row(cells))
    }
}

/// Reads a list whole. [`open`] is for those that may be large.
pub fn read(bytes: &[u8], layout: Option<Layout>) -> Result<Roster, Findings> {
    let list = open(bytes, layout)?;
    let rows = list.rows().collect();
    let List { header, format, remarks, .. } = list;
    let columns = header.columns.into_iter().map(|titled| titled.column).collect();
    Ok(Roster { layout: header.layout, format, columns, rows, remarks })
}

/// Opens a list. Encoding, separator and kind of file are found out; so is the layout, unless it is given.
///
/// A file with any problem is refused as a whole: applied in part, nobody could say which people it was about.
pub fn open(bytes: &[u8], layout: Option<Layout>) -> Result<List, Findings> {
    if bytes.len() > MOST_BYTES {
        return Err(Findings::of_file(
            "",
            "The file is larger than 64 MiB. Split it, or delete columns that are not needed.",
        ));
    }
    let mut remarks = Findings::default();
    let mut builder = Builder::default();
    let format = if workbook::is_zip(bytes) {
        Format::Workbook { sheet: workbook::read(bytes, &mut builder, &mut remarks)? }
    } else {
        let (text, encoding) = encoding::decode(bytes)?;
        let start = csv::start(&text, layouts::is_known);
        csv::split(&text, start, &mut builder)?;
        Format::Csv { encoding, separator: start.separator }
    };
    let (table, mut problems) = builder.finish();
    let Some(titles) = table.rows().next() else {
        let say = "The file is empty. Its first row has to name the columns, each further row a person.";
        return Err(if problems.is_empty() { Findings::of_file("", say) } else { problems });
    };
    if titles.cut {
        // Some titles are missing, so nobody knows what stands below.
        return Err(problems.in_order_of_rows());
    }
    let header = header::read(&table, titles, layout, &mut problems);
    let (people, remarks) = look_through(&table, &header, problems, remarks)?;
    Ok(List { table, header, format, remarks, people })
}

/// Judges every row; the answer is how many there are, and what is unusual about them.
fn look_through(
    table: &Table,
    header: &Header,
    problems: Findings,
    remarks: Findings,
) -> Result<(usize, Findings), Findings> {
    let mut reader = rows::Reader::new(header, problems);
    reader.remarks = remarks;
    let mut lines = table.rows().skip(1).peekable();
    if lines.peek().is_none() {
        let say = "The file has a header and nobody below it. Add a row for each person.";
        reader.problems.add(None, None, "", say);
    }
    let people = lines.filter_map(|cells| reader.row(cells)).count();
    reader.finish();
    if reader.problems.is_empty() {
        Ok((people, reader.remarks.in_order_of_rows()))
    } else {
        Err(reader.problems.in_order_of_rows())
    }
}
