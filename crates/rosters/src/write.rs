//! Lists as text, row by row, so that no second copy of all people is needed: CSV as RFC 4180 has it.
//!
//! Control Hub's and our own layout are UTF-8 with commas, the meeting site's is UTF-16LE with tabs, all with a byte order
//! mark (without one Excel damages UTF-8) and CRLF. Cells that a spreadsheet would calculate, whatever it takes for the
//! separator, get an apostrophe, which reading takes off again (`guard`). One exception: in Control Hub's layout, phone numbers of plus, digits and spaces
//! stay as they are. Control Hub wants "the leading + … without other characters"
//! (<https://help.webex.com/article/nlkiw8e>), and a formula of digits does no harm; the plus that a spreadsheet takes
//! off is put back when the list is read.

use std::{collections::HashSet, fmt};

use crate::{
    guard::{REMOVE, guard},
    header,
    layouts::Layout,
    wishes::{Column, Part, Phone, Privilege, Row, SiteField, Wish},
};

/// Columns for which a layout has no place, or two of one meaning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unwritable(pub Vec<Column>);

impl fmt::Display for Unwritable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the layout cannot hold these columns: {:?}", self.0)
    }
}

impl std::error::Error for Unwritable {}

/// Writes rows in one layout. Wishes for which it has no column are not written.
#[derive(Debug, Clone)]
pub struct Writer {
    layout: Layout,
    columns: Vec<Column>,
    titles: Vec<String>,
}

impl Writer {
    /// A writer of these columns. Refused are those that would not be read as the same columns again.
    pub fn new(layout: Layout, columns: &[Column]) -> Result<Self, Unwritable> {
        let mut seen = HashSet::new();
        let mut refused = Vec::new();
        let mut titles = Vec::new();
        for column in columns {
            match layout.title(column) {
                Some(title)
                    if header::reads_as(layout, &title, column) && seen.insert(title.to_lowercase()) =>
                {
                    titles.push(title);
                }
                _ => refused.push(column.clone()),
            }
        }
        if refused.is_empty() {
            Ok(Self { layout, columns: columns.to_vec(), titles })
        } else {
            Err(Unwritable(refused))
        }
    }

    /// The byte order mark and the titles.
    pub fn header(&self) -> Vec<u8> {
        let titles = self.titles.iter().map(|title| guard(title));
        self.bytes(&format!("\u{feff}{}", self.line(titles)))
    }

    /// One person.
    pub fn row(&self, row: &Row) -> Vec<u8> {
        let cells = self.columns.iter().map(|column| self.cell(row, column));
        self.bytes(&self.line(cells))
    }

    /// A whole file piece by piece: the header, then a piece for each person.
    pub fn pieces<R: std::borrow::Borrow<Row>>(
        &self,
        rows: impl IntoIterator<Item = R>,
    ) -> impl Iterator<Item = Vec<u8>> {
        std::iter::once(self.header()).chain(rows.into_iter().map(|row| self.row(row.borrow())))
    }

    fn separator(&self) -> char {
        if self.layout == Layout::Meetings { '\t' } else { ',' }
    }

    fn bytes(&self, text: &str) -> Vec<u8> {
        match self.layout {
            Layout::Meetings => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            Layout::ControlHub | Layout::Plain => text.as_bytes().to_vec(),
        }
    }

    fn line(&self, cells: impl Iterator<Item = String>) -> String {
        joined(self.separator(), cells)
    }

    fn cell(&self, row: &Row, column: &Column) -> String {
        match column {
            Column::Email => guard(row.email.written()),
            Column::Attribute(attribute) => text(row.attribute(*attribute)),
            Column::Phone => self.phones(&row.phones),
            Column::Active => self.truth(row.active),
            Column::Licence(title) => {
                let licence = row.licences.iter().find(|licence| licence.title == *title);
                self.truth(licence.map(|licence| licence.wanted))
            }
            Column::Site { site, field } => self.site(row, site.as_deref(), field),
            Column::ReadOnly(title) | Column::LeftAlone(title) => {
                let kept = row.kept.iter().find(|kept| kept.title == *title);
                kept.map(|kept| guard(&kept.text)).unwrap_or_default()
            }
        }
    }

