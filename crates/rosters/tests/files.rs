//! Files as people have them: what each layout means, and what is said about those that cannot be read.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends, and says where")]

use rosters::{
    Code, Column, Encoding, Findings, Format, Kept, Layout, Licence, MOST_BYTES, Part, Phone, Privilege,
    Roster, Separator, Wish, read,
};

fn roster(text: &str) -> Roster {
    read(text.as_bytes(), None).unwrap()
}

fn refused(text: &str) -> Findings {
    read(text.as_bytes(), None).unwrap_err()
}

/// The one problem of a file, as row, column and sentence.
fn problem(text: &str) -> (Option<u32>, Option<String>, String) {
    let findings = refused(text);
    assert_eq!(findings.count(), 1, "{findings}");
    let problem = findings.kept()[0].clone();
    (problem.row, problem.column, problem.say)
}

/// Row, column and text of each problem.
fn places(findings: &Findings) -> Vec<(u32, Option<&str>, &str)> {
    let problems = findings.kept().iter();
    problems.map(|it| (it.row.unwrap(), it.column.as_deref(), it.found.as_str())).collect()
}

fn set(text: &str) -> Wish<String> {
    Wish::Set(text.to_owned())
}

fn phone(number: &str, part: Part) -> Phone {
    Phone { number: number.to_owned(), part }
}

#[test]
fn control_hubs_file_becomes_wishes() {
    let roster = roster(
        "First Name,Last Name,Display Name,User ID/Email (Required),User Status,Days since Last Service Accessed,\
         Title,Department,Phone Number,Caller ID Number,Location,Webex Calling [Sub1],Messaging (Suspended),\
         a.webex.com - WebEx Enterprise Edition [Sub1]\n\
         Ada,Lovelace,,Ada@Example.org,Verified,2,,REMOVE,\"PRIMARY|+49 30 1,REMOVE|123\",+1,REMOVE,TRUE,TRUE,\n\
         ,,,bob@example.org,,,,,REMOVE,,HQ,false,FALSE,WAHR\n",
    );
    assert_eq!(roster.layout, Layout::ControlHub);
    assert_eq!(roster.format, Format::Csv { encoding: Encoding::Utf8, separator: Separator::Comma });
    let [ada, bob] = roster.rows.as_slice() else { panic!("two people") };
    assert_eq!((ada.number, ada.email.written(), ada.email.key()), (2, "Ada@Example.org", "ada@example.org"));
    assert_eq!((&ada.first_name, &ada.display_name, &ada.title), (&set("Ada"), &Wish::Absent, &Wish::Absent));
    assert_eq!((&ada.department, &ada.location, &bob.location), (&Wish::Clear, &Wish::Clear, &set("HQ")));
    assert_eq!(ada.phones, Wish::Set(vec![phone("+49 30 1", Part::Primary), phone("123", Part::Remove)]));
    assert_eq!(bob.phones, Wish::Clear);
    let calling = Licence { title: "Webex Calling [Sub1]".into(), wanted: true };
    let meetings = Licence { title: "a.webex.com - WebEx Enterprise Edition [Sub1]".into(), wanted: true };
    assert_eq!(bob.licences, [Licence { wanted: false, ..calling.clone() }, meetings]);
    assert_eq!(ada.licences, [calling]);
    let kept = |title: &str, text: &str| Kept { title: title.into(), text: text.to_owned() };
    assert_eq!(
        ada.kept,
        [
            kept("User Status", "Verified"),
            kept("Days since Last Service Accessed", "2"),
            kept("Caller ID Number", "+1"),
            kept("Messaging (Suspended)", "TRUE"),
        ]
    );
    assert!(roster.columns.contains(&Column::ReadOnly("Messaging (Suspended)".into())));
    let remarks = roster.remarks.to_string();
    assert!(remarks.contains("not read, and nothing in them changes: Caller ID Number."), "{remarks}");
    assert!(remarks.contains("Row 2, “Department”: REMOVE is taken"), "{remarks}");
    assert_eq!(roster.remarks.count(), 2);
}

