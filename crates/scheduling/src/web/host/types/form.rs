//! The form of an appointment type: what is typed, read with a word for each wrong field, and kept.

use platform::{Fault, error::FieldError, id::AccountId};

use crate::{
    appointment_type::{HostMode, OutlookChanges, Place, PlaceKind, Question, QuestionKind, TypeInput},
    web::host::{fields::Fields, words},
};

const SHORT: &str = "Write minutes, such as 30, or a length such as 1 hour.";
const LONG: &str = "Write a number and its unit, such as 30 minutes, 4 hours or 2 days.";
const COUNT: &str = "Write a whole number, or leave this empty.";

/// A way to meet, as it stands in its row; one without a kind is not used.
#[derive(Clone, Default)]
pub(super) struct PlaceRow {
    pub(super) kind: String,
    pub(super) detail: String,
}

/// A question as it stands in its row; one without a text is not asked.
#[derive(Clone, Default)]
pub(super) struct QuestionRow {
    pub(super) key: String,
    pub(super) label: String,
    pub(super) kind: String,
    pub(super) required: bool,
    pub(super) options: String,
}

/// Everything in the form, as text.
#[derive(Clone, Default)]
pub(super) struct Typed {
    pub(super) version: String,
    pub(super) name: String,
    pub(super) slug: String,
    pub(super) description: String,
    pub(super) mode: String,
    pub(super) hosts: Vec<String>,
    pub(super) durations: String,
    pub(super) step: String,
    pub(super) before_buffer: String,
    pub(super) after_buffer: String,
    pub(super) min_notice: String,
    pub(super) max_advance: String,
    pub(super) cap_per_day: String,
    pub(super) cap_per_week: String,
    pub(super) cancel_cutoff: String,
    pub(super) reminders: String,
    pub(super) follow_up: String,
    pub(super) title_template: String,
    pub(super) agenda_template: String,
    pub(super) outlook_changes: String,
    pub(super) is_private: bool,
    pub(super) places: Vec<PlaceRow>,
    pub(super) questions: Vec<QuestionRow>,
}

/// For people.
pub(in crate::web::host) fn place_title(kind: PlaceKind) -> &'static str {
    match kind {
        PlaceKind::InPerson => "In person",
        PlaceKind::Webex => "Webex meeting",
        PlaceKind::Teams => "Teams meeting",
        PlaceKind::Phone => "Phone call",
    }
}

/// For people.
pub(super) fn question_title(kind: QuestionKind) -> &'static str {
    match kind {
        QuestionKind::Text => "One line",
        QuestionKind::Paragraph => "Several lines",
        QuestionKind::Choice => "One of the options",
        QuestionKind::Checkbox => "Box to tick",
    }
}

impl Typed {
    /// A type as it is now.
    pub(super) fn of(input: &TypeInput, version: i64) -> Self {
        let count = |cap: Option<i64>| cap.map_or_else(String::new, |cap| cap.to_string());
        let place = |it: &Place| PlaceRow { kind: it.kind.as_str().to_owned(), detail: it.detail.clone() };
        let question = |it: &Question| QuestionRow {
            key: it.key.clone(),
            label: it.label.clone(),
            kind: it.kind.as_str().to_owned(),
            required: it.required,
            options: it.options.join("\n"),
        };
        Self {
            version: version.to_string(),
            name: input.name.clone(),
            slug: input.slug.clone(),
            description: input.description.clone(),
            mode: input.mode.to_string(),
            hosts: input.hosts.iter().map(ToString::to_string).collect(),
            durations: words::lengths(&input.durations),
            step: words::length(input.step),
            before_buffer: words::length(input.before_buffer),
            after_buffer: words::length(input.after_buffer),
            min_notice: words::length(input.min_notice),
            max_advance: input.max_advance.map_or_else(String::new, words::length),
            cap_per_day: count(input.cap_per_day),
            cap_per_week: count(input.cap_per_week),
            cancel_cutoff: words::length(input.cancel_cutoff),
            reminders: words::lengths(&input.reminders),
            follow_up: input.follow_up.map_or_else(String::new, words::length),
            title_template: input.title_template.clone(),
            agenda_template: input.agenda_template.clone(),
            outlook_changes: input.outlook_changes.to_string(),
            is_private: input.is_private,
            places: input.places.iter().map(place).collect(),
            questions: input.questions.iter().map(question).collect(),
        }
        .with_blank_rows(false, false)
    }

