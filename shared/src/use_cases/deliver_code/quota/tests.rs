//! Reservations by a first try and by a later one, and what is left of them if nothing was sent.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::*;
use crate::limits::bound::PolicyBound;
use crate::policy::Price;
use crate::ports::store::Limits;
use crate::testing::samples::START;
use crate::testing::{CountingRandom, FixedClock, MemoryStore, block_on};
use crate::use_cases::context::Context;
use crate::use_cases::deliver_code::tests;

type App = DeliverCode<MemoryStore, ()>;

const ACCOUNT: &str = "account";
const DESTINATION: &str = "destination.1.d";

fn app() -> App {
    let (clock, random) = (FixedClock::new(START), CountingRandom::default());
    tests::app(Context::new(MemoryStore::new(), Arc::new(clock), Arc::new(random)), ())
}

/// The price of a message of which an account can afford two a day: 5 % of 60 % of one dollar is 0.03.
const PRICE: Money = Money::from_micros(15_000);

/// A policy whose messages are cheap, so that no part is raised to pay for one.
fn policy() -> Policy {
    let cheap = Price { sms: Money::from_micros(1_000), call: Money::from_micros(1_000), daily_cap_usd: None };
    Policy {
        daily_spend_cap_usd: Money::from_micros(1_000_000),
        prices: BTreeMap::from([("*".to_owned(), cheap)]),
        ..Policy::default()
    }
}

fn request<'a>(policy: &Policy, name: &str, source: &'a str, seconds: u64) -> QuotaRequest<'a> {
    QuotaRequest {
        name: name.to_owned(),
        channel: Channel::Sms,
        destination: "1.d".to_owned(),
        source,
        account: ACCOUNT.to_owned(),
        share: Share::Resets,
        price: PRICE,
        country: None,
        limits: policy.sends.clone(),
        asked_at: START.plus(seconds),
    }
}

async fn reserve(app: &App, name: &str, seconds: u64) -> Result<ReservedQuota<'static>, DropReason> {
    let policy = policy();
    app.reserve(&policy, &request(&policy, name, "", seconds), None).await.unwrap()
}

/// The names that a row counts, and whether each was refunded.
async fn known(app: &App, row: &str) -> Vec<(String, bool)> {
    let sends = app.context.store.sends(row).await.unwrap();
    sends.counted.into_iter().map(|send| (send.order, send.refunded)).collect()
}

async fn both_know(app: &App, names: &[(&str, bool)]) {
    let names: Vec<(String, bool)> = names.iter().map(|(name, back)| ((*name).to_owned(), *back)).collect();
    assert_eq!(known(app, ACCOUNT).await, names);
    assert_eq!(known(app, DESTINATION).await, names);
}

#[test]
fn a_later_try_gives_back_what_an_earlier_one_had_reserved() {
    block_on(async {
        let app = app();
        // This try ends here, without writing an outcome.
        reserve(&app, "1", 0).await.ok().unwrap();
        let again = reserve(&app, "1", 0).await.ok().unwrap();
        both_know(&app, &[("1", false)]).await;
        app.give_back(&again).await.unwrap();
        both_know(&app, &[("1", true)]).await;
        // Only its own money is refunded. The money that the ended try reserved stays charged, so there is room for one
        // of two.
        reserve(&app, "2", 1).await.ok().unwrap();
        both_know(&app, &[("2", false), ("1", true)]).await;
        assert_eq!(reserve(&app, "3", 31).await.err(), Some(DropReason::SpendCap(Spent::Account)));
    });
}

#[test]
fn a_reservation_that_keeps_losing_to_others_succeeds_at_the_last_try_or_fails() {
    block_on(async {
        let (app, policy) = (app(), policy());
        let reserve = async |lost: usize| {
            app.context.store.lose_writes(DESTINATION, lost);
            app.reserve(&policy, &request(&policy, "one", "", 0), None).await.is_ok_and(|reserved| reserved.is_ok())
        };
        assert!(!reserve(MAX_DECISIONS).await);
        both_know(&app, &[]).await;
        assert!(reserve(MAX_DECISIONS - 1).await);
        both_know(&app, &[("one", false)]).await;
    });
}

#[test]
fn what_an_earlier_try_may_have_sent_stays_charged_where_no_provider_says_otherwise() {
    block_on(async {
        let app = app();
        reserve(&app, "1", 0).await.ok().unwrap();
        let again = reserve(&app, "1", 0).await.ok().unwrap();
        app.undo(&again).await.unwrap();
        both_know(&app, &[("1", false)]).await;
        assert_eq!(reserve(&app, "2", 1).await.err(), Some(DropReason::SendLimit));
    });
}

