//! What an organization has to give: licences, and per meeting site session types and tracking codes. Lists name these
//! as people do; here the names become the provider's ids.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// A licence, by the names people use for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LicenceFact {
    pub id: String,
    pub name: String,
    pub site: Option<String>,
    pub subscription: Option<String>,
    /// Absent where there is no limit.
    pub total: Option<i64>,
    pub consumed: i64,
}

impl LicenceFact {
    /// Its name, with the site where it is for one.
    pub fn shown(&self) -> String {
        self.site.as_ref().map_or_else(|| self.name.clone(), |site| format!("{} ({site})", self.name))
    }
}

/// A kind of session that a site offers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct SessionTypeFact {
    pub id: String,
    /// Such as `PRO`.
    pub short_name: String,
    pub name: String,
}

impl SessionTypeFact {
    /// Whether it is one of Webex's own. Sites make types of their own from these, which keep the short name and get an
    /// id of five digits (seen in Webex's samples; no page says so): `PRO` means Webex's own.
    fn is_standard(&self) -> bool {
        self.id.len() < 5
    }
}

/// A tracking code of a site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct TrackingCodeFact {
    pub name: String,
    /// 1 to 10: its place, by which the XML API knows it.
    pub place: u8,
    /// Values to choose from; empty where any text may stand.
    pub options: Vec<String>,
    pub required: bool,
}

/// A meeting site.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiteFact {
    pub session_types: Vec<SessionTypeFact>,
    pub tracking_codes: Vec<TrackingCodeFact>,
    /// Why nothing can be changed on it, where nothing can.
    pub closed: Option<String>,
}

/// Everything that wishes can name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Catalog {
    pub licences: Vec<LicenceFact>,
    /// By host name.
    pub sites: BTreeMap<String, SiteFact>,
}

impl Catalog {
    /// The licence that a column's title means: Control Hub writes the name, for meeting licences the site with a dash in
    /// front, and the subscription in square brackets; the site may also stand behind, and ids are understood too.
    pub fn licence(&self, title: &str) -> Result<&LicenceFact, Unknown> {
        let wanted = fold(title);
        if let Some(found) = self.licences.iter().find(|licence| licence.id == title.trim()) {
            return Ok(found);
        }
        // By the API's own name first: another licence may be called what is left without the kind.
        let bases: [fn(&LicenceFact) -> &str; 2] = [|licence| &licence.name, LicenceFact::without_kind];
        for base in bases {
            let fits = |licence: &&LicenceFact| {
                names(licence, base(licence)).iter().any(|name| fold(name) == wanted)
            };
            let found: Vec<&LicenceFact> = self.licences.iter().filter(fits).collect();
            match found[..] {
                [one] => return Ok(one),
                [] => {}
                _ => return Err(Unknown::Several),
            }
        }
        Err(Unknown::Missing(near(title, self.licences.iter().map(|licence| licence.name.as_str()))))
    }

    pub fn licence_by_id(&self, id: &str) -> Option<&LicenceFact> {
        self.licences.iter().find(|licence| licence.id == id)
    }

    /// The licences by which one hosts on a site.
    pub fn hosting(&self, site: &str) -> BTreeSet<String> {
        let of_site = self.licences.iter().filter(|licence| licence.site.as_deref() == Some(site));
        of_site.map(|licence| licence.id.clone()).collect()
    }

    /// Whether one hosts on this site by this licence.
    pub fn hosts(&self, licence: &str, site: &str) -> bool {
        self.licence_by_id(licence).is_some_and(|licence| licence.site.as_deref() == Some(site))
    }

