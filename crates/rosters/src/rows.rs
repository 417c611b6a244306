//! The rows below the header: what each cell wishes for its person.

use std::collections::HashMap;

use crate::{
    guard::{is_removal, unguard},
    header::{Header, Titled},
    layouts::Layout,
    problem::{Findings, visible},
    table::{Cells, letters},
    values,
    wishes::{Attribute, Column, Email, Kept, Licence, Phone, Row, SiteField, Wish},
};

const YES_OR_NO: &str = "Write yes or no, or leave the cell blank to change nothing.";
const TRUE_OR_FALSE: &str = "Write TRUE or FALSE, or leave the cell blank to change nothing.";
const PRIVILEGE: &str = "Write HOST for somebody who hosts meetings or ATTND for somebody who only attends, or leave the \
                         cell blank to change nothing.";

/// Reads row after row, and remembers who was there.
#[derive(Debug)]
pub(crate) struct Reader<'a> {
    header: &'a Header,
    /// In which row an address was first.
    first_rows: HashMap<String, u32>,
    pub(crate) problems: Findings,
    pub(crate) remarks: Findings,
    /// By column: whether it has a cell that is not read.
    left_alone: Vec<bool>,
}

/// What a cell could not be taken for: what to write instead.
type Wrong = &'static str;

impl<'a> Reader<'a> {
    pub(crate) fn new(header: &'a Header, problems: Findings) -> Self {
        Self {
            header,
            first_rows: HashMap::new(),
            problems,
            remarks: Findings::default(),
            left_alone: vec![false; header.columns.len()],
        }
    }

    /// The person of the row, unless it names none. Its other cells are judged either way.
    pub(crate) fn row(&mut self, cells: Cells<'_>) -> Option<Row> {
        let header = self.header;
        self.check_width(cells);
        let email = self.email(cells);
        let is_somebody = email.is_some();
        let mut row = Row::new(cells.number, email.unwrap_or_else(|| Email::new("")));
        for (place, titled) in header.columns.iter().enumerate() {
            let text = cells.get(titled.index);
            if text.is_empty() || titled.column == Column::Email {
                continue;
            }
            self.left_alone[place] |= matches!(titled.column, Column::LeftAlone(_));
            if let Err(wrong) = self.cell(&mut row, titled, text) {
                self.problems.add(Some(cells.number), Some(&titled.title), text, wrong);
            }
        }
        is_somebody.then_some(row)
    }

    /// Says in one remark which columns nobody looked at.
    pub(crate) fn finish(&mut self) {
        let columns = self.header.columns.iter().zip(&self.left_alone);
        let names: Vec<String> = columns
            .filter(|(titled, seen)| **seen && !titled.title.starts_with('#'))
            .map(|(titled, _)| visible(&titled.title))
            .collect();
        if !names.is_empty() {
            let say =
                format!("These columns are not read, and nothing in them changes: {}.", names.join(", "));
            self.remarks.add(None, None, "", say);
        }
    }

    fn check_width(&mut self, cells: Cells<'_>) {
        let width = self.header.width;
        if cells.len() > width {
            let say = format!(
                "The row has {} cells, but only {width} columns have a title. If a cell has the separator in its text, \
                 put quotation marks around the cell.",
                cells.len()
            );
            self.problems.add(Some(cells.number), None, cells.get(width), say);
        }
        for column in self.header.untitled.iter().filter(|column| !cells.get(**column).is_empty()) {
            let say = "This column has no title, so nobody knows what it means. Give it one, or delete it.";
            self.problems.add(Some(cells.number), Some(&letters(*column)), cells.get(*column), say);
        }
    }

    fn email(&mut self, cells: Cells<'_>) -> Option<Email> {
        let titled = self.header.columns.iter().find(|titled| titled.column == Column::Email)?;
        let written = &*unguard(cells.get(titled.index));
        let title = Some(titled.title.as_str());
        if written.is_empty() {
            // The address may stand in what could not be read, and that was said already.
            if !cells.cut {
                let say = "The row names nobody. Write the person's e-mail address, or delete the row.";
                self.problems.add(Some(cells.number), title, "", say);
            }
            return None;
        }
        if let Err(wrong) = values::email(written) {
            self.problems.add(Some(cells.number), title, written, wrong);
            return None;
        }
        let email = Email::new(written);
        if let Some(first) = self.first_rows.get(email.key()) {
            let say = format!(
                "This person already stands in row {first}. Keep one of rows {first} and {}.",
                cells.number
            );
            self.problems.add(Some(cells.number), title, written, say);
            return None;
        }
        self.first_rows.insert(email.key().to_owned(), cells.number);
        Some(email)
    }

