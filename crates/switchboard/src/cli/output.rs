//! What commands print: results on standard output, trouble on standard error.

/// One line of a command's result.
#[expect(clippy::print_stdout, reason = "the one place where the command line speaks")]
pub(super) fn line(text: &str) {
    println!("{text}");
}

/// One line about trouble.
pub(super) fn error(text: &str) {
    eprintln!("{text}");
}