#[test]
fn the_file_of_a_meeting_site_becomes_wishes() {
    let text = "UserID\tActive\tFirstName\tEmail\tHostPrivilege\tMeetingPrivilege\tTrackingCode1\tTC 2\tTrackingCode:Branch\tFax\r\n\
                7\tY\tAda\tada@example.org\tHOST\t15,120\tREMOVE\tx\tMain\t1\r\n\
                8\tN\tBob\tbob@example.org\tattnd\t\t\t\t\t\r\n";
    let bytes: Vec<u8> =
        "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let roster = read(&bytes, None).unwrap();
    assert_eq!(roster.layout, Layout::Meetings);
    let format = Format::Csv { encoding: Encoding::Utf16LittleEndian, separator: Separator::Tab };
    assert_eq!(roster.format, format);
    let ada = roster.rows[0].site(None).unwrap();
    assert_eq!((ada.active, ada.privilege), (Some(true), Some(Privilege::Host)));
    assert_eq!(ada.session_types, Wish::Set(vec!["15".to_owned(), "120".to_owned()]));
    assert_eq!(
        ada.tracking_codes,
        [
            (Code::Index(1), Wish::Clear),
            (Code::Index(2), set("x")),
            (Code::Name("Branch".into()), set("Main")),
        ]
    );
    let bob = roster.rows[1].site(None).unwrap();
    assert_eq!((bob.active, bob.privilege), (Some(false), Some(Privilege::Attendee)));
    assert!(bob.session_types.is_absent() && bob.tracking_codes.is_empty());
    assert!(roster.remarks.to_string().contains("Fax"));
}

#[test]
fn the_plain_file_becomes_wishes_for_several_sites() {
    let roster = roster(
        "E-Mail;First Name;active;Licence: Webex Calling;session types;A.webex.com: Session Types;\
         a.webex.com: tracking code: Branch;a.webex.com: tracking code 2;b.webex.com: account;# note\n\
         ada@example.org;Ada;no;yes;PRO, ONS;3;Main;REMOVE;attendee;ask her\n",
    );
    assert_eq!(roster.layout, Layout::Plain);
    let ada = &roster.rows[0];
    assert_eq!((ada.active, &ada.first_name), (Some(false), &set("Ada")));
    assert_eq!(ada.licences, [Licence { title: "Webex Calling".into(), wanted: true }]);
    let own = ada.site(None).unwrap();
    assert_eq!(own.session_types, Wish::Set(vec!["PRO".to_owned(), "ONS".to_owned()]));
    let a = ada.site(Some("a.webex.com")).unwrap();
    assert_eq!(a.session_types, Wish::Set(vec!["3".to_owned()]));
    assert_eq!(a.tracking_codes, [(Code::Name("Branch".into()), set("Main")), (Code::Index(2), Wish::Clear)]);
    assert_eq!(ada.site(Some("b.webex.com")).unwrap().privilege, Some(Privilege::Attendee));
    assert!(roster.remarks.is_empty(), "{}", roster.remarks);
}

#[test]
fn all_problems_are_said_at_once_in_the_order_of_the_rows() {
    let findings = refused(
        "email,first_nam,phone,active,licence: A\n\
         ada@example.org,Ada,12E+10,maybe,ja\n\
         ,Bob,,perhaps,\n\
         not an address,,,,\n\
         ADA@example.org,,,,x\n\
         eve@example.org,,,,,more\n",
    );
    assert_eq!(
        places(&findings),
        [
            (1, Some("first_nam"), "first_nam"),
            (2, Some("phone"), "12E+10"),
            (2, Some("active"), "maybe"),
            (3, Some("email"), ""),
            (3, Some("active"), "perhaps"),
            (4, Some("email"), "not an address"),
            (5, Some("email"), "ADA@example.org"),
            (5, Some("licence: A"), "x"),
            (6, None, "more"),
        ],
        "{findings}"
    );
    let all = findings.to_string();
    assert!(all.contains("Is “first_name” meant?"), "{all}");
    assert!(all.contains("This person already stands in row 2. Keep one of rows 2 and 5."), "{all}");
}

