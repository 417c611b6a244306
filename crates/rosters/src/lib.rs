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
pub use table::{LONGEST_CELL, MOST_COLUMNS, MOST_ROWS};
pub use wishes::{
    Attribute, Code, Column, Email, Kept, Licence, Part, Phone, Privilege, Row, SiteField, SiteWishes, Wish,
};
pub use write::{Unwritable, Writer, line};

use table::Builder;

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

/// Reads a list. Encoding, separator and kind of file are found out; so is the layout, unless it is given.
///
/// A file with any problem is refused as a whole: applied in part, nobody could say which people it was about.
pub fn read(bytes: &[u8], layout: Option<Layout>) -> Result<Roster, Findings> {
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
    let mut lines = table.rows();
    let Some(titles) = lines.next() else {
        let say = "The file is empty. Its first row has to name the columns, each further row a person.";
        return Err(if problems.is_empty() { Findings::of_file("", say) } else { problems });
    };
    let header = header::read(&table, titles, layout, &mut problems);
    let mut reader = rows::Reader::new(&header, problems);
    reader.remarks = remarks;
    let (mut rows, mut lines) = (Vec::new(), lines.peekable());
    if lines.peek().is_none() {
        let say = "The file has a header and nobody below it. Add a row for each person.";
        reader.problems.add(None, None, "", say);
    }
    rows.extend(lines.filter_map(|cells| reader.row(cells)));
    reader.finish();
    if !reader.problems.is_empty() {
        return Err(reader.problems.in_order_of_rows());
    }
    let (layout, remarks) = (header.layout, reader.remarks.in_order_of_rows());
    let columns = header.columns.into_iter().map(|titled| titled.column).collect();
    Ok(Roster { layout, format, columns, rows, remarks })
}
