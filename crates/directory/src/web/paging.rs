//! Lists that are shown page by page, the newest first.

use std::str::FromStr;

use serde::Deserialize;

/// How many rows one page shows.
const PAGE: usize = 25;
/// So many are asked for: one more tells whether there is a next page.
pub(super) const ASKED: i64 = 26;

/// Where a page begins, as it stands in the address.
#[derive(Deserialize)]
pub(super) struct Before {
    before: Option<String>,
}

impl Before {
    /// The last row of the page before; nothing on the first one.
    pub(super) fn id<T: FromStr>(&self) -> Option<T> {
        self.before.as_deref()?.parse().ok()
    }
}

/// The rows of one page, and where the next one begins, if there is one.
pub(super) fn page<T>(mut rows: Vec<T>, id: impl Fn(&T) -> String) -> (Vec<T>, Option<String>) {
    let has_more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let next = rows.last().filter(|_| has_more).map(id);
    (rows, next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_knows_whether_there_is_another() {
        let (rows, next) = page((0..25).collect(), i32::to_string);
        assert_eq!((rows.len(), next), (25, None));
        let (rows, next) = page((0..26).collect(), i32::to_string);
        assert_eq!((rows.len(), next.as_deref()), (25, Some("24")));
        assert_eq!(page(Vec::new(), i32::to_string), (Vec::new(), None));
        assert_eq!(usize::try_from(ASKED), Ok(PAGE + 1));
    }
}
