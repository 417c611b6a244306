//! Spreadsheets to rows of cells: Excel's `.xlsx` and OpenDocument's `.ods`. Both are zip archives of XML.
//!
//! What the libraries read whole, above all the table of shared texts, is bounded before they see the file: everything is
//! unpacked once to be measured, and a count that calamine would reserve memory for is looked at. calamine calculates
//! with numbers of the file and may panic on absurd ones; that counts as a damaged file.

mod ods;
mod xlsx;

use std::{
    io::{Cursor, Read},
    panic::{AssertUnwindSafe, catch_unwind},
};

use zip::ZipArchive;

use crate::{problem::Findings, table::Builder};

/// How much a workbook can hold unpacked, all parts together.
const MOST_UNPACKED: u64 = 512 * 1024 * 1024;
/// How many parts it can have.
const MOST_PARTS: usize = 2_000;
/// How many different texts it can announce: more than a list of the allowed size has.
const MOST_TEXTS: u64 = 4_000_000;

const DAMAGED: &str = "The workbook is damaged. Open it in your spreadsheet program and save it again as .xlsx, or save \
                       the list as CSV (UTF-8).";
const TOO_LARGE: &str = "The workbook holds more than can be read at once. Copy the list into a new workbook, or save \
                         it as CSV (UTF-8).";

const PASSWORD: &str = "The workbook has a password. Save it without one, and upload it again.";
const FAILS: &str = "The formula in this cell fails. Write the value itself.";

/// The kinds of workbook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Excel,
    OpenDocument,
}

/// Whether the bytes are a zip archive, as every workbook is.
pub(crate) fn is_zip(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04")
}

/// Reads the first visible sheet that is not blank; the answer is its name.
pub(crate) fn read(bytes: &[u8], into: &mut Builder, remarks: &mut Findings) -> Result<String, Findings> {
    let read = match measure(bytes, MOST_UNPACKED)? {
        Kind::Excel => xlsx::read,
        Kind::OpenDocument => ods::read,
    };
    catch_unwind(AssertUnwindSafe(|| read(bytes, into, remarks)))
        .unwrap_or_else(|_| Err(Findings::of_file("", DAMAGED)))
}

/// Says which of several sheets was read.
fn remark_on_sheets(name: &str, sheets: usize, remarks: &mut Findings) {
    if sheets > 1 {
        let say = format!("The workbook has {sheets} sheets. Only the first one with a list is read.");
        remarks.add(None, None, name, say);
    }
}

/// Unpacks everything into nothing: what a part says about its own size may be a lie.
fn measure(bytes: &[u8], most: u64) -> Result<Kind, Findings> {
    let damaged = || Findings::of_file("", DAMAGED);
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| damaged())?;
    if archive.len() > MOST_PARTS {
        return Err(Findings::of_file("", TOO_LARGE));
    }
    let has = |end: &str| archive.file_names().any(|name| name.is_ok_and(|name| name.ends_with(end)));
    let kind = if has("workbook.xml") {
        Kind::Excel
    } else if has("content.xml") {
        Kind::OpenDocument
    } else {
        let say = "This is a compressed file or a document of another kind, not a workbook (.xlsx or .ods). Save the \
                   list as .xlsx or as CSV (UTF-8), and upload that.";
        return Err(Findings::of_file("", say));
    };
    let mut left = most;
    for index in 0..archive.len() {
        let part = archive.by_index(index).map_err(|_| damaged())?;
        left =
            left.checked_sub(unpack(part.take(left + 1))?).ok_or_else(|| Findings::of_file("", TOO_LARGE))?;
    }
    Ok(kind)
}

/// The size of a part, if it announces no absurd number of texts.
fn unpack(mut part: impl Read) -> Result<u64, Findings> {
    /// Long enough for the announcement, which may lie across two pieces.
    const OVERLAP: usize = 128;
    let mut window = vec![0; OVERLAP + 64 * 1024];
    let (mut kept, mut size) = (0, 0);
    loop {
        let space = window.get_mut(kept..).unwrap_or_default();
        let got = part.read(space).map_err(|_| Findings::of_file("", DAMAGED))?;
        if got == 0 {
            return Ok(size);
        }
        size += u64::try_from(got).unwrap_or(u64::MAX);
        let filled = kept + got;
        if announces_too_much(window.get(..filled).unwrap_or_default()) {
            return Err(Findings::of_file("", TOO_LARGE));
        }
        kept = filled.min(OVERLAP);
        window.copy_within(filled - kept..filled, 0);
    }
}

/// Whether `uniqueCount="…"`, for which the library reserves memory, is beyond the limit.
fn announces_too_much(piece: &[u8]) -> bool {
    const NAME: &[u8] = b"uniqueCount";
    /// More than this between name and number is there to hide it.
    const MOST_BETWEEN: usize = 64;
    memchr::memmem::find_iter(piece, NAME).any(|at| {
        let rest = piece.get(at + NAME.len()..).unwrap_or_default();
        let is_between = |byte: &&u8| byte.is_ascii_whitespace() || matches!(byte, b'=' | b'"' | b'\'');
        let between = rest.iter().take(MOST_BETWEEN).take_while(is_between).count();
        let digits = rest.iter().skip(between).take(20).take_while(|byte| byte.is_ascii_digit());
        let number = digits
            .fold(0_u64, |number, digit| number.saturating_mul(10).saturating_add(u64::from(digit - b'0')));
        between == MOST_BETWEEN || number > MOST_TEXTS
    })
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use zip::{ZipWriter, write::SimpleFileOptions};

    use super::*;

    fn archive(text: &[u8]) -> Vec<u8> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for name in ["xl/workbook.xml", "xl/worksheets/sheet1.xml"] {
            zip.start_file(name, SimpleFileOptions::default()).unwrap();
            zip.write_all(text).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    #[test]
    fn all_parts_together_are_measured() {
        let bomb = archive(&vec![b' '; 1_000_000]);
        assert!(bomb.len() < 10_000);
        assert_eq!(measure(&bomb, 2_000_000), Ok(Kind::Excel));
        assert!(measure(&bomb, 1_999_999).is_err());
        assert!(measure(&bomb, 999_999).is_err());
    }

    #[test]
    fn an_announcement_is_found_wherever_it_lies() {
        for before in [0, 65_520, 65_530, 65_536, 65_660, 131_070] {
            let part = |number: &str| {
                let mut text = vec![b' '; before];
                text.extend_from_slice(format!("uniqueCount = \"{number}\"").as_bytes());
                archive(&text)
            };
            assert_eq!(measure(&part("4000000"), MOST_UNPACKED), Ok(Kind::Excel));
            assert!(measure(&part("4000001"), MOST_UNPACKED).is_err(), "{before}");
            assert!(measure(&part(&"9".repeat(40)), MOST_UNPACKED).is_err(), "{before}");
            assert!(measure(&part(&" ".repeat(200)), MOST_UNPACKED).is_err(), "{before}");
        }
    }
}
