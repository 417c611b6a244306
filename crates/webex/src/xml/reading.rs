//! What the answers of single operations say, each read from its `bodyContent` (Webex Meetings XML API reference). What is
//! missing or makes no sense is left out or empty. It knows nothing but elements, so that any text can be tried on it.

use std::collections::BTreeMap;

use super::element::Element;

/// Which version of the XML API a site answers with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiVersion {
    /// Such as `WebEx XML API V10.0.0`.
    pub version: String,
    pub release: Option<String>,
}

/// The person of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Me {
    pub email: String,
    pub webex_id: String,
    /// `siteAdmin` for administrators of the site; other values are not documented.
    pub role: String,
}

/// A session as AuthenticateUser opens it.
pub(crate) struct Opened<'a> {
    pub(crate) ticket: &'a str,
    /// When Webex made it, in milliseconds since 1970 by Webex's clock.
    pub(crate) created_ms: Option<i64>,
    /// How many seconds it lives from then.
    pub(crate) lives_seconds: Option<u64>,
}

/// What a site offers to the people on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteFacts {
    pub name: String,
    pub tracking_codes: Vec<SiteTrackingCode>,
}

/// A tracking code of a site: in XML it goes by its place, in REST by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteTrackingCode {
    /// 1 to 10: `trackingCode1` … `trackingCode10` of a person.
    pub index: u8,
    pub name: String,
    /// Such as `text` or `select`.
    pub input_mode: String,
    pub required: bool,
    /// The values to choose from, those in use only.
    pub options: Vec<String>,
}

/// A kind of session that a site offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct XmlSessionType {
    pub id: String,
    /// Such as `PRO` or `ONS`.
    pub short_name: String,
    pub name: String,
    pub active: bool,
}

/// A person as a site knows them, as far as it is used here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct XmlUser {
    pub webex_id: String,
    pub email: String,
    pub first_name: String,
    pub last_name: String,
    /// Whether the account on the site is in use.
    pub active: bool,
    /// The ids of the session types that the person may start.
    pub session_types: Vec<String>,
    /// Values by place, 1 to 10; empty ones are left out.
    pub tracking_codes: BTreeMap<u8, String>,
}

/// The text of a child, or none.
fn text(parent: &Element, name: &str) -> String {
    parent.text_at(&[name]).unwrap_or_default().to_owned()
}

impl ApiVersion {
    /// Reads what GetAPIVersion answers.
    pub(crate) fn read(answer: &Element) -> Self {
        let release = answer.text_at(&["release"]).map(str::to_owned);
        Self { version: text(answer, "apiVersion"), release }
    }
}

impl Me {
    /// Reads what GetMe answers; unlike the other operations of users it writes `webExID`.
    pub(crate) fn read(answer: &Element) -> Self {
        Self {
            email: text(answer, "email"),
            webex_id: text(answer, "webExID"),
            role: text(answer, "userRole"),
        }
    }
}

impl<'a> Opened<'a> {
    /// Reads what AuthenticateUser answers; nothing where there is no ticket.
    pub(crate) fn read(answer: &'a Element) -> Option<Self> {
        Some(Self {
            ticket: answer.text_at(&["sessionTicket"])?,
            created_ms: answer.text_at(&["createTime"]).and_then(|text| text.parse().ok()),
            lives_seconds: answer.text_at(&["timeToLive"]).and_then(|text| text.parse().ok()),
        })
    }
}

impl SiteFacts {
    /// Reads what GetSite answers; `otherwise` is the site's name where the answer does not say it.
    pub(crate) fn read(answer: &Element, otherwise: &str) -> Self {
        let instance = answer.child("siteInstance").unwrap_or(answer);
        let name = instance.text_at(&["metaData", "siteName"]).unwrap_or(otherwise).to_owned();
        let codes = instance.child("trackingCodes").into_iter().flat_map(|codes| codes.all("trackingCode"));
        Self { name, tracking_codes: codes.filter_map(SiteTrackingCode::read).collect() }
    }
}