    /// The site of this host name; where none is named, the only one.
    pub fn site(&self, name: Option<&str>) -> Result<(&str, &SiteFact), Unknown> {
        let Some(name) = name else {
            let mut all = self.sites.iter();
            return match (all.next(), all.next()) {
                (Some((name, site)), None) => Ok((name, site)),
                (Some(_), Some(_)) => Err(Unknown::Several),
                (None, _) => Err(Unknown::Missing(None)),
            };
        };
        let wanted = fold(name);
        let short = |site: &str| site.strip_suffix(".webex.com").map(fold);
        let found =
            self.sites.iter().find(|(site, _)| fold(site) == wanted || short(site).as_ref() == Some(&wanted));
        found
            .map(|(name, site)| (name.as_str(), site))
            .ok_or_else(|| Unknown::Missing(near(name, self.sites.keys().map(String::as_str))))
    }
}

/// Why a name means nothing here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unknown {
    /// There is no such thing; perhaps this one was meant.
    Missing(Option<String>),
    /// More than one fits.
    Several,
}

impl SiteFact {
    /// A session type by id, short name or name.
    pub fn session_type(&self, name: &str) -> Result<&SessionTypeFact, Unknown> {
        let wanted = fold(name);
        if let Some(found) = self.session_types.iter().find(|it| it.id == name.trim()) {
            return Ok(found);
        }
        let fits = |it: &&SessionTypeFact| fold(&it.short_name) == wanted || fold(&it.name) == wanted;
        let found: Vec<&SessionTypeFact> = self.session_types.iter().filter(fits).collect();
        let standard: Vec<&SessionTypeFact> = found.iter().copied().filter(|it| it.is_standard()).collect();
        match (&found[..], &standard[..]) {
            ([one], _) | (_, [one]) => Ok(one),
            ([], _) => {
                Err(Unknown::Missing(near(name, self.session_types.iter().map(|it| it.short_name.as_str()))))
            }
            _ => Err(Unknown::Several),
        }
    }

    pub fn tracking_code(&self, name: &str) -> Result<&TrackingCodeFact, Unknown> {
        let wanted = fold(name);
        let found = self.tracking_codes.iter().find(|code| fold(&code.name) == wanted);
        found.ok_or_else(|| {
            Unknown::Missing(near(name, self.tracking_codes.iter().map(|code| code.name.as_str())))
        })
    }

    pub fn tracking_code_at(&self, place: u8) -> Option<&TrackingCodeFact> {
        self.tracking_codes.iter().find(|code| code.place == place)
    }
}

impl LicenceFact {
    /// The name without its kind: the API says `Meeting - Webex Meetings Suite`, Control Hub's files do not.
    pub fn without_kind(&self) -> &str {
        self.name.strip_prefix("Meeting - ").unwrap_or(&self.name)
    }
}

impl TrackingCodeFact {
    /// The value as the site spells it, or nothing where only others may stand.
    pub fn value<'a>(&'a self, value: &'a str) -> Option<&'a str> {
        if self.options.is_empty() {
            return Some(value);
        }
        self.options.iter().map(String::as_str).find(|option| fold(option) == fold(value))
    }
}

/// What a licence of this name may be called, the plain name first.
fn names(licence: &LicenceFact, name: &str) -> Vec<String> {
    let mut names = vec![name.to_owned()];
    if let Some(site) = &licence.site {
        names.extend([format!("{site} - {name}"), format!("{name} - {site}"), format!("{name} ({site})")]);
    }
    if let Some(subscription) = &licence.subscription {
        let with: Vec<String> = names.iter().map(|name| format!("{name} [{subscription}]")).collect();
        names.extend(with);
    }
    names
}

