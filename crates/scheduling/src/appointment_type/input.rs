//! What a person or program says about a type, checked all at once.

use platform::{Result, id::AccountId, web::Checked};

use super::{
    AppointmentType, HostMode, Minutes, OutlookChanges, Place, PlaceKind, Places, Question, QuestionKind,
    Questions, template,
};

/// A day's worth: Webex takes no longer meetings (23 h 59 min), and nobody books a longer appointment.
pub(crate) const LONGEST_DURATION: i64 = 1439;
const WEEK: i64 = 7 * 1440;
/// Two years.
const FARTHEST: i64 = 731 * 1440;
const MOST_HOSTS: usize = 50;
const MOST_QUESTIONS: usize = 30;
const MOST_OPTIONS: usize = 100;

/// Everything that can be said about a type; lengths in minutes.
#[derive(Clone, Debug)]
pub(crate) struct TypeInput {
    pub name: String,
    /// Made from the name when empty.
    pub slug: String,
    pub description: String,
    pub mode: HostMode,
    pub hosts: Vec<AccountId>,
    pub durations: Vec<i64>,
    pub places: Vec<Place>,
    pub before_buffer: i64,
    pub after_buffer: i64,
    pub step: i64,
    pub min_notice: i64,
    pub max_advance: Option<i64>,
    pub cap_per_day: Option<i64>,
    pub cap_per_week: Option<i64>,
    pub questions: Vec<Question>,
    pub cancel_cutoff: i64,
    pub reminders: Vec<i64>,
    pub follow_up: Option<i64>,
    pub title_template: String,
    pub agenda_template: String,
    pub outlook_changes: OutlookChanges,
    pub is_private: bool,
}

impl TypeInput {
    /// What a new type starts with: half an hour, by Webex, every half hour, an hour's notice, two months ahead.
    pub(crate) fn suggested(host: AccountId) -> Self {
        Self {
            name: String::new(),
            slug: String::new(),
            description: String::new(),
            mode: HostMode::One,
            hosts: vec![host],
            durations: vec![30],
            places: vec![Place { kind: PlaceKind::Webex, detail: String::new() }],
            before_buffer: 0,
            after_buffer: 0,
            step: 30,
            min_notice: 60,
            max_advance: Some(60 * 1440),
            cap_per_day: None,
            cap_per_week: None,
            questions: Vec::new(),
            cancel_cutoff: 60,
            reminders: vec![1440],
            follow_up: None,
            title_template: "{{appointment}}: {{visitor_name}}".into(),
            agenda_template: "{{answers}}".into(),
            outlook_changes: OutlookChanges::Follow,
            is_private: false,
        }
    }

    /// The same as it is now, to be edited.
    pub(crate) fn of(it: &AppointmentType, hosts: Vec<AccountId>) -> Self {
        Self {
            name: it.name.clone(),
            slug: it.slug.clone(),
            description: it.description.clone(),
            mode: it.mode,
            hosts,
            durations: it.durations.0.clone(),
            places: it.places.0.clone(),
            before_buffer: it.before_buffer,
            after_buffer: it.after_buffer,
            step: it.step,
            min_notice: it.min_notice,
            max_advance: it.max_advance,
            cap_per_day: it.cap_per_day,
            cap_per_week: it.cap_per_week,
            questions: it.questions.0.clone(),
            cancel_cutoff: it.cancel_cutoff,
            reminders: it.reminders.0.clone(),
            follow_up: it.follow_up,
            title_template: it.title_template.clone(),
            agenda_template: it.agenda_template.clone(),
            outlook_changes: it.outlook_changes,
            is_private: it.private_key.is_some(),
        }
    }

    /// Everything that is wrong, at once; what is only untidy is tidied.
    pub(crate) fn check(mut self) -> Result<Self> {
        let mut checked = Checked::default();
        self.name = checked.text("name", &self.name, 100);
        self.slug =
            if self.slug.trim().is_empty() { slug_of(&self.name) } else { self.slug.trim().to_owned() };
        checked.require(
            is_slug(&self.slug),
            "slug",
            "Use 1 to 60 lower-case letters, digits and hyphens, such as ask-a-librarian.",
        );
        check_long_text(&mut checked, "description", &self.description, 2000);
        check_long_text(&mut checked, "agenda_template", &self.agenda_template, 2000);
        self.title_template = checked.text("title_template", &self.title_template, 128);
        for (field, text) in
            [("title_template", &self.title_template), ("agenda_template", &self.agenda_template)]
        {
            if let Some(said) = template::complaint(text) {
                checked.require(false, field, said);
            }
        }
        self.check_hosts(&mut checked);
        self.check_places(&mut checked);
        self.check_times(&mut checked);
        self.check_questions(&mut checked);
        checked.finish()?;
        self.durations.sort_unstable();
        self.durations.dedup();
        self.reminders.sort_unstable();
        self.reminders.dedup();
        Ok(self)
    }

