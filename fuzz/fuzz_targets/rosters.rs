//! Any bytes as a list of people: read or refused with words, never a crash, and nobody twice.

#![no_main]

use std::collections::HashSet;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| match rosters::read(bytes, None) {
    Ok(roster) => {
        let keys: HashSet<&str> = roster.rows.iter().map(|row| row.email.key()).collect();
        assert_eq!(keys.len(), roster.rows.len());
        if let Ok(writer) = rosters::Writer::new(roster.layout, &roster.columns) {
            let written: Vec<u8> = writer.pieces(&roster.rows).flatten().collect();
            let again = rosters::read(&written, Some(roster.layout)).expect("what was written can be read");
            assert_eq!(again.rows.len(), roster.rows.len());
        }
    }
    Err(problems) => assert!(!problems.is_empty()),
});
