//! Keeps text from being taken for a formula: an apostrophe before it, which is how spreadsheets themselves mark text.
//!
//! A program that opens a CSV file calculates a cell which begins with `=`, `+`, `-` or `@`, also after a tab or a line
//! end (<https://owasp.org/www-community/attacks/CSV_Injection>). Whoever can choose their own name could so have the
//! administrator's spreadsheet fetch and send things. Writing puts an apostrophe before such text; reading takes it off
//! again. An apostrophe that belongs to the text, as in `'t Hooft`, stays.

/// The word that clears a field. As a value it needs an apostrophe too.
pub(crate) const REMOVE: &str = "REMOVE";

/// Whether the cell is the word that clears a field. Cisco writes it in capitals; people do as they like.
pub(crate) fn is_removal(text: &str) -> bool {
    text.eq_ignore_ascii_case(REMOVE)
}

/// The text as it is written.
pub(crate) fn guard(text: &str) -> String {
    if needs_guard(text) { format!("'{text}") } else { text.to_owned() }
}

/// The text as it was meant.
pub(crate) fn unguard(text: &str) -> &str {
    text.strip_prefix('\'').filter(|rest| needs_guard(rest)).unwrap_or(text)
}

/// Text that begins with an apostrophe needs another one where reading would take the first for ours.
fn needs_guard(text: &str) -> bool {
    let text = text.trim_start_matches('\'');
    let begins = |character: char| {
        character.is_whitespace() || matches!(character, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠')
    };
    text.starts_with(begins) || is_removal(text)
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
            ("\t=1", "'\t=1"),
            ("\r=1", "'\r=1"),
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
        fn what_is_guarded_is_no_formula_and_comes_back(text in "['=+\\-@\tRa ]{0,5}|\\PC{0,8}") {
            let written = guard(&text);
            prop_assert!(!written.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']));
            prop_assert_eq!(unguard(&written), text);
        }
    }
}
