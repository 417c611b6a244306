//! The three ways in which a list can be laid out, told apart by the titles of its columns.

mod control_hub;
mod meetings;
mod plain;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{table::Cells, wishes::Column};

/// How a list names its columns and writes its values. Examples of each stand in `docs/directory-files.md`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Layout {
    /// The file that Webex Control Hub exports and imports under *Manage users by CSV*.
    ControlHub,
    /// The classic file of one meeting site, with session types and tracking codes.
    Meetings,
    /// Switchboard's own.
    Plain,
}

impl Layout {
    /// Its name in sentences.
    pub fn name(self) -> &'static str {
        match self {
            Self::ControlHub => "Control Hub",
            Self::Meetings => "Webex Meetings",
            Self::Plain => "Switchboard",
        }
    }

    /// The layout to which these titles belong: the plain one where nothing speaks for another.
    pub(crate) fn of(titles: Cells<'_>) -> Self {
        let titles = titles.iter().filter(|title| title.len() <= LONGEST_TITLE);
        let titles: Vec<String> = titles.map(key).collect();
        if titles.iter().any(|title| control_hub::is_mark(title)) {
            Self::ControlHub
        } else if titles.iter().any(|title| meetings::is_mark(title)) {
            Self::Meetings
        } else {
            Self::Plain
        }
    }

    /// What the column is about, if the layout knows the title.
    pub(crate) fn column(self, title: &str) -> Option<Column> {
        match self {
            Self::ControlHub => control_hub::column(title),
            Self::Meetings => meetings::column(title),
            Self::Plain => plain::column(title),
        }
    }

    /// The title under which the column is written, if the layout has a place for it.
    pub(crate) fn title(self, column: &Column) -> Option<String> {
        match self {
            Self::ControlHub => control_hub::title(column),
            Self::Meetings => meetings::title(column),
            Self::Plain => plain::title(column),
        }
    }

    /// Titles of the layout that look like this one, the most alike first.
    pub(crate) fn nearest(self, title: &str) -> Vec<&'static str> {
        /// Below this, two words are different words.
        const ALIKE: f64 = 0.55;
        /// Longer ones are like no title, and take long to compare.
        const LONGEST: usize = 64;
        let wanted = key(title);
        if wanted.len() > LONGEST {
            return Vec::new();
        }
        let known = match self {
            Self::ControlHub => control_hub::known(),
            Self::Meetings => meetings::known(),
            Self::Plain => plain::known(),
        };
        let mut alike: Vec<(f64, &str)> = known
            .into_iter()
            .map(|name| (strsim::normalized_damerau_levenshtein(&key(name), &wanted), name))
            .filter(|(likeness, _)| *likeness >= ALIKE)
            .collect();
        alike.sort_by(|(one, _), (other, _)| other.total_cmp(one));
        alike.into_iter().take(3).map(|(_, name)| name).collect()
    }
}

/// How long a title can be, in bytes.
pub(crate) const LONGEST_TITLE: usize = 256;

/// Whether any layout knows the title.
pub(crate) fn is_known(title: &str) -> bool {
    if title.len() > LONGEST_TITLE {
        return false;
    }
    [Layout::ControlHub, Layout::Meetings, Layout::Plain].iter().any(|layout| layout.column(title).is_some())
}

/// A title as it is compared: case, spaces and signs do not count.
pub(crate) fn key(title: &str) -> String {
    title.chars().filter(|sign| sign.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The number of a tracking code: 1 to 10, as many as Cisco's XML API knows.
fn code_number(text: &str) -> Option<u8> {
    let is_number = text.len() <= 2 && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|number| is_number && (1..=10).contains(number))
}

/// The text, if any is left.
fn stated(text: &str) -> Option<Arc<str>> {
    let text = text.trim();
    if text.is_empty() { None } else { Some(text.into()) }
}
