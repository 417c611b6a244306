//! What is written is read again as it was, in every layout, and no formula survives.

use std::{collections::HashSet, sync::Arc};

use proptest::prelude::*;
use rosters::{
    Attribute, Code, Column, Email, Kept, Layout, Licence, MOST_CELLS, MOST_COLUMNS, Part, Phone, Privilege,
    Row, SiteField, Wish, Writer, line, open, read,
};

/// Text without white space around it: names, formulas, line ends, what looks like our own signs.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[A-Za-zÀ-ÿ]{1,12}",
        2 => "[A-Za-z '\"\\-;,:\\n\\r]{1,12}",
        2 => "['=+\\-@＝][A-Za-z0-9(),\"' ]{0,8}",
        2 => "[a-z]{0,3}[;,\t\n]['\" ]{0,2}[=+\\-@][a-z0-9(),;\"']{0,6}",
        1 => "\\PC{1,10}",
        1 => "[Rr]emove|REMOVE",
        1 => Just("'REMOVE".to_owned()),
        1 => Just("=HYPERLINK(\"http://x.example\",\"a\")".to_owned()),
    ]
    .prop_map(|text| text.trim().to_owned())
    .prop_filter("blank, or damaged", |text| !text.is_empty() && !text.contains(['\u{fffd}', 'Ã']))
}

fn wish<T: Clone + std::fmt::Debug + 'static>(
    value: impl Strategy<Value = T> + 'static,
) -> BoxedStrategy<Wish<T>> {
    prop_oneof![2 => Just(Wish::Absent), 1 => Just(Wish::Clear), 4 => value.prop_map(Wish::Set)].boxed()
}

fn phones() -> impl Strategy<Value = Vec<Phone>> {
    let number =
        prop_oneof!["\\+[1-9][0-9]{5,12}", "\\+49 30 [0-9]{3,6}", "[0-9]{3}-[0-9]{3}-[0-9]{4}", "0[0-9]{5}"];
    let others = prop::collection::vec(
        (number.clone(), prop_oneof![Just(Part::Has), Just(Part::Remove)])
            .prop_map(|(number, part)| Phone { number, part }),
        1..4,
    );
    (prop::option::of(number), others).prop_map(|(primary, others)| {
        let primary = primary.map(|number| Phone { number, part: Part::Primary });
        primary.into_iter().chain(others).collect()
    })
}

/// What a row says in a column.
#[derive(Debug, Clone)]
enum Said {
    Text(Wish<String>),
    Phones(Wish<Vec<Phone>>),
    Truth(Option<bool>),
    Privilege(Option<Privilege>),
    List(Wish<Vec<String>>),
    Kept(Option<String>),
    Nothing,
}

fn said(column: &Column) -> BoxedStrategy<Said> {
    let truth = || prop::option::of(any::<bool>()).prop_map(Said::Truth).boxed();
    match column {
        Column::Email => Just(Said::Nothing).boxed(),
        Column::Attribute(_) | Column::Site { field: SiteField::TrackingCode(_), .. } => {
            wish(text()).prop_map(Said::Text).boxed()
        }
        Column::Phone => wish(phones()).prop_map(Said::Phones).boxed(),
        Column::Active | Column::Licence(_) | Column::Site { field: SiteField::Active, .. } => truth(),
        Column::Site { field: SiteField::Privilege, .. } => prop::option::of(prop_oneof![
            Just(Privilege::Host),
            Just(Privilege::Attendee),
            Just(Privilege::Administrator),
            Just(Privilege::Viewer)
        ])
        .prop_map(Said::Privilege)
        .boxed(),
        Column::Site { field: SiteField::SessionTypes, .. } => {
            wish(prop::collection::vec("[A-Z=+][A-Z0-9 ]{0,6}[A-Z0-9]|REMOVE", 1..4))
                .prop_map(Said::List)
                .boxed()
        }
        Column::ReadOnly(_) | Column::LeftAlone(_) => prop::option::of(text()).prop_map(Said::Kept).boxed(),
    }
}

fn apply(row: &mut Row, column: &Column, said: Said) {
    match (column, said) {
        (Column::Attribute(attribute), Said::Text(wish)) => *row.attribute_mut(*attribute) = wish,
        (Column::Phone, Said::Phones(wish)) => row.phones = wish,
        (Column::Active, Said::Truth(truth)) => row.active = truth,
        (Column::Licence(title), Said::Truth(Some(wanted))) => {
            row.licences.push(Licence { title: title.clone(), wanted });
        }
        (Column::Site { site, .. }, Said::Truth(Some(active))) => {
            row.site_mut(site.as_ref()).active = Some(active);
        }
        (Column::Site { site, .. }, Said::Privilege(Some(privilege))) => {
            row.site_mut(site.as_ref()).privilege = Some(privilege);
        }
        (Column::Site { site, .. }, Said::List(wish)) if !wish.is_absent() => {
            row.site_mut(site.as_ref()).session_types = wish;
        }
        (Column::Site { site, field: SiteField::TrackingCode(code) }, Said::Text(wish))
            if !wish.is_absent() =>
        {
            row.site_mut(site.as_ref()).tracking_codes.push((code.clone(), wish));
        }
        (Column::ReadOnly(title) | Column::LeftAlone(title), Said::Kept(Some(text))) => {
            row.kept.push(Kept { title: title.clone(), text });
        }
        _ => (),
    }
}

