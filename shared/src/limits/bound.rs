//! What the policy in force allows at most: how likely guessing takes over an account, and what messages cost.
//!
//! Every number comes from the constants and functions that enforce it.

#[cfg(feature = "describe")]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::guesses::{Budget, LONG_WINDOW_DAYS};
use crate::identifiers::phone::Country;
use crate::money::Money;
use crate::policy::Policy;
use crate::policy::spending::Share;
use crate::reset::code::code_count;

/// The length of a year, in days.
pub const YEAR_DAYS: u64 = 365;

/// What the members of a policy allow at most: guesses at one account, and the cost of messages in a UTC day.
///
/// Two gates need two proofs, and `takeoverPerAccountYear` still is the probability for one code: the attacker may have
/// the other proof already, for example a stolen phone. Security questions open gate two only, so gate one is always a
/// code, and answers share its budget. Guessing answers with a stolen first proof is not covered: answers are far easier
/// to guess than codes. `triesPerCode` only says how many guesses of the budget one code may take. Long codes carry 130
/// bits and tokens 256, which are beyond guessing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "describe", derive(JsonSchema))]
#[cfg_attr(
    feature = "describe",
    schemars(description = "What the other members of the policy allow at most, computed. \
    Money is for one UTC day.")
)]
#[serde(rename_all = "camelCase")]
pub struct PolicyBound {
    /// The most guesses at one account that are evaluated in any 24 hours.
    pub evaluations_per_day: u32,
    /// The most guesses at one account that are evaluated in any 30 days. Each completed reset or unblocking refills the
    /// budget once, and so adds at most as many.
    #[serde(rename = "evaluationsPer30Days")]
    pub evaluations_per_30_days: u32,
    /// The most guesses at one account that are evaluated in 365 days, if nothing refills the budget.
    pub evaluations_per_year: u32,
    /// The highest probability that guessing codes takes over one account in 365 days of sustained attack, if nothing
    /// refills the budget: `evaluationsPerYear` divided by the number of codes of `codeDigits` digits. Answers to security
    /// questions, which need a proved code first, are not covered.
    pub takeover_per_account_year: f64,
    /// The most that all messages may cost.
    pub most_spend_per_day_usd: Money,
    /// The most that codes of resets may cost.
    pub resets_per_day_usd: Money,
    /// The most that codes of resets of one account may cost.
    pub resets_per_account_day_usd: Money,
    /// The most that codes of resets begun from one source network may cost.
    pub resets_per_network_day_usd: Money,
    /// The most that codes of registrations may cost.
    pub registration_per_day_usd: Money,
    /// The most that codes of one person's registrations may cost.
    pub registration_per_person_day_usd: Money,
    /// The most that notices may cost.
    pub notices_per_day_usd: Money,
    /// The most that notices about one account may cost.
    pub notices_per_account_day_usd: Money,
}

impl From<&Policy> for PolicyBound {
    fn from(policy: &Policy) -> Self {
        let budget = Budget::from(policy);
        let evaluations_per_year = budget.most_in(YEAR_DAYS);
        let [resets, registration, notices] =
            [Share::Resets, Share::Registration, Share::Notices].map(|share| share.cap(policy));
        Self {
            evaluations_per_day: budget.most_in(1),
            evaluations_per_30_days: budget.most_in(LONG_WINDOW_DAYS),
            evaluations_per_year,
            // There are at most 10^10 codes, which a float holds exactly.
            takeover_per_account_year: f64::from(evaluations_per_year) / code_count(policy.code_digits) as f64,
            most_spend_per_day_usd: codes_cap(policy, resets.plus(registration)).plus(notices),
            resets_per_day_usd: resets,
            resets_per_account_day_usd: Share::Resets.cap_per_account(policy),
            resets_per_network_day_usd: Share::Resets.cap_per_network(policy).unwrap_or(resets),
            registration_per_day_usd: registration,
            registration_per_person_day_usd: Share::Registration.cap_per_account(policy),
            notices_per_day_usd: notices,
            notices_per_account_day_usd: Share::Notices.cap_per_account(policy),
        }
    }
}

