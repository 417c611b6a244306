//! What a list says about a person: for every field, to leave it alone, to empty it, or what it should be.

use std::sync::Arc;

/// One field of a person.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Wish<T> {
    /// The column is missing or the cell blank: the field stays as it is.
    #[default]
    Absent,
    /// The field is to be emptied.
    Clear,
    /// The field is to be this. Blank text is written as a blank cell, so it comes back as [`Wish::Absent`].
    Set(T),
}

impl<T> Wish<T> {
    pub fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }

    /// What the field should be, if the list says so.
    pub fn value(&self) -> Option<&T> {
        match self {
            Self::Set(value) => Some(value),
            Self::Absent | Self::Clear => None,
        }
    }
}

/// An address as it was written, and as addresses are compared.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Email {
    written: String,
    key: String,
}

impl Email {
    /// Trims; does not judge.
    pub fn new(written: &str) -> Self {
        let written = written.trim();
        Self { written: written.to_owned(), key: written.to_lowercase() }
    }

    /// As it stands in the list, without white space around it.
    pub fn written(&self) -> &str {
        &self.written
    }

    /// In lower case: two addresses of one person have the same key.
    pub fn key(&self) -> &str {
        &self.key
    }
}

/// Single-line facts about a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Attribute {
    FirstName,
    LastName,
    DisplayName,
    Department,
    Title,
    /// An address or a name, as written.
    Manager,
    Extension,
    /// A location's name, as written.
    Location,
}

impl Attribute {
    pub const ALL: [Self; 8] = [
        Self::FirstName,
        Self::LastName,
        Self::DisplayName,
        Self::Department,
        Self::Title,
        Self::Manager,
        Self::Extension,
        Self::Location,
    ];
}

/// What is to become of a phone number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// It becomes the person's main number.
    Primary,
    /// The person has it.
    Has,
    /// The person has it no longer.
    Remove,
}

/// One number of a phone cell, as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phone {
    pub number: String,
    pub part: Part,
}

/// Whether a person should have a licence, named by the title of its column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Licence {
    /// As it stands in the header, subscription in square brackets included.
    pub title: Arc<str>,
    pub wanted: bool,
}

/// What a person may do on a meeting site: the classic file's `HostPrivilege`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Privilege {
    Host,
    /// Joins, cannot host.
    Attendee,
    /// Hosts and administers the site.
    Administrator,
    /// Hosts, and sees the site's administration without changing it.
    Viewer,
}

/// A tracking code of a site. Cisco's XML API counts them, its REST API names them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Code {
    Name(Arc<str>),
    /// 1 to 10.
    Index(u8),
}

/// What a list says about a person on one meeting site.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SiteWishes {
    /// The site's host name in lower case; none where the list is about one site without naming it.
    pub site: Option<Arc<str>>,
    pub privilege: Option<Privilege>,
    /// Whether the account on this site is active.
    pub active: Option<bool>,
    /// All session types the person should have, by number or name, as written.
    pub session_types: Wish<Vec<String>>,
    /// Values by code, in the order of the columns; none is [`Wish::Absent`].
    pub tracking_codes: Vec<(Code, Wish<String>)>,
}

/// A cell that says nothing we act on. It is kept so that it can be written again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The column's title.
    pub title: Arc<str>,
    pub text: String,
}

/// One person of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The row's number as a spreadsheet shows it. Writing does not look at it.
    pub number: u32,
    pub email: Email,
    pub first_name: Wish<String>,
    pub last_name: Wish<String>,
    pub display_name: Wish<String>,
    pub department: Wish<String>,
    pub title: Wish<String>,
    pub manager: Wish<String>,
    pub extension: Wish<String>,
    pub location: Wish<String>,
    /// [`Wish::Clear`] takes all numbers away.
    pub phones: Wish<Vec<Phone>>,
    /// False asks to deactivate the person, true to activate them again.
    pub active: Option<bool>,
    /// In the order of the columns; blank cells are not among them.
    pub licences: Vec<Licence>,
    /// In the order of the columns; sites about which the row says nothing are not among them.
    pub sites: Vec<SiteWishes>,
    /// Of columns that are read-only, suspended or not ours; blank cells are not among them.
    pub kept: Vec<Kept>,
}

impl Row {
    /// A row that wishes nothing yet.
    pub fn new(number: u32, email: Email) -> Self {
        Self {
            number,
            email,
            first_name: Wish::Absent,
            last_name: Wish::Absent,
            display_name: Wish::Absent,
            department: Wish::Absent,
            title: Wish::Absent,
            manager: Wish::Absent,
            extension: Wish::Absent,
            location: Wish::Absent,
            phones: Wish::Absent,
            active: None,
            licences: Vec::new(),
            sites: Vec::new(),
            kept: Vec::new(),
        }
    }

    pub fn attribute(&self, attribute: Attribute) -> &Wish<String> {
        match attribute {
            Attribute::FirstName => &self.first_name,
            Attribute::LastName => &self.last_name,
            Attribute::DisplayName => &self.display_name,
            Attribute::Department => &self.department,
            Attribute::Title => &self.title,
            Attribute::Manager => &self.manager,
            Attribute::Extension => &self.extension,
            Attribute::Location => &self.location,
        }
    }

    pub fn attribute_mut(&mut self, attribute: Attribute) -> &mut Wish<String> {
        match attribute {
            Attribute::FirstName => &mut self.first_name,
            Attribute::LastName => &mut self.last_name,
            Attribute::DisplayName => &mut self.display_name,
            Attribute::Department => &mut self.department,
            Attribute::Title => &mut self.title,
            Attribute::Manager => &mut self.manager,
            Attribute::Extension => &mut self.extension,
            Attribute::Location => &mut self.location,
        }
    }

    /// The wishes for a site, added when there are none yet.
    pub fn site_mut(&mut self, site: Option<&Arc<str>>) -> &mut SiteWishes {
        let index = self.sites.iter().position(|wishes| wishes.site.as_ref() == site);
        let index = index.unwrap_or_else(|| {
            self.sites.push(SiteWishes { site: site.cloned(), ..SiteWishes::default() });
            self.sites.len() - 1
        });
        &mut self.sites[index]
    }

    /// The wishes for a site, if the row has any.
    pub fn site(&self, site: Option<&str>) -> Option<&SiteWishes> {
        self.sites.iter().find(|wishes| wishes.site.as_deref() == site)
    }
}

/// What a column is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Column {
    Email,
    Attribute(Attribute),
    Phone,
    Active,
    /// One licence, by its title.
    Licence(Arc<str>),
    Site {
        /// As in [`SiteWishes::site`].
        site: Option<Arc<str>>,
        field: SiteField,
    },
    /// The provider's own: a list cannot change it. By its title.
    ReadOnly(Arc<str>),
    /// Not ours to change, or not known. By its title.
    LeftAlone(Arc<str>),
}

/// One thing about a person on a site.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum SiteField {
    Privilege,
    Active,
    SessionTypes,
    TrackingCode(Code),
}
