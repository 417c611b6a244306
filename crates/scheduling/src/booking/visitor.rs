//! What a visitor types in, checked.

use accounts::Email;

use super::{Answers, Refusal, Visitor, Wrong};
use crate::{
    appointment_type::{Answer, AppointmentType, Misfit},
    texts::Language,
};

const LONGEST_NAME: usize = 100;
const LONGEST_PHONE: usize = 40;

/// A booking form as it was sent.
#[derive(Clone, Debug, Default)]
pub(crate) struct VisitorInput {
    pub name: String,
    pub email: String,
    pub phone: String,
    /// The IANA name of the zone in which the visitor reads times.
    pub zone: String,
    pub language: Language,
    /// By the keys of the type's questions.
    pub answers: Vec<(String, String)>,
}

impl VisitorInput {
    /// Everything that is wrong, at once.
    pub(crate) fn check(
        &self,
        it: &AppointmentType,
        needs_phone: bool,
        wrong: &mut Vec<(String, Wrong)>,
    ) -> Option<(Visitor, Answers)> {
        let before = wrong.len();
        let name =
            one_line(&self.name, LONGEST_NAME, true).map_err(|why| wrong.push(("name".into(), why))).ok();
        let email = check_email(&self.email).map_err(|why| wrong.push(("email".into(), why))).ok();
        let phone =
            check_phone(&self.phone, needs_phone).map_err(|why| wrong.push(("phone".into(), why))).ok();
        let zone = check_zone(&self.zone).map_err(|why| wrong.push(("zone".into(), why))).ok();
        let answers = self.check_answers(it, wrong);
        if wrong.len() > before {
            return None;
        }
        let visitor =
            Visitor { name: name?, email: email?, phone: phone?, zone: zone?, language: self.language };
        Some((visitor, answers))
    }

    fn check_answers(&self, it: &AppointmentType, wrong: &mut Vec<(String, Wrong)>) -> Answers {
        let mut answers = Vec::new();
        for question in &it.questions.0 {
            let given = self.answers.iter().find(|(key, _)| *key == question.key);
            match question.check(given.map_or("", |(_, text)| text)) {
                Ok(text) if text.is_empty() => {}
                Ok(text) => {
                    answers.push(Answer { key: question.key.clone(), label: question.label.clone(), text });
                }
                Err(misfit) => wrong.push((format!("answer_{}", question.key), misfit.into())),
            }
        }
        Answers(answers)
    }
}

impl From<Misfit> for Wrong {
    fn from(misfit: Misfit) -> Self {
        match misfit {
            Misfit::Missing => Self::Missing,
            Misfit::TooLong { length, most } => Self::TooLong { length, most },
            Misfit::NotAnOption => Self::NotAnOption,
            Misfit::ControlCharacters => Self::ControlCharacters,
        }
    }
}

impl From<Vec<(String, Wrong)>> for Refusal {
    fn from(fields: Vec<(String, Wrong)>) -> Self {
        Self::Fields(fields)
    }
}

fn one_line(text: &str, longest: usize, needed: bool) -> Result<String, Wrong> {
    let text = text.trim();
    if text.is_empty() && needed {
        return Err(Wrong::Missing);
    }
    if text.chars().any(char::is_control) {
        return Err(Wrong::ControlCharacters);
    }
    let length = text.chars().count();
    if length > longest { Err(Wrong::TooLong { length, most: longest }) } else { Ok(text.to_owned()) }
}

fn check_email(text: &str) -> Result<String, Wrong> {
    if text.trim().is_empty() {
        return Err(Wrong::Missing);
    }
    text.parse::<Email>().map(|email| email.as_str().to_owned()).map_err(|_| Wrong::Email)
}

/// Numbers are written in many ways; what cannot be dialled is refused (ITU-T E.164 has at most 15 digits).
fn check_phone(text: &str, needed: bool) -> Result<Option<String>, Wrong> {
    let text = one_line(text, LONGEST_PHONE, false)?;
    if text.is_empty() {
        return if needed { Err(Wrong::PhoneMissing) } else { Ok(None) };
    }
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let is_dialled = text.chars().all(|it| it.is_ascii_digit() || " +()/.-".contains(it));
    if is_dialled && (5..=15).contains(&digits) { Ok(Some(text)) } else { Err(Wrong::Phone) }
}

fn check_zone(name: &str) -> Result<String, Wrong> {
    let zone = slots::zone(name.trim()).ok_or(Wrong::Zone)?;
    zone.iana_name().map(str::to_owned).ok_or(Wrong::Zone)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_can_be_dialled_pass() {
        assert_eq!(check_phone("+49 (30) 123-456", true), Ok(Some("+49 (30) 123-456".into())));
        assert_eq!(check_phone("", false), Ok(None));
        assert_eq!(check_phone("", true), Err(Wrong::PhoneMissing));
        for wrong in ["call me", "123", "+49 30 <b>", &"1".repeat(20)] {
            assert_eq!(check_phone(wrong, true), Err(Wrong::Phone), "{wrong}");
        }
    }

    #[test]
    fn a_name_cannot_carry_a_header() {
        assert_eq!(one_line("Eve\r\nBcc: all@library.example", 100, true), Err(Wrong::ControlCharacters));
        assert_eq!(check_zone("Mars/Olympus"), Err(Wrong::Zone));
        assert_eq!(check_zone("europe/berlin"), Ok("Europe/Berlin".into()));
    }
}
