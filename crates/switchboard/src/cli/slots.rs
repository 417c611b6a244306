//! `slots`: which times can be offered, from problems as JSON on standard input. What they mean stands in `docs/slots.md`.
//!
//! The input is one problem, however it is broken into lines, one problem per line, or a file of sample cases. A bad
//! problem is named on standard error and answered with its error; the others are answered all the same.

use std::{
    io::{self, Read},
    process::ExitCode,
};

use clap::Args;
use jiff::{Timestamp, tz::TimeZone};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;
use slots::{Explained, Problem};

use super::output::{self, Reader};
use crate::Trouble;

/// The most that is read, in bytes.
const LONGEST_INPUT: u64 = 256 << 20;

#[derive(Args)]
pub(super) struct Slots {
    /// Say for every time why it is on offer or not.
    #[arg(long)]
    explain: bool,
}

impl Slots {
    /// Answers every problem on standard input, one line each.
    pub(super) fn run(self) -> Result<ExitCode, Trouble> {
        let asked = split(&read()?);
        if asked.is_empty() {
            return Err(Trouble::new("there is no problem on standard input").with_hint(
                "Write one problem as JSON there, or one per line: `switchboard slots < problem.json`.",
            ));
        }
        let mut code = ExitCode::SUCCESS;
        for asked in asked {
            let (line, wrong) = asked.answer(self.explain);
            if let Some(wrong) = wrong {
                output::error(&wrong);
                code = ExitCode::FAILURE;
            }
            if output::print(&format!("{line}\n"))? == Reader::Gone {
                return Ok(code);
            }
        }
        Ok(code)
    }
}

fn read() -> Result<Vec<u8>, Trouble> {
    let mut input = Vec::new();
    let read = io::stdin().lock().take(LONGEST_INPUT + 1).read_to_end(&mut input);
    let length = read.map_err(|error| Trouble::new(format!("standard input could not be read: {error}")))?;
    if u64::try_from(length).is_ok_and(|length| length <= LONGEST_INPUT) {
        return Ok(input);
    }
    Err(Trouble::new(format!("standard input is longer than {} MiB", LONGEST_INPUT >> 20))
        .with_hint("Ask in several runs."))
}

/// One problem of the input, or what stands in its place.
struct Asked {
    /// Where it stands: `line 3`, `cases[2]`.
    place: String,
    problem: Result<Value, String>,
}

/// A file of samples.
#[derive(Deserialize)]
struct Cases {
    cases: Vec<Value>,
}

/// Tells the problems of the input apart.
fn split(input: &[u8]) -> Vec<Asked> {
    // Some editors begin a file with a byte order mark.
    let input = input.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(input);
    let by_value = values(input);
    if by_value.iter().all(|asked| asked.problem.is_ok()) {
        return by_value.into_iter().flat_map(open).collect();
    }
    let by_line: Vec<Asked> = (1..).zip(input.split(|byte| *byte == b'\n')).filter_map(line).collect();
    // One problem with a mistake, spread over lines: no line makes sense on its own.
    let makes_sense = |asked: &Asked| asked.problem.as_ref().is_ok_and(Value::is_object);
    if by_line.len() > 1 && !by_line.iter().any(makes_sense) {
        return by_value;
    }
    by_line.into_iter().flat_map(open).collect()
}

/// The JSON values that follow one another, up to the first mistake.
fn values(input: &[u8]) -> Vec<Asked> {
    let mut values = serde_json::Deserializer::from_slice(input).into_iter::<Value>();
    let mut found = Vec::new();
    let (mut line, mut counted) = (1, 0);
    loop {
        let rest = input.get(values.byte_offset()..).unwrap_or_default();
        let begin = values.byte_offset() + rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        line += input.get(counted..begin).unwrap_or_default().split(|byte| *byte == b'\n').skip(1).count();
        counted = begin;
        let Some(value) = values.next() else { return found };
        let problem = value.map_err(|error| format!("this is not JSON: {error}"));
        let is_last = problem.is_err();
        found.push(Asked { place: format!("line {line}"), problem });
        if is_last {
            return found;
        }
    }
}

