//! Which new items are delivery jobs.

use shared::ports::store::DeliveryJob;
use shared::random::{ChallengeId, NoticeId, ResetId};

use super::key::{CHALLENGE, NOTICE, ORDER, RESET, SEPARATOR};

/// The delivery job that a new item represents, if any; the stream announces much else besides.
#[must_use]
pub fn job_of(pk: &str, sk: &str) -> Option<DeliveryJob> {
    let (name, of) = pk.split_once(SEPARATOR)?;
    match (name, sk.split_once(SEPARATOR)) {
        (RESET, None) if sk == RESET => Some(DeliveryJob::Code(ResetId::parse(of)?, 1)),
        (RESET, Some((ORDER, order))) => Some(DeliveryJob::Code(ResetId::parse(of)?, order.parse().ok()?)),
        (CHALLENGE, None) if sk == CHALLENGE => Some(DeliveryJob::Challenge(ChallengeId::parse(of)?)),
        (NOTICE, Some((NOTICE, id))) => Some(DeliveryJob::Notice { day: of.parse().ok()?, id: NoticeId::parse(id)? }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use shared::account::Owner;
    use shared::account::search::Index;
    use shared::limits::guesses::GuessLog;
    use shared::policy::Policy;
    use shared::random::AccountId;
    use shared::records::audit::{Activity, AuditRecord, Initiator};
    use shared::reset::challenge::Challenge;
    use shared::time::Moment;

    use super::*;
    use crate::table::Key;

    const ID: &str = "AAAAAAAAAAAAAAAAAAAAAA";

    #[test]
    fn only_items_that_ask_for_a_delivery_are_jobs() {
        let reset = ResetId::parse(ID).unwrap();
        let of = |key: &Key| job_of(&key.partition, &key.sort);
        assert_eq!(of(&Key::reset(&reset)), Some(DeliveryJob::Code(reset.clone(), 1)));
        assert_eq!(of(&Key::order(&reset, 4)), Some(DeliveryJob::Code(reset, 4)));
        let challenge = ChallengeId::parse(ID).unwrap();
        assert_eq!(of(&Key::challenge(&challenge)), Some(DeliveryJob::Challenge(challenge)));
        let id = NoticeId::parse(ID).unwrap();
        let day = "2026-11-21".parse().unwrap();
        assert_eq!(of(&Key::notice(day, &id)), Some(DeliveryJob::Notice { day, id }));
        let account = AccountId::parse(ID).unwrap();
        let owner = Owner::Account(account.clone());
        let by = Initiator::Application("RESET".to_owned());
        let random = &crate::config::system::SystemRandom;
        let record = AuditRecord::new(Activity::ResetProgress, by, &Policy::default(), Moment::from_millis(0), random);
        for key in [
            Key::account(&account),
            Key::sends(&Challenge::log_key(&account)),
            Key::policy(),
            Key::index(Index::UserName, "reset#a@contoso.example"),
            Key::index(Index::Name, "reset#a"),
            Key::sends("RESET"),
            Key::spend(day, "RESET"),
            Key::guess_log(&GuessLog::Account(owner.clone())),
            Key::guess_log(&GuessLog::Registration(owner)),
            Key::questions(&account),
            Key::administrator(&account),
            Key::blocked(ID),
            Key::blocked("RESET"),
            Key::record(&record),
        ] {
            assert_eq!(of(&key), None, "{key:?}");
        }
        assert_eq!(job_of("RESET#short", "RESET"), None);
        assert_eq!(job_of("", ""), None);
    }
}