impl SiteTrackingCode {
    fn read(code: &Element) -> Option<Self> {
        let index = code.text_at(&["index"])?.parse().ok().filter(|index| (1..=10).contains(index))?;
        let used = code.all("listValue").filter(|value| value.text_at(&["active"]) != Some("false"));
        Some(Self {
            index,
            name: code.text_at(&["name"])?.to_owned(),
            input_mode: code.text_at(&["inputMode"]).unwrap_or("text").to_lowercase(),
            required: code.text_at(&["hostProfile"]) == Some("REQUIRED"),
            options: used.filter_map(|value| value.text_at(&["value"]).map(str::to_owned)).collect(),
        })
    }
}

impl XmlSessionType {
    /// Reads what LstMeetingType answers, inactive ones too; those without an id are of no use.
    pub(crate) fn read_all(answer: &Element) -> Vec<Self> {
        answer.all("meetingType").filter_map(Self::read).collect()
    }

    fn read(entry: &Element) -> Option<Self> {
        let short_name = text(entry, "productCodePrefix");
        let name =
            entry.text_at(&["displayName"]).or(entry.text_at(&["name"])).unwrap_or(&short_name).to_owned();
        Some(Self {
            id: entry.text_at(&["meetingTypeID"])?.to_owned(),
            active: entry.text_at(&["active"]) != Some("DEACTIVATED"),
            short_name,
            name,
        })
    }
}