    fn check_hosts(&mut self, checked: &mut Checked) {
        let mut seen = Vec::new();
        self.hosts.retain(|host| {
            let is_new = !seen.contains(host);
            seen.push(*host);
            is_new
        });
        let count = self.hosts.len();
        match self.mode {
            HostMode::One => checked.require(count == 1, "hosts", "Choose the one person who hosts this."),
            HostMode::Any | HostMode::All => {
                checked.require((1..=MOST_HOSTS).contains(&count), "hosts", "Choose between 1 and 50 hosts.");
            }
        }
    }

    fn check_places(&mut self, checked: &mut Checked) {
        checked.require(!self.places.is_empty(), "places", "Choose at least one way to meet.");
        checked.require(self.places.len() <= 10, "places", "Use at most 10 ways to meet.");
        for place in &mut self.places {
            place.detail = place.detail.trim().to_owned();
            let fits = place.detail.chars().count() <= 300 && !place.detail.chars().any(char::is_control);
            checked.require(fits, "places", "Use at most 300 characters on one line for a location.");
            let is_placed = place.kind != PlaceKind::InPerson || !place.detail.is_empty();
            checked.require(is_placed, "places", "Say where to meet in person: the address or the room.");
        }
    }

    fn check_times(&self, checked: &mut Checked) {
        let within = |value: i64, least: i64, most: i64| (least..=most).contains(&value);
        let lengths = &self.durations;
        checked.require(
            (1..=10).contains(&lengths.len()) && lengths.iter().all(|it| within(*it, 5, LONGEST_DURATION)),
            "durations",
            "Give 1 to 10 durations between 5 minutes and 23 hours 59 minutes.",
        );
        let is_online = self.places.iter().any(|place| place.kind == PlaceKind::Webex);
        checked.require(
            !is_online || lengths.iter().all(|it| *it >= 10),
            "durations",
            "Webex meetings last at least 10 minutes.",
        );
        checked.require(within(self.step, 5, 1440), "step", "Use between 5 minutes and a day.");
        for (field, value) in [("before_buffer", self.before_buffer), ("after_buffer", self.after_buffer)] {
            checked.require(within(value, 0, 1440), field, "Use between 0 minutes and a day.");
        }
        checked.require(
            within(self.min_notice, 0, FARTHEST),
            "min_notice",
            "Use between nothing and two years.",
        );
        let ahead = self.max_advance.unwrap_or(FARTHEST);
        checked.require(within(ahead, 60, FARTHEST), "max_advance", "Use between an hour and two years.");
        checked.require(
            ahead > self.min_notice,
            "max_advance",
            "This leaves no time: it is not later than the notice.",
        );
        for (field, cap) in [("cap_per_day", self.cap_per_day), ("cap_per_week", self.cap_per_week)] {
            checked.require(
                cap.is_none_or(|cap| within(cap, 1, 1000)),
                field,
                "Use between 1 and 1000, or nothing.",
            );
        }
        checked.require(
            within(self.cancel_cutoff, 0, FARTHEST),
            "cancel_cutoff",
            "Use between nothing and two years.",
        );
        let reminders = &self.reminders;
        checked.require(
            reminders.len() <= 5 && reminders.iter().all(|it| within(*it, 5, 4 * WEEK)),
            "reminders",
            "Use at most 5 reminders between 5 minutes and four weeks ahead.",
        );
        checked.require(
            self.follow_up.is_none_or(|it| within(it, 0, 4 * WEEK)),
            "follow_up",
            "Use between at once and four weeks after the end.",
        );
    }

    fn check_questions(&mut self, checked: &mut Checked) {
        checked.require(self.questions.len() <= MOST_QUESTIONS, "questions", "Use at most 30 questions.");
        let mut keys: Vec<String> = Vec::new();
        for question in &mut self.questions {
            question.label = checked.text("questions", &question.label, 200);
            if question.key.is_empty() {
                question.key = slug_of(&question.label).replace('-', "_");
            }
            while keys.contains(&question.key) && question.key.len() < 60 {
                question.key.push_str("_2");
            }
            let is_key = question.key.len() <= 80
                && question.key.chars().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '_');
            checked.require(is_key, "questions", "Keys are lower-case letters, digits and underscores.");
            checked.require(!keys.contains(&question.key), "questions", "Two questions have the same key.");
            keys.push(question.key.clone());
            question.options.iter_mut().for_each(|option| *option = option.trim().to_owned());
            question.options.retain(|option| !option.is_empty());
            let is_choice = question.kind == QuestionKind::Choice;
            let fits = question
                .options
                .iter()
                .all(|it| it.chars().count() <= 200 && !it.chars().any(char::is_control));
            checked.require(
                !is_choice || (question.options.len() >= 2 && question.options.len() <= MOST_OPTIONS && fits),
                "questions",
                "A choice needs between 2 and 100 options of at most 200 characters each.",
            );
            if !is_choice {
                question.options.clear();
            }
        }
    }

    /// Takes what was said over into a type.
    pub(super) fn apply(self, it: &mut AppointmentType, private_key: impl FnOnce() -> String) {
        it.slug = self.slug;
        it.name = self.name;
        it.description = self.description;
        it.mode = self.mode;
        it.durations = Minutes(self.durations);
        it.places = Places(self.places);
        it.before_buffer = self.before_buffer;
        it.after_buffer = self.after_buffer;
        it.step = self.step;
        it.min_notice = self.min_notice;
        it.max_advance = self.max_advance;
        it.cap_per_day = self.cap_per_day;
        it.cap_per_week = self.cap_per_week;
        it.questions = Questions(self.questions);
        it.cancel_cutoff = self.cancel_cutoff;
        it.reminders = Minutes(self.reminders);
        it.follow_up = self.follow_up;
        it.title_template = self.title_template;
        it.agenda_template = self.agenda_template;
        it.outlook_changes = self.outlook_changes;
        it.private_key = match (self.is_private, it.private_key.take()) {
            (false, _) => None,
            (true, Some(kept)) => Some(kept),
            (true, None) => Some(private_key()),
        };
    }
}

