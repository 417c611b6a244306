//! An endpoint of a client: proves itself to Graph, keeps what it is sent, and can be told to fail.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use http::{HeaderMap, StatusCode};
use serde_json::Value;

#[derive(Clone, Default)]
pub(crate) struct Hook {
    inner: Arc<Mutex<Inner>>,
    pub(crate) url: String,
}

#[derive(Default)]
struct Inner {
    received: Vec<(HeaderMap, Vec<u8>)>,
    status: Option<u16>,
    echo: Option<&'static str>,
}

impl Hook {
    pub(crate) async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hooks", listener.local_addr().unwrap());
        let hook = Self { url, ..Self::default() };
        let app = Router::new().route("/hooks", post(receive)).with_state(hook.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        hook
    }

    /// Answers this status from now on.
    pub(crate) fn answer(&self, status: u16) {
        self.inner.lock().unwrap().status = Some(status);
    }

    /// Answers this text to the validation.
    pub(crate) fn echo(&self, text: &'static str) {
        self.inner.lock().unwrap().echo = Some(text);
    }

    pub(crate) fn raw(&self) -> Vec<(HeaderMap, Vec<u8>)> {
        self.inner.lock().unwrap().received.clone()
    }

    pub(crate) fn received(&self) -> Vec<Value> {
        self.raw().iter().map(|(_, body)| serde_json::from_slice(body).unwrap()).collect()
    }

    /// Waits until so many were received, and gives them.
    pub(crate) async fn wait(&self, count: usize) -> Vec<Value> {
        for _ in 0..500 {
            let received = self.received();
            if received.len() >= count {
                return received;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("only {:?} came", self.received());
    }
}

async fn receive(
    State(hook): State<Hook>,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let mut inner = hook.inner.lock().unwrap();
    let status = StatusCode::from_u16(inner.status.unwrap_or(200)).unwrap();
    if let Some(token) = query.get("validationToken") {
        assert_eq!(headers["content-type"], "text/plain; charset=utf-8");
        let echo = inner.echo.map_or_else(|| token.clone(), str::to_owned);
        return (status, echo).into_response();
    }
    inner.received.push((headers, body.to_vec()));
    status.into_response()
}