    /// A form as it was sent.
    pub(super) fn sent(fields: &Fields) -> Self {
        let text = |name: &str| fields.text(name);
        let places = (0..fields.rows("place").min(30)).map(|row| PlaceRow {
            kind: text(&format!("place-{row}-kind")),
            detail: text(&format!("place-{row}-detail")),
        });
        let questions = (0..fields.rows("question").min(60)).map(|row| QuestionRow {
            key: text(&format!("question-{row}-key")),
            label: text(&format!("question-{row}-label")),
            kind: text(&format!("question-{row}-kind")),
            required: fields.has(&format!("question-{row}-required")),
            options: text(&format!("question-{row}-options")),
        });
        let asked = text("add");
        Self {
            version: text("version"),
            name: text("name"),
            slug: text("slug"),
            description: text("description"),
            mode: text("mode"),
            hosts: fields.all("hosts"),
            durations: text("durations"),
            step: text("step"),
            before_buffer: text("before_buffer"),
            after_buffer: text("after_buffer"),
            min_notice: text("min_notice"),
            max_advance: text("max_advance"),
            cap_per_day: text("cap_per_day"),
            cap_per_week: text("cap_per_week"),
            cancel_cutoff: text("cancel_cutoff"),
            reminders: text("reminders"),
            follow_up: text("follow_up"),
            title_template: text("title_template"),
            agenda_template: text("agenda_template"),
            outlook_changes: text("outlook_changes"),
            is_private: fields.has("is_private"),
            places: places.collect(),
            questions: questions.collect(),
        }
        .with_blank_rows(asked == "place", asked == "question")
    }

    /// There is always an empty row to write into, and one more when it was asked for.
    fn with_blank_rows(mut self, more_places: bool, more_questions: bool) -> Self {
        if more_places || !self.places.iter().any(|row| row.kind.is_empty()) {
            self.places.push(PlaceRow::default());
        }
        if more_questions || !self.questions.iter().any(|row| row.label.trim().is_empty()) {
            self.questions.push(QuestionRow::default());
        }
        self
    }

    /// What was said, as far as it can be read, and everything that is wrong with it.
    pub(super) fn read(&self) -> (TypeInput, Vec<FieldError>) {
        let mut wrong = Wrong::default();
        let input = TypeInput {
            name: self.name.clone(),
            slug: self.slug.clone(),
            description: self.description.clone(),
            mode: wrong
                .value("mode", self.mode.parse().ok(), "Choose how many hosts.")
                .unwrap_or(HostMode::One),
            hosts: self.hosts.iter().filter_map(|host| host.parse::<AccountId>().ok()).collect(),
            durations: wrong.lengths("durations", &self.durations, true),
            places: self.read_places(&mut wrong),
            before_buffer: wrong.length("before_buffer", &self.before_buffer, true).unwrap_or(0),
            after_buffer: wrong.length("after_buffer", &self.after_buffer, true).unwrap_or(0),
            step: wrong.length("step", &self.step, true).unwrap_or(30),
            min_notice: wrong.length("min_notice", &self.min_notice, false).unwrap_or(0),
            max_advance: wrong.length("max_advance", &self.max_advance, false),
            cap_per_day: wrong.count("cap_per_day", &self.cap_per_day),
            cap_per_week: wrong.count("cap_per_week", &self.cap_per_week),
            questions: self.read_questions(&mut wrong),
            cancel_cutoff: wrong.length("cancel_cutoff", &self.cancel_cutoff, false).unwrap_or(0),
            reminders: wrong.lengths("reminders", &self.reminders, false),
            follow_up: wrong.length("follow_up", &self.follow_up, false),
            title_template: self.title_template.clone(),
            agenda_template: self.agenda_template.replace("\r\n", "\n"),
            outlook_changes: wrong
                .value("outlook_changes", self.outlook_changes.parse().ok(), "Choose what happens then.")
                .unwrap_or(OutlookChanges::Follow),
            is_private: self.is_private,
        };
        let mut errors = wrong.0;
        let rules = input.clone().check().err().map(|error| error.fault);
        if let Some(Fault::Invalid(more)) = rules {
            let is_new = |it: &FieldError| !errors.iter().any(|known| is_about(known, &it.field));
            let more: Vec<FieldError> = more.into_iter().filter(is_new).collect();
            errors.extend(more);
        }
        (input, errors)
    }

    fn read_places(&self, wrong: &mut Wrong) -> Vec<Place> {
        let mut places = Vec::new();
        for (index, row) in self.places.iter().enumerate() {
            if row.kind.is_empty() {
                let is_empty = row.detail.trim().is_empty();
                wrong.unless(
                    is_empty,
                    &format!("place-{index}-kind"),
                    "Choose the way to meet, or clear the row.",
                );
                continue;
            }
            let kind = row.kind.parse().ok();
            let Some(kind) = wrong.value(&format!("place-{index}-kind"), kind, "Choose from this list.")
            else {
                continue;
            };
            let is_placed = kind != PlaceKind::InPerson || !row.detail.trim().is_empty();
            wrong.unless(is_placed, &format!("place-{index}-detail"), "Say where: the address or the room.");
            places.push(Place { kind, detail: row.detail.trim().to_owned() });
        }
        places
    }

