//! The first row: which columns there are, in which layout, and what is wrong with them.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use crate::{
    guard::unguard,
    layouts::{LONGEST_TITLE, Layout},
    problem::{Findings, visible},
    table::{Cells, Table, letters},
    values::truth,
    wishes::Column,
};

/// About how many meeting sites a list can be. An organization has a handful.
const MOST_SITES: usize = 50;

/// A column that has a title.
#[derive(Debug)]
pub(crate) struct Titled {
    /// Its place among the cells of a row.
    pub(crate) index: usize,
    pub(crate) title: String,
    pub(crate) column: Column,
}

#[derive(Debug)]
pub(crate) struct Header {
    pub(crate) layout: Layout,
    pub(crate) columns: Vec<Titled>,
    /// How many cells the first row has.
    pub(crate) width: usize,
    /// Columns without a title.
    pub(crate) untitled: Vec<usize>,
}

/// Reads the titles. Problems are added to; the columns that could be understood are used all the same, so that
/// everything is said at once.
pub(crate) fn read(
    table: &Table,
    titles: Cells<'_>,
    layout: Option<Layout>,
    problems: &mut Findings,
) -> Header {
    let layout = layout.unwrap_or_else(|| Layout::of(titles));
    let width = titles.len();
    let mut header = Header { layout, columns: Vec::new(), width, untitled: Vec::new() };
    let mut seen: HashMap<String, usize> = HashMap::new();
    for (index, written) in titles.iter().enumerate() {
        let title = &*unguard(written);
        if title.is_empty() {
            header.untitled.push(index);
            continue;
        }
        if title.len() > LONGEST_TITLE {
            let say = format!("A column's title can have {LONGEST_TITLE} characters. Shorten it.");
            problems.add(Some(titles.number), Some(&letters(index)), title, say);
            continue;
        }
        let known = layout.column(title).or_else(|| unknown(layout, table, index, title));
        let Some(column) = known else {
            refuse_unknown(titles.number, layout, title, problems);
            continue;
        };
        let name = layout.title(&column).unwrap_or_default().to_lowercase();
        if let Some(first) = seen.insert(name, index) {
            let say = format!(
                "Columns {} and {} have the same meaning. Delete one of them.",
                letters(first),
                letters(index)
            );
            problems.add(Some(titles.number), Some(title), title, say);
            continue;
        }
        header.columns.push(Titled { index, title: title.to_owned(), column });
    }
    let sites: HashSet<_> = header.columns.iter().filter_map(|titled| site(&titled.column)).collect();
    if sites.len() > MOST_SITES {
        let say = format!("A list can be about {MOST_SITES} meeting sites. Split it.");
        problems.add(Some(titles.number), None, "", say);
        header.columns.retain(|titled| site(&titled.column).is_none());
    }
    if !header.columns.iter().any(|titled| titled.column == Column::Email) {
        let name = layout.title(&Column::Email).unwrap_or_default();
        let say = format!(
            "No column holds the people's e-mail addresses. The first row has to name the columns, and that one is \
             called “{name}”."
        );
        problems.add(Some(titles.number), None, titles.get(0), say);
    }
    header
}

fn site(column: &Column) -> Option<Arc<str>> {
    if let Column::Site { site, .. } = column { site.clone() } else { None }
}

fn unknown(layout: Layout, table: &Table, index: usize, title: &str) -> Option<Column> {
    match layout {
        Layout::ControlHub if holds_truths(table, index) => Some(Column::Licence(title.into())),
        Layout::ControlHub | Layout::Meetings => Some(Column::LeftAlone(title.into())),
        Layout::Plain => None,
    }
}

fn refuse_unknown(row: u32, layout: Layout, title: &str, problems: &mut Findings) {
    let nearest = layout.nearest(title);
    let advice = match nearest.as_slice() {
        [] => "Delete the column, or put # before its title to keep it for yourself".to_owned(),
        names => format!("Is “{}” meant? Otherwise put # before the title", names.join("” or “")),
    };
    let say =
        format!("No column is called “{}”. {advice}. The names stand in the documentation.", visible(title));
    problems.add(Some(row), Some(title), title, say);
}

/// Whether a column of Control Hub's is one of TRUE and FALSE: more such cells than others, mistyped ones included. A
/// blank column wishes nothing, whatever it is.
fn holds_truths(table: &Table, index: usize) -> bool {
    let (mut truths, mut others) = (0_usize, 0_usize);
    for row in table.rows().skip(1) {
        match row.get(index) {
            "" => (),
            text if truth(text).is_some() || is_nearly_truth(text) => truths += 1,
            _ => others += 1,
        }
    }
    truths > others || others == 0
}

/// One slip away from TRUE or FALSE.
fn is_nearly_truth(text: &str) -> bool {
    let text = if text.len() <= 6 { text.to_uppercase() } else { return false };
    ["TRUE", "FALSE"].iter().any(|word| strsim::damerau_levenshtein(word, &text) <= 1)
}

/// Whether a column with this title, trimmed and in a list whose cells fit, is read as this one.
pub(crate) fn reads_as(layout: Layout, title: &str, column: &Column) -> bool {
    let is_trimmed = title.trim() == title && !title.is_empty();
    is_trimmed
        && title.len() <= LONGEST_TITLE
        && match (layout.column(title), layout) {
            (Some(read), _) => read == *column,
            (None, Layout::ControlHub) => matches!(column, Column::Licence(_) | Column::LeftAlone(_)),
            (None, Layout::Meetings) => matches!(column, Column::LeftAlone(_)),
            (None, Layout::Plain) => false,
        }
}