#[test]
fn a_stray_quotation_mark_hides_no_other_problem() {
    let findings = refused(
        "email,first_name,active\n\
         ada@example.org,\"Ada\" L,ja\n\
         ,Bob,yes\n\
         \"Eve\" eve@example.org,Eve,maybe\n\
         not an address,,perhaps\n\
         bob@example.org,\"Bob,no\n\
         carl@example.org,,maybe\n",
    );
    assert_eq!(
        places(&findings),
        [
            (2, Some("first_name"), "\"Ada\" L,ja"),
            (3, Some("email"), ""),
            (4, Some("email"), "\"Eve\" eve@example.org,Eve,maybe"),
            (5, Some("email"), "not an address"),
            (5, Some("active"), "perhaps"),
            (6, Some("first_name"), "\"Bob,no"),
        ],
        "{findings}"
    );
    let findings = refused("email,title\ra@example.org,\"x\" y\ra@example.org,z\r");
    let found = [(2, Some("title"), "\"x\" y"), (3, Some("email"), "a@example.org")];
    assert_eq!(places(&findings), found, "{findings}");
    let (row, column, say) = problem("email,title\n\"a\" x,y\n");
    assert_eq!((row, column.as_deref()), (Some(2), Some("email")));
    assert!(say.contains("closing quotation mark"), "{say}");
}

#[test]
fn below_a_header_with_a_stray_quotation_mark_only_such_marks_are_looked_for() {
    let findings = refused("email,\"first\" name,phone\nnobody,A,1\n\"b\" x,,\n");
    let found = [(1, Some("B"), "\"first\" name,phone"), (3, Some("email"), "\"b\" x,,")];
    assert_eq!(places(&findings), found, "{findings}");
    let (row, column, say) = problem("\"email,phone\nnobody,1\n");
    assert_eq!((row, column.as_deref()), (Some(1), Some("A")));
    assert!(say.contains("never closes"), "{say}");
}

#[test]
fn a_file_without_people_is_refused_with_what_to_do() {
    for empty in ["", "\u{feff}", "\r\n \r\n,,,\n"] {
        assert!(problem(empty).2.contains("The file is empty"), "{empty:?}");
    }
    assert!(problem("email,first_name\n\n").2.contains("Add a row for each person"));
    let (row, _, say) = problem("name,# x\nAda,1\n".replace("name", "first_name").as_str());
    assert_eq!(row, Some(1));
    assert!(say.contains("called “email”"), "{say}");
}

#[test]
fn headers_that_say_the_same_twice_are_refused() {
    let (row, column, say) = problem("email,phone,Telephone\na@example.org,,\n");
    assert_eq!((row, column.as_deref()), (Some(1), Some("Telephone")));
    assert!(say.contains("Columns B and C"), "{say}");
    let (row, column, _) = problem("email,,x@y\na@example.org,lost,\n".replace(",x@y", ",phone").as_str());
    assert_eq!((row, column.as_deref()), (Some(2), Some("B")));
    assert_eq!(roster("email,,\na@example.org,,\n").columns, [Column::Email]);
}

#[test]
fn a_mistyped_truth_is_a_problem_and_a_column_of_text_is_left_alone() {
    let (row, column, say) =
        problem("User ID/Email (Required),Webex Calling\na@example.org,TRUE\nb@example.org,ture\n");
    assert_eq!((row, column.as_deref()), (Some(3), Some("Webex Calling")));
    assert!(say.contains("TRUE or FALSE"));
    let alone = "User ID/Email (Required),Webex Calling\na@example.org,ture\n";
    assert_eq!(problem(alone).0, Some(2));
    let roster =
        roster("User ID/Email (Required),Shoe size\na@example.org,38\nb@example.org,FALSE\nc@d.example,41\n");
    assert_eq!(roster.columns[1], Column::LeftAlone("Shoe size".into()));
    assert!(roster.remarks.to_string().contains("Shoe size"));
}

#[test]
fn a_lost_plus_is_put_back_with_a_remark() {
    let roster = roster("email,phone\nada@example.org,493012345678\nbob@example.org,'+493012345678\n");
    let number = Wish::Set(vec![phone("+493012345678", Part::Has)]);
    assert_eq!((&roster.rows[0].phones, &roster.rows[1].phones), (&number, &number));
    assert_eq!(roster.remarks.count(), 1);
    assert_eq!(roster.remarks.kept()[0].row, Some(2));
}