    fn read_questions(&self, wrong: &mut Wrong) -> Vec<Question> {
        let mut questions = Vec::new();
        for (index, row) in self.questions.iter().enumerate() {
            if row.label.trim().is_empty() {
                let is_empty = row.options.trim().is_empty();
                wrong.unless(
                    is_empty,
                    &format!("question-{index}-label"),
                    "Write the question, or clear the row.",
                );
                continue;
            }
            let kind = if row.kind.is_empty() { Some(QuestionKind::Text) } else { kind_of(&row.kind) };
            let Some(kind) = wrong.value(&format!("question-{index}-kind"), kind, "Choose from this list.")
            else {
                continue;
            };
            let options: Vec<String> =
                row.options.lines().map(|it| it.trim().to_owned()).filter(|it| !it.is_empty()).collect();
            let has_choice = kind != QuestionKind::Choice || options.len() >= 2;
            wrong.unless(
                has_choice,
                &format!("question-{index}-options"),
                "Write at least two options, one a line.",
            );
            let fits = row.label.trim().chars().count() <= 200;
            wrong.unless(fits, &format!("question-{index}-label"), "Use at most 200 characters.");
            let label = row.label.trim().to_owned();
            questions.push(Question { key: row.key.clone(), label, kind, required: row.required, options });
        }
        questions
    }
}

fn kind_of(name: &str) -> Option<QuestionKind> {
    QuestionKind::ALL.into_iter().find(|kind| kind.as_str() == name)
}

/// Whether something is said about this field already, or about a row of it.
fn is_about(known: &FieldError, field: &str) -> bool {
    let row = field.strip_suffix('s').unwrap_or(field);
    known.field == field || known.field.strip_prefix(row).is_some_and(|rest| rest.starts_with('-'))
}

/// What is wrong, field by field.
#[derive(Default)]
struct Wrong(Vec<FieldError>);

impl Wrong {
    fn unless(&mut self, fine: bool, field: &str, message: &str) {
        if !fine {
            self.0.push(FieldError { field: field.to_owned(), message: message.to_owned() });
        }
    }

    fn value<T>(&mut self, field: &str, value: Option<T>, message: &str) -> Option<T> {
        self.unless(value.is_some(), field, message);
        value
    }

    /// A length; none where nothing was typed.
    fn length(&mut self, field: &str, text: &str, bare: bool) -> Option<i64> {
        if text.trim().is_empty() {
            return None;
        }
        self.value(field, words::parse_length(text, bare), if bare { SHORT } else { LONG })
    }

    fn lengths(&mut self, field: &str, text: &str, bare: bool) -> Vec<i64> {
        let message = if bare { SHORT } else { LONG };
        self.value(field, words::parse_lengths(text, bare), message).unwrap_or_default()
    }

    fn count(&mut self, field: &str, text: &str) -> Option<i64> {
        if text.trim().is_empty() {
            return None;
        }
        self.value(field, text.trim().parse().ok(), COUNT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed() -> Typed {
        let host = AccountId(uuid::Uuid::from_u128(1));
        Typed::of(&TypeInput { name: "Ask".into(), ..TypeInput::suggested(host) }, 3)
    }

    fn wrong(typed: &Typed) -> Vec<String> {
        typed.read().1.into_iter().map(|error| error.field).collect()
    }

    #[test]
    fn a_form_says_what_the_type_said() {
        let (input, errors) = typed().read();
        assert!(errors.is_empty(), "{errors:?}");
        assert_eq!((input.min_notice, input.max_advance), (60, Some(60 * 1440)));
        assert_eq!((input.durations, input.reminders, input.places.len()), (vec![30], vec![1440], 1));
    }

    #[test]
    fn each_wrong_field_is_named_once() {
        let mut it = typed();
        it.durations = "soon".into();
        it.min_notice = "60".into();
        it.cap_per_day = "many".into();
        it.places[0] = PlaceRow { kind: "in_person".into(), detail: String::new() };
        it.questions[0] =
            QuestionRow { label: "Topic".into(), kind: "choice".into(), ..QuestionRow::default() };
        assert_eq!(
            wrong(&it),
            ["durations", "place-0-detail", "min_notice", "cap_per_day", "question-0-options"]
        );
    }
}
