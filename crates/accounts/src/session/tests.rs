use super::*;
use crate::testing::TestRoom;

async fn signed_in(room: &TestRoom, account: AccountId, replaced: Option<&str>) -> String {
    let mut tx = room.hub.db().begin().await.unwrap();
    let origin = Origin { ip: None, user_agent: Some("ü".repeat(1000)) };
    let token = start(&room.hub, &mut tx, (room.organization, account), &origin, replaced).await.unwrap();
    tx.commit().await.unwrap();
    token
}

async fn is_alive(room: &TestRoom, token: &str) -> bool {
    recognize(&room.hub, token).await.unwrap().is_some()
}

#[tokio::test]
async fn a_session_knows_its_person_and_stores_no_token() {
    let room = TestRoom::new().await;
    let ada = room.account("ada@library.example", &[Role::Host, Role::Administrator]).await;
    let token = signed_in(&room, ada, None).await;
    let person = recognize(&room.hub, &token).await.unwrap().unwrap();
    assert_eq!((person.account, person.roles), (ada, vec![Role::Administrator, Role::Host]));
    assert_ne!(person.session, token);
    assert!(!is_alive(&room, &person.session).await, "what is stored must not open anything");
}

#[tokio::test]
async fn an_idle_session_ends_after_a_week_and_a_used_one_after_thirty_days() {
    let room = TestRoom::new().await;
    let ada = room.account("ada@library.example", &[Role::Host]).await;
    let (idle, used) = (signed_in(&room, ada, None).await, signed_in(&room, ada, None).await);
    let nearly_six_days = Duration::from_secs(6 * 24 * 3600 - 60);
    for _ in 0..5 {
        room.hub.clock().advance(nearly_six_days);
        assert!(is_alive(&room, &used).await);
    }
    assert!(!is_alive(&room, &idle).await);
    room.hub.clock().advance(Duration::from_secs(300));
    assert!(!is_alive(&room, &used).await);
    forget(&room.hub).await.unwrap();
    let (left,): (i64,) = room.hub.db().sql("SELECT COUNT(*) FROM session").one(room.hub.db()).await.unwrap();
    assert_eq!(left, 0);
}

#[tokio::test]
async fn signing_in_again_ends_the_session_the_browser_came_with() {
    let room = TestRoom::new().await;
    let ada = room.account("ada@library.example", &[Role::Host]).await;
    let first = signed_in(&room, ada, None).await;
    let second = signed_in(&room, ada, Some(&first)).await;
    assert!(!is_alive(&room, &first).await && is_alive(&room, &second).await);
}

#[tokio::test]
async fn only_the_owner_revokes_a_session() {
    let room = TestRoom::new().await;
    let ada = room.account("ada@library.example", &[Role::Host]).await;
    let ben = room.account("ben@library.example", &[Role::Host]).await;
    let (adas, bens) = (signed_in(&room, ada, None).await, signed_in(&room, ben, None).await);
    let ben = recognize(&room.hub, &bens).await.unwrap().unwrap();
    let ada = recognize(&room.hub, &adas).await.unwrap().unwrap();
    let actor = room.person_actor(ben.clone());
    assert!(revoke(&room.hub, &actor, &ben, &ada.session).await.is_err());
    assert!(is_alive(&room, &adas).await);
    revoke(&room.hub, &actor, &ben, &ben.session).await.unwrap();
    assert!(!is_alive(&room, &bens).await);
}
