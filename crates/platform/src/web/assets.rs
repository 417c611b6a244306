//! The stylesheet, the little script and the icons: inside the binary, under names that change with their content.

use std::sync::LazyLock;

use aws_lc_rs::digest;
use axum::{
    extract::Path,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, header};

use crate::{Result, not_found};

struct Asset {
    name: &'static str,
    kind: &'static str,
    content: &'static str,
}

const ASSETS: &[Asset] = &[
    Asset {
        name: "switchboard.css",
        kind: "text/css; charset=utf-8",
        content: include_str!("../../assets/switchboard.css"),
    },
    Asset {
        name: "switchboard.js",
        kind: "text/javascript; charset=utf-8",
        content: include_str!("../../assets/switchboard.js"),
    },
    Asset {
        name: "booking.css",
        kind: "text/css; charset=utf-8",
        content: include_str!("../../assets/booking.css"),
    },
    Asset {
        name: "booking.js",
        kind: "text/javascript; charset=utf-8",
        content: include_str!("../../assets/booking.js"),
    },
    Asset {
        name: "week.css",
        kind: "text/css; charset=utf-8",
        content: include_str!("../../assets/week.css"),
    },
    Asset {
        name: "directory.css",
        kind: "text/css; charset=utf-8",
        content: include_str!("../../assets/directory.css"),
    },
    Asset { name: "icon.svg", kind: "image/svg+xml", content: include_str!("../../assets/icon.svg") },
];

static VERSION: LazyLock<String> = LazyLock::new(|| {
    let mut context = digest::Context::new(&digest::SHA256);
    for asset in ASSETS {
        context.update(asset.content.as_bytes());
    }
    context.finish().as_ref()[..6].iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
});

/// The path of an asset; it changes whenever any asset does, so browsers may keep it for good.
pub fn asset(name: &str) -> String {
    format!("/assets/{}/{name}", *VERSION)
}

/// Answers an asset.
#[expect(clippy::unused_async, reason = "a handler's signature")]
pub async fn serve(Path((_version, name)): Path<(String, String)>) -> Result<Response> {
    let asset = ASSETS.iter().find(|asset| asset.name == name).ok_or_else(|| not_found("file"))?;
    let mut response = asset.content.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.kind));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
    Ok(response)
}