#[test]
fn what_no_provider_was_asked_for_leaves_nothing() {
    block_on(async {
        let app = app();
        let reserved = reserve(&app, "1", 0).await.ok().unwrap();
        app.undo(&reserved).await.unwrap();
        both_know(&app, &[]).await;
        // Neither does a message for which there was no money.
        for name in ["1", "2"] {
            reserve(&app, name, 0).await.ok().unwrap();
            for row in [ACCOUNT, DESTINATION] {
                let sends = app.context.store.sends(row).await.unwrap();
                assert!(app.context.store.put_sends(row, &sends.without(name).unwrap()).await.unwrap());
            }
        }
        assert_eq!(reserve(&app, "3", 0).await.err(), Some(DropReason::SpendCap(Spent::Account)));
        both_know(&app, &[]).await;
    });
}

#[test]
fn a_refund_is_repeated_whether_or_not_a_provider_was_asked() {
    block_on(async {
        for asked in [true, false] {
            let app = app();
            let reserved = reserve(&app, "1", 0).await.ok().unwrap();
            app.give_back(&reserved).await.unwrap();
            let again = reserve(&app, "1", 0).await.ok().unwrap();
            both_know(&app, &[("1", false)]).await;
            if asked {
                app.give_back(&again).await.unwrap();
            } else {
                app.undo(&again).await.unwrap();
            }
            both_know(&app, &[("1", true)]).await;
        }
    });
}

#[test]
fn sends_are_refunded_even_if_the_money_cannot_be() {
    block_on(async {
        let app = app();
        app.context.store.fail_refunds(true);
        for name in ["1", "2"] {
            let reserved = reserve(&app, name, 0).await.ok().unwrap();
            assert_eq!(app.give_back(&reserved).await.unwrap_err().what, "money cannot be refunded");
        }
        both_know(&app, &[("2", true), ("1", true)]).await;
        app.context.store.fail_refunds(false);
        assert_eq!(reserve(&app, "3", 0).await.err(), Some(DropReason::SpendCap(Spent::Account)), "both were charged");

        let app = self::app();
        let reserved = reserve(&app, "1", 0).await.ok().unwrap();
        app.context.store.fail_refunds(true);
        assert!(app.undo(&reserved).await.is_err());
        both_know(&app, &[]).await;
    });
}

#[test]
fn a_source_is_still_new_to_the_account_where_only_the_message_itself_counts() {
    block_on(async {
        let app = app();
        let policy = Policy { daily_spend_cap_usd: Money::MAX, ..Policy::default() };
        for number in 0..5 {
            let request = request(&policy, &number.to_string(), "flood", number * 30);
            assert!(app.reserve(&policy, &request, None).await.unwrap().is_ok());
        }
        let more = request(&policy, "more", "flood", 150);
        assert_eq!(app.reserve(&policy, &more, None).await.unwrap().err(), Some(DropReason::SendLimit));
        // A try from another network ends between its writes to the two rows.
        let own = request(&policy, "own", "elsewhere", 150);
        let log = app.context.store.sends(ACCOUNT).await.unwrap();
        let admitted = log.admit(Scope::Account, &own.entry(), &own.limits, true).unwrap();
        assert!(app.context.store.put_sends(ACCOUNT, &admitted).await.unwrap());
        assert!(app.reserve(&policy, &own, None).await.unwrap().is_ok());
        assert_eq!(known(&app, DESTINATION).await[0], ("own".to_owned(), false));
    });
}

/// Reserves a price that divides every cap until a message is refused, and returns the sum. Each message has a
/// destination of its own, and the account and the source network of its number.
async fn spent(share: Share, account: impl Fn(u64) -> String, source: impl Fn(u64) -> String) -> Money {
    let (app, policy, price) = (app(), policy(), Money::from_micros(1_000));
    for number in 0.. {
        let source = source(number);
        let order = QuotaRequest {
            destination: format!("1.{number}"),
            account: account(number),
            share,
            price,
            ..request(&policy, &number.to_string(), &source, number * 40_000)
        };
        match app.reserve(&policy, &order, None).await.unwrap() {
            Ok(_) => {}
            Err(DropReason::SpendCap(_)) => return Money::from_micros(number * price.micros()),
            Err(other) => panic!("{other:?}"),
        }
    }
    unreachable!("money has an end")
}

#[test]
fn no_more_is_reserved_than_the_bound_says_and_no_less() {
    block_on(async {
        let bound = PolicyBound::from(&policy());
        let one = |_| "one".to_owned();
        let each = |number: u64| number.to_string();
        for (share, all, account) in [
            (Share::Resets, bound.resets_per_day_usd, bound.resets_per_account_day_usd),
            (Share::Registration, bound.registration_per_day_usd, bound.registration_per_person_day_usd),
            (Share::Notices, bound.notices_per_day_usd, bound.notices_per_account_day_usd),
        ] {
            assert_eq!(spent(share, each, each).await, all, "{share:?}");
            assert_eq!(spent(share, one, each).await, account, "{share:?} of one account");
        }
        assert_eq!(spent(Share::Resets, each, one).await, bound.resets_per_network_day_usd);
        assert_eq!(
            spent(Share::Registration, each, one).await,
            bound.registration_per_day_usd,
            "an office is one network"
        );
    });
}

