//! An uploaded list: the form with its file, read piece by piece.

use axum::extract::{DefaultBodyLimit, FromRequest, Multipart, Request, multipart::Field};
use platform::{Error, Fault, Hub, Result};

use crate::planning::LONGEST_NAME;

/// No other field of the form is longer.
const LONGEST_TEXT: usize = 4_096;

/// The form as it was sent.
#[derive(Default)]
pub(super) struct Upload {
    pub(super) name: String,
    pub(super) create: bool,
    pub(super) site: String,
    pub(super) file_name: String,
    pub(super) bytes: Vec<u8>,
    /// The file was larger than lists may be; its bytes were thrown away.
    pub(super) is_too_large: bool,
}

impl FromRequest<Hub> for Upload {
    type Rejection = Error;

    async fn from_request(mut request: Request, hub: &Hub) -> Result<Self> {
        // The file is counted here, and read to its end whatever its size: a browser that is cut off while it sends
        // shows no answer.
        DefaultBodyLimit::disable().apply(&mut request);
        let mut form = Multipart::from_request(request, hub).await.map_err(unreadable)?;
        let mut upload = Self::default();
        while let Some(field) = form.next_field().await.map_err(unreadable)? {
            match field.name().unwrap_or_default() {
                "name" => upload.name = text(field).await?,
                "site" => upload.site = text(field).await?,
                "create" => upload.create = !text(field).await?.is_empty(),
                "file" => upload.file(field).await?,
                _ => {}
            }
        }
        Ok(upload)
    }
}

impl Upload {
    async fn file(&mut self, mut field: Field<'_>) -> Result<()> {
        self.file_name = field.file_name().unwrap_or_default().chars().take(LONGEST_NAME).collect();
        while let Some(chunk) = field.chunk().await.map_err(unreadable)? {
            if self.bytes.len() + chunk.len() > rosters::MOST_BYTES {
                self.is_too_large = true;
                self.bytes = Vec::new();
            }
            if !self.is_too_large {
                self.bytes.extend_from_slice(&chunk);
            }
        }
        Ok(())
    }
}

async fn text(mut field: Field<'_>) -> Result<String> {
    let mut bytes = Vec::new();
    while let Some(chunk) = field.chunk().await.map_err(unreadable)? {
        if bytes.len() < LONGEST_TEXT {
            bytes.extend_from_slice(&chunk);
        }
    }
    bytes.truncate(LONGEST_TEXT);
    Ok(String::from_utf8_lossy(&bytes).trim().to_owned())
}

fn unreadable(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    let say = "The upload ended early or could not be read. Nothing was stored. Open the form and send the file again.";
    Error::new(Fault::Invalid(Vec::new()), say).because(error)
}
