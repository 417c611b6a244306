//! From bytes to text: UTF-8 and UTF-16, with and without a byte order mark.
//!
//! Files in one of the older single-byte encodings are refused, not guessed: read with the wrong one of them, names are
//! damaged without anybody noticing, and would then be written to every account.

use crate::{csv, layouts, problem::Findings};

/// How the characters of a file are written as bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    Utf8,
    Utf16LittleEndian,
    Utf16BigEndian,
}

const NOT_A_LIST: &str = "Save the list as CSV (UTF-8) or as an Excel workbook (.xlsx), and upload that.";

/// What files of other kinds begin with, and what they are.
const OTHER_KINDS: [(&[u8], &str); 9] = [
    (b"\xd0\xcf\x11\xe0", "This is a workbook in Excel's old format (.xls), or one with a password."),
    (b"%PDF", "This is a PDF document."),
    (b"\x1f\x8b", "This is a compressed file."),
    (b"7z\xbc\xaf", "This is a compressed file."),
    (b"Rar!", "This is a compressed file."),
    (b"\x89PNG", "This is a picture."),
    (b"\xff\xd8\xff", "This is a picture."),
    (b"GIF8", "This is a picture."),
    (b"\x7fELF", "This is a program."),
];

pub(crate) fn decode(bytes: &[u8]) -> Result<(String, Encoding), Findings> {
    if let Some((_, what)) = OTHER_KINDS.iter().find(|(start, _)| bytes.starts_with(start)) {
        return Err(Findings::of_file("", format!("{what} {NOT_A_LIST}")));
    }
    let (text, encoding) = match encoding_of(bytes) {
        (Encoding::Utf8, bytes) => (utf8(bytes)?, Encoding::Utf8),
        (Encoding::Utf16LittleEndian, bytes) => {
            (utf16(bytes, u16::from_le_bytes)?, Encoding::Utf16LittleEndian)
        }
        (Encoding::Utf16BigEndian, bytes) => (utf16(bytes, u16::from_be_bytes)?, Encoding::Utf16BigEndian),
    };
    let start = text.trim_start();
    if text.contains('\0') {
        return Err(Findings::of_file(&text, format!("This file is not text. {NOT_A_LIST}")));
    }
    if start.starts_with('<') {
        return Err(Findings::of_file(start, format!("This is a web page or XML, not a list. {NOT_A_LIST}")));
    }
    Ok((text, encoding))
}

/// The encoding, and the bytes after the byte order mark.
fn encoding_of(bytes: &[u8]) -> (Encoding, &[u8]) {
    match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => (Encoding::Utf8, rest),
        [0xff, 0xfe, rest @ ..] => (Encoding::Utf16LittleEndian, rest),
        [0xfe, 0xff, rest @ ..] => (Encoding::Utf16BigEndian, rest),
        _ => (without_mark(bytes), bytes),
    }
}

/// A header is mostly ASCII, so in UTF-16 every second of its bytes is NUL.
fn without_mark(bytes: &[u8]) -> Encoding {
    let start = bytes.get(..64).unwrap_or(bytes);
    let zeros = |odd: usize| start.iter().skip(odd).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    let most = start.len() / 4;
    if odd > most && even == 0 {
        Encoding::Utf16LittleEndian
    } else if even > most && odd == 0 {
        Encoding::Utf16BigEndian
    } else {
        Encoding::Utf8
    }
}

fn utf8(bytes: &[u8]) -> Result<String, Findings> {
    let wrong = match str::from_utf8(bytes) {
        Ok(text) => return Ok(text.to_owned()),
        Err(wrong) => wrong.valid_up_to(),
    };
    let (before, after) = bytes.split_at(wrong);
    // With a sign in place of the letter that cannot be read, the text ends in its row.
    let row = csv::last_row(&format!("{}\u{fffd}", String::from_utf8_lossy(before)), layouts::is_known);
    let start = before.iter().rposition(|byte| matches!(byte, b'\n' | b'\r')).map_or(0, |end| end + 1);
    let end = after.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(after.len());
    let found = String::from_utf8_lossy(bytes.get(start..wrong + end).unwrap_or_default()).into_owned();
    let mut findings = Findings::default();
    let say = "The file is not in UTF-8 (or UTF-16), so some letters cannot be read. In Excel choose “Save as” and \
               the type “CSV UTF-8”, or save a workbook (.xlsx).";
    findings.add(Some(row), None, &found, say);
    Err(findings)
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, Findings> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let text: Result<String, _> = char::decode_utf16(pairs.iter().map(|pair| unit(*pair))).collect();
    match text {
        Ok(text) if rest.is_empty() => Ok(text),
        _ => Err(Findings::of_file(
            "",
            "The file is damaged or was cut off: its UTF-16 text has halves of characters. Export it again.",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16_bytes(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(bytes).collect()
    }

    #[test]
    fn every_unicode_encoding_reads_the_same() {
        let text = "email\tname\r\nada@example.org\tÀda 😀";
        let marked = format!("\u{feff}{text}");
        for (bytes, encoding) in [
            (text.as_bytes().to_vec(), Encoding::Utf8),
            (marked.as_bytes().to_vec(), Encoding::Utf8),
            (utf16_bytes(text, u16::to_le_bytes), Encoding::Utf16LittleEndian),
            (utf16_bytes(&marked, u16::to_le_bytes), Encoding::Utf16LittleEndian),
            (utf16_bytes(text, u16::to_be_bytes), Encoding::Utf16BigEndian),
            (utf16_bytes(&marked, u16::to_be_bytes), Encoding::Utf16BigEndian),
        ] {
            assert_eq!(decode(&bytes), Ok((text.to_owned(), encoding)));
        }
    }

    #[test]
    fn an_older_encoding_is_refused_with_the_row_that_shows_it() {
        let refused = decode(b"email,last_name\nada@example.org,L\nbob@example.org,M\xfcller\n").unwrap_err();
        let problem = &refused.kept()[0];
        assert_eq!(problem.row, Some(3));
        assert_eq!(problem.found, "bob@example.org,M\u{fffd}ller");
        assert!(problem.say.contains("CSV UTF-8"));
    }

    #[test]
    fn the_row_is_the_one_that_a_spreadsheet_shows() {
        for (bytes, row) in [
            (&b"M\xfcller"[..], 1),
            (b"email,title\nada@example.org,\"two\nlines\"\nbob@example.org,M\xfcller\n", 3),
            (b"email,title\nada@example.org,\"two\nM\xfcller\"\nbob@example.org,\n", 2),
            (b"email,title\rada@example.org,L\r\xfc@example.org,M\r", 3),
            (b"sep=;\r\nemail;title\r\nada@example.org;M\xfcller\r\n", 2),
            (b"\xef\xbb\xbfemail;title\r\n\r\nada@example.org;M\xfcller\r\n", 3),
        ] {
            assert_eq!(decode(bytes).unwrap_err().kept()[0].row, Some(row), "{}", bytes.escape_ascii());
        }
    }

    #[test]
    fn other_kinds_of_file_are_named() {
        for (bytes, word) in [
            (&b"%PDF-1.7 ..."[..], "PDF"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1", ".xls"),
            (b"<!DOCTYPE html><html>", "web page"),
            (b"email\0\0\0\0\x01\x02", "not text"),
            (b"\xff\xfee\0m", "UTF-16"),
        ] {
            let refused = decode(bytes).unwrap_err();
            assert!(refused.kept()[0].say.contains(word), "{refused}");
        }
        assert!(decode(b"\xff\xfe\x00\xd8a\0").is_err());
        assert!(decode(b"\xff\xfea\0b").is_err());
    }
}