fn site_columns(sites: &[Option<&str>]) -> Vec<Column> {
    let fields = [
        SiteField::Privilege,
        SiteField::Active,
        SiteField::SessionTypes,
        SiteField::TrackingCode(Code::Index(1)),
        SiteField::TrackingCode(Code::Index(10)),
        SiteField::TrackingCode(Code::Name("Branch: main, +1".into())),
    ];
    let of_site = |site: Option<&str>| {
        let site: Option<Arc<str>> = site.map(Into::into);
        fields.clone().map(|field| Column::Site { site: site.clone(), field })
    };
    sites.iter().copied().flat_map(of_site).collect()
}

fn columns_of(layout: Layout) -> Vec<Column> {
    let attributes = Attribute::ALL.map(Column::Attribute);
    let licences =
        ["Webex Calling [Sub123]", "a.webex.com - WebEx Enterprise Edition", "=SUM(1)", "Said \"x\", y\nz"]
            .map(|title| Column::Licence(title.into()));
    let mut columns = Vec::new();
    match layout {
        Layout::ControlHub => {
            columns.extend(attributes);
            columns.extend(licences);
            columns.push(Column::Phone);
            columns.push(Column::ReadOnly("User Status".into()));
            columns.push(Column::ReadOnly("Old licence (Suspended)".into()));
            columns.push(Column::LeftAlone("Preferred Language".into()));
        }
        Layout::Meetings => {
            columns.extend([Attribute::FirstName, Attribute::LastName].map(Column::Attribute));
            columns.extend(site_columns(&[None]));
            columns.push(Column::ReadOnly("UserID".into()));
            columns.push(Column::LeftAlone("Company".into()));
        }
        Layout::Plain => {
            columns.extend(attributes);
            columns.extend(licences);
            columns.extend([Column::Phone, Column::Active]);
            columns.extend(site_columns(&[None, Some("one.webex.com"), Some("two.webex.com")]));
            columns.push(Column::LeftAlone("# remark".into()));
        }
    }
    columns
}

fn layout() -> impl Strategy<Value = Layout> {
    prop_oneof![Just(Layout::ControlHub), Just(Layout::Meetings), Just(Layout::Plain)]
}

/// A layout, some of its columns in any order, and rows.
fn list() -> impl Strategy<Value = (Layout, Vec<Column>, Vec<Row>)> {
    let columns = layout().prop_flat_map(|layout| {
        let all = columns_of(layout);
        let count = all.len();
        (Just(layout), prop::sample::subsequence(all, 0..=count).prop_shuffle())
    });
    columns.prop_flat_map(|(layout, mut columns)| {
        let middle = columns.len() / 2;
        columns.insert(middle, Column::Email);
        let email = "[=+\\-']?[A-Za-z][a-z.]{0,6}[a-z]@[A-Z]?[a-z]{1,5}\\.example";
        let cells: Vec<_> = columns.iter().map(said).collect();
        let rows = prop::collection::vec((email, cells), 1..6);
        (Just(layout), Just(columns), rows).prop_map(|(layout, columns, rows)| {
            let mut seen = HashSet::new();
            let mut made = Vec::new();
            let mut number = 2;
            for (email, cells) in rows {
                let email = Email::new(&email);
                if email.written().contains("..") || !seen.insert(email.key().to_owned()) {
                    continue;
                }
                let mut row = Row::new(number, email);
                number += 1;
                for (column, said) in columns.iter().zip(cells) {
                    apply(&mut row, column, said);
                }
                made.push(row);
            }
            (layout, columns, made)
        })
    })
}

fn written(layout: Layout, columns: &[Column], rows: &[Row]) -> Vec<u8> {
    let writer = Writer::new(layout, columns).expect("the columns belong to the layout");
    writer.pieces(rows).flatten().collect()
}