#[test]
fn a_spent_share_leaves_the_others_whole() {
    block_on(async {
        let (app, policy, price) = (app(), policy(), Money::from_micros(10_000));
        for share in [Share::Resets, Share::Registration, Share::Notices] {
            let reserved = async |number: u64| {
                let name = format!("{share:?}.{number}");
                let order = QuotaRequest {
                    account: name.clone(),
                    destination: format!("1.{name}"),
                    share,
                    price,
                    ..request(&policy, &name, &name, 0)
                };
                app.reserve(&policy, &order, None).await.unwrap().is_ok()
            };
            let mut messages = 0;
            while reserved(messages).await {
                messages += 1;
            }
            assert_eq!(Money::from_micros(messages * price.micros()), share.cap(&policy), "{share:?}");
        }
    });
}

#[test]
fn each_part_pays_for_the_dearest_message_at_least() {
    block_on(async {
        let (dear, cheap) = (Money::from_micros(300_000), Money::from_micros(10_000));
        let priced = |sms| {
            let prices = BTreeMap::from([("*".to_owned(), Price { sms, call: cheap, daily_cap_usd: None })]);
            Policy { prices, ..policy() }
        };
        let reserved = async |policy: &Policy| {
            let order = QuotaRequest { price: dear, ..request(policy, "1", "network", 0) };
            app().reserve(policy, &order, None).await.unwrap().err()
        };
        assert_eq!(reserved(&priced(dear)).await, None, "a twentieth of the share is a tenth of the price");
        assert_eq!(
            reserved(&priced(cheap)).await,
            Some(DropReason::SpendCap(Spent::Account)),
            "nothing that dear is allowed"
        );
    });
}

#[test]
fn the_part_that_is_spent_is_named() {
    block_on(async {
        let (app, policy) = (app(), policy());
        let reserved = async |name: &str, account: &str, network: &str, price: u64| {
            let order = QuotaRequest {
                account: account.to_owned(),
                destination: format!("1.{name}"),
                price: Money::from_micros(price),
                ..request(&policy, name, network, 0)
            };
            app.reserve(&policy, &order, None).await.unwrap().err()
        };
        assert_eq!(reserved("1", "a", "one", 31_000).await, Some(DropReason::SpendCap(Spent::Account)));
        for account in ["a", "b", "c", "d", "e"] {
            assert_eq!(reserved(account, account, "one", 30_000).await, None);
        }
        assert_eq!(reserved("2", "f", "one", 1_000).await, Some(DropReason::SpendCap(Spent::Network)));
        for number in 0..15 {
            let name = format!("n{number}");
            assert_eq!(reserved(&name, &name, &name, 30_000).await, None);
        }
        assert_eq!(reserved("3", "g", "two", 1_000).await, Some(DropReason::SpendCap(Spent::Share)));
    });
}

/// All purposes share a country's cap, and a message for which it has no room costs nothing elsewhere.
#[test]
fn a_countrys_cap_is_spent_exactly() {
    block_on(async {
        let app = app();
        let cheap = Price { sms: PRICE, call: PRICE, daily_cap_usd: Some(Money::from_micros(30_000)) };
        let free = Price { daily_cap_usd: None, ..cheap.clone() };
        let prices = BTreeMap::from([("*".to_owned(), cheap), ("US".to_owned(), free)]);
        let policy = Policy { prices, daily_spend_cap_usd: Money::from_micros(100_000_000), ..policy() };
        let reserved = async |name: &str, country: &str, share: Share| {
            let order = QuotaRequest {
                account: name.to_owned(),
                destination: format!("1.{name}"),
                country: Country::parse(country).ok(),
                share,
                ..request(&policy, name, name, 0)
            };
            app.reserve(&policy, &order, None).await.unwrap().map_err(DropReason::as_str)
        };
        assert!(reserved("1", "GB", Share::Resets).await.is_ok());
        assert!(reserved("2", "GB", Share::Registration).await.is_ok());
        assert!(reserved("notice", "GB", Share::Notices).await.is_ok(), "notices have their own share");
        for share in [Share::Resets, Share::Registration] {
            assert_eq!(reserved("3", "GB", share).await.err(), Some("spendCapOfCountry"), "{share:?}");
        }
        let own = app.context.store.spend(START.day(), "resets.3", PRICE, PRICE).await.unwrap();
        assert!(own, "what was reserved before the country's cap is refunded");
        let sent = reserved("4", "CA", Share::Resets).await;
        assert!(sent.is_ok(), "each of the other countries has the cap by itself");
        for name in ["5", "6", "7"] {
            assert!(reserved(name, "US", Share::Resets).await.is_ok(), "no cap");
        }
        app.give_back(&sent.unwrap()).await.unwrap();
        for (name, expected) in [("8", true), ("9", true), ("10", false)] {
            assert_eq!(reserved(name, "CA", Share::Resets).await.is_ok(), expected, "{name}");
        }
    });
}
