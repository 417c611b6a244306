//! What single cells mean: yes and no, addresses, phone numbers, privileges, lists. An error is what to write instead.

use email_address::{EmailAddress, Options};

use crate::{
    problem::is_unseen,
    wishes::{Part, Phone, Privilege},
};

/// Yes or no, as people and spreadsheets in several languages write it: Excel writes its own TRUE in the language of
/// its user.
pub(crate) fn truth(text: &str) -> Option<bool> {
    const YES: [&str; 12] =
        ["TRUE", "YES", "Y", "JA", "J", "WAHR", "OUI", "VRAI", "VERDADERO", "VERO", "WAAR", "PRAWDA"];
    const NO: [&str; 11] =
        ["FALSE", "NO", "N", "NEIN", "FALSCH", "NON", "FAUX", "FALSO", "ONWAAR", "NEE", "FAŁSZ"];
    let text = text.to_uppercase();
    if YES.contains(&text.as_str()) {
        Some(true)
    } else if NO.contains(&text.as_str()) {
        Some(false)
    } else {
        None
    }
}

/// Whether this is an address that a person can have.
pub(crate) fn email(text: &str) -> Result<(), &'static str> {
    if text.chars().any(is_unseen) {
        return Err(
            "The address contains a character that nobody sees. Delete the cell and type the address again.",
        );
    }
    if text.contains(['<', '>', ',', ';', ' ']) || text.starts_with("mailto:") {
        return Err("Write one address and nothing else, such as ada@example.org.");
    }
    let options = Options::default().with_required_tld().without_display_text().without_domain_literal();
    match EmailAddress::parse_with_options(text, options) {
        Ok(address) if !address.local_part().starts_with('"') => Ok(()),
        _ => Err("This is not an e-mail address. Write one such as ada@example.org."),
    }
}

/// Numbers of one cell, and whether a plus was added.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Phones {
    pub(crate) phones: Vec<Phone>,
    pub(crate) plus_added: bool,
}

/// Several numbers in one cell, separated by commas, the main one marked `PRIMARY|`, one to be taken away `REMOVE|`.
///
/// Source: "Assign multiple phone numbers to a user", <https://help.webex.com/article/n0ao6ceb>. That some spreadsheets
/// eat the plus: <https://help.webex.com/article/nlkiw8e>.
pub(crate) fn phones(text: &str) -> Result<Phones, &'static str> {
    let mut found = Phones { phones: Vec::new(), plus_added: false };
    for piece in text.split(',').map(str::trim).filter(|piece| !piece.is_empty()) {
        let (part, number) = match piece.split_once('|') {
            None => (Part::Has, piece),
            Some((word, number)) if word.trim().eq_ignore_ascii_case("PRIMARY") => {
                (Part::Primary, number.trim())
            }
            Some((word, number)) if word.trim().eq_ignore_ascii_case("REMOVE") => {
                (Part::Remove, number.trim())
            }
            Some(_) => return Err("Before a number only PRIMARY| or REMOVE| can stand."),
        };
        judge_phone(number)?;
        let missing = lacks_plus(number);
        found.plus_added |= missing;
        let number = if missing { format!("+{number}") } else { number.to_owned() };
        found.phones.push(Phone { number, part });
    }
    if found.phones.iter().filter(|phone| phone.part == Part::Primary).count() > 1 {
        return Err("Only one number can be PRIMARY.");
    }
    if found.phones.is_empty() { Err("Write a phone number such as +49 30 123456.") } else { Ok(found) }
}

/// Providers are given the number as it is written, so little is refused: what a spreadsheet has destroyed, and what is
/// plainly something else.
fn judge_phone(number: &str) -> Result<(), &'static str> {
    let rounded = number.to_ascii_uppercase().split_once("E+").is_some_and(|(number, power)| {
        number.chars().all(|sign| sign.is_ascii_digit() || matches!(sign, '.' | ','))
            && power.chars().all(|sign| sign.is_ascii_digit())
    });
    if rounded {
        return Err(
            "A spreadsheet has rounded this number, and digits are lost. Format the column as text and type \
                    the number again.",
        );
    }
    let has_digit = number.chars().any(|sign| sign.is_ascii_digit());
    if !has_digit || number.chars().count() > 64 || number.contains('|') {
        return Err("Write a phone number such as +49 30 123456.");
    }
    Ok(())
}