impl XmlUser {
    /// Reads what GetUser answers.
    pub(crate) fn read(answer: &Element) -> Self {
        let types = answer.child("meetingTypes").into_iter().flat_map(|types| types.all("meetingType"));
        let types = types.map(|entry| entry.text.trim().to_owned());
        let tracking = answer.child("tracking");
        let code = |index: u8| {
            let value = tracking?.text_at(&[format!("trackingCode{index}").as_str()])?;
            Some((index, value.to_owned()))
        };
        Self {
            webex_id: text(answer, "webExId"),
            email: text(answer, "email"),
            first_name: text(answer, "firstName"),
            last_name: text(answer, "lastName"),
            active: answer.text_at(&["active"]) == Some("ACTIVATED"),
            session_types: types.filter(|id| !id.is_empty()).collect(),
            tracking_codes: (1..=10).filter_map(code).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Element {
        Element::parse(text).unwrap()
    }

    #[test]
    fn a_session_names_its_person_and_how_long_it_lives() {
        let me = parsed(
            "<c><firstName>Ada</firstName><email>ada@l.example</email><webExID>ada</webExID>\
             <userRole>siteAdmin</userRole></c>",
        );
        let ada = Me { email: "ada@l.example".into(), webex_id: "ada".into(), role: "siteAdmin".into() };
        assert_eq!(Me::read(&me), ada);
        assert_eq!(Me::read(&parsed("<c><webExId>ada</webExId></c>")).webex_id, "");
        let session = parsed(
            "<c><sessionTicket> t </sessionTicket><createTime>1795251600000</createTime>\
             <timeToLive>5400</timeToLive></c>",
        );
        let opened = Opened::read(&session).unwrap();
        assert_eq!(opened.ticket, "t");
        assert_eq!((opened.created_ms, opened.lives_seconds), (Some(1_795_251_600_000), Some(5_400)));
    }

    #[test]
    fn times_that_are_none_are_left_out_and_without_a_ticket_there_is_no_session() {
        let odd = parsed(
            "<c><sessionTicket>t</sessionTicket><createTime>x</createTime>\
             <timeToLive>-1</timeToLive></c>",
        );
        let opened = Opened::read(&odd).unwrap();
        assert_eq!((opened.ticket, opened.created_ms, opened.lives_seconds), ("t", None, None));
        assert!(Opened::read(&parsed("<c><sessionTicket> </sessionTicket></c>")).is_none());
    }

    #[test]
    fn a_version_is_read_with_or_without_its_release() {
        let version = ApiVersion::read(&parsed("<c><apiVersion>WebEx XML API V10.0.0</apiVersion></c>"));
        assert_eq!((version.version.as_str(), version.release), ("WebEx XML API V10.0.0", None));
        let version = ApiVersion::read(&parsed("<c><release>XML API</release></c>"));
        assert_eq!((version.version.as_str(), version.release.as_deref()), ("", Some("XML API")));
    }

    #[test]
    fn codes_keep_their_place_and_only_living_values() {
        let site = parsed(
            "<c><siteInstance><metaData><siteName>l</siteName></metaData><trackingCodes><trackingCode>\
             <index>3</index><name>Branch</name><inputMode>SELECT</inputMode><hostProfile>REQUIRED</hostProfile>\
             <listValue><index>1</index><value>Main</value><active>true</active></listValue>\
             <listValue><index>2</index><value>Old</value><active>false</active></listValue></trackingCode>\
             <trackingCode><index>11</index><name>x</name></trackingCode><trackingCode><name>x</name></trackingCode>\
             <trackingCode><index>1</index></trackingCode></trackingCodes></siteInstance></c>",
        );
        let branch = SiteTrackingCode {
            index: 3,
            name: "Branch".into(),
            input_mode: "select".into(),
            required: true,
            options: vec!["Main".into()],
        };
        let expected = SiteFacts { name: "l".into(), tracking_codes: vec![branch] };
        assert_eq!(SiteFacts::read(&site, "otherwise"), expected);
        let nothing = SiteFacts { name: "otherwise".into(), tracking_codes: Vec::new() };
        assert_eq!(SiteFacts::read(&Element::default(), "otherwise"), nothing);
    }

    #[test]
    fn session_types_go_by_their_ids_and_the_name_that_people_see() {
        let list = parsed(
            "<c><matchingRecords><total>4</total></matchingRecords><meetingType><productCodePrefix>PRO</productCodePrefix>\
             <active>ACTIVATED</active><name>pro</name><displayName>Pro</displayName><meetingTypeID>3</meetingTypeID>\
             </meetingType><meetingType><productCodePrefix>ONS</productCodePrefix><active>DEACTIVATED</active>\
             <name>Event</name><meetingTypeID>9</meetingTypeID></meetingType><meetingType><productCodePrefix>X\
             </productCodePrefix><meetingTypeID>7</meetingTypeID></meetingType><meetingType><name>no id</name>\
             </meetingType></c>",
        );
        let read = XmlSessionType::read_all(&list);
        let told: Vec<_> = read
            .iter()
            .map(|it| (it.id.as_str(), it.short_name.as_str(), it.name.as_str(), it.active))
            .collect();
        assert_eq!(told, [("3", "PRO", "Pro", true), ("9", "ONS", "Event", false), ("7", "X", "X", true)]);
    }

    #[test]
    fn a_user_is_read_whatever_the_prefixes() {
        let text = "<serv:bodyContent xmlns:serv=\"urn:s\" xmlns:use=\"urn:u\"><use:firstName>Ada</use:firstName>\
            <use:webExId>ada@l.example</use:webExId><use:meetingTypes><use:meetingType>3</use:meetingType>\
            <use:meetingType>9</use:meetingType></use:meetingTypes><use:tracking><use:trackingCode1/>\
            <use:trackingCode2>Main &amp; East</use:trackingCode2></use:tracking><use:active>ACTIVATED</use:active>\
            </serv:bodyContent>";
        let user = XmlUser::read(&parsed(text));
        assert_eq!((user.webex_id.as_str(), user.active), ("ada@l.example", true));
        assert_eq!(user.session_types, ["3", "9"]);
        assert_eq!(user.tracking_codes, BTreeMap::from([(2, "Main & East".to_owned())]));
        assert_eq!(XmlUser::read(&Element::default()), XmlUser::default());
    }
}
