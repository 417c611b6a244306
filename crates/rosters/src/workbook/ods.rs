//! OpenDocument's spreadsheets (ISO/IEC 26300), as LibreOffice saves them.
//!
//! calamine keeps a repeated cell as many times as the file says, up to a hundred million, before anybody can look; so the
//! one part that matters is read here, event by event. Only what a list needs is understood: rows, cells, paragraphs.

use std::{
    collections::HashSet,
    io::{BufReader, Cursor, Read},
};

use quick_xml::{
    Reader,
    escape::resolve_xml_entity,
    events::{BytesRef, BytesStart, Event},
};
use zip::ZipArchive;

use super::{DAMAGED, FAILS, PASSWORD, remark_on_sheets};
use crate::{
    problem::Findings,
    table::{
        Builder, LONGEST_CELL, MOST_CELLS, MOST_COLUMNS, MOST_ROWS, letters, too_many_cells, too_many_rows,
        too_wide,
    },
};

/// Reads the first visible sheet that is not blank; the answer is its name.
pub(super) fn read(bytes: &[u8], into: &mut Builder, remarks: &mut Findings) -> Result<String, Findings> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| damaged())?;
    if has_password(&mut archive) {
        return Err(Findings::of_file("", PASSWORD));
    }
    let content = archive.by_name("content.xml").map_err(|_| damaged())?;
    let mut reader = Reader::from_reader(BufReader::new(content));
    let mut sheets = Sheets::new(into);
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        match reader.read_event_into(&mut buffer).map_err(|_| damaged())? {
            Event::Start(start) => sheets.start(&start)?,
            Event::Empty(start) => {
                sheets.start(&start)?;
                sheets.end(start.name().as_ref())?;
            }
            Event::End(end) => sheets.end(end.name().as_ref())?,
            Event::Text(text) => sheets.text(&text.xml10_content()),
            Event::CData(text) => sheets.text(&text.xml10_content()),
            Event::GeneralRef(reference) => sheets.text(&resolve(&reference)?),
            Event::DocType(_) => return Err(damaged()),
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) => (),
            Event::Eof => break,
        }
    }
    let name = sheets.found.unwrap_or_default();
    remark_on_sheets(&name, sheets.visible, remarks);
    Ok(name)
}

fn damaged() -> Findings {
    Findings::of_file("", DAMAGED)
}

/// Encrypted parts are announced in the manifest.
fn has_password(archive: &mut ZipArchive<Cursor<&[u8]>>) -> bool {
    let mut manifest = Vec::new();
    let part = archive.by_name("META-INF/manifest.xml");
    let is_read = part.is_ok_and(|part| part.take(1 << 20).read_to_end(&mut manifest).is_ok());
    is_read && memchr::memmem::find(&manifest, b"encryption-data").is_some()
}

fn resolve(reference: &BytesRef<'_>) -> Result<String, Findings> {
    if let Some(character) = reference.resolve_char_ref().map_err(|_| damaged())? {
        return Ok(character.to_string());
    }
    resolve_xml_entity(&reference.xml10_content()).map(str::to_owned).ok_or_else(damaged)
}

fn attribute(start: &BytesStart<'_>, name: &str) -> Result<Option<String>, Findings> {
    let Some(attribute) = start.try_get_attribute(name).map_err(|_| damaged())? else { return Ok(None) };
    let value = attribute.normalized_value(quick_xml::XmlVersion::Implicit1_0).map_err(|_| damaged())?;
    Ok(Some(value.into_owned()))
}

/// How often an element stands for itself.
fn repeated(start: &BytesStart<'_>, name: &str) -> Result<u32, Findings> {
    let Some(text) = attribute(start, name)? else { return Ok(1) };
    text.parse().map_err(|_| damaged())
}

/// A cell while it is open, and then in its row.
#[derive(Debug, Default)]
struct OpenCell {
    repeated: u32,
    /// What the cell holds, where that is no text: a number, a date, yes or no.
    value: Option<String>,
    /// What is shown, its paragraphs as lines.
    text: String,
    paragraphs: u32,
    fails: bool,
}

/// Where in the document the reading is.
#[derive(Debug)]
struct Sheets<'a> {
    into: &'a mut Builder,
    /// Styles of sheets that are hidden.
    hidden: HashSet<String>,
    /// The style that is being described.
    style: String,
    /// The sheet that is being read; none between sheets, in hidden ones, and after the one that was found.
    sheet: Option<String>,
    found: Option<String>,
    visible: usize,
    /// The row's number, and how often it stands there.
    row: u32,
    rows: u32,
    cells: Vec<OpenCell>,
    /// How many columns these cells take.
    width: usize,
    cell: Option<OpenCell>,
    /// How many rows and cells were handed over. The table leaves out those of which it can use nothing, so its own limits
    /// may never be reached.
    handed_rows: usize,
    handed_cells: usize,
    /// How many comments are open; their text is none of the cell's.
    comments: u32,
    in_paragraph: bool,
}

