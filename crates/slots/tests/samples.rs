//! Problems with answers that an independent implementation gave: every kind of change of the clocks in many zones,
//! edges, several hosts. The file has the form that `switchboard slots` reads and prints.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends, and says where")]

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use slots::{Offer, Problem, offer};

const SAMPLES: &str = include_str!("samples.json");

fn cases() -> Vec<Value> {
    let file: Value = serde_json::from_str(SAMPLES).unwrap();
    file["cases"].as_array().unwrap().clone()
}

fn expected(case: &Value) -> Vec<Offer> {
    let of = |slot: &Value| {
        let start: Timestamp = slot[0].as_str().unwrap().parse().unwrap();
        Offer { start, hosts: serde_json::from_value(slot[2].clone()).unwrap() }
    };
    case["slots"].as_array().unwrap().iter().map(of).collect()
}

#[test]
fn every_sample_is_answered_as_expected() {
    for case in cases() {
        let problem = Problem::deserialize(&case).unwrap();
        assert_eq!(problem.check(), Ok(()), "{} ({})", case["id"], case["tag"]);
        assert_eq!(offer(&problem), expected(&case), "{} ({})", case["id"], case["tag"]);
    }
}
