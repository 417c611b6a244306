//! The kinds of mails to visitors, which organizations may word for themselves, and what they say until then.

use notifications::{DefaultText, Language, Placeholder, TemplateKind};

/// Every kind, for the administrators' list.
pub(crate) static KINDS: [TemplateKind; 6] = [CONFIRMED, MOVED, LINK, CANCELLED, REMINDER, FOLLOW_UP];

const fn place(name: &'static str, meaning: &'static str, sample: &'static str) -> Placeholder {
    Placeholder { name, meaning, sample, is_link: false }
}

const fn link(name: &'static str, meaning: &'static str, sample: &'static str) -> Placeholder {
    Placeholder { name, meaning, sample, is_link: true }
}

const PLACEHOLDERS: &[Placeholder] = &[
    place("appointment", "the appointment type's name", "Consultation"),
    place("visitor_name", "the visitor's name", "Vera Sommer"),
    place("host_name", "the hosts' names", "Ben Okafor"),
    place("organization", "your organization's name", "Lindenhof Library"),
    place(
        "when",
        "day and times in the visitor's zone",
        "Tuesday, 24 November 2026, 10:00–10:30 (Europe/Berlin)",
    ),
    place("place", "where it takes place", "Online, by Webex"),
    link(
        "join_link",
        "the link to the online meeting",
        "https://lindenhof.webex.com/lindenhof/j.php?MTID=m1",
    ),
    place("link_follows", "that the link follows, while it is not there", ""),
    place("meeting_number", "the meeting's number", "2555 000 1234"),
    place("password", "the meeting's password", "x7Kp2"),
    place("dial_in", "telephone numbers to dial in", "+49 30 1234567 (Germany)"),
    place("access_code", "the code to type after dialling in", "25550001234"),
    place("phone_password", "the password in digits, for telephones and video systems", "73452"),
    place("video_address", "where video systems dial", "25550001234@lindenhof.webex.com"),
    place("answers", "what the visitor answered", "Topic: theses"),
    place("reason", "why it was cancelled", "I am ill"),
    link("manage_link", "where the visitor moves or cancels", "https://switchboard.example/booking/x"),
    link("google_link", "adds it to Google Calendar", "https://calendar.google.com/calendar/render"),
    link("outlook_link", "adds it to Outlook.com", "https://outlook.live.com/calendar/0/deeplink/compose"),
    link(
        "office365_link",
        "adds it to Outlook at work",
        "https://outlook.office.com/calendar/0/deeplink/compose",
    ),
];

const fn kind(key: &'static str, title: &'static str, defaults: &'static [DefaultText]) -> TemplateKind {
    TemplateKind { key, title, placeholders: PLACEHOLDERS, defaults }
}

const fn english(subject: &'static str, body: &'static str) -> DefaultText {
    DefaultText { language: Language::En, subject, body }
}

const fn german(subject: &'static str, body: &'static str) -> DefaultText {
    DefaultText { language: Language::De, subject, body }
}

macro_rules! details {
    (en) => {
        "{{appointment}} with {{host_name}}\n{{when}}\n{{place}}\n\n[Join the meeting]({{join_link}})\n\n{{link_follows}}\n\n\
         Meeting number: {{meeting_number}}\nPassword: {{password}}\nBy telephone: {{dial_in}}\nAccess code: {{access_code}}\n\
         Password in digits: {{phone_password}}\nVideo systems: {{video_address}}\n\n{{answers}}\n\n"
    };
    (de) => {
        "{{appointment}} mit {{host_name}}\n{{when}}\n{{place}}\n\n[Am Treffen teilnehmen]({{join_link}})\n\n{{link_follows}}\n\n\
         Meeting-Nummer: {{meeting_number}}\nPasswort: {{password}}\nPer Telefon: {{dial_in}}\nZugangscode: {{access_code}}\n\
         Passwort in Ziffern: {{phone_password}}\nVideosysteme: {{video_address}}\n\n{{answers}}\n\n"
    };
}

macro_rules! links {
    (en) => {
        "Something came up? [Move or cancel the appointment]({{manage_link}})\n\n\
         Add to your calendar: [Google]({{google_link}}) · [Outlook.com]({{outlook_link}}) · [Outlook at work]({{office365_link}})"
    };
    (de) => {
        "Etwas dazwischengekommen? [Termin verschieben oder absagen]({{manage_link}})\n\n\
         In Ihren Kalender: [Google]({{google_link}}) · [Outlook.com]({{outlook_link}}) · [Outlook bei der Arbeit]({{office365_link}})"
    };
}