impl<'a> Sheets<'a> {
    fn new(into: &'a mut Builder) -> Self {
        Self {
            into,
            hidden: HashSet::new(),
            style: String::new(),
            sheet: None,
            found: None,
            visible: 0,
            row: 1,
            rows: 1,
            cells: Vec::new(),
            width: 0,
            cell: None,
            handed_rows: 0,
            handed_cells: 0,
            comments: 0,
            in_paragraph: false,
        }
    }

    fn start(&mut self, start: &BytesStart<'_>) -> Result<(), Findings> {
        match start.name().as_ref() {
            "style:style" => self.style = attribute(start, "style:name")?.unwrap_or_default(),
            "style:table-properties" if attribute(start, "table:display")?.as_deref() == Some("false") => {
                self.hidden.insert(self.style.clone());
            }
            "table:table" => self.start_sheet(start)?,
            "table:table-row" => {
                self.rows = repeated(start, "table:number-rows-repeated")?;
                self.cells.clear();
                self.width = 0;
            }
            "table:table-cell" | "table:covered-table-cell" => self.cell = Some(open_cell(start)?),
            "office:annotation" => self.comments += 1,
            "text:p" if self.comments == 0 => {
                self.in_paragraph = true;
                if let Some(cell) = &mut self.cell {
                    cell.paragraphs += 1;
                    if cell.paragraphs > 1 {
                        cell.text.push('\n');
                    }
                }
            }
            "text:s" => {
                let count = repeated(start, "text:c")?.min(u32::from(u16::MAX));
                self.text(&" ".repeat(usize::try_from(count).unwrap_or_default()));
            }
            "text:tab" => self.text("\t"),
            "text:line-break" => self.text("\n"),
            _ => (),
        }
        Ok(())
    }

    fn start_sheet(&mut self, start: &BytesStart<'_>) -> Result<(), Findings> {
        let style = attribute(start, "table:style-name")?.unwrap_or_default();
        if self.hidden.contains(&style) {
            return Ok(());
        }
        self.visible += 1;
        if self.found.is_none() {
            self.sheet = Some(attribute(start, "table:name")?.unwrap_or_default());
            self.row = 1;
        }
        Ok(())
    }

    fn text(&mut self, text: &str) {
        if !self.in_paragraph || self.comments > 0 {
            return;
        }
        // One that is too long is refused as such; no more is needed of it.
        if let Some(cell) = self.cell.as_mut().filter(|cell| cell.text.len() <= LONGEST_CELL) {
            cell.text.push_str(text);
        }
    }

    fn end(&mut self, name: &str) -> Result<(), Findings> {
        match name {
            "table:table" => self.sheet = None,
            "table:table-row" => self.end_row()?,
            "table:table-cell" | "table:covered-table-cell" => self.end_cell()?,
            "office:annotation" => self.comments = self.comments.saturating_sub(1),
            "text:p" if self.comments == 0 => self.in_paragraph = false,
            _ => (),
        }
        Ok(())
    }

    /// Keeps the cell for its row, but no more of them than there can be columns, and one.
    fn end_cell(&mut self) -> Result<(), Findings> {
        let cell = self.cell.take().filter(|cell| cell.repeated > 0 && self.sheet.is_some());
        let Some(cell) = cell else { return Ok(()) };
        if self.width <= MOST_COLUMNS {
            let times = usize::try_from(cell.repeated).unwrap_or(usize::MAX);
            self.width = self.width.saturating_add(times);
            self.cells.push(cell);
        } else if !cell.is_blank() {
            return Err(too_wide(self.row));
        }
        Ok(())
    }

    /// Hands the row over as often as it stands there. Sheets end in a million repeated blank rows.
    fn end_row(&mut self) -> Result<(), Findings> {
        let cells = std::mem::take(&mut self.cells);
        let first = self.row;
        self.row = self.row.saturating_add(self.rows);
        let Some(last) = cells.iter().rposition(|cell| !cell.is_blank()) else { return Ok(()) };
        let Some(sheet) = &self.sheet else { return Ok(()) };
        self.found = Some(sheet.clone());
        for number in first..self.row {
            self.handed_rows += 1;
            // The header comes on top.
            if self.handed_rows > MOST_ROWS + 1 {
                return Err(too_many_rows(number));
            }
            self.hand_over(number, cells.get(..=last).unwrap_or_default())?;
            self.into.end_row(number)?;
        }
        Ok(())
    }

