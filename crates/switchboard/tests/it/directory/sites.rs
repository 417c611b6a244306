//! Meeting sites by REST and XML, and the tickets for the latter.
