//! The audit trail's counts: many entries at a time, each with its own.

use ::platform::{
    Actor,
    audit::{self, Act, AuditFilter, Repetitions},
};

use crate::harness::TestHub;

#[tokio::test]
async fn repetitions_reach_their_own_entries_however_many_there_are() {
    let hub = TestHub::start().await;
    let organization = hub.organization().await;
    let actor = Actor::system(organization);
    let mut repetitions = Vec::new();
    let mut tx = hub.hub.db().begin().await.expect("a transaction");
    for number in 0..1_001 {
        let details = serde_json::json!({});
        let act = Act { action: "token.read", subject: "counted", subject_id: number.to_string(), details };
        let entry = audit::record_for(&hub.hub, &mut tx, organization, &actor, act).await.expect("an entry");
        let last_at = hub.hub.now().after(std::time::Duration::from_secs(60));
        if number > 0 {
            repetitions.push(Repetitions { organization, entry, times: number, last_at });
        }
    }
    tx.commit().await.expect("a commit");
    audit::add_repetitions(&hub.hub, &repetitions).await.expect("the counts are written");
    audit::add_repetitions(&hub.hub, &[]).await.expect("nothing is fine");
    let filter = AuditFilter { subject: Some("counted".into()), subject_id: None };
    let entries = audit::list(&hub.hub, organization, &filter, None, 2_000).await.expect("the trail");
    assert_eq!(entries.len(), 1_001);
    for entry in entries {
        let number: i64 = entry.subject_id.parse().expect("a number");
        assert_eq!(entry.times, number + 1, "{number}");
        assert_eq!(entry.last_at > entry.at, number > 0, "{number}");
    }
    hub.stop().await;
}