/// The most that codes may cost in a UTC day: their shares, or the caps of the allowed countries if each has one.
fn codes_cap(policy: &Policy, shares: Money) -> Money {
    let countries =
        policy.allowed_countries.iter().map(|country| policy.cap_per_country(Country::parse(country).ok()?));
    let caps: Option<Vec<Money>> = countries.collect();
    caps.map_or(shares, |caps| caps.into_iter().fold(Money::ZERO, Money::plus).min(shares))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The guesses in a day, in 30 days and in a year, and the probability of a takeover.
    fn guessing(code_digits: u8, guesses_per_day: u32, guesses_per_30_days: u32) -> (u32, u32, u32, f64) {
        let policy = Policy { code_digits, guesses_per_day, guesses_per_30_days, ..Policy::default() };
        let bound = PolicyBound::from(&policy.validated().unwrap());
        let PolicyBound { evaluations_per_day: day, evaluations_per_30_days: month, .. } = bound;
        (day, month, bound.evaluations_per_year, bound.takeover_per_account_year)
    }

    #[test]
    fn the_defaults_are_as_documented() {
        let bound = serde_json::to_string(&PolicyBound::from(&Policy::default())).unwrap();
        assert_eq!(
            bound,
            "{\"evaluationsPerDay\":10,\"evaluationsPer30Days\":50,\"evaluationsPerYear\":650,\
             \"takeoverPerAccountYear\":6.5e-6,\"mostSpendPerDayUsd\":\"25.00\",\"resetsPerDayUsd\":\"15.00\",\
             \"resetsPerAccountDayUsd\":\"0.75\",\"resetsPerNetworkDayUsd\":\"3.75\",\
             \"registrationPerDayUsd\":\"5.00\",\"registrationPerPersonDayUsd\":\"0.25\",\
             \"noticesPerDayUsd\":\"5.00\",\
             \"noticesPerAccountDayUsd\":\"0.25\"}"
        );
    }

    #[test]
    fn guesses_at_the_limits_of_a_policy() {
        for (digits, day, month, expected) in [
            (10, 10, 50, (10, 50, 650, 6.5e-8)),
            (6, 10, 50, (10, 50, 650, 6.5e-4)),
            // With one a day, the longer window is never full.
            (8, 1, 100, (1, 30, 365, 3.65e-6)),
            (8, 1, 1, (1, 1, 13, 1.3e-7)),
            // The five days beyond twelve windows hold 50 of 100.
            (8, 10, 100, (10, 100, 1250, 1.25e-5)),
            (6, 100, 100, (100, 100, 1300, 1.3e-3)),
        ] {
            assert_eq!(guessing(digits, day, month), expected, "{digits} digits, {day} a day, {month} in 30 days");
        }
    }

    #[test]
    fn neither_gates_nor_questions_nor_tries_change_the_probability() {
        let policy = Policy::default();
        let stricter = json!({"methods": ["email", "mobileSms", "securityQuestions"], "methodsRequired": 2});
        for patch in [stricter, json!({"triesPerCode": 1}), json!({"triesPerCode": 10})] {
            let patched = policy.patched(&patch).unwrap();
            assert_eq!(PolicyBound::from(&patched), PolicyBound::from(&policy), "{patch}");
        }
    }

    /// What a cap of so many millionths allows: in all, by purpose, per network, and per account for each purpose. The
    /// dearest message costs 50,000.
    fn money(cap: u64) -> [u64; 8] {
        let policy = Policy { daily_spend_cap_usd: Money::from_micros(cap), ..Policy::default() };
        let bound = PolicyBound::from(&policy);
        [
            bound.most_spend_per_day_usd,
            bound.resets_per_day_usd,
            bound.registration_per_day_usd,
            bound.notices_per_day_usd,
            bound.resets_per_network_day_usd,
            bound.resets_per_account_day_usd,
            bound.registration_per_person_day_usd,
            bound.notices_per_account_day_usd,
        ]
        .map(Money::micros)
    }

    #[test]
    fn caps_of_all_countries_limit_the_codes() {
        let patched = |patch| PolicyBound::from(&Policy::default().patched(&patch).unwrap()).most_spend_per_day_usd;
        let capped = json!({"sms": "0.05", "call": "0.05", "dailyCapUsd": "1.00"});
        assert_eq!(patched(json!({"prices": {"GB": capped, "*": capped}})).to_string(), "8.00", "three countries");
        assert_eq!(patched(json!({"prices": {"*": capped}, "allowedCountries": ["GB"]})).to_string(), "6.00");
        let free = json!({"sms": "0.05", "call": "0.05"});
        assert_eq!(patched(json!({"prices": {"GB": free, "*": capped}})).to_string(), "25.00", "one has none");
    }

    #[test]
    fn shares_are_rounded_down_and_never_exceed_the_cap() {
        assert_eq!(money(0), [0; 8]);
        assert_eq!(money(1), [0; 8]);
        assert_eq!(money(9), [7, 5, 1, 1, 5, 5, 1, 1], "no part is more than its share");
        assert_eq!(money(1_000_000), [1_000_000, 600_000, 200_000, 200_000, 150_000, 50_000, 50_000, 50_000]);
        assert_eq!(money(9_000_000), [9_000_000, 5_400_000, 1_800_000, 1_800_000, 1_350_000, 270_000, 90_000, 90_000]);
        for cap in 0..500 {
            assert!(money(cap)[0] <= cap, "{cap}");
        }
    }
}