fn line((number, text): (usize, &[u8])) -> Option<Asked> {
    let problem = serde_json::from_slice(text).map_err(|error| {
        // The line is named already.
        let words = error.to_string();
        let words = words.split(" at line").next().unwrap_or_default();
        format!("this is not JSON: {words} at column {}", error.column())
    });
    let is_blank = text.iter().all(u8::is_ascii_whitespace);
    (!is_blank).then(|| Asked { place: format!("line {number}"), problem })
}

/// The cases of a file of samples; anything else is a problem itself.
fn open(asked: Asked) -> Vec<Asked> {
    let Some(cases) = asked.problem.as_ref().ok().and_then(|value| Cases::deserialize(value).ok()) else {
        return vec![asked];
    };
    let case = |(index, problem)| Asked { place: format!("cases[{index}]"), problem: Ok(problem) };
    cases.cases.into_iter().enumerate().map(case).collect()
}

/// What a problem has besides the question itself.
#[derive(Deserialize)]
struct Heading {
    id: Value,
    /// The zone in which the visitor reads the times.
    viewer: String,
}

#[derive(Serialize)]
struct Answer<'a> {
    id: &'a Value,
    #[serde(flatten)]
    told: Told,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Told {
    Slots {
        slots: Vec<(Timestamp, String, Vec<i64>)>,
        #[serde(skip_serializing_if = "Option::is_none")]
        explained: Option<Vec<Local>>,
    },
    Refused {
        error: String,
    },
}

/// A time explained, also as the visitor's clock shows it.
#[derive(Serialize)]
struct Local {
    local: String,
    #[serde(flatten)]
    time: Explained,
}

impl Asked {
    /// The line that answers, and what has to be said about a bad problem.
    fn answer(self, explain: bool) -> (String, Option<String>) {
        let id =
            self.problem.as_ref().ok().and_then(|problem| problem.get("id")).cloned().unwrap_or_default();
        let told = self.problem.and_then(|problem| tell(&problem, explain));
        let wrong = told.as_ref().err().map(|why| match &id {
            Value::Null => format!("{}: {why}", self.place),
            id => format!("{} (problem {id}): {why}", self.place),
        });
        let told = told.unwrap_or_else(|error| Told::Refused { error });
        (serde_json::to_string(&Answer { id: &id, told }).unwrap_or_default(), wrong)
    }
}

fn tell(problem: &Value, explain: bool) -> Result<Told, String> {
    if !problem.is_object() {
        return Err("a problem is a JSON object: {\"id\": …, \"hosts\": […]}".to_owned());
    }
    let heading: Heading = typed(problem)?;
    if !heading.id.is_string() && !heading.id.is_number() {
        return Err("id: must be a text or a number".to_owned());
    }
    let viewer = slots::zone(&heading.viewer)
        .ok_or_else(|| format!("viewer: {:?} is not a time zone of the tz database", heading.viewer))?;
    let problem: Problem = typed(problem)?;
    problem.check().map_err(|refused| refused.to_string())?;
    let offered = slots::offer(&problem).into_iter();
    let slots = offered.map(|offer| (offer.start, local(offer.start, &viewer), offer.hosts)).collect();
    let times = explain.then(|| slots::explain(&problem).into_iter());
    let explained =
        times.map(|times| times.map(|time| Local { local: local(time.start, &viewer), time }).collect());
    Ok(Told::Slots { slots, explained })
}

/// The value as this type, or where in it what is wrong.
fn typed<T: DeserializeOwned>(value: &Value) -> Result<T, String> {
    serde_path_to_error::deserialize(value).map_err(|error| match error.path().to_string().as_str() {
        "." => error.inner().to_string(),
        path => format!("{path}: {}", error.inner()),
    })
}

/// The instant as the clock in this zone shows it, with its offset.
fn local(instant: Timestamp, zone: &TimeZone) -> String {
    instant.display_with_offset(zone.to_offset(instant)).to_string()
}
