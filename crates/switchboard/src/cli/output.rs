//! What commands print: results on standard output, trouble on standard error.
//!
//! Whoever reads may have enough and go. That is no trouble: what is printed afterwards is lost, a command that does
//! something goes on to its end, and one that only prints is through.

use std::{
    io::{self, Write},
    path::Path,
};

use crate::Trouble;

/// Whether anybody still reads what is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reader {
    There,
    Gone,
}

/// One line of a command's result.
pub(super) fn line(text: &str) -> Result<(), Trouble> {
    print(&format!("{text}\n"))?;
    Ok(())
}

/// Text as it stands.
pub(super) fn print(text: &str) -> Result<Reader, Trouble> {
    let mut out = io::stdout().lock();
    let result = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    written(Path::new("standard output"), result)
}

/// What came of writing there.
pub(super) fn written(place: &Path, result: io::Result<()>) -> Result<Reader, Trouble> {
    match result {
        Ok(()) => Ok(Reader::There),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Reader::Gone),
        Err(error) => Err(Trouble::with_file("write", place, &error)),
    }
}

/// One line about trouble. Where it cannot be written, there is nobody to tell.
pub(super) fn error(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_who_has_enough_is_no_trouble() {
        let place = Path::new("result.csv");
        assert_eq!(written(place, Ok(())).unwrap(), Reader::There);
        assert_eq!(written(place, Err(io::ErrorKind::BrokenPipe.into())).unwrap(), Reader::Gone);
        let trouble = written(place, Err(io::ErrorKind::StorageFull.into())).unwrap_err();
        assert!(trouble.to_string().starts_with("could not write result.csv: "), "{trouble}");
    }
}
