//! A site's session types and tracking codes.

use oauth::ApiError;

use super::{SessionTicket, XmlApi, element::Element, envelope::Operation};

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

impl XmlApi {
    /// The site's tracking codes (XML API reference, GetSite).
    pub async fn site(&self, ticket: &SessionTicket) -> Result<SiteFacts, ApiError> {
        let answer = self.with_ticket(ticket, &Operation::plain("site.GetSite")).await?;
        let instance = answer.child("siteInstance").unwrap_or(&answer);
        let name = instance.text_at(&["metaData", "siteName"]).unwrap_or(&self.site_name).to_owned();
        let codes = instance.child("trackingCodes").into_iter().flat_map(|codes| codes.all("trackingCode"));
        Ok(SiteFacts { name, tracking_codes: codes.filter_map(tracking_code).collect() })
    }

    /// The site's session types, inactive ones too (XML API reference, LstMeetingType).
    pub async fn session_types(&self, ticket: &SessionTicket) -> Result<Vec<XmlSessionType>, ApiError> {
        let answer = self.with_ticket(ticket, &Operation::plain("meetingtype.LstMeetingType")).await;
        match answer {
            Ok(answer) => Ok(answer.all("meetingType").filter_map(session_type).collect()),
            Err(error) if error.code.as_deref() == Some(super::NO_RECORD) => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }
}

fn tracking_code(code: &Element) -> Option<SiteTrackingCode> {
    let index = code.text_at(&["index"])?.parse().ok().filter(|index| (1..=10).contains(index))?;
    let used = code.all("listValue").filter(|value| value.text_at(&["active"]) != Some("false"));
    Some(SiteTrackingCode {
        index,
        name: code.text_at(&["name"])?.to_owned(),
        input_mode: code.text_at(&["inputMode"]).unwrap_or("text").to_lowercase(),
        required: code.text_at(&["hostProfile"]) == Some("REQUIRED"),
        options: used.filter_map(|value| value.text_at(&["value"]).map(str::to_owned)).collect(),
    })
}

fn session_type(entry: &Element) -> Option<XmlSessionType> {
    let short_name = entry.text_at(&["productCodePrefix"]).unwrap_or_default().to_owned();
    let name = entry.text_at(&["displayName"]).or(entry.text_at(&["name"])).unwrap_or(&short_name).to_owned();
    Some(XmlSessionType {
        id: entry.text_at(&["meetingTypeID"])?.to_owned(),
        active: entry.text_at(&["active"]) != Some("DEACTIVATED"),
        short_name,
        name,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_keep_their_place_and_only_living_values() {
        let code = Element::parse(
            "<c><index>3</index><name>Branch</name><inputMode>SELECT</inputMode><hostProfile>REQUIRED</hostProfile>\
             <listValue><index>1</index><value>Main</value><active>true</active></listValue>\
             <listValue><index>2</index><value>Old</value><active>false</active></listValue></c>",
        );
        let code = tracking_code(&code.unwrap()).unwrap();
        assert_eq!((code.index, code.name.as_str(), code.required), (3, "Branch", true));
        assert_eq!((code.input_mode.as_str(), code.options), ("select", vec!["Main".to_owned()]));
        for odd in
            ["<c><index>11</index><name>x</name></c>", "<c><name>x</name></c>", "<c><index>1</index></c>"]
        {
            assert_eq!(tracking_code(&Element::parse(odd).unwrap()), None);
        }
    }
}
