//! The examples of the documentation are lists that can be read.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends, and says where")]

use rosters::{Attribute, Layout, Privilege, Roster, Wish, read};

const DOCUMENT: &str = include_str!("../../../docs/directory-files.md");

/// What stands in the code blocks of the document.
fn examples() -> Vec<Roster> {
    let blocks = DOCUMENT.split("```").skip(1).step_by(2);
    blocks.map(|block| read(block.split_once('\n').unwrap().1.as_bytes(), None).unwrap()).collect()
}

#[test]
fn there_is_an_example_for_each_layout() {
    let layouts: Vec<Layout> = examples().iter().map(|roster| roster.layout).collect();
    assert_eq!(layouts, [Layout::Plain, Layout::ControlHub, Layout::Meetings]);
}

#[test]
fn the_examples_mean_what_the_text_says() {
    let examples = examples();
    let [ada, bob] = examples[0].rows.as_slice() else { panic!("two people") };
    assert!(ada.licences[0].wanted && !bob.licences[0].wanted);
    assert_eq!(ada.site(Some("example.webex.com")).unwrap().tracking_codes.len(), 1);
    assert_eq!(bob.attribute(Attribute::Department), &Wish::Clear);
    assert!(bob.sites.is_empty() && bob.phones.is_absent() && bob.first_name.is_absent());
    let [_, bob] = examples[1].rows.as_slice() else { panic!("two people") };
    assert_eq!((&bob.location, &bob.phones), (&Wish::Clear, &Wish::Clear));
    let ada = examples[2].rows[0].site(None).unwrap();
    assert_eq!(ada.privilege, Some(Privilege::Host));
    assert_eq!(ada.session_types.value().unwrap(), &["15", "120"]);
    assert!(examples[0].remarks.is_empty() && examples[1].remarks.is_empty());
}

#[test]
fn every_column_of_the_table_is_known() {
    let table = DOCUMENT.split("## Switchboard's own layout").nth(1).unwrap().split("```").next().unwrap();
    let rows = table.lines().filter(|line| line.starts_with("| `"));
    let names: Vec<&str> = rows.flat_map(|row| row.split('`').skip(1).step_by(2)).collect();
    let columns = names
        .iter()
        .filter(|name| !["no", "yes", "host", "attendee", "administrator", "viewer", "10"].contains(name));
    let mut count = 0;
    for name in columns {
        let name = name.replace('…', "x");
        let column = if name.contains("mail") { "title" } else { &name };
        let file = format!("email,{column}\nada@example.org,\n");
        read(file.as_bytes(), Some(Layout::Plain)).unwrap_or_else(|problems| panic!("{name}: {problems}"));
        count += 1;
    }
    assert!(count > 20, "{count}");
}