    fn hand_over(&mut self, number: u32, cells: &[OpenCell]) -> Result<(), Findings> {
        let mut column = 0;
        for cell in cells {
            // One more than there can be is enough to be refused.
            let times = usize::try_from(cell.repeated).unwrap_or(usize::MAX).min(MOST_COLUMNS + 1);
            for _ in 0..times {
                self.handed_cells += 1;
                if self.handed_cells > MOST_CELLS {
                    return Err(too_many_cells(number));
                }
                if cell.fails {
                    self.into.findings.add(Some(number), Some(&letters(column)), &cell.text, FAILS);
                }
                self.into.cell(number, cell.shown())?;
                column += 1;
            }
        }
        Ok(())
    }
}

impl OpenCell {
    fn shown(&self) -> &str {
        self.value.as_deref().unwrap_or(&self.text)
    }

    fn is_blank(&self) -> bool {
        !self.fails && self.shown().trim().is_empty()
    }
}

fn open_cell(start: &BytesStart<'_>) -> Result<OpenCell, Findings> {
    let value = match attribute(start, "office:value-type")?.as_deref() {
        Some("float" | "percentage" | "currency") => attribute(start, "office:value")?.map(number),
        Some("boolean") => attribute(start, "office:boolean-value")?,
        Some("date") => attribute(start, "office:date-value")?,
        _ => None,
    };
    let fails = attribute(start, "calcext:value-type")?.as_deref() == Some("error");
    let repeated = repeated(start, "table:number-columns-repeated")?;
    Ok(OpenCell { repeated, value, fails, ..OpenCell::default() })
}

/// Without an exponent, as far as digits go.
fn number(text: String) -> String {
    text.parse::<f64>().map(|number| number.to_string()).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(
        sheets: &mut Sheets<'_>,
        cells: impl IntoIterator<Item = BytesStart<'static>>,
    ) -> Result<(), Findings> {
        sheets.start(&BytesStart::new("table:table-row"))?;
        for cell in cells {
            sheets.start(&cell)?;
            sheets.end("table:table-cell")?;
        }
        Ok(())
    }

    fn cell(attribute: &'static str, value: &'static str) -> BytesStart<'static> {
        BytesStart::new("table:table-cell").with_attributes([(attribute, value)])
    }

    fn blank(times: &'static str) -> BytesStart<'static> {
        cell("table:number-columns-repeated", times)
    }

    fn fails() -> BytesStart<'static> {
        cell("calcext:value-type", "error")
    }

    #[test]
    fn no_more_cells_of_a_row_are_kept_than_there_can_be_columns_and_one() {
        let mut builder = Builder::default();
        let mut sheets = Sheets::new(&mut builder);
        row(&mut sheets, std::iter::repeat_n(blank("1"), 2_000)).unwrap();
        assert_eq!(sheets.cells.len(), 0, "outside of every sheet");
        sheets.start(&BytesStart::new("table:table")).unwrap();
        row(&mut sheets, std::iter::repeat_n(blank("1"), 2_000)).unwrap();
        assert_eq!(sheets.cells.len(), MOST_COLUMNS + 1);
        row(&mut sheets, std::iter::repeat_n(blank("300"), 2_000)).unwrap();
        assert_eq!(sheets.cells.len(), 2);
        row(&mut sheets, std::iter::repeat_n(blank("0"), 2_000)).unwrap();
        assert_eq!(sheets.cells.len(), 0);
        let refused = row(&mut sheets, [blank("501"), fails()]).unwrap_err();
        assert!(refused.to_string().contains("500 columns"), "{refused}");
    }

    #[test]
    fn cells_that_the_table_leaves_out_count_against_the_limit() {
        let mut builder = Builder::default();
        let mut sheets = Sheets::new(&mut builder);
        sheets.start(&BytesStart::new("table:table")).unwrap();
        sheets.handed_cells = MOST_CELLS - 2;
        row(&mut sheets, [blank("1"), fails()]).unwrap();
        sheets.end("table:table-row").unwrap();
        row(&mut sheets, [fails()]).unwrap();
        let refused = sheets.end("table:table-row").unwrap_err();
        assert!(refused.to_string().contains("5 million cells"), "{refused}");
    }
}
