//! Spreadsheets: what Excel and LibreOffice save is read; what is damaged or a bomb is refused.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends, and says where")]

use std::{
    fmt::Write as _,
    io::{Cursor, Write as _},
};

use proptest::prelude::*;
use rosters::{Format, LONGEST_CELL, Part, Phone, Wish, read};
use zip::{ZipWriter, write::SimpleFileOptions};

/// A zip archive of these parts.
fn archive(parts: &[(&str, &str)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in parts {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const RELATIONS: &str = "http://schemas.openxmlformats.org/package/2006/relationships";
const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

/// An Excel workbook: sheets by name with the XML of their rows, the first one hidden if asked.
fn workbook(strings: &str, sheets: &[(&str, &str)], hide_first: bool) -> Vec<u8> {
    let mut list = String::new();
    let mut relations = String::new();
    let mut parts = Vec::new();
    for (index, (name, rows)) in sheets.iter().enumerate() {
        let number = index + 1;
        let state = if hide_first && index == 0 { " state=\"hidden\"" } else { "" };
        write!(list, "<sheet name=\"{name}\" sheetId=\"{number}\" r:id=\"rId{number}\"{state}/>").unwrap();
        write!(
            relations,
            "<Relationship Id=\"rId{number}\" Type=\"{OFFICE}/worksheet\" Target=\"worksheets/sheet{number}.xml\"/>"
        )
        .unwrap();
        parts.push((
            format!("xl/worksheets/sheet{number}.xml"),
            format!("<worksheet xmlns=\"{MAIN}\"><sheetData>{rows}</sheetData></worksheet>"),
        ));
    }
    parts.push((
        "xl/workbook.xml".to_owned(),
        format!("<workbook xmlns=\"{MAIN}\" xmlns:r=\"{OFFICE}\"><sheets>{list}</sheets></workbook>"),
    ));
    parts.push((
        "xl/_rels/workbook.xml.rels".to_owned(),
        format!("<Relationships xmlns=\"{RELATIONS}\">{relations}</Relationships>"),
    ));
    parts.push((
        "_rels/.rels".to_owned(),
        format!(
            "<Relationships xmlns=\"{RELATIONS}\"><Relationship Id=\"rId1\" Type=\"{OFFICE}/officeDocument\" \
             Target=\"xl/workbook.xml\"/></Relationships>"
        ),
    ));
    parts.push(("xl/sharedStrings.xml".to_owned(), strings.to_owned()));
    let parts: Vec<(&str, &str)> = parts.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    archive(&parts)
}

fn joined(pieces: impl Iterator<Item = String>) -> String {
    pieces.collect::<Vec<String>>().concat()
}

fn strings(texts: &[&str]) -> String {
    let items = joined(texts.iter().map(|text| format!("<si><t>{text}</t></si>")));
    format!("<sst xmlns=\"{MAIN}\" count=\"{0}\" uniqueCount=\"{0}\">{items}</sst>", texts.len())
}

fn inline(cell: &str, text: &str) -> String {
    format!("<c r=\"{cell}\" t=\"inlineStr\"><is><t>{text}</t></is></c>")
}

fn people() -> Vec<u8> {
    let strings = strings(&["email", "phone", "active", "# size", "ada@example.org"]);
    let header = "<row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c><c r=\"B1\" t=\"s\"><v>1</v></c><c r=\"C1\" t=\"s\"><v>2</v>\
                  </c><c r=\"E1\" t=\"s\"><v>3</v></c></row>";
    let ada = "<row r=\"3\"><c r=\"A3\" t=\"s\"><v>4</v></c><c r=\"B3\"><v>493012345678</v></c>\
               <c r=\"C3\" t=\"b\"><v>0</v></c><c r=\"E3\"><v>38.5</v></c></row>";
    workbook(&strings, &[("Notes", ""), ("People", &format!("{header}{ada}")), ("More", "")], false)
}

#[test]
fn an_excel_workbook_is_read_cell_by_cell() {
    let roster = read(&people(), None).unwrap();
    assert_eq!(roster.format, Format::Workbook { sheet: "People".to_owned() });
    let [ada] = roster.rows.as_slice() else { panic!("one person") };
    assert_eq!((ada.number, ada.email.written(), ada.active), (3, "ada@example.org", Some(false)));
    assert_eq!(ada.phones, Wish::Set(vec![Phone { number: "+493012345678".to_owned(), part: Part::Has }]));
    assert_eq!(ada.kept[0].text, "38.5");
    let remarks = roster.remarks.to_string();
    assert!(remarks.contains("The workbook has 3 sheets"), "{remarks}");
}

#[test]
fn hidden_sheets_are_passed_over() {
    let sheet = |who: &str| {
        format!("<row r=\"1\">{}</row><row r=\"2\">{}</row>", inline("A1", "email"), inline("A2", who))
    };
    let (hidden, shown) = (sheet("old@example.org"), sheet("new@example.org"));
    let book = workbook(&strings(&[]), &[("Old", &hidden), ("New", &shown)], true);
    assert_eq!(read(&book, None).unwrap().rows[0].email.key(), "new@example.org");
}

#[test]
fn a_failing_formula_and_a_blank_workbook_are_refused() {
    let rows = format!(
        "<row r=\"1\">{}{}</row><row r=\"2\">{}<c r=\"B2\" t=\"e\"><v>#N/A</v></c></row>",
        inline("A1", "email"),
        inline("B1", "title"),
        inline("A2", "ada@example.org")
    );
    let refused = read(&workbook(&strings(&[]), &[("A", &rows)], false), None).unwrap_err();
    let problem = &refused.kept()[0];
    assert_eq!(
        (problem.row, problem.column.as_deref(), problem.found.as_str()),
        (Some(2), Some("B"), "#N/A")
    );
    let blank = read(&workbook(&strings(&[]), &[("A", "")], false), None).unwrap_err();
    assert!(blank.to_string().contains("The file is empty"), "{blank}");
}

#[test]
fn bombs_are_refused() {
    let rows = format!("<row r=\"1\">{}</row>", inline("A1", "email"));
    let announced = format!("<sst xmlns=\"{MAIN}\" uniqueCount = '99999999999999'><si><t>x</t></si></sst>");
    let far = format!("<row r=\"1048576\">{}</row>", inline("XFD1048576", "x"));
    let beyond = format!("<row r=\"1\">{}</row>", inline("ZZZZZZZZ1", "x"));
    let backwards =
        format!("<row r=\"5\">{}</row><row r=\"2\">{}</row>", inline("A5", "x"), inline("A2", "y"));
    let texts = strings(&[&"x".repeat(30_000)]);
    let repeated =
        joined((1..12_000).map(|row| format!("<row r=\"{row}\"><c r=\"A{row}\" t=\"s\"><v>0</v></c></row>")));
    for (what, book) in [
        ("texts announced", workbook(&announced, &[("A", &rows)], false)),
        ("a far cell", workbook(&strings(&[]), &[("A", &far)], false)),
        ("beyond every column", workbook(&strings(&[]), &[("A", &beyond)], false)),
        ("backwards", workbook(&strings(&[]), &[("A", &backwards)], false)),
        ("one text many times", workbook(&texts, &[("A", &repeated)], false)),
        ("entities", workbook("<!DOCTYPE x [<!ENTITY a \"aaaa\">]><sst>&a;</sst>", &[("A", "&a;")], false)),
    ] {
        assert!(book.len() < 2_000_000, "{what} is small: {}", book.len());
        let refused = read(&book, None).unwrap_err();
        assert_eq!(refused.count(), 1, "{what}: {refused}");
    }
}

#[test]
fn other_archives_are_named() {
    let refused = read(&archive(&[("readme.txt", "email\n")]), None).unwrap_err();
    assert!(refused.to_string().contains("not a workbook"), "{refused}");
    let mut cut = people();
    cut.truncate(300);
    assert!(read(&cut, None).unwrap_err().to_string().contains("damaged"));
}

/// An OpenDocument spreadsheet with this inside its body.
fn open_document(tables: &str) -> Vec<u8> {
    let content = format!(
        "<?xml version=\"1.0\"?><office:document-content><office:automatic-styles><style:style style:name=\"h\">\
         <style:table-properties table:display=\"false\"/></style:style></office:automatic-styles><office:body>\
         <office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>"
    );
    archive(&[("mimetype", "application/vnd.oasis.opendocument.spreadsheet"), ("content.xml", &content)])
}

fn shown(text: &str) -> String {
    format!("<table:table-cell office:value-type=\"string\"><text:p>{text}</text:p></table:table-cell>")
}

/// As LibreOffice ends its rows and sheets.
const BLANKS: &str = "<table:table-cell table:number-columns-repeated=\"16380\"/>";
const BLANK_ROWS: &str = "<table:table-row table:number-rows-repeated=\"1048570\"><table:table-cell \
                          table:number-columns-repeated=\"16384\"/></table:table-row>";

fn open_people() -> Vec<u8> {
    let header = format!("{}{}{}{}", shown("email"), shown("phone"), shown("active"), shown("title"));
    let ada = format!(
        "{}<table:table-cell office:value-type=\"float\" office:value=\"4.93012345678E11\"><text:p>4,93E+11</text:p>\
         </table:table-cell><table:table-cell office:value-type=\"boolean\" office:boolean-value=\"false\"><text:p>FALSCH\
         </text:p></table:table-cell><table:table-cell office:value-type=\"string\"><office:annotation><text:p>ask</text:p>\
         </office:annotation><text:p>R<text:span>&amp;</text:span>D<text:s text:c=\"2\"/>&#33;</text:p><text:p>two</text:p>\
         </table:table-cell>",
        shown("ada@example.org")
    );
    let row = |cells: &str| format!("<table:table-row>{cells}{BLANKS}</table:table-row>");
    let blank = "<table:table-row table:number-rows-repeated=\"3\"><table:table-cell/></table:table-row>";
    let old = row(&shown("old"));
    open_document(&format!(
        "<table:table table:name=\"Old\" table:style-name=\"h\">{old}</table:table>\
         <table:table table:name=\"Notes\">{BLANK_ROWS}</table:table>\
         <table:table table:name=\"People\">{}{blank}{}{BLANK_ROWS}</table:table>\
         <table:table table:name=\"More\">{old}</table:table>",
        row(&header),
        row(&ada)
    ))
}

#[test]
fn an_open_document_is_read_cell_by_cell() {
    let roster = read(&open_people(), None).unwrap();
    assert_eq!(roster.format, Format::Workbook { sheet: "People".to_owned() });
    let [ada] = roster.rows.as_slice() else { panic!("one person") };
    assert_eq!((ada.number, ada.email.written(), ada.active), (5, "ada@example.org", Some(false)));
    assert_eq!(ada.phones, Wish::Set(vec![Phone { number: "+493012345678".to_owned(), part: Part::Has }]));
    assert_eq!(ada.title, Wish::Set("R&D  !\ntwo".to_owned()));
    assert!(roster.remarks.to_string().contains("The workbook has 3 sheets"), "{}", roster.remarks);
}

#[test]
fn blank_cells_far_to_the_right_are_no_columns() {
    let blanks = "<table:table-cell/>".repeat(2_000);
    let row = |text: &str| format!("<table:table-row>{}{blanks}</table:table-row>", shown(text));
    let rows = format!("{}{}", row("email"), row("ada@example.org"));
    let book = open_document(&format!("<table:table table:name=\"A\">{rows}</table:table>"));
    assert_eq!(read(&book, None).unwrap().rows.len(), 1);
}

#[test]
fn open_documents_with_bombs_or_a_password_are_refused() {
    let times = |name: &str, inside: &str| {
        format!(
            "<table:table table:name=\"A\"><table:table-row {name}>{inside}</table:table-row></table:table>"
        )
    };
    let wide =
        times("", &format!("<table:table-cell table:number-columns-repeated=\"4000000000\"/>{}", shown("x")));
    let repeated =
        "<table:table-cell table:number-columns-repeated=\"2\"><text:p>x</text:p></table:table-cell>";
    let tall = times("table:number-rows-repeated=\"4000000000\"", repeated);
    let many = times("", &format!("{}{}", "<table:table-cell/>".repeat(2_000), shown("x")));
    let most_rows = "table:number-rows-repeated=\"4294967295\"";
    // The table can use nothing of such rows.
    let nothing = times(most_rows, "<table:table-cell calcext:value-type=\"error\"/>");
    let long = times(most_rows, &shown(&"x".repeat(LONGEST_CELL + 1)));
    let fails = times(
        "",
        "<table:table-cell office:value-type=\"string\" calcext:value-type=\"error\"><text:p>#N/A</text:p></table:table-cell>",
    );
    let locked =
        archive(&[("content.xml", "\u{1}"), ("META-INF/manifest.xml", "<manifest:encryption-data/>")]);
    for (book, word) in [
        (open_document(&wide), "500 columns"),
        (open_document(&many), "500 columns"),
        (open_document(&tall), "200,000 people"),
        (open_document(&nothing), "200,000 people"),
        (open_document(&long), "200,000 people"),
        (open_document(&times("table:number-rows-repeated=\"-1\"", &shown("x"))), "damaged"),
        (open_document(&fails), "formula in this cell fails"),
        (open_document("&unknown;"), "damaged"),
        (open_document("<!DOCTYPE x>"), "damaged"),
        (open_document(""), "file is empty"),
        (locked, "password"),
    ] {
        let refused = read(&book, None).unwrap_err().to_string();
        assert!(refused.contains(word), "{word}: {refused}");
    }
}

proptest! {
    #[test]
    fn damaged_workbooks_never_panic(
        open in any::<bool>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..12),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let mut book = if open { open_people() } else { people() };
        for (place, byte) in changes {
            let place = place.index(book.len());
            book[place] = byte;
        }
        if let Some(cut) = cut {
            book.truncate(cut.index(book.len()) + 1);
        }
        let _ = read(&book, None);
    }

    #[test]
    fn strange_cells_never_panic(
        cells in prop::collection::vec(("[A-Z]{0,4}[0-9]{0,11}", "s|b|e|n|str|inlineStr|d|x", "[-0-9.e#N/A]{0,12}", "[0-9]{0,3}"), 0..6),
    ) {
        let rows = joined(cells.iter().map(|(at, kind, value, style)| {
            format!("<row r=\"{style}\"><c r=\"{at}\" t=\"{kind}\" s=\"{style}\"><v>{value}</v></c></row>")
        }));
        let _ = read(&workbook(&strings(&["email"]), &[("A", &rows)], false), None);
    }
}
