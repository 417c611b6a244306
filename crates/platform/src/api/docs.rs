//! The readable page of the OpenAPI document.
