//! Keeps text from being taken for a formula: an apostrophe before it, which is how spreadsheets themselves mark text.
//!
//! A program that opens a CSV file calculates a cell which begins with `=`, `+`, `-` or `@`, also after a tab or a line
//! end (<https://owasp.org/www-community/attacks/CSV_Injection>). Whoever can choose their own name could so have the
//! administrator's spreadsheet fetch and send things. Writing puts an apostrophe before such text; reading takes it off
//! again. An apostrophe that belongs to the text, as in `'t Hooft`, stays.
//!
//! Which sign divides cells is the reader's choice, not ours: where the comma is the decimal sign, spreadsheets divide at
//! semicolons, and quotation marks that do not stand at the beginning of such a cell are letters to them. In `a;=cmd()`,
//! the second half is a formula then, however it is quoted. So what follows a separator within a text is guarded too.

use std::borrow::Cow;

/// The word that clears a field. As a value it needs an apostrophe too.
pub(crate) const REMOVE: &str = "REMOVE";

/// What any program may divide cells or rows at.
pub(crate) const SEPARATORS: [char; 5] = [',', ';', '\t', '\r', '\n'];

/// Whether the cell is the word that clears a field. Cisco writes it in capitals; people do as they like.
pub(crate) fn is_removal(text: &str) -> bool {
    text.eq_ignore_ascii_case(REMOVE)
}

/// The text as it is written.
pub(crate) fn guard(text: &str) -> String {
    let mut written = String::with_capacity(text.len() + 1);
    if needs_guard(text) {
        written.push('\'');
    }
    for (index, piece) in text.split_inclusive(SEPARATORS).enumerate() {
        if index > 0 && is_formula(piece) {
            written.push('\'');
        }
        written.push_str(piece);
    }
    written
}

/// The text as it was meant.
pub(crate) fn unguard(text: &str) -> Cow<'_, str> {
    let text = text.strip_prefix('\'').filter(|rest| needs_guard(rest)).unwrap_or(text);
    let is_guarded = |piece: &str| piece.starts_with('\'') && is_formula(piece);
    if !text.split_inclusive(SEPARATORS).skip(1).any(is_guarded) {
        return Cow::Borrowed(text);
    }
    let mut meant = String::with_capacity(text.len());
    for (index, piece) in text.split_inclusive(SEPARATORS).enumerate() {
        let ours = if index > 0 && is_guarded(piece) { "'" } else { "" };
        meant.push_str(piece.strip_prefix(ours).unwrap_or(piece));
    }
    Cow::Owned(meant)
}

/// Text that begins with an apostrophe needs another one where reading would take the first for ours.
fn needs_guard(text: &str) -> bool {
    let text = text.trim_start_matches('\'');
    text.starts_with(|sign: char| sign.is_whitespace() || is_sign(sign)) || is_removal(text)
}

/// Whether what follows a separator would be calculated, apostrophes before it not counted. Quotation marks around it
/// may be gone by then.
fn is_formula(piece: &str) -> bool {
    let piece = piece.trim_start_matches('\'');
    piece.trim_start_matches(|sign: char| sign == '"' || sign.is_whitespace()).starts_with(is_sign)
}

fn is_sign(sign: char) -> bool {
    matches!(sign, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn formulas_become_text_and_names_stay() {
        for (text, written) in [
            ("=HYPERLINK(\"x\")", "'=HYPERLINK(\"x\")"),
            ("+49 30 1", "'+49 30 1"),
            ("-1", "'-1"),
            ("@SUM(1)", "'@SUM(1)"),
            ("\t=1", "'\t'=1"),
            ("\r=1", "'\r'=1"),
            ("a;=cmd()", "a;'=cmd()"),
            ("a;\"=cmd()\"", "a;'\"=cmd()\""),
            ("a; =1,+2;'-3", "a;' =1,'+2;''-3"),
            ("Lovelace, Ada", "Lovelace, Ada"),
            ("a\n@b", "a\n'@b"),
            ("＝1", "'＝1"),
            ("'=1", "''=1"),
            ("REMOVE", "'REMOVE"),
            ("Remove", "'Remove"),
            ("'t Hooft", "'t Hooft"),
            ("Ada", "Ada"),
            ("", ""),
        ] {
            assert_eq!(guard(text), written);
            assert_eq!(unguard(written), text);
        }
    }

    proptest! {
        #[test]
        fn what_is_guarded_is_no_formula_and_comes_back(text in "['=+\\-@\t\r\n,;\"Ra ]{0,7}|\\PC{0,8}") {
            let written = guard(&text);
            prop_assert!(!written.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']));
            for piece in written.split(SEPARATORS).skip(1) {
                let begins = piece.trim_start_matches(|sign: char| sign == '"' || sign.is_whitespace());
                prop_assert!(!begins.starts_with(['=', '+', '-', '@']), "{written:?}");
            }
            prop_assert_eq!(unguard(&written), text);
        }
    }
}
