//! Where a sealed value lives.

/// The one cell of the database that a sealed value belongs to; it opens nowhere else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place<'a> {
    pub organization: &'a str,
    pub table: &'a str,
    pub column: &'a str,
    /// The row's id as text.
    pub row: &'a str,
}

impl Place<'_> {
    /// The associated data of a value in this place.
    pub(crate) fn context(&self) -> Vec<u8> {
        context("value", &[self.organization, self.table, self.column, self.row])
    }
}

/// Joins a purpose and parts, each led by its length, so that no two lists of parts read the same.
pub(crate) fn context(purpose: &str, parts: &[&str]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for part in std::iter::once(&purpose).chain(parts) {
        bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
        bytes.extend_from_slice(part.as_bytes());
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shifting_a_letter_between_parts_changes_the_context() {
        assert_ne!(context("value", &["ab", "c"]), context("value", &["a", "bc"]));
        assert_ne!(context("value", &["a"]), context("valuea", &[]));
    }
}