fn check_long_text(checked: &mut Checked, field: &str, text: &str, longest: usize) {
    checked.require(text.chars().count() <= longest, field, format!("Use at most {longest} characters."));
    let is_clean = !text.chars().any(|it| it.is_control() && !matches!(it, '\n' | '\r' | '\t'));
    checked.require(is_clean, field, "Control characters are not possible here.");
}

fn is_slug(text: &str) -> bool {
    let fits = (1..=60).contains(&text.len()) && !text.starts_with('-') && !text.ends_with('-');
    fits && text.chars().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '-')
}

/// A name as part of an address: `Frag die Bibliothek!` becomes `frag-die-bibliothek`. Letters that ASCII lacks are
/// written as their nearest relatives; a name without any becomes `appointment`.
pub(crate) fn slug_of(name: &str) -> String {
    let mut slug = String::new();
    for character in name.chars().flat_map(char::to_lowercase) {
        match character {
            'ä' => slug.push_str("ae"),
            'ö' => slug.push_str("oe"),
            'ü' => slug.push_str("ue"),
            'ß' => slug.push_str("ss"),
            'à' | 'á' | 'â' | 'ã' | 'å' => slug.push('a'),
            'è' | 'é' | 'ê' | 'ë' => slug.push('e'),
            'ì' | 'í' | 'î' | 'ï' => slug.push('i'),
            'ò' | 'ó' | 'ô' | 'õ' | 'ø' => slug.push('o'),
            'ù' | 'ú' | 'û' => slug.push('u'),
            'ç' => slug.push('c'),
            'ñ' => slug.push('n'),
            it if it.is_ascii_alphanumeric() => slug.push(it),
            _ if slug.ends_with('-') || slug.is_empty() => {}
            _ => slug.push('-'),
        }
    }
    slug.truncate(60);
    let slug = slug.trim_matches('-');
    if slug.is_empty() { "appointment".into() } else { slug.to_owned() }
}

#[cfg(test)]
mod tests {
    use platform::Fault;

    use super::*;

    fn input() -> TypeInput {
        let host = AccountId(uuid::Uuid::from_u128(1));
        TypeInput { name: "Ask a librarian".into(), ..TypeInput::suggested(host) }
    }

    fn wrong(input: TypeInput) -> Vec<String> {
        let Fault::Invalid(fields) = input.check().unwrap_err().fault else { panic!("another fault") };
        fields.into_iter().map(|field| field.field).collect()
    }

    #[test]
    fn a_suggested_type_with_a_name_is_fine() {
        let checked = input().check().unwrap();
        assert_eq!(checked.slug, "ask-a-librarian");
    }

    #[test]
    fn everything_wrong_is_said_at_once() {
        let nonsense = TypeInput {
            name: "a\nb".into(),
            slug: "../x".into(),
            durations: vec![0],
            places: vec![],
            step: 0,
            hosts: vec![],
            reminders: vec![-5],
            ..input()
        };
        assert_eq!(wrong(nonsense), ["name", "slug", "hosts", "places", "durations", "step", "reminders"]);
    }

    #[test]
    fn placeholders_that_nobody_fills_in_are_refused_in_title_and_text() {
        let nonsense = TypeInput {
            title_template: "{{nope}}".into(),
            agenda_template: "{{answers}} {{x".into(),
            ..input()
        };
        assert_eq!(wrong(nonsense), ["title_template", "agenda_template"]);
    }

    #[test]
    fn a_slug_is_made_of_any_name() {
        assert_eq!(slug_of("Frag die Bücherei!  (online)"), "frag-die-buecherei-online");
        assert_eq!(slug_of("図書館"), "appointment");
        assert_eq!(slug_of("--"), "appointment");
    }

    #[test]
    fn meeting_in_person_needs_a_location_and_a_choice_needs_options() {
        let places = vec![Place { kind: PlaceKind::InPerson, detail: " ".into() }];
        let questions = vec![Question {
            key: String::new(),
            label: "Topic".into(),
            kind: QuestionKind::Choice,
            required: true,
            options: vec!["only".into()],
        }];
        assert_eq!(wrong(TypeInput { places, questions, ..input() }), ["places", "questions"]);
    }
}