    fn site(&self, row: &Row, site: Option<&str>, field: &SiteField) -> String {
        let Some(wishes) = row.site(site) else { return String::new() };
        match field {
            SiteField::Privilege => {
                wishes.privilege.map(|privilege| self.privilege(privilege)).unwrap_or_default()
            }
            SiteField::Active => self.truth(wishes.active),
            SiteField::SessionTypes => match &wishes.session_types {
                Wish::Absent => String::new(),
                Wish::Clear => REMOVE.to_owned(),
                Wish::Set(names) => guard(&names.join(",")),
            },
            SiteField::TrackingCode(code) => {
                let found = wishes.tracking_codes.iter().find(|(other, _)| other == code);
                found.map(|(_, wish)| text(wish)).unwrap_or_default()
            }
        }
    }

    fn phones(&self, phones: &Wish<Vec<Phone>>) -> String {
        let phones = match phones {
            Wish::Absent => return String::new(),
            Wish::Clear => return REMOVE.to_owned(),
            Wish::Set(phones) => phones,
        };
        let numbers: Vec<String> = phones
            .iter()
            .map(|phone| match phone.part {
                Part::Primary => format!("PRIMARY|{}", phone.number),
                Part::Has => phone.number.clone(),
                Part::Remove => format!("REMOVE|{}", phone.number),
            })
            .collect();
        let cell = numbers.join(",");
        let is_harmless =
            |text: &str| text.chars().all(|sign| sign.is_ascii_digit() || matches!(sign, '+' | ' ' | ','));
        // Behind a word, no program calculates what stands at the beginning.
        let stays = is_harmless(&cell)
            || cell.starts_with(|sign: char| sign.is_ascii_alphanumeric())
                && phones.iter().all(|phone| is_harmless(&phone.number));
        // At the beginning of a line, what follows could be taken for a part of it.
        let is_first = self.columns.first() == Some(&Column::Phone);
        if self.layout == Layout::ControlHub && stays && !is_first { cell } else { guard(&cell) }
    }

    fn truth(&self, truth: Option<bool>) -> String {
        let Some(truth) = truth else { return String::new() };
        let (yes, no) = match self.layout {
            Layout::ControlHub => ("TRUE", "FALSE"),
            Layout::Meetings => ("Y", "N"),
            Layout::Plain => ("yes", "no"),
        };
        (if truth { yes } else { no }).to_owned()
    }

    fn privilege(&self, privilege: Privilege) -> String {
        let (classic, plain) = match privilege {
            Privilege::Host => ("HOST", "host"),
            Privilege::Attendee => ("ATTND", "attendee"),
            Privilege::Administrator => ("ADMN", "administrator"),
            Privilege::Viewer => ("ADMV", "viewer"),
        };
        (if self.layout == Layout::Meetings { classic } else { plain }).to_owned()
    }
}

/// One line of a CSV file about anything else, such as the result of a run: quoted, and with no cell that a spreadsheet
/// would calculate.
pub fn line<'a>(cells: impl IntoIterator<Item = &'a str>) -> String {
    joined(',', cells.into_iter().map(guard))
}

fn joined(separator: char, cells: impl Iterator<Item = String>) -> String {
    let mut line = String::new();
    for (index, cell) in cells.enumerate() {
        if index > 0 {
            line.push(separator);
        }
        if cell.contains([separator, '"', '\r', '\n']) {
            line.push('"');
            line.push_str(&cell.replace('"', "\"\""));
            line.push('"');
        } else {
            line.push_str(&cell);
        }
    }
    line.push_str("\r\n");
    line
}

fn text(wish: &Wish<String>) -> String {
    match wish {
        Wish::Absent => String::new(),
        Wish::Clear => REMOVE.to_owned(),
        Wish::Set(text) => guard(text),
    }
}
