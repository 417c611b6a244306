//! The corpus of the fuzz targets, spoiled at random: whatever comes of a list, it is read or refused with words.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends, and says where")]

use std::{collections::HashSet, fs, path::Path};

use proptest::{prelude::*, sample::Index};

/// What a spoiled list is likely to contain.
const PIECES: [&[u8]; 12] = [
    b"\"",
    b",",
    b"\t",
    b";",
    b"\r\n",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"\0",
    b"REMOVE",
    b"=",
    b"PRIMARY|",
    b"PK\x03\x04",
];

#[derive(Debug, Clone)]
enum Spoil {
    Change(Index, u8),
    Cut(Index, usize),
    Insert(Index, usize),
    Repeat(Index, usize),
    End(Index),
}

fn spoils() -> impl Strategy<Value = Spoil> {
    prop_oneof![
        (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Spoil::Change(at, byte)),
        (any::<Index>(), 1..40_usize).prop_map(|(at, length)| Spoil::Cut(at, length)),
        (any::<Index>(), 0..PIECES.len()).prop_map(|(at, piece)| Spoil::Insert(at, piece)),
        (any::<Index>(), 1..80_usize).prop_map(|(at, length)| Spoil::Repeat(at, length)),
        any::<Index>().prop_map(Spoil::End),
    ]
}

fn spoiled(mut bytes: Vec<u8>, spoils: &[Spoil]) -> Vec<u8> {
    for spoil in spoils {
        let at = |index: &Index| index.index(bytes.len() + 1);
        match spoil {
            Spoil::Change(index, byte) => {
                let at = at(index);
                bytes.get_mut(at).into_iter().for_each(|old| *old = *byte);
            }
            Spoil::Cut(index, length) => {
                let at = at(index);
                bytes.drain(at..(at + length).min(bytes.len()));
            }
            Spoil::Insert(index, piece) => {
                let at = at(index);
                bytes.splice(at..at, PIECES[*piece].iter().copied());
            }
            Spoil::Repeat(index, length) => {
                let at = at(index);
                let part = bytes[at..(at + length).min(bytes.len())].to_vec();
                bytes.splice(at..at, part);
            }
            Spoil::End(index) => bytes.truncate(at(index)),
        }
    }
    bytes
}

fn corpus() -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/rosters");
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.into_iter().map(|path| fs::read(path).unwrap()).collect()
}

/// What has to hold of any bytes.
fn judge(bytes: &[u8]) -> Result<(), TestCaseError> {
    match rosters::read(bytes, None) {
        Err(problems) => {
            prop_assert!(!problems.is_empty() && problems.kept().iter().all(|it| !it.say.is_empty()));
        }
        Ok(roster) => {
            let keys: HashSet<&str> = roster.rows.iter().map(|row| row.email.key()).collect();
            prop_assert_eq!(keys.len(), roster.rows.len());
            prop_assert!(!roster.rows.is_empty());
        }
    }
    Ok(())
}

#[test]
fn the_corpus_holds_lists_that_are_read_and_one_that_is_not() {
    let read: Vec<bool> = corpus().iter().map(|bytes| rosters::read(bytes, None).is_ok()).collect();
    assert_eq!((read.len(), read.iter().filter(|read| !**read).count()), (6, 1));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn a_spoiled_list_is_read_or_refused(file in any::<Index>(), spoils in prop::collection::vec(spoils(), 1..6)) {
        let corpus = corpus();
        let bytes = corpus[file.index(corpus.len())].clone();
        judge(&spoiled(bytes, &spoils))?;
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        judge(&bytes)?;
    }
}