proptest! {
    #[test]
    fn what_is_written_is_read_as_it_was((layout, columns, rows) in list()) {
        prop_assume!(!rows.is_empty());
        let file = written(layout, &columns, &rows);
        let found = read(&file, Some(layout));
        let found = found.map_err(|findings| TestCaseError::fail(findings.to_string()))?;
        prop_assert_eq!(&found.columns, &columns);
        prop_assert_eq!(&found.rows, &rows);
        prop_assert_eq!(written(layout, &found.columns, &found.rows), file);
    }

    #[test]
    fn no_written_cell_is_a_formula((layout, columns, rows) in list()) {
        let file = written(layout, &columns, &rows);
        let text = match layout {
            Layout::Meetings => {
                let units: Vec<u16> = file.chunks(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
                String::from_utf16(&units).unwrap()
            }
            _ => String::from_utf8(file).unwrap(),
        };
        let text = text.trim_start_matches('\u{feff}');
        // Whatever the program that opens it takes for the separator.
        for separator in [b',', b';', b'\t'] {
            let mut reader = csv::ReaderBuilder::new();
            reader.has_headers(false).flexible(true).delimiter(separator);
            for record in reader.from_reader(text.as_bytes()).records() {
                for cell in &record.unwrap() {
                    let is_number = cell.bytes().all(|b| b.is_ascii_digit() || b"+ ,REMOVPIAY|\"".contains(&b));
                    let is_bare_number = is_number && layout == Layout::ControlHub;
                    let begins = cell.trim_start();
                    prop_assert!(is_bare_number || !begins.starts_with(['=', '+', '-', '@']), "{cell:?}");
                }
            }
        }
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = read(&bytes, None);
    }

    #[test]
    fn arbitrary_text_never_panics(text in "(email|User ID/Email \\(Required\\)|Email\tHostPrivilege)?[,;\t\"\r\n a-z@.'=+😀\0]{0,80}") {
        let _ = read(text.as_bytes(), None);
    }

    #[test]
    fn damaged_lists_never_panic(
        (layout, columns, rows) in list(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut file = written(layout, &columns, &rows);
        for (place, byte) in changes {
            let place = place.index(file.len());
            file[place] = byte;
        }
        file.truncate(cut.index(file.len()) + 1);
        let _ = read(&file, None);
        let _ = read(&file, Some(layout));
    }
}

#[test]
fn a_column_without_a_place_is_refused() {
    let columns = [Column::Email, Column::Active];
    assert_eq!(Writer::new(Layout::ControlHub, &columns).unwrap_err().0, [Column::Active]);
    let twice = [Column::Email, Column::Phone, Column::Phone];
    assert_eq!(Writer::new(Layout::Plain, &twice).unwrap_err().0, [Column::Phone]);
    let disguised = [Column::Email, Column::Licence("First Name".into())];
    assert!(Writer::new(Layout::ControlHub, &disguised).is_err());
    assert!(Writer::new(Layout::Plain, &disguised).is_ok());
}

#[test]
fn phone_numbers_keep_their_plus() {
    let mut row = Row::new(2, Email::new("ada@example.org"));
    row.phones = Wish::Set(vec![Phone { number: "+493012345678".to_owned(), part: Part::Has }]);
    let columns = [Column::Email, Column::Phone];
    let of = |layout| String::from_utf8(written(layout, &columns, &[row.clone()])).unwrap();
    assert_eq!(
        of(Layout::ControlHub),
        "\u{feff}User ID/Email (Required),Phone Number\r\nada@example.org,+493012345678\r\n"
    );
    assert_eq!(of(Layout::Plain), "\u{feff}email,phone\r\nada@example.org,'+493012345678\r\n");
}

#[test]
fn a_list_is_read_row_by_row_as_it_is_as_a_whole() {
    let text = b"email,licence: A,licence: B\na@b.example,yes,no\n\nc@b.example,,yes\n";
    let list = open(text, None).unwrap();
    assert_eq!((list.layout(), list.people()), (Layout::Plain, 2));
    let whole = read(text, None).unwrap();
    assert_eq!(list.rows().collect::<Vec<_>>(), whole.rows);
    assert_eq!(list.rows().map(|row| row.number).collect::<Vec<_>>(), [2, 4]);
}

#[test]
fn more_cells_than_a_list_can_have_are_refused_in_words() {
    let columns = MOST_COLUMNS - 1;
    let titles: Vec<String> = (0..columns).map(|column| format!(",licence: {column}")).collect();
    let row = ",y".repeat(columns);
    let rows = MOST_CELLS / MOST_COLUMNS;
    let people: Vec<String> = (0..rows).map(|number| format!("p{number}@b.example{row}\n")).collect();
    let text = format!("email{}\n{}", titles.concat(), people.concat());
    let refused = read(text.as_bytes(), None).unwrap_err();
    assert!(refused.kept()[0].say.contains("5 million cells"), "{refused}");
}

#[test]
fn a_line_of_any_csv_file_is_safe() {
    assert_eq!(
        line(["ada@example.org", "=1+1", "said \"no\", then"]),
        "ada@example.org,'=1+1,\"said \"\"no\"\", then\"\r\n"
    );
}
