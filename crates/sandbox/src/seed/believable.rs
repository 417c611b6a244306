//! The Lindenhof University Library, an invented organization with real-looking people.

use crate::apps::{App, Provider, Secret};
use crate::random::{stable_hex, stable_uuid};
use crate::seed::{License, MicrosoftAccount, Organization, Person, Seed, WebexAccount};

const DOMAIN: &str = "lindenhof.example";
const SITE: &str = "lindenhof.webex.com";
const EVENTS_SITE: &str = "lindenhof-events.webex.com";
const MEETING_LICENSE: &str = "Meeting - Webex Meetings Suite";
const EVENTS_LICENSE: &str = "Meeting - Webex Webinars 1000";
const MESSAGING_LICENSE: &str = "Messaging";

/// First name, last name, department, title, time zone, Webex presence, Microsoft presence.
type Row = (&'static str, &'static str, &'static str, &'static str, &'static str, &'static str, &'static str);

const BERLIN: &str = "Europe/Berlin";

const PEOPLE: [Row; 26] = [
    ("Ada", "Lindqvist", "Digital Services", "Head of Digital Services", BERLIN, "active", "Available"),
    ("Ben", "Okafor", "Reference", "Reference Librarian", BERLIN, "active", "Available"),
    ("Chiara", "Rossi", "Reference", "Reference Librarian", BERLIN, "meeting", "InAMeeting"),
    ("Dmitri", "Volkov", "Service Desk", "Switchboard Operator", BERLIN, "active", "Available"),
    ("Esra", "Yıldız", "Research Data", "Data Librarian", BERLIN, "inactive", "Away"),
    ("Felix", "Brandt", "Service Desk", "Front Desk Lead", BERLIN, "call", "InACall"),
    (
        "Grace",
        "Nakamura",
        "Special Collections",
        "Curator of Manuscripts",
        "Asia/Tokyo",
        "OutOfOffice",
        "OutOfOffice",
    ),
    ("Hamid", "Rahimi", "Teaching Library", "Instruction Librarian", BERLIN, "presenting", "Presenting"),
    (
        "Ingrid",
        "Sørensen",
        "Acquisitions",
        "Subject Librarian, Natural Sciences",
        "Europe/Oslo",
        "active",
        "Busy",
    ),
    ("João", "Carvalho", "Digital Services", "Systems Librarian", "Europe/Lisbon", "active", "Available"),
    (
        "Katarzyna",
        "Wójcik",
        "Cataloguing",
        "Metadata Specialist",
        "Europe/Warsaw",
        "DoNotDisturb",
        "DoNotDisturb",
    ),
    ("Leila", "Haddad", "Teaching Library", "Writing Consultant", BERLIN, "active", "Available"),
    (
        "Mateo",
        "Fernández Ruiz",
        "Reference",
        "Subject Librarian, Law",
        "Europe/Madrid",
        "inactive",
        "BeRightBack",
    ),
    ("Nora", "Keller", "Administration", "Library Director", BERLIN, "meeting", "InAMeeting"),
    ("Olu", "Adeyemi", "Research Data", "Research Data Steward", "Europe/London", "active", "Available"),
    ("Priya", "Raman", "Digital Services", "Web Developer", BERLIN, "active", "Busy"),
    ("Quentin", "Lefèvre", "Special Collections", "Conservator", "Europe/Paris", "unknown", "Offline"),
    ("Rosa", "Hoffmann", "Service Desk", "Circulation Assistant", BERLIN, "active", "Available"),
    (
        "Siobhán",
        "O'Neill",
        "Teaching Library",
        "Information Literacy Lead",
        "Europe/Dublin",
        "inactive",
        "Away",
    ),
    ("Tomáš", "Dvořák", "Cataloguing", "Cataloguer", "Europe/Prague", "active", "Available"),
    ("Uma", "Schneider", "Administration", "Events Coordinator", BERLIN, "active", "Available"),
    ("Viktor", "Petrov", "Acquisitions", "E-Resources Librarian", "Europe/Sofia", "inactive", "Away"),
    ("Wanjiru", "Kamau", "Research Data", "Open Access Officer", "Africa/Nairobi", "active", "Available"),
    ("Xin", "Li", "Reference", "Subject Librarian, Economics", BERLIN, "pending", "PresenceUnknown"),
    ("Yusuf", "Demir", "Service Desk", "Night Desk", "Europe/Istanbul", "inactive", "Offline"),
    ("Zoë", "van Dijk", "Special Collections", "Map Librarian", "Europe/Amsterdam", "active", "Available"),
];

/// Everything the product asks of Webex, with the companions that SDK tools like to tick.
const WEBEX_SCOPES: [&str; 25] = [
    "spark:all",
    "spark:kms",
    "spark:people_read",
    "spark:organizations_read",
    "meeting:schedules_read",
    "meeting:schedules_write",
    "meeting:preferences_read",
    "meeting:preferences_write",
    "meeting:admin_schedule_read",
    "meeting:admin_schedule_write",
    "meeting:admin_preferences_read",
    "meeting:admin_config_read",
    "meeting:admin_config_write",
    "spark-admin:people_read",
    "spark-admin:people_write",
    "spark-admin:licenses_read",
    "spark-admin:licenses_write",
    "spark-admin:organizations_read",
    "spark-admin:roles_read",
    "identity:people_rw",
    "identity:people_read",
    "spark:people_write",
    "identity:tokens_read",
    "identity:tokens_write",
    "spark:applications_token",
];

/// Delegated permissions that the product asks of Microsoft.
pub(crate) const DELEGATED: [&str; 12] = [
    "openid",
    "profile",
    "email",
    "offline_access",
    "User.Read",
    "User.ReadBasic.All",
    "Calendars.ReadWrite",
    "Calendars.Read.Shared",
    "OnlineMeetings.ReadWrite",
    "MailboxSettings.Read",
    "Presence.Read",
    "Presence.Read.All",
];

/// Application permissions that the product asks of Microsoft.
pub(crate) const APPLICATION: [&str; 7] = [
    "User.Read.All",
    "Calendars.ReadWrite",
    "OnlineMeetings.ReadWrite.All",
    "MailboxSettings.Read",
    "Presence.Read.All",
    "Application.ReadWrite.OwnedBy",
    "Organization.Read.All",
];

pub(super) fn seed() -> Seed {
    Seed {
        organization: Organization {
            name: "Lindenhof University Library".to_owned(),
            domain: DOMAIN.to_owned(),
            webex_sites: owned(&[SITE, EVENTS_SITE]),
        },
        people: PEOPLE.iter().enumerate().map(|(index, row)| person(index, row)).collect(),
        webex_people: 0,
        licenses: licenses(),
        apps: vec![webex_app(), entra_app()],
        switches: serde_json::Map::new(),
        now: None,
        random: None,
    }
}

fn person(index: usize, row: &Row) -> Person {
    let (first, last, department, title, timezone, status, availability) = *row;
    let host = !matches!(department, "Cataloguing" | "Acquisitions");
    let mut licenses = owned(&[MESSAGING_LICENSE]);
    if host {
        licenses.push(MEETING_LICENSE.to_owned());
    }
    if matches!(index, 0 | 20) {
        licenses.push(EVENTS_LICENSE.to_owned());
    }
    let (webex_roles, entra_roles) = match index {
        0 => (owned(&["Full Administrator"]), owned(&["Global Administrator"])),
        9 => (owned(&["User Administrator"]), owned(&["Application Administrator"])),
        13 => (owned(&["Read-only Administrator"]), vec![]),
        _ => (vec![], vec![]),
    };
    Person {
        email: format!("{}.{}@{DOMAIN}", plain(first), plain(last)),
        first_name: first.to_owned(),
        last_name: last.to_owned(),
        department: Some(department.to_owned()),
        title: Some(title.to_owned()),
        timezone: timezone.to_owned(),
        webex: Some(WebexAccount { roles: webex_roles, licenses, status: Some(status.to_owned()) }),
        microsoft: Some(MicrosoftAccount {
            roles: entra_roles,
            availability: Some(availability.to_owned()),
            no_mailbox: false,
            // The two who teach; everybody else begins with an empty calendar.
            sample_week: matches!(index, 7 | 11),
        }),
    }
}

/// The name as mail administrators write it: ASCII, lower case, no spaces.
fn plain(name: &str) -> String {
    let letter = |character: char| match character.to_ascii_lowercase() {
        'á' | 'ã' | 'ä' => Some('a'),
        'é' | 'è' | 'ë' => Some('e'),
        'í' | 'ı' | 'ï' => Some('i'),
        'ó' | 'ø' | 'ö' => Some('o'),
        'š' => Some('s'),
        'ř' => Some('r'),
        letter if letter.is_ascii_alphabetic() => Some(letter),
        _ => None,
    };
    name.chars().filter_map(letter).collect()
}

fn licenses() -> Vec<License> {
    let license = |name: &str, kind: &str, site: Option<&str>, total_units| License {
        name: name.to_owned(),
        kind: kind.to_owned(),
        site: site.map(str::to_owned),
        total_units,
        implicit: false,
    };
    vec![
        license(MESSAGING_LICENSE, "MS", None, 60),
        license(MEETING_LICENSE, "MC", Some(SITE), 40),
        license(EVENTS_LICENSE, "EC", Some(EVENTS_SITE), 5),
        license("Call on Webex (1:1 call, non-PSTN)", "CF", None, 60),
        License { implicit: true, ..license("Screen Share", "SS", None, 60) },
    ]
}

fn webex_app() -> App {
    App {
        client_id: format!("C{}", stable_hex("webex client id", DOMAIN)),
        secrets: vec![secret("webex", stable_hex("webex client secret", DOMAIN))],
        scopes: owned(&WEBEX_SCOPES),
        ..app(Provider::Webex)
    }
}

fn entra_app() -> App {
    let hex = stable_hex("entra client secret", DOMAIN);
    // The shape of an Entra secret: three characters, a digit, `Q~`, then 34 more.
    let value = format!("{}8Q~{}", &hex[..3], &hex[3..37]);
    App {
        client_id: stable_uuid("entra client id", DOMAIN).to_string(),
        secrets: vec![secret("entra", value)],
        scopes: owned(&DELEGATED),
        application_permissions: owned(&APPLICATION),
        ..app(Provider::Microsoft)
    }
}

fn app(provider: Provider) -> App {
    App {
        provider,
        name: "Switchboard".to_owned(),
        client_id: String::new(),
        redirect_uris: owned(&[
            "http://localhost:8080/oauth/callback",
            "http://127.0.0.1:8080/oauth/callback",
        ]),
        scopes: vec![],
        application_permissions: vec![],
        secrets: vec![],
        registered_at: None,
        propagation_seconds: 0,
        blocked: false,
        disabled: false,
        single_tenant: false,
        requests_per_minute: None,
    }
}

fn secret(kind: &str, value: String) -> Secret {
    Secret {
        id: stable_uuid("secret id", kind),
        name: Some("Switchboard".to_owned()),
        value,
        created_at: None,
        expires_at: None,
        propagation_seconds: 0,
    }
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}
