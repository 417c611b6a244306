//! Excel's workbooks (Office Open XML, ISO/IEC 29500), through calamine. Cells are taken one by one: its other ways keep
//! memory for every cell between two far ones.

use std::io::Cursor;

use calamine::{Cell, DataRef, Reader, SheetType, SheetVisible, Xlsx, XlsxError};

use super::{DAMAGED, FAILS, PASSWORD, remark_on_sheets};
use crate::{
    problem::Findings,
    table::{Builder, MOST_COLUMNS, letters},
};

/// Reads the first visible sheet that is not blank; the answer is its name.
pub(super) fn read(bytes: &[u8], into: &mut Builder, remarks: &mut Findings) -> Result<String, Findings> {
    let mut book = Xlsx::new(Cursor::new(bytes)).map_err(|error| refused(&error))?;
    let names: Vec<String> = book
        .sheets_metadata()
        .iter()
        .filter(|sheet| sheet.typ == SheetType::WorkSheet && sheet.visible == SheetVisible::Visible)
        .map(|sheet| sheet.name.clone())
        .collect();
    let mut found = None;
    for name in &names {
        if cells(&mut book, name, into)? {
            found = Some(name);
            break;
        }
    }
    // A workbook without a single cell is an empty file, which the caller says.
    let name = found.cloned().unwrap_or_default();
    remark_on_sheets(&name, names.len(), remarks);
    Ok(name)
}

fn refused(error: &XlsxError) -> Findings {
    match error {
        XlsxError::Password => Findings::of_file("", PASSWORD),
        _ => Findings::of_file("", DAMAGED),
    }
}

/// Whether the sheet has any text; if so, it is in the table now.
fn cells(book: &mut Xlsx<Cursor<&[u8]>>, name: &str, into: &mut Builder) -> Result<bool, Findings> {
    let mut reader = book.worksheet_cells_reader(name).map_err(|error| refused(&error))?;
    // Row and column of the next cell, counted from 0.
    let (mut row, mut column) = (0, 0);
    let mut any = false;
    while let Some(cell) = reader.next_cell().map_err(|error| refused(&error))? {
        let (cell_row, cell_column) = cell.get_position();
        let Some(text) = text(&cell, into) else { continue };
        if (cell_row, cell_column) < (row, column) {
            return Err(Findings::of_file(&text, DAMAGED));
        }
        if cell_row > row {
            into.end_row(row.saturating_add(1))?;
            (row, column) = (cell_row, 0);
        }
        // Beyond the limit the cell itself is refused.
        let blank = cell_column.min(u32::try_from(MOST_COLUMNS).unwrap_or(u32::MAX)).saturating_sub(column);
        for _ in 0..blank {
            into.cell(row.saturating_add(1), "")?;
        }
        into.cell(row.saturating_add(1), &text)?;
        column = cell_column.saturating_add(1);
        any = true;
    }
    into.end_row(row.saturating_add(1))?;
    Ok(any)
}

/// What the spreadsheet shows in the cell, if it shows anything.
fn text(cell: &Cell<DataRef<'_>>, into: &mut Builder) -> Option<String> {
    let text = match cell.get_value() {
        DataRef::Empty => return None,
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => number.to_string(),
        DataRef::Bool(truth) => (if *truth { "TRUE" } else { "FALSE" }).to_owned(),
        DataRef::DateTime(moment) => {
            let (year, month, day, hour, minute, second, _) = moment.to_ymd_hms_milli();
            format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")
        }
        DataRef::Error(error) => {
            let (row, column) = cell.get_position();
            let column = letters(usize::try_from(column).unwrap_or_default());
            into.findings.add(Some(row.saturating_add(1)), Some(&column), &error.to_string(), FAILS);
            return None;
        }
    };
    (!text.trim().is_empty()).then_some(text)
}