/// As names are compared: without case, and without regard to how many blanks stand in them.
fn fold(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// The known name that looks most like this one.
fn near<'a>(wanted: &str, known: impl Iterator<Item = &'a str>) -> Option<String> {
    let wanted = fold(wanted);
    let alike = |name: &'a str| (strsim::jaro_winkler(&wanted, &fold(name)), name);
    let best = known.map(alike).max_by(|a, b| a.0.total_cmp(&b.0))?;
    (best.0 > 0.8).then(|| best.1.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn licence(id: &str, name: &str, site: Option<&str>) -> LicenceFact {
        LicenceFact {
            id: id.into(),
            name: name.into(),
            site: site.map(str::to_owned),
            subscription: Some("Sub1".into()),
            total: Some(10),
            consumed: 3,
        }
    }

    #[test]
    fn licences_go_by_the_names_of_control_hub() {
        let catalog = Catalog {
            licences: vec![
                licence("a", "Webex Meetings Suite", Some("one.webex.com")),
                licence("b", "Webex Meetings Suite", Some("two.webex.com")),
                licence("c", "Advanced Messaging", None),
            ],
            sites: BTreeMap::new(),
        };
        let id = |title| catalog.licence(title).map(|it| it.id.as_str());
        assert_eq!(id("webex  meetings suite - TWO.webex.com"), Ok("b"));
        assert_eq!(id("Webex Meetings Suite - one.webex.com [Sub1]"), Ok("a"));
        assert_eq!(id("Webex Meetings Suite"), Err(Unknown::Several));
        assert_eq!(id("Advanced Mesaging"), Err(Unknown::Missing(Some("Advanced Messaging".into()))));
        assert_eq!(id("c"), Ok("c"));
    }

    #[test]
    fn control_hubs_files_put_the_site_first_and_leave_the_kind_out() {
        let catalog = Catalog {
            licences: vec![
                licence("a", "Meeting - WebEx Enterprise Edition", Some("one.webex.com")),
                licence("b", "Meeting - WebEx Enterprise Edition", Some("two.webex.com")),
                licence("c", "Meeting - Messaging", None),
                licence("d", "Messaging", None),
            ],
            sites: BTreeMap::new(),
        };
        let id = |title| catalog.licence(title).map(|it| it.id.as_str());
        assert_eq!(id("two.webex.com - WebEx Enterprise Edition [Sub1]"), Ok("b"));
        assert_eq!(id("one.webex.com - Meeting - Webex Enterprise Edition"), Ok("a"));
        assert_eq!(id("WebEx Enterprise Edition [Sub1]"), Err(Unknown::Several));
        assert_eq!((id("Messaging [Sub1]"), id("Meeting - Messaging")), (Ok("d"), Ok("c")));
    }

    #[test]
    fn a_short_name_means_webexs_own_type() {
        let session_type = |id: &str, name: &str| SessionTypeFact {
            id: id.into(),
            short_name: "PRO".into(),
            name: name.into(),
        };
        let own = session_type("3", "Pro meeting");
        let site =
            |types: &[SessionTypeFact]| SiteFact { session_types: types.to_vec(), ..SiteFact::default() };
        let made = session_type("74377", "Pro without recording");
        let both = site(&[made.clone(), own.clone()]);
        assert_eq!(both.session_type("pro"), Ok(&own));
        assert_eq!(both.session_type("Pro without recording"), Ok(&made));
        assert_eq!(both.session_type("74377"), Ok(&made));
        let other = session_type("74378", "Pro with recording");
        assert_eq!(site(&[made, other]).session_type("PRO"), Err(Unknown::Several));
    }

    #[test]
    fn the_only_site_needs_no_name() {
        let site = SiteFact::default();
        let one =
            Catalog { sites: BTreeMap::from([("l.webex.com".into(), site.clone())]), ..Catalog::default() };
        assert_eq!(one.site(None).map(|(name, _)| name), Ok("l.webex.com"));
        assert_eq!(one.site(Some("L")).map(|(name, _)| name), Ok("l.webex.com"));
        assert!(matches!(one.site(Some("elsewhere")), Err(Unknown::Missing(_))));
        let two =
            Catalog { sites: [("a".into(), site.clone()), ("b".into(), site)].into(), ..Catalog::default() };
        assert_eq!(two.site(None).map(|(name, _)| name), Err(Unknown::Several));
    }
}
