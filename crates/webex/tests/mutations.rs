//! The corpus of the fuzz target for XML, spoiled at random: an answer is read within bounds, whichever operation it belongs
//! to, or refused.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends, and says where")]

use std::{fs, path::Path};

use proptest::{prelude::*, sample::Index};

#[path = "../src/xml/element.rs"]
mod element;
#[path = "../src/xml/message.rs"]
mod message;
#[path = "../src/xml/reading.rs"]
#[expect(unreachable_pub, reason = "what is read is shown to others by the crate that it belongs to")]
mod reading;
mod readings;

/// What the module beside it knows.
mod envelope {
    pub(crate) const SERVICE: &str = "http://www.webex.com/schemas/2002/06/service";
}

use element::{Element, Unreadable};
use message::{Exception, Said};
use reading::{ApiVersion, Me, Opened, SiteFacts, XmlSessionType, XmlUser};

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

/// Content that is well-formed and makes no sense where it comes to stand.
const SENSELESS: [&str; 16] = [
    "x",
    " ",
    "-1",
    "99999999999999999999",
    "&#10;",
    "<index>0</index>",
    "<index>300</index>",
    "<name> </name>",
    "<active/>",
    "<meetingType/>",
    "<meetingType><meetingTypeID> </meetingTypeID></meetingType>",
    "<trackingCode><index>11</index><name>y</name></trackingCode>",
    "<tracking><trackingCode0>a</trackingCode0><trackingCode11>b</trackingCode11></tracking>",
    "<siteInstance/>",
    "<sessionTicket> </sessionTicket>",
    "<subErrors><subError/></subErrors>",
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

/// The content of an answer of the corpus that says SUCCESS.
fn content(file: &str) -> Element {
    match said(file) {
        Said::Done(content) => content,
        Said::Refused(exception) => panic!("{file}: {exception:?}"),
    }
}

fn said(file: &str) -> Said {
    let (_, text) = corpus().into_iter().find(|(name, _)| name == file).unwrap();
    message::read(&text).unwrap()
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
        readings::try_all(&text);
    }
}

/// Otherwise what is spoiled would never have been read by some of the readings.
#[test]
fn every_operation_has_an_answer_in_the_corpus() {
    assert_eq!(ApiVersion::read(&content("get_api_version.xml")).version, "WebEx XML API V10.0.0");
    let session = content("authenticate_user.xml");
    assert_eq!(Opened::read(&session).unwrap().lives_seconds, Some(5_400));
    assert_eq!(Me::read(&content("get_me.xml")).role, "siteAdmin");
    assert_eq!(SiteFacts::read(&content("get_site.xml"), "").tracking_codes.len(), 2);
    assert_eq!(XmlSessionType::read_all(&content("lst_meeting_type.xml")).len(), 2);
    assert_eq!(XmlUser::read(&content("get_user.xml")).session_types, ["3", "9"]);
    let refused = Exception { code: "030004".to_owned(), reason: "webExID already in use: taken".to_owned() };
    assert_eq!(said("create_user_refused.xml"), Said::Refused(refused));
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
        readings::try_all(&text);
    }

    #[test]
    fn content_without_sense_is_left_out(
        file in any::<Index>(),
        pieces in prop::collection::vec((any::<Index>(), 0..SENSELESS.len()), 1..8),
    ) {
        let corpus = corpus();
        let mut text = corpus[file.index(corpus.len())].1.clone();
        for (place, piece) in pieces {
            // Behind a tag, so that what is well-formed stays it.
            let ends: Vec<usize> = text.match_indices('>').map(|(at, _)| at + 1).collect();
            if !ends.is_empty() {
                text.insert_str(ends[place.index(ends.len())], SENSELESS[piece]);
            }
        }
        readings::try_all(&text);
    }
}
