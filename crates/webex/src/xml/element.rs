//! A small tree of an XML answer, read with bounds: no document type, no entities but the five of XML itself, and a
//! limit on depth and number of elements, so that no answer costs more than its bytes.

use quick_xml::{
    escape::resolve_xml_entity,
    events::{BytesRef, Event},
    name::{Namespace, ResolveResult},
    reader::NsReader,
};

const DEEPEST: usize = 40;
const MOST_ELEMENTS: usize = 100_000;

/// One element with its text and children; prefixes are left out, because Webex varies them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Element {
    pub(crate) name: String,
    /// Whether it belongs to the namespace of the XML API's envelope.
    pub(crate) in_service: bool,
    pub(crate) text: String,
    pub(crate) children: Vec<Element>,
}

/// Why an answer is no XML that is read here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unreadable {
    #[error("it is not well-formed XML")]
    Malformed,
    #[error("it declares a document type or entities, which are not read")]
    Entities,
    #[error("it is nested too deeply or has too many elements")]
    TooLarge,
}

impl Element {
    /// Reads a whole document.
    pub(crate) fn parse(text: &str) -> Result<Self, Unreadable> {
        let mut reader = NsReader::from_str(text);
        let mut open: Vec<Self> = Vec::new();
        let mut root = None;
        let mut elements = 0_usize;
        loop {
            let (namespace, event) = reader.read_resolved_event().map_err(|_| Unreadable::Malformed)?;
            let in_service = is_service(&namespace);
            match event {
                Event::Start(start) => {
                    elements += 1;
                    if open.len() >= DEEPEST || elements > MOST_ELEMENTS {
                        return Err(Unreadable::TooLarge);
                    }
                    open.push(Self::named(start.local_name().into_inner(), in_service));
                }
                Event::Empty(start) => {
                    elements += 1;
                    if elements > MOST_ELEMENTS {
                        return Err(Unreadable::TooLarge);
                    }
                    let element = Self::named(start.local_name().into_inner(), in_service);
                    close(element, &mut open, &mut root)?;
                }
                Event::End(_) => {
                    let element = open.pop().ok_or(Unreadable::Malformed)?;
                    close(element, &mut open, &mut root)?;
                }
                Event::Text(text) => append(&mut open, &text.xml10_content())?,
                Event::CData(text) => append(&mut open, &text.xml10_content())?,
                Event::GeneralRef(reference) => append(&mut open, &resolve(&reference)?)?,
                Event::DocType(_) => return Err(Unreadable::Entities),
                Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
                Event::Eof => break,
            }
        }
        if open.is_empty() { root.ok_or(Unreadable::Malformed) } else { Err(Unreadable::Malformed) }
    }

    fn named(name: &str, in_service: bool) -> Self {
        Self { name: name.to_owned(), in_service, ..Self::default() }
    }

    pub(crate) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The trimmed text at a path of names, unless it is empty.
    pub(crate) fn text_at(&self, path: &[&str]) -> Option<&str> {
        let found = path.iter().try_fold(self, |element, name| element.child(name))?;
        Some(found.text.trim()).filter(|text| !text.is_empty())
    }
}

fn is_service(namespace: &ResolveResult<'_>) -> bool {
    const SERVICE: Namespace<'static> = Namespace(super::envelope::SERVICE);
    *namespace == ResolveResult::Bound(SERVICE)
}

fn close(element: Element, open: &mut [Element], root: &mut Option<Element>) -> Result<(), Unreadable> {
    match open.last_mut() {
        Some(parent) => parent.children.push(element),
        None if root.is_none() => *root = Some(element),
        None => return Err(Unreadable::Malformed),
    }
    Ok(())
}

/// Adds to the text of the innermost element; outside of the root only blanks may stand.
fn append(open: &mut [Element], text: &str) -> Result<(), Unreadable> {
    match open.last_mut() {
        Some(element) => element.text.push_str(text),
        None if text.trim_matches(['\u{feff}', ' ', '\n', '\r', '\t']).is_empty() => {}
        None => return Err(Unreadable::Malformed),
    }
    Ok(())
}

fn resolve(reference: &BytesRef<'_>) -> Result<String, Unreadable> {
    if let Some(character) = reference.resolve_char_ref().map_err(|_| Unreadable::Malformed)? {
        return Ok(character.to_string());
    }
    let name = reference.xml10_content();
    resolve_xml_entity(&name).map(str::to_owned).ok_or(Unreadable::Entities)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn prefixes_do_not_matter_and_namespaces_do() {
        let text = r#"<?xml version="1.0"?><s:message xmlns:s="http://www.webex.com/schemas/2002/06/service"
            xmlns:x="urn:x"><s:body><x:name> A &amp; B&#33; <![CDATA[<C>]]></x:name><empty/></s:body></s:message>"#;
        let root = Element::parse(text).unwrap();
        assert!(root.in_service);
        let body = root.child("body").unwrap();
        assert_eq!(body.text_at(&["name"]), Some("A & B! <C>"));
        assert!(!body.child("name").unwrap().in_service);
        assert_eq!((body.text_at(&["empty"]), body.text_at(&["absent", "x"])), (None, None));
    }

    #[test]
    fn entities_and_document_types_are_refused() {
        let bomb = r#"<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;">]><a>&c;</a>"#;
        assert_eq!(Element::parse(bomb), Err(Unreadable::Entities));
        let external = r#"<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>"#;
        assert_eq!(Element::parse(external), Err(Unreadable::Entities));
        assert_eq!(Element::parse("<a>&c;</a>"), Err(Unreadable::Entities));
    }

    #[test]
    fn depth_and_number_are_limited() {
        let deep = "<a>".repeat(100_000);
        assert_eq!(Element::parse(&deep), Err(Unreadable::TooLarge));
        let wide = format!("<a>{}</a>", "<b/>".repeat(MOST_ELEMENTS));
        assert_eq!(Element::parse(&wide), Err(Unreadable::TooLarge));
    }

    #[test]
    fn pieces_and_pages_of_other_kinds_are_no_documents() {
        for text in
            ["", "   ", "<a>", "<a></b>", "</a>", "<a/><b/>", "x", "<a/>x", "{\"a\":1}", "<html><br></html>"]
        {
            assert_eq!(Element::parse(text), Err(Unreadable::Malformed), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_fall(text in "[<>/&;a-c!\\[\\]\"= ?#x0-9-]{0,200}") {
            let _ = Element::parse(&text);
        }
    }
}
