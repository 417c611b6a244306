//! What a type asks its visitors, and what they answered.

use serde::{Deserialize, Serialize};

/// The most characters of one answer.
const LONGEST_ANSWER: usize = 2000;

/// How a question is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum QuestionKind {
    /// One line.
    Text,
    /// Several lines.
    Paragraph,
    /// One of the options.
    Choice,
    /// Yes or no.
    Checkbox,
}

impl QuestionKind {
    pub(crate) const ALL: [Self; 4] = [Self::Text, Self::Paragraph, Self::Choice, Self::Checkbox];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Paragraph => "paragraph",
            Self::Choice => "choice",
            Self::Checkbox => "checkbox",
        }
    }
}

/// One question on the booking form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct Question {
    /// Names the answer in forms and the API: lower-case letters, digits and underscores.
    pub key: String,
    pub label: String,
    pub kind: QuestionKind,
    pub required: bool,
    /// What can be chosen; empty for the other kinds.
    #[serde(default)]
    pub options: Vec<String>,
}

/// A question as it was asked, with what the visitor answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct Answer {
    pub key: String,
    pub label: String,
    pub text: String,
}

/// Why an answer does not fit; the booking page says it in the visitor's language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Misfit {
    Missing,
    /// In characters.
    TooLong {
        length: usize,
        most: usize,
    },
    NotAnOption,
    ControlCharacters,
}

impl Question {
    /// The answer as it is stored; an unanswered optional question is an empty text.
    pub(crate) fn check(&self, given: &str) -> Result<String, Misfit> {
        let text = given.trim().replace("\r\n", "\n");
        if text.is_empty() {
            return if self.required { Err(Misfit::Missing) } else { Ok(String::new()) };
        }
        let length = text.chars().count();
        if length > LONGEST_ANSWER {
            return Err(Misfit::TooLong { length, most: LONGEST_ANSWER });
        }
        let breaks_are_fine = self.kind == QuestionKind::Paragraph;
        if text.chars().any(|character| character.is_control() && !(breaks_are_fine && character == '\n')) {
            return Err(Misfit::ControlCharacters);
        }
        match self.kind {
            QuestionKind::Choice if !self.options.contains(&text) => Err(Misfit::NotAnOption),
            // A browser sends "on"; programs send true or yes.
            QuestionKind::Checkbox if matches!(&*text, "on" | "true" | "yes") => Ok("yes".into()),
            QuestionKind::Checkbox if matches!(&*text, "false" | "no") && !self.required => Ok(String::new()),
            QuestionKind::Checkbox => Err(Misfit::NotAnOption),
            _ => Ok(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(kind: QuestionKind, required: bool) -> Question {
        let options = vec!["Printing".into(), "Loans".into()];
        Question { key: "topic".into(), label: "Topic".into(), kind, required, options }
    }

    #[test]
    fn an_answer_fits_its_question() {
        use QuestionKind::{Checkbox, Choice, Paragraph, Text};
        assert_eq!(question(Text, true).check("  "), Err(Misfit::Missing));
        assert_eq!(question(Text, false).check(" "), Ok(String::new()));
        assert_eq!(question(Text, true).check("a\nb"), Err(Misfit::ControlCharacters));
        assert_eq!(question(Paragraph, true).check("a\r\nb"), Ok("a\nb".into()));
        assert_eq!(question(Paragraph, true).check("a\u{7}b"), Err(Misfit::ControlCharacters));
        assert_eq!(question(Choice, true).check("Loans"), Ok("Loans".into()));
        assert_eq!(question(Choice, true).check("Rockets"), Err(Misfit::NotAnOption));
        assert_eq!(question(Checkbox, true).check("on"), Ok("yes".into()));
        assert_eq!(question(Checkbox, true).check("no"), Err(Misfit::NotAnOption));
        let long = question(Text, true).check(&"x".repeat(100_000));
        assert_eq!(long, Err(Misfit::TooLong { length: 100_000, most: LONGEST_ANSWER }));
    }
}