pub(super) const CONFIRMED: TemplateKind = kind(
    "booking-confirmed",
    "Booking confirmations",
    &[
        english(
            "Your appointment: {{appointment}}, {{when}}",
            concat!(
                "Dear {{visitor_name}},\n\nyour appointment at {{organization}} is booked.\n\n",
                details!(en),
                links!(en)
            ),
        ),
        german(
            "Ihr Termin: {{appointment}}, {{when}}",
            concat!(
                "Guten Tag {{visitor_name}},\n\nIhr Termin bei „{{organization}}“ ist gebucht.\n\n",
                details!(de),
                links!(de)
            ),
        ),
    ],
);

pub(super) const MOVED: TemplateKind = kind(
    "booking-moved",
    "Mails about moved bookings",
    &[
        english(
            "New time: {{appointment}}, {{when}}",
            concat!(
                "Dear {{visitor_name}},\n\nyour appointment at {{organization}} has a new time.\n\n",
                details!(en),
                links!(en)
            ),
        ),
        german(
            "Neue Zeit: {{appointment}}, {{when}}",
            concat!(
                "Guten Tag {{visitor_name}},\n\nIhr Termin bei „{{organization}}“ hat eine neue Zeit.\n\n",
                details!(de),
                links!(de)
            ),
        ),
    ],
);

pub(super) const LINK: TemplateKind = kind(
    "booking-link",
    "Mails with a meeting link that came later",
    &[
        english(
            "The link to your appointment: {{appointment}}, {{when}}",
            concat!(
                "Dear {{visitor_name}},\n\nhere is the link to your online appointment at {{organization}}.\n\n",
                details!(en),
                links!(en)
            ),
        ),
        german(
            "Der Link zu Ihrem Termin: {{appointment}}, {{when}}",
            concat!(
                "Guten Tag {{visitor_name}},\n\nhier ist der Link zu Ihrem Online-Termin bei „{{organization}}“.\n\n",
                details!(de),
                links!(de)
            ),
        ),
    ],
);

pub(super) const CANCELLED: TemplateKind = kind(
    "booking-cancelled",
    "Mails about cancelled bookings",
    &[
        english(
            "Cancelled: {{appointment}}, {{when}}",
            "Dear {{visitor_name}},\n\nthis appointment at {{organization}} was cancelled.\n\n{{appointment}} with {{host_name}}\n{{when}}\n\n\
             Reason: {{reason}}",
        ),
        german(
            "Abgesagt: {{appointment}}, {{when}}",
            "Guten Tag {{visitor_name}},\n\ndieser Termin bei „{{organization}}“ wurde abgesagt.\n\n{{appointment}} mit {{host_name}}\n{{when}}\n\n\
             Grund: {{reason}}",
        ),
    ],
);

pub(super) const REMINDER: TemplateKind = kind(
    "booking-reminder",
    "Booking reminders",
    &[
        english(
            "Reminder: {{appointment}}, {{when}}",
            concat!(
                "Dear {{visitor_name}},\n\nthis is a reminder of your appointment at {{organization}}.\n\n",
                details!(en),
                "Something came up? [Move or cancel the appointment]({{manage_link}})"
            ),
        ),
        german(
            "Erinnerung: {{appointment}}, {{when}}",
            concat!(
                "Guten Tag {{visitor_name}},\n\nwir erinnern Sie an Ihren Termin bei „{{organization}}“.\n\n",
                details!(de),
                "Etwas dazwischengekommen? [Termin verschieben oder absagen]({{manage_link}})"
            ),
        ),
    ],
);

pub(super) const FOLLOW_UP: TemplateKind = kind(
    "booking-follow-up",
    "Mails after an appointment",
    &[
        english(
            "Thank you: {{appointment}}",
            "Dear {{visitor_name}},\n\nthank you for coming to {{appointment}} with {{host_name}} at {{organization}}.",
        ),
        german(
            "Vielen Dank: {{appointment}}",
            "Guten Tag {{visitor_name}},\n\nvielen Dank für Ihren Termin {{appointment}} mit {{host_name}} bei „{{organization}}“.",
        ),
    ],
);
