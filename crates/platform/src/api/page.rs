//! Cursor paging: `?limit=…&after=…` in, `items` and `next` out.

use serde::{Deserialize, Serialize};

/// Most items a page may have.
const LARGEST: i64 = 200;

/// Which page of a list is asked for.
#[derive(Clone, Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Cursor {
    /// The `next` of the page before; absent for the first page.
    pub after: Option<String>,
    /// How many items at most; 1 to 200, 50 when absent.
    pub limit: Option<i64>,
}

impl Cursor {
    /// The page's size, within its bounds.
    pub fn limit(&self) -> i64 {
        self.limit.unwrap_or(50).clamp(1, LARGEST)
    }
}

/// A page of a list.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct List<T> {
    pub items: Vec<T>,
    /// Send as `after` to get the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

impl<T> List<T> {
    /// A page from `limit + 1` rows: the extra row only tells that there is more.
    pub fn from_rows(mut rows: Vec<T>, cursor: &Cursor, key: impl Fn(&T) -> String) -> Self {
        let limit = usize::try_from(cursor.limit()).unwrap_or(1);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| more).map(key);
        Self { items: rows, next }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_extra_row_is_not_shown_but_makes_a_next() {
        let cursor = Cursor { after: None, limit: Some(2) };
        let list = List::from_rows(vec![1, 2, 3], &cursor, ToString::to_string);
        assert_eq!((list.items, list.next), (vec![1, 2], Some("2".into())));
        let last = List::from_rows(vec![3], &cursor, ToString::to_string);
        assert_eq!(last.next, None);
        assert_eq!(Cursor { after: None, limit: Some(-5) }.limit(), 1);
    }
}
