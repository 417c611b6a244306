//! Admin → Connections: every account's connections, or those of one integration.

use sandbox::Provider;

use super::desk::{BEN, Desk};

#[tokio::test]
async fn the_status_page_shows_everybody_or_one_integration() {
    let desk = Desk::open().await;
    let webex = desk.hub.integration(Provider::Webex).await;
    let microsoft = desk.hub.integration(Provider::Microsoft).await;
    let first = desk.hub.connect(&desk.ben, &webex, BEN).await;
    let second = desk.hub.connect(&desk.ben, &microsoft, BEN).await;
    let admin = desk.hub.admin().await;
    let all = admin.get("/admin/connections").await.expect(200).body;
    assert!(all.contains(&first) && all.contains(&second), "{all}");
    assert!(all.contains("Nothing connected yet"), "who has connected nothing is named too: {all}");
    let one = admin.get(&format!("/admin/connections?integration={webex}")).await.expect(200).body;
    assert!(one.contains(&first) && !one.contains(&second), "{one}");
    assert!(one.contains("Only those of"), "{one}");
    let none = admin.get("/admin/connections?state=waiting&after=nothing").await.expect(200).body;
    assert!(none.contains("No connections here"), "{none}");
}
