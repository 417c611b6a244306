use axum::response::IntoResponse;
use http_body_util::BodyExt;
use serde_json::{Value, json};

use super::{page, schema::kinds_of};
use crate::web::tests::shell;

async fn shown(document: &Value) -> String {
    let response = page(shell(&[]), document).into_response();
    assert_eq!(response.status(), http::StatusCode::OK);
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn document() -> Value {
    json!({
        "info": {"title": "Switchboard", "version": "1"},
        "paths": {"/api/v1/things/{id}": {
            "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "string", "format": "uuid"}}],
            "put": {
                "tags": ["Things"], "operationId": "change_thing", "summary": "Change a <thing>",
                "description": "Takes `name`.\n\nNothing else.",
                "security": [{"api_key": ["things:write"]}],
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Change"}}}},
                "responses": {"200": {"description": "changed", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}}}
            }
        }},
        "components": {"schemas": {
            "Thing": {"type": "object", "properties": {"parts": {"type": "array", "items": {"$ref": "#/components/schemas/Thing"}}}},
            "Change": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string", "description": "Its new name."}}},
            "State": {"type": "string", "enum": ["on", "off"]}
        }}
    })
}

#[tokio::test]
async fn an_operation_is_shown_with_all_that_a_caller_needs() {
    let html = shown(&document()).await;
    for part in [
        r#"id="change_thing""#,
        "Change a &#60;thing&#62;",
        "<code>/api/v1/things/{id}</code>",
        "Needs an API key with the scope <code>things:write</code>",
        "<p>Takes <code>name</code>.</p><p>Nothing else.</p>",
        "<td data-label=\"Type\">UUID</td>",
        "<p>Its new name.</p>",
        r##"<a href="#type-Thing">Thing</a>"##,
        r#"id="type-Thing""#,
        "one of <code>on</code>, <code>off</code>",
    ] {
        assert!(html.contains(part), "{part} is missing in {html}");
    }
}

#[tokio::test]
async fn a_document_that_holds_nothing_or_itself_is_still_a_page() {
    shown(&Value::Null).await;
    shown(&json!({"paths": {"/x": {"get": 5}}, "tags": 7})).await;
    let endless =
        json!({"allOf": [{"$ref": "#/components/schemas/A"}], "oneOf": [{"$ref": "#/components/schemas/A"}]});
    shown(&json!({"components": {"schemas": {"A": endless}}})).await;
}

#[test]
fn types_are_named_in_words() {
    let words =
        |schema: Value| kinds_of(&schema).into_iter().map(|kind| kind.words).collect::<Vec<_>>().join(" or ");
    assert_eq!(
        words(json!({"type": ["string", "null"], "format": "date-time"})),
        "instant (RFC 3339) or null"
    );
    assert_eq!(words(json!({"type": "array", "items": {"type": "integer"}})), "list of integer");
    assert_eq!(words(json!({"type": "object", "additionalProperties": {"type": "string"}})), "map of string");
    assert_eq!(words(json!({})), "anything");
}
