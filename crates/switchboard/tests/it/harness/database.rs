//! One database per test: a file, or on `HUB_TEST_DATABASE` a copy of a template that was migrated once.

use std::{path::Path, sync::atomic::AtomicU32, sync::atomic::Ordering};

use ::platform::{db::Db, reexport::sqlx::AssertSqlSafe};
use tokio::sync::OnceCell;

/// The PostgreSQL server to test on, when there is one.
#[expect(clippy::disallowed_methods, reason = "tells the tests which database to run on")]
pub(crate) fn admin_url() -> Option<String> {
    std::env::var("HUB_TEST_DATABASE").ok()
}

/// The address of a database of this test's own.
pub(crate) async fn own_database(dir: &Path) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let Some(admin) = admin_url() else {
        return format!("sqlite://{}", dir.join("switchboard.db").display());
    };
    let name = format!("hub_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let template = template(&admin).await;
    create(&admin, &format!("CREATE DATABASE {name} TEMPLATE {template}")).await;
    with_name(&admin, &name)
}

async fn template(admin: &str) -> &'static str {
    static TEMPLATE: OnceCell<String> = OnceCell::const_new();
    TEMPLATE
        .get_or_init(|| async {
            let name = format!("hub_template_{}", std::process::id());
            create(admin, &format!("CREATE DATABASE {name}")).await;
            let db = Db::connect(&with_name(admin, &name)).await.expect("the template can be opened");
            db.migrate().await.expect("the migrations run");
            db.close().await;
            name
        })
        .await
}

async fn create(admin: &str, sql: &str) {
    let db = Db::connect(admin).await.expect("HUB_TEST_DATABASE can be reached");
    db.sql(AssertSqlSafe(sql.to_owned())).execute(&db).await.expect("a database can be created");
    db.close().await;
}

/// `postgres://user@host/NAME?…` with another name.
fn with_name(admin: &str, name: &str) -> String {
    let mut url: url::Url = admin.parse().expect("HUB_TEST_DATABASE is an address");
    url.set_path(name);
    url.to_string()
}