    fn cell(&mut self, row: &mut Row, titled: &Titled, text: &str) -> Result<(), Wrong> {
        match &titled.column {
            Column::Email => (),
            Column::Attribute(attribute) => {
                *row.attribute_mut(*attribute) = wish(text)?;
                self.remark_on_removal(row.number, titled, *attribute, text);
            }
            Column::Phone => row.phones = self.phones(row.number, titled, text)?,
            Column::Active => row.active = Some(values::truth(text).ok_or(YES_OR_NO)?),
            Column::Licence(title) => {
                let wrong = if self.header.layout == Layout::ControlHub { TRUE_OR_FALSE } else { YES_OR_NO };
                let wanted = values::truth(text).ok_or(wrong)?;
                row.licences.push(Licence { title: title.clone(), wanted });
            }
            Column::Site { site, field } => {
                let wishes = row.site_mut(site.as_ref());
                match field {
                    SiteField::Privilege => {
                        wishes.privilege = Some(values::privilege(text).ok_or(PRIVILEGE)?);
                    }
                    SiteField::Active => wishes.active = Some(values::truth(text).ok_or(YES_OR_NO)?),
                    SiteField::SessionTypes => wishes.session_types = session_types(text)?,
                    SiteField::TrackingCode(code) => {
                        wishes.tracking_codes.push((code.clone(), wish(text)?));
                    }
                }
            }
            Column::ReadOnly(title) | Column::LeftAlone(title) => {
                row.kept.push(Kept { title: title.clone(), text: unguard(text).into_owned() });
            }
        }
        Ok(())
    }

    fn phones(&mut self, row: u32, titled: &Titled, text: &str) -> Result<Wish<Vec<Phone>>, Wrong> {
        if is_removal(text) {
            return Ok(Wish::Clear);
        }
        let found = values::phones(&unguard(text))?;
        if found.plus_added {
            let say = "Spreadsheets take the plus off phone numbers. It was put back; check the number in the plan.";
            self.remarks.add(Some(row), Some(&titled.title), text, say);
        }
        Ok(Wish::Set(found.phones))
    }

    fn remark_on_removal(&mut self, row: u32, titled: &Titled, attribute: Attribute, text: &str) {
        let documented = self.header.layout == Layout::Plain || attribute == Attribute::Location;
        if is_removal(text) && !documented {
            let say = "REMOVE is taken as the wish to empty this field. Cisco describes it for phone numbers and \
                       locations only.";
            self.remarks.add(Some(row), Some(&titled.title), text, say);
        }
    }
}

fn wish(text: &str) -> Result<Wish<String>, Wrong> {
    if is_removal(text) {
        return Ok(Wish::Clear);
    }
    let text = unguard(text);
    if text.contains('\u{fffd}') {
        return Err("A letter was lost when this file was last saved in another program (�). Type it again.");
    }
    if has_split_letters(&text) {
        return Err(
            "Letters were damaged when this file was last saved (Ã¼ stands where ü was). Export it again, and \
                    open it as UTF-8 before you change it.",
        );
    }
    if text.chars().any(|sign| sign.is_control() && !matches!(sign, '\t' | '\r' | '\n')) {
        return Err("The text contains a character that nobody sees. Delete the cell and type it again.");
    }
    Ok(Wish::Set(text.into_owned()))
}

/// Whether the two bytes of a letter in UTF-8 were taken for two letters of windows-1252. The first one is then Ã or Â,
/// and the second one is a sign that follows no letter in any language.
fn has_split_letters(text: &str) -> bool {
    let is_second = |sign: char| {
        matches!(sign, '\u{a1}'..='\u{bf}' | 'Ÿ' | 'Œ' | 'œ' | 'Š' | 'š' | 'Ž' | 'ž' | '€' | 'ƒ')
    };
    let mut signs = text.chars().peekable();
    while let Some(sign) = signs.next() {
        if sign == 'Ã' && signs.peek().is_some_and(|next| is_second(*next)) {
            return true;
        }
    }
    false
}

fn session_types(text: &str) -> Result<Wish<Vec<String>>, Wrong> {
    if is_removal(text) {
        return Ok(Wish::Clear);
    }
    let names = values::list(&unguard(text));
    if names.is_empty() {
        return Err("Write the numbers or names of session types, separated by commas.");
    }
    Ok(Wish::Set(names))
}
