//! `rekeyctl policy bound`: how likely guessing takes over an account, and what messages cost at most.

use serde_json::Value;
use shared::limits::bound::{PolicyBound, YEAR_DAYS};
use shared::limits::guesses::LONG_WINDOW_DAYS;
use shared::reset::code::code_count;

use crate::client::Client;
use crate::client::endpoint::GRAPH;
use crate::options::BoundFormat;
use crate::output::failure::Failure;
use crate::output::streams::{DONE, Streams};
use crate::output::terminal::{json_line, table};

/// Shows what the service computes from its policy.
pub(crate) fn bound(client: &Client<'_>, format: BoundFormat, streams: &mut Streams<'_>) -> Result<u8, Failure> {
    let mut policy = client.get(&format!("{GRAPH}/policies/passwordReset"))?;
    let bound = policy.remove("bound").ok_or(Failure::NotRekey)?;
    let text = match format {
        BoundFormat::Json => json_line(&bound),
        BoundFormat::Text => {
            let digits = policy.get("codeDigits").and_then(Value::as_u64).and_then(|digits| u8::try_from(digits).ok());
            let bound = serde_json::from_value(bound).map_err(|_| Failure::NotRekey)?;
            describe(&bound, digits.ok_or(Failure::NotRekey)?)
        }
    };
    streams.print(&text)?;
    Ok(DONE)
}

/// The bound in lines, with its arithmetic.
fn describe(bound: &PolicyBound, digits: u8) -> String {
    format!("{}\n{}", describe_guesses(bound, digits), describe_money(bound))
}

fn describe_guesses(bound: &PolicyBound, digits: u8) -> String {
    let (day, month) = (bound.evaluations_per_day, bound.evaluations_per_30_days);
    let (year, takeover) = (bound.evaluations_per_year, bound.takeover_per_account_year);
    let (windows, rest) = (YEAR_DAYS / LONG_WINDOW_DAYS, YEAR_DAYS % LONG_WINDOW_DAYS);
    let left = u64::from(year).saturating_sub(windows * u64::from(month));
    let odds = code_count(digits) / u64::from(year.max(1));
    format!(
        "Guesses at the codes of one account\n\n\
         evaluated: {day} in any 24 hours, {month} in any {LONG_WINDOW_DAYS} days\n\
         in a year: {windows} x {month} + {left} in the {rest} days left = {year}\n\
         takeover:  {year} x 10^-{digits} = {takeover}, or 1 in {odds}, for a year of sustained attack\n\
         refills:   each completed reset or unblocking adds at most {month} x 10^-{digits}\n"
    )
}

fn describe_money(bound: &PolicyBound) -> String {
    let (resets, registration) = (bound.resets_per_day_usd, bound.registration_per_day_usd);
    let (notices, all) = (bound.notices_per_day_usd, bound.most_spend_per_day_usd);
    // Who registers has signed in, and nobody asks for a notice: neither is limited by network.
    let rows = [
        ("resets", resets, bound.resets_per_account_day_usd, Some(bound.resets_per_network_day_usd)),
        ("registration", registration, bound.registration_per_person_day_usd, None),
        ("notices", notices, bound.notices_per_account_day_usd, None),
    ];
    let rows = rows.map(|(name, share, account, network)| {
        let network = network.map_or_else(String::new, |network| network.to_string());
        vec![name.to_owned(), share.to_string(), account.to_string(), network]
    });
    let rows = table(&["purpose", "all", "one account", "one network"], rows);
    format!(
        "Messages of one UTC day, at most, in US dollars\n\n\
         {rows}\n\
         together: {resets} + {registration} + {notices} = {all}\n"
    )
}

#[cfg(test)]
mod tests {
    use shared::policy::Policy;

    use super::*;

    #[test]
    fn the_arithmetic_adds_up_at_the_limits_of_a_policy() {
        let guesses = |code_digits, guesses_per_day, guesses_per_30_days| {
            let policy = Policy { code_digits, guesses_per_day, guesses_per_30_days, ..Policy::default() };
            let text = describe(&PolicyBound::from(&policy), code_digits);
            text.lines().skip(2).take(4).map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(
            guesses(10, 1, 100),
            [
                "evaluated: 1 in any 24 hours, 30 in any 30 days",
                "in a year: 12 x 30 + 5 in the 5 days left = 365",
                "takeover:  365 x 10^-10 = 0.0000000365, or 1 in 27397260, for a year of sustained attack",
                "refills:   each completed reset or unblocking adds at most 30 x 10^-10",
            ]
        );
        assert_eq!(
            guesses(6, 100, 100),
            [
                "evaluated: 100 in any 24 hours, 100 in any 30 days",
                "in a year: 12 x 100 + 100 in the 5 days left = 1300",
                "takeover:  1300 x 10^-6 = 0.0013, or 1 in 769, for a year of sustained attack",
                "refills:   each completed reset or unblocking adds at most 100 x 10^-6",
            ]
        );
    }
}
