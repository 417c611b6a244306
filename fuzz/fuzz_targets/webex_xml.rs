//! Any text as an answer of the Meetings XML API: read within bounds or refused, by its envelope and by the reading of every
//! operation, never a crash.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[allow(dead_code)]
#[path = "../../crates/webex/src/xml/element.rs"]
mod element;
#[allow(dead_code)]
#[path = "../../crates/webex/src/xml/message.rs"]
mod message;
#[allow(dead_code)]
#[path = "../../crates/webex/src/xml/reading.rs"]
mod reading;
#[path = "../../crates/webex/tests/readings/mod.rs"]
mod readings;

/// What the module beside it knows.
mod envelope {
    pub(crate) const SERVICE: &str = "http://www.webex.com/schemas/2002/06/service";
}

fuzz_target!(|bytes: &[u8]| {
    if let Ok(text) = std::str::from_utf8(bytes) {
        readings::try_all(text);
    }
});
