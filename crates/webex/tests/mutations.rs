//! The corpus of the fuzz target for XML, spoiled at random: an answer is read within bounds or refused.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends, and says where")]

use std::{fs, path::Path};

use proptest::{prelude::*, sample::Index};

#[path = "../src/xml/element.rs"]
#[expect(dead_code, reason = "only reading is tried here")]
mod element;

/// What the module beside it knows.
mod envelope {
    pub(crate) const SERVICE: &str = "http://www.webex.com/schemas/2002/06/service";
}

use element::{Element, Unreadable};

const PIECES: [&str; 10] = [
    "<",
    ">",
    "</a>",
    "<!DOCTYPE a>",
    "&b;",
    "&#0;",
    "<![CDATA[",
    "]]>",
    "<?xml version=\"1.0\"?>",
    "\u{feff}",
];

fn corpus() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/webex_xml");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap()).collect();
    files.sort_by_key(fs::DirEntry::file_name);
    let read = |file: fs::DirEntry| {
        (file.file_name().into_string().unwrap(), fs::read_to_string(file.path()).unwrap())
    };
    files.into_iter().map(read).collect()
}

fn elements(root: &Element) -> usize {
    1 + root.children.iter().map(elements).sum::<usize>()
}

#[test]
fn answers_of_the_corpus_are_read_and_bombs_and_pages_are_not() {
    for (name, text) in corpus() {
        let read = Element::parse(&text);
        match name.as_str() {
            "bomb.xml" | "page.html" => assert_eq!(read, Err(Unreadable::Entities), "{name}"),
            _ => assert!(elements(&read.unwrap()) > 0, "{name}"),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn a_spoiled_answer_is_read_or_refused(
        file in any::<Index>(),
        cuts in prop::collection::vec((any::<Index>(), any::<Index>(), 0..PIECES.len()), 1..5),
    ) {
        let corpus = corpus();
        let mut signs: Vec<char> = corpus[file.index(corpus.len())].1.chars().collect();
        for (from, to, piece) in cuts {
            let (from, to) = (from.index(signs.len() + 1), to.index(signs.len() + 1));
            signs.splice(from.min(to)..from.max(to).min(from.min(to) + 60), PIECES[piece].chars());
        }
        let text: String = signs.into_iter().collect();
        if let Ok(root) = Element::parse(&text) {
            prop_assert!(elements(&root) <= text.len());
        }
    }
}
