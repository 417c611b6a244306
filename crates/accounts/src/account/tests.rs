use platform::Fault;

use super::*;
use crate::testing::TestRoom;

#[test]
fn addresses_that_can_be_mailed_to_are_taken() {
    for good in
        ["ada@library.example", " ada.l+x@sub.library.example ", "o'neil@host", "jörg@bücherei.example"]
    {
        assert!(good.parse::<Email>().is_ok(), "{good}");
    }
    let long = format!("{}@library.example", "a".repeat(65));
    let (label, longest) = (format!("a@{}.example", "a".repeat(64)), format!("a@{}.example", "a".repeat(63)));
    // 31 letters that are more than 63 characters as mail systems look them up.
    let other: String = (0..31).filter_map(|index| char::from_u32(0x4e00 + index * 597)).collect();
    let other = format!("a@{other}.example");
    assert!(longest.parse::<Email>().is_ok());
    for bad in [
        "",
        "ada",
        "@library.example",
        "ada@",
        "a b@library.example",
        "ada@lib..example",
        ".ada@library.example",
        "ada@-lib.example",
        "<ada@library.example>",
        "ada@library.example\r\nBcc: x@y.example",
        "a@b@c.example",
        &long,
        &label,
        &other,
    ] {
        assert!(bad.parse::<Email>().is_err(), "{bad}");
    }
    assert_eq!("Ada@Library.example".parse::<Email>().unwrap().key(), "ada@library.example");
}

#[tokio::test]
async fn one_address_has_one_account_whatever_its_case() {
    let room = TestRoom::new().await;
    let ada = room.account("ada@library.example", &[Role::Host]).await;
    let again = NewAccount { email: "ADA@library.example".into(), ..room.new_account("x@library.example") };
    let error = create_account(&room.hub, again).await.unwrap_err();
    assert!(error.field("email").is_some());
    assert_eq!(find(&room.hub, " Ada@Library.Example").await.unwrap().unwrap().id, ada);
}

#[tokio::test]
async fn everything_wrong_with_a_new_account_is_said_at_once() {
    let room = TestRoom::new().await;
    let new = NewAccount {
        organization: room.organization,
        name: " ".into(),
        email: "nobody".into(),
        password: Some("short".into()),
        roles: Vec::new(),
        time_zone: Some("Mars/Olympus".into()),
    };
    let error = create_account(&room.hub, new).await.unwrap_err();
    for field in ["name", "email", "password", "roles", "time_zone"] {
        assert!(error.field(field).is_some(), "{field}");
    }
}

#[tokio::test]
async fn the_last_administrator_who_can_sign_in_stays() {
    let room = TestRoom::new().await;
    let (ada, system) = (room.account("ada@library.example", &[Role::Administrator]).await, room.system());
    let invited = NewAccount {
        password: None,
        roles: vec![Role::Administrator],
        ..room.new_account("ben@library.example")
    };
    create_account(&room.hub, invited).await.unwrap();
    let demoted = set_roles(&room.hub, &system, room.organization, ada, vec![Role::Host]).await;
    assert_eq!(demoted.unwrap_err().fault, Fault::Conflict);
    let disabled = disable(&room.hub, &system, room.organization, ada).await;
    assert_eq!(disabled.unwrap_err().fault, Fault::Conflict);
    room.account("eva@library.example", &[Role::Administrator]).await;
    assert!(!disable(&room.hub, &system, room.organization, ada).await.unwrap().is_active());
    assert!(enable(&room.hub, &system, room.organization, ada).await.unwrap().is_active());
}

#[tokio::test]
async fn a_key_cannot_make_or_unmake_administrators() {
    let room = TestRoom::new().await;
    let ada = room.account("ada@library.example", &[Role::Administrator]).await;
    let ben = room.account("ben@library.example", &[Role::Host]).await;
    let key = room.key_actor(&[platform::Scope::AccountsWrite]);
    let promote = set_roles(&room.hub, &key, room.organization, ben, vec![Role::Administrator]).await;
    assert_eq!(promote.unwrap_err().fault, Fault::Forbidden);
    let demote = set_roles(&room.hub, &key, room.organization, ada, vec![Role::Host]).await;
    assert_eq!(demote.unwrap_err().fault, Fault::Forbidden);
    let roles = vec![Role::Operator, Role::Host, Role::Operator];
    let changed = set_roles(&room.hub, &key, room.organization, ben, roles).await.unwrap();
    assert_eq!(changed.roles, [Role::Host, Role::Operator]);
}

#[tokio::test]
async fn accounts_of_another_organization_do_not_exist() {
    let room = TestRoom::new().await;
    let ada = room.account("ada@library.example", &[Role::Administrator]).await;
    let other = crate::create_organization(&room.hub, "Other", "UTC").await.unwrap();
    assert_eq!(account(&room.hub, other, ada).await.unwrap_err().fault, Fault::NotFound);
    let act = disable(&room.hub, &Actor::system(other), other, ada).await;
    assert_eq!(act.unwrap_err().fault, Fault::NotFound);
}
