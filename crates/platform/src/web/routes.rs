//! Routes with their access: the only way to mount a handler, so that none can be forgotten.

use axum::{
    Router,
    handler::Handler,
    middleware,
    routing::{MethodFilter, MethodRouter},
};
use http::Method;
use utoipa::openapi::{OpenApi, PathItem, path::Paths};

use super::access::{Access, guard};
use crate::Hub;

/// A declared route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    pub method: Method,
    pub path: String,
    pub access: Access,
}

/// What a room serves.
pub struct Routes {
    router: Router<Hub>,
    table: Vec<Route>,
    openapi: OpenApi,
}

impl Default for Routes {
    fn default() -> Self {
        Self { router: Router::new(), table: Vec::new(), openapi: OpenApi::default() }
    }
}

/// What `utoipa_axum::routes!(handler)` gives: schemas, paths and the handler.
pub type ApiRoute =
    (Vec<(String, utoipa::openapi::RefOr<utoipa::openapi::schema::Schema>)>, Paths, MethodRouter<Hub>);

impl Routes {
    /// Serves `GET path`.
    #[must_use]
    pub fn get<H: Handler<T, Hub>, T: 'static>(self, path: &str, access: Access, handler: H) -> Self {
        self.on(Method::GET, path, access, handler)
    }

    /// Serves `POST path`.
    #[must_use]
    pub fn post<H: Handler<T, Hub>, T: 'static>(self, path: &str, access: Access, handler: H) -> Self {
        self.on(Method::POST, path, access, handler)
    }

    fn on<H: Handler<T, Hub>, T: 'static>(
        mut self,
        method: Method,
        path: &str,
        access: Access,
        handler: H,
    ) -> Self {
        let filter = MethodFilter::try_from(method.clone()).unwrap_or(MethodFilter::GET);
        let guarded = MethodRouter::new()
            .on(filter, handler)
            .route_layer(middleware::from_fn(move |request, next| guard(access, request, next)));
        self.router = self.router.route(path, guarded);
        self.table.push(Route { method, path: path.to_owned(), access });
        self
    }

    /// Serves one documented operation of the API; path and method come from its OpenAPI attribute.
    #[must_use]
    pub fn api(mut self, access: Access, (schemas, paths, handler): ApiRoute) -> Self {
        let guarded =
            handler.route_layer(middleware::from_fn(move |request, next| guard(access, request, next)));
        for (path, item) in &paths.paths {
            self.router = self.router.route(path, guarded.clone());
            self.table.extend(methods(item).into_iter().map(|method| Route {
                method,
                path: path.clone(),
                access,
            }));
        }
        let mut document = OpenApi::default();
        document.paths = paths;
        document.components.get_or_insert_default().schemas.extend(schemas);
        self.openapi.merge(document);
        self
    }

    /// Both rooms' routes.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        self.router = self.router.merge(other.router);
        self.table.extend(other.table);
        self.openapi.merge(other.openapi);
        self
    }

    /// The router, every declared route, and the API's document.
    pub fn into_parts(self) -> (Router<Hub>, Vec<Route>, OpenApi) {
        (self.router, self.table, self.openapi)
    }
}

fn methods(item: &PathItem) -> Vec<Method> {
    [
        (&item.get, Method::GET),
        (&item.post, Method::POST),
        (&item.put, Method::PUT),
        (&item.patch, Method::PATCH),
        (&item.delete, Method::DELETE),
    ]
    .into_iter()
    .filter_map(|(operation, method)| operation.is_some().then_some(method))
    .collect()
}