#[test]
fn damaged_letters_and_unseen_characters_are_found() {
    assert!(problem("email,last_name\na@example.org,M\u{fffd}ller\n").2.contains("letter was lost"));
    assert!(problem("email,last_name\na@example.org,M\u{7}ller\n").2.contains("nobody sees"));
    assert!(problem("email,last_name\na@example.org,MÃ¼ller\n").2.contains("open it as UTF-8"));
    assert!(problem("email,last_name\na@example.org,GroÃŸ\n").2.contains("open it as UTF-8"));
    assert_eq!(roster("email,last_name\na@example.org,JOÃO DA CONCEIÇÃO\n").rows.len(), 1);
    let two_lines = roster("email,title\na@example.org,\"one\r\ntwo\"\nb@example.org,x\n");
    assert_eq!(two_lines.rows[0].title, set("one\r\ntwo"));
    assert_eq!(two_lines.rows[1].number, 3);
}

#[test]
fn a_row_may_be_shorter_than_the_header() {
    let roster = roster("email,first_name,title\na@example.org\nb@example.org,Bob\n");
    assert_eq!((&roster.rows[0].first_name, &roster.rows[1].first_name), (&Wish::Absent, &set("Bob")));
}

#[test]
fn a_given_layout_is_taken() {
    let text = b"Email,FirstName\na@example.org,A\n";
    assert_eq!(read(text, None).unwrap().layout, Layout::Plain);
    assert_eq!(read(text, Some(Layout::Meetings)).unwrap().layout, Layout::Meetings);
    let wrong = read(text, Some(Layout::ControlHub)).unwrap_err();
    assert!(wrong.to_string().contains("User ID/Email (Required)"), "{wrong}");
}

#[test]
fn limits_are_refused_with_what_to_do() {
    let large = vec![b'a'; MOST_BYTES + 1];
    assert!(read(&large, None).unwrap_err().to_string().contains("Split it"));
    let wide = format!("email{}\n", ",x".repeat(500));
    assert!(problem(&wide).2.contains("500 columns"));
    assert_eq!(roster(&format!("email{}\na@example.org\n", ",".repeat(1_000_000))).rows.len(), 1);
    assert!(problem(&"a".repeat(40_000)).2.contains("32 KiB"));
    let (row, column, say) = problem(&format!("email,{}\na@example.org\n", "x".repeat(300)));
    assert_eq!((row, column.as_deref()), (Some(1), Some("B")));
    assert!(say.contains("256 characters"));
    let long = format!("email,title\na@example.org,{}\n", "x".repeat(40_000));
    let (row, column, say) = problem(&long);
    assert_eq!((row, column.as_deref()), (Some(2), Some("title")));
    assert!(say.contains("32 KiB"));
    let swallowed = format!("email,title\na@example.org,\"oops\n{}", "b@example.org,x\n".repeat(10));
    assert!(problem(&swallowed).2.contains("never closes"));
}

#[test]
fn a_list_is_about_few_sites() {
    let titles: Vec<String> = (0..51).map(|number| format!("s{number}.example.com: account")).collect();
    let (row, _, say) = problem(&format!("email,{}\na@example.org,host\n", titles.join(",")));
    assert_eq!(row, Some(1));
    assert!(say.contains("50 meeting sites"), "{say}");
}

#[test]
fn many_rows_are_read_in_one_go_and_one_too_many_is_refused() {
    use std::fmt::Write;
    let mut text = "email,first_name,phone,licence: A,licence: B\n".to_owned();
    for number in 0..200_000 {
        writeln!(text, "person{number}@example.org,Ada,+4930{number},yes,no").unwrap();
    }
    assert_eq!(roster(&text).rows.len(), 200_000);
    text.push_str("one@example.org,,,,\n");
    let (row, _, say) = problem(&text);
    assert_eq!(row, Some(200_002));
    assert!(say.contains("200,000 people"));
    // As many problems as rows: the first thousand are kept.
    let bad = format!("email\n{}", "x\n".repeat(5_000));
    assert_eq!((refused(&bad).kept().len(), refused(&bad).more()), (1_000, 4_000));
}
