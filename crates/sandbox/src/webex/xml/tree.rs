//! A small XML document as a tree, read with the namespaces that the XML API insists on. Entities other than XML's own are
//! not known, documents are small and flat, and anything else is refused.

use quick_xml::NsReader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::name::ResolveResult;

const LARGEST: usize = 1_000_000;
const DEEPEST: usize = 24;
const MOST_ELEMENTS: usize = 20_000;

/// An element: its local name, namespace, `type` attribute, text and children.
#[derive(Debug, Default)]
pub(super) struct Element {
    pub(super) name: String,
    pub(super) namespace: Option<String>,
    /// The value of `xsi:type`, and whether its prefix was declared.
    pub(super) kind: Option<String>,
    pub(super) text: String,
    pub(super) children: Vec<Element>,
}

/// Why a document was not read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unreadable {
    /// The front server cannot forward it: space before the declaration, an unknown prefix, no XML at all.
    Envelope,
    /// It is XML that nobody accepts.
    Content,
}

impl Element {
    /// The first child of that name.
    pub(super) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// All children of that name.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The child's text, without the space around it; `None` when there is no such child or it is empty.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.child(name).map(|child| child.text.trim()).filter(|text| !text.is_empty())
    }

    /// A boolean of XML Schema.
    pub(super) fn flag(&self, name: &str) -> Option<bool> {
        match self.value(name)?.to_lowercase().as_str() {
            "true" | "1" => Some(true),
            "false" | "0" => Some(false),
            _ => None,
        }
    }
}

/// Reads a whole document.
pub(super) fn read(body: &[u8]) -> Result<Element, Unreadable> {
    let text = std::str::from_utf8(body).map_err(|_| Unreadable::Envelope)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.len() > LARGEST {
        return Err(Unreadable::Content);
    }
    if !text.starts_with('<') {
        return Err(Unreadable::Envelope);
    }
    let mut reader = NsReader::from_str(text);
    reader.config_mut().check_end_names = true;
    let mut open: Vec<Element> = vec![Element::default()];
    let mut count = 0;
    loop {
        let event = reader.read_event().map_err(|_| Unreadable::Envelope)?;
        match event {
            Event::Start(start) => {
                count += 1;
                if open.len() > DEEPEST || count > MOST_ELEMENTS {
                    return Err(Unreadable::Content);
                }
                open.push(element(&reader, &start)?);
            }
            Event::Empty(start) => {
                let element = element(&reader, &start)?;
                close(&mut open, element);
            }
            Event::End(_) => {
                let element = open.pop().ok_or(Unreadable::Envelope)?;
                close(&mut open, element);
            }
            Event::Text(text) => say(&mut open, &text),
            Event::CData(text) => say(&mut open, &text),
            Event::GeneralRef(name) => say(&mut open, &entity(&name)?),
            Event::DocType(_) => return Err(Unreadable::Content),
            Event::Eof => break,
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
        }
    }
    let mut document = open.pop().filter(|_| open.is_empty()).ok_or(Unreadable::Envelope)?;
    document.children.pop().ok_or(Unreadable::Envelope)
}

fn close(open: &mut [Element], element: Element) {
    if let Some(parent) = open.last_mut() {
        parent.children.push(element);
    }
}

fn say(open: &mut [Element], text: &str) {
    if let Some(element) = open.last_mut() {
        element.text.push_str(text);
    }
}

fn entity(name: &BytesRef<'_>) -> Result<String, Unreadable> {
    if let Ok(Some(character)) = name.resolve_char_ref() {
        return Ok(character.to_string());
    }
    resolve_predefined_entity(name).map(str::to_owned).ok_or(Unreadable::Content)
}

fn element(reader: &NsReader<&[u8]>, start: &BytesStart<'_>) -> Result<Element, Unreadable> {
    let resolver = reader.resolver();
    let (namespace, local) = resolver.resolve_element(start.name());
    let namespace = match namespace {
        ResolveResult::Bound(namespace) => Some(namespace.as_ref().to_owned()),
        ResolveResult::Unbound => None,
        ResolveResult::Unknown(_) => return Err(Unreadable::Envelope),
    };
    let mut kind = None;
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|_| Unreadable::Envelope)?;
        let (space, name) = resolver.resolve_attribute(attribute.key);
        if matches!(space, ResolveResult::Unknown(_)) && attribute.key.as_namespace_binding().is_none() {
            return Err(Unreadable::Envelope);
        }
        if name.as_ref() == "type" {
            kind = Some(attribute.value.into_owned());
        }
    }
    let name = local.as_ref().to_owned();
    Ok(Element { name, namespace, kind, ..Element::default() })
}

#[cfg(test)]
mod tests {
    use super::{Unreadable, read};

    #[test]
    fn names_text_and_types_are_read_whatever_the_prefix() {
        let text = r#"<?xml version="1.0"?><a:x xmlns:a="urn:a" xmlns:i="urn:i"><b i:type="T">1 &lt; &#50;</b><c/></a:x>"#;
        let root = read(text.as_bytes()).unwrap();
        assert_eq!((root.name.as_str(), root.namespace.as_deref()), ("x", Some("urn:a")));
        assert_eq!((root.value("b"), root.value("c")), (Some("1 < 2"), None));
        assert_eq!(root.child("b").unwrap().kind.as_deref(), Some("T"));
    }

    #[test]
    fn what_no_front_server_forwards_is_told_from_what_nobody_accepts() {
        let deep = "<a>".repeat(100);
        let cases = [
            ("\n<?xml version=\"1.0\"?><a/>", Unreadable::Envelope),
            ("<s:a/>", Unreadable::Envelope),
            ("<a b:c='1'/>", Unreadable::Envelope),
            ("<a><b></a>", Unreadable::Envelope),
            ("<a>", Unreadable::Envelope),
            ("", Unreadable::Envelope),
            ("hello", Unreadable::Envelope),
            ("<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", Unreadable::Content),
            ("<a>&b;</a>", Unreadable::Content),
            (deep.as_str(), Unreadable::Content),
        ];
        for (text, why) in cases {
            assert_eq!(read(text.as_bytes()).unwrap_err(), why, "{text}");
        }
    }
}
