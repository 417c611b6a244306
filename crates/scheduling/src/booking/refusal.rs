//! Why a booking, a move or a cancellation is refused: a word for programs, texts for people in their language.

use platform::{Error, Fault, Instant, error::FieldError};

use crate::texts::{Language, Text, dates};

/// What is wrong with one field of the booking form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wrong {
    Missing,
    /// Without the number nobody can call.
    PhoneMissing,
    /// In characters.
    TooLong {
        length: usize,
        most: usize,
    },
    ControlCharacters,
    Email,
    Phone,
    Zone,
    NotAnOption,
    Place,
    Duration,
}

impl Wrong {
    fn text(self, language: Language) -> String {
        let id = match self {
            Self::TooLong { length, most } => {
                return Text::plain("wrong-too-long")
                    .with("length", dates::count(language, length))
                    .with("most", dates::count(language, most))
                    .in_language(language);
            }
            Self::Missing => "wrong-missing",
            Self::PhoneMissing => "wrong-phone-missing",
            Self::ControlCharacters => "wrong-control-characters",
            Self::Email => "wrong-email",
            Self::Phone => "wrong-phone",
            Self::Zone => "wrong-zone",
            Self::NotAnOption => "wrong-not-an-option",
            Self::Place => "wrong-place",
            Self::Duration => "wrong-duration",
        };
        Text::plain(id).in_language(language)
    }
}

/// Why a wish of a visitor, a host or a program is refused.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// These fields need another look.
    Fields(Vec<(String, Wrong)>),
    /// The time is not, or no longer, on offer; these are.
    Taken { alternatives: Vec<Instant> },
    /// The type does not take bookings at the moment.
    Closed,
    /// Too late to move or cancel online.
    TooLate { cutoff_minutes: i64 },
    /// It was cancelled before.
    AlreadyCancelled,
    /// It is over.
    Past,
    /// The idempotency key came with another request before.
    KeyReused,
    /// Anything else, already in words.
    Other(Error),
}

impl Refusal {
    /// The sentence for the person.
    pub(crate) fn text(&self, language: Language) -> String {
        match self {
            Self::Fields(_) => Text::plain("refused-fields").in_language(language),
            Self::Taken { .. } => Text::plain("refused-taken").in_language(language),
            Self::Closed => Text::plain("refused-closed").in_language(language),
            Self::TooLate { cutoff_minutes } => {
                let (unit, count) = match cutoff_minutes {
                    whole if *whole >= 60 && whole % 60 == 0 => ("hours", whole / 60),
                    minutes => ("minutes", *minutes),
                };
                Text::plain("refused-too-late")
                    .with("unit", unit)
                    .number("count", count)
                    .in_language(language)
            }
            Self::AlreadyCancelled => Text::plain("refused-already-cancelled").in_language(language),
            Self::Past => Text::plain("refused-past").in_language(language),
            Self::KeyReused => Text::plain("refused-key-reused").in_language(language),
            Self::Other(error) => error.say.clone(),
        }
    }

    /// What is wrong with `field`, in the person's language.
    pub(crate) fn field(&self, field: &str, language: Language) -> Option<String> {
        match self {
            Self::Fields(fields) => {
                let (_, wrong) = fields.iter().find(|(name, _)| name == field)?;
                Some(wrong.text(language))
            }
            _ => None,
        }
    }

    /// For programs and for people who sign in, in English.
    pub(crate) fn into_error(self) -> Error {
        let say = self.text(Language::En);
        match self {
            Self::Other(error) => error,
            Self::Fields(fields) => {
                let said =
                    |(field, wrong): (String, Wrong)| FieldError { field, message: wrong.text(Language::En) };
                Error::new(Fault::Invalid(fields.into_iter().map(said).collect()), say)
            }
            _ => Error::new(Fault::Conflict, say),
        }
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Other(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_long_is_told_its_length_and_the_limit() {
        let wrong = Wrong::TooLong { length: 3000, most: 2000 };
        assert_eq!(
            wrong.text(Language::En),
            "This is too long: 3,000 characters; at most 2,000 fit. Please shorten it."
        );
        assert!(wrong.text(Language::De).contains("3.000 Zeichen"), "{}", wrong.text(Language::De));
    }
}