/// Eleven to fifteen digits that begin with no zero are an international number whose plus was lost: E.164 numbers have
/// at most fifteen, and national ones hardly more than ten.
fn lacks_plus(number: &str) -> bool {
    (11..=15).contains(&number.len())
        && number.bytes().all(|byte| byte.is_ascii_digit())
        && !number.starts_with('0')
}

/// Cisco's four words, and plain ones.
///
/// Source: "CSV File Format Reference", field HostPrivilege, in Cisco's WebEx Administrator's Guide WBS29.
pub(crate) fn privilege(text: &str) -> Option<Privilege> {
    match text.to_ascii_uppercase().as_str() {
        "HOST" => Some(Privilege::Host),
        "ATTND" | "ATTENDEE" => Some(Privilege::Attendee),
        "ADMN" | "ADMIN" | "ADMINISTRATOR" => Some(Privilege::Administrator),
        "ADMV" | "VIEWER" => Some(Privilege::Viewer),
        _ => None,
    }
}

/// Entries between commas or semicolons.
pub(crate) fn list(text: &str) -> Vec<String> {
    text.split([',', ';']).map(str::trim).filter(|entry| !entry.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(text: &str) -> Vec<(String, Part)> {
        phones(text).unwrap().phones.into_iter().map(|phone| (phone.number, phone.part)).collect()
    }

    #[test]
    fn yes_and_no_are_read_in_several_languages() {
        assert_eq!(["true", "Ja", "WAHR", "vrai", "y"].map(truth), [Some(true); 5]);
        assert_eq!(["FALSE", "nein", "Falsch", "fałsz", "n"].map(truth), [Some(false); 5]);
        assert_eq!(["ture", "1", "", "-", "maybe"].map(truth), [None; 5]);
    }

    #[test]
    fn addresses_are_judged() {
        for good in ["ada@example.org", "Ada.O'Hara+x@mail.Example.org", "=a@example.org", "ö@bücher.example"]
        {
            assert_eq!(email(good), Ok(()), "{good}");
        }
        for bad in [
            "ada",
            "@example.org",
            "ada@",
            "ada@localhost",
            "ada@@example.org",
            "ada@example..org",
            "Ada <ada@example.org>",
            "a@example.org, b@example.org",
            "mailto:ada@example.org",
            "ada\u{200b}@example.org",
            "ada@example.org\nbob@example.org",
            "\"a b\"@example.org",
            "ada@[127.0.0.1]",
        ] {
            assert!(email(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_cell_can_hold_several_numbers() {
        assert_eq!(
            numbers("PRIMARY|123-456-7890,123-215-4876, remove|+49 30 1"),
            [
                ("123-456-7890".to_owned(), Part::Primary),
                ("123-215-4876".to_owned(), Part::Has),
                ("+49 30 1".to_owned(), Part::Remove),
            ]
        );
        assert!(phones("PRIMARY|123,PRIMARY|456").is_err());
        assert!(phones("HOME|123").is_err());
        assert!(phones(" , ").is_err());
        assert!(phones("none").is_err());
    }

    #[test]
    fn a_lost_plus_is_put_back_where_it_is_plain() {
        assert_eq!(numbers("493012345678"), [("+493012345678".to_owned(), Part::Has)]);
        for as_it_is in ["+493012345678", "0301234567890", "1234567890", "1234567890123456", "49 30 12345678"]
        {
            assert_eq!(numbers(as_it_is), [(as_it_is.to_owned(), Part::Has)]);
            assert!(!phones(as_it_is).unwrap().plus_added);
        }
        for rounded in ["4.93012E+11", "4,93012E+11", "5e+11"] {
            assert!(phones(rounded).unwrap_err().contains("digits are lost"));
        }
    }
}
