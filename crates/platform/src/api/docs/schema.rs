//! JSON schemas in words: the name of a type, the fields of an object, the values of an enumeration.

use serde_json::Value;

/// How deep `allOf` and `$ref` are followed; our documents need two.
const DEEPEST: usize = 8;

/// A named type of the document.
pub(super) struct Type {
    pub(super) name: String,
    pub(super) description: String,
    pub(super) fields: Vec<Field>,
    /// What it is when it has no fields.
    pub(super) kinds: Kinds,
}

/// A parameter, or a field of an object.
pub(super) struct Field {
    pub(super) name: String,
    pub(super) kinds: Kinds,
    pub(super) required: bool,
    pub(super) description: String,
    /// Where a parameter stands (`path`, `query`); empty for fields.
    pub(super) place: String,
}

/// The alternatives of what a value may be, joined by “or”.
pub(super) type Kinds = Vec<Kind>;

/// One alternative: words, a named type, or both (“list of Connection”).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Kind {
    pub(super) words: String,
    /// The named type it refers to.
    pub(super) name: Option<String>,
    /// The literal values of an enumeration.
    pub(super) values: Vec<String>,
}

/// The document's named types, in its order.
pub(super) fn types(document: &Value) -> Vec<Type> {
    let schemas = document["components"]["schemas"].as_object().into_iter().flatten();
    schemas
        .map(|(name, schema)| {
            let fields = fields_of(document, schema);
            let kinds = if fields.is_empty() { kinds_of(schema) } else { Vec::new() };
            Type { name: name.clone(), description: text(&schema["description"]), fields, kinds }
        })
        .collect()
}

/// The fields of an object; those of a named type and of all parts of an `allOf` too.
pub(super) fn fields_of(document: &Value, schema: &Value) -> Vec<Field> {
    let mut fields = Vec::new();
    collect_fields(document, schema, DEEPEST, &mut fields);
    fields
}

fn collect_fields(document: &Value, schema: &Value, depth: usize, fields: &mut Vec<Field>) {
    if depth == 0 {
        return;
    }
    if let Some(name) = reference(schema) {
        collect_fields(document, &document["components"]["schemas"][name], depth - 1, fields);
    }
    for part in list(&schema["allOf"]) {
        collect_fields(document, part, depth - 1, fields);
    }
    for (name, value) in schema["properties"].as_object().into_iter().flatten() {
        fields.push(Field {
            name: name.clone(),
            kinds: kinds_of(value),
            required: list(&schema["required"]).any(|required| required == name.as_str()),
            description: text(&value["description"]),
            place: String::new(),
        });
    }
}

/// What a value of this schema may be.
pub(super) fn kinds_of(schema: &Value) -> Kinds {
    kinds_within(schema, DEEPEST)
}

fn kinds_within(schema: &Value, depth: usize) -> Kinds {
    let one = |words: &str| vec![Kind { words: words.to_owned(), ..Kind::default() }];
    if depth == 0 {
        return one("anything");
    }
    if let Some(name) = reference(schema) {
        return vec![Kind { name: Some(name.to_owned()), ..Kind::default() }];
    }
    let values: Vec<String> = list(&schema["enum"]).map(literal).collect();
    if !values.is_empty() {
        return vec![Kind { words: "one of".to_owned(), values, ..Kind::default() }];
    }
    let parts = ["oneOf", "anyOf", "allOf"].into_iter().flat_map(|key| list(&schema[key]));
    let mut alternatives: Kinds = parts.flat_map(|part| kinds_within(part, depth - 1)).collect();
    alternatives.sort_by_key(|kind| kind.words == "null");
    if !alternatives.is_empty() {
        return alternatives;
    }
    match &schema["type"] {
        Value::Array(types) => {
            types.iter().flat_map(|kind| plain(schema, text(kind).as_str(), depth)).collect()
        }
        kind => plain(schema, kind.as_str().unwrap_or("anything"), depth),
    }
}

/// A schema with a plain `type`.
fn plain(schema: &Value, kind: &str, depth: usize) -> Kinds {
    let prefixed = |prefix: &str, inner: &Value| -> Kinds {
        let mut kinds = kinds_within(inner, depth - 1);
        if let Some(first) = kinds.first_mut() {
            let space = if first.words.is_empty() { "" } else { " " };
            first.words = format!("{prefix}{space}{}", first.words);
        }
        kinds
    };
    match kind {
        "array" => prefixed("list of", &schema["items"]),
        "object" if schema["additionalProperties"].is_object() => {
            prefixed("map of", &schema["additionalProperties"])
        }
        "null" => vec![Kind { words: "null".to_owned(), ..Kind::default() }],
        _ => vec![Kind { words: in_words(kind, schema["format"].as_str()), ..Kind::default() }],
    }
}

fn in_words(kind: &str, format: Option<&str>) -> String {
    match format {
        Some("date-time") => "instant (RFC 3339)".to_owned(),
        Some("date") => "date (YYYY-MM-DD)".to_owned(),
        Some("uuid") => "UUID".to_owned(),
        Some(format) if kind == "string" => format!("string ({format})"),
        _ => kind.to_owned(),
    }
}

fn reference(schema: &Value) -> Option<&str> {
    schema["$ref"].as_str()?.strip_prefix("#/components/schemas/")
}

fn literal(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A string of the document; empty when it is absent.
pub(super) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// An array of the document; empty when it is absent.
pub(super) fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}
