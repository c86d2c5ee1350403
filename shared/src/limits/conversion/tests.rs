use super::*;
use crate::testing::CountingRandom;

const START: Moment = Moment::from_seconds(1_000_000);
const BLOCKED: Moment = START.plus(BLOCK_SECONDS);

fn challenge(number: usize) -> CodeJob {
    CodeJob::Challenge(ChallengeId::draw(&CountingRandom::new(number as u64)))
}

fn code(destination: usize, used: bool, at: Moment) -> SentCode {
    SentCode { destination: format!("1.{destination}"), job: challenge(destination), at, used }
}

/// A log of one code to each of so many destinations, of which the first were used.
fn log(destinations: usize, used: usize) -> ConversionLog {
    let codes = (0..destinations).map(|number| code(number, number < used, START)).collect();
    ConversionLog { codes, ..ConversionLog::default() }
}

/// The log of twenty destinations after none of their codes was used, blocked at the start.
fn blocked() -> ConversionLog {
    log(20, 0).blocked(START)
}

/// A code to a destination that nobody proved, and that is not drawn.
fn next(destination: &str) -> NextCode<'_> {
    NextCode { destination, is_verified: false, is_drawn: false }
}

/// What is decided about a code to a destination that got none so far.
fn decided(log: &ConversionLog, is_drawn: bool, now: Moment) -> Decision {
    log.decide(NextCode { is_drawn, ..next("1.new") }, now)
}

#[test]
fn the_twentieth_destination_is_free_and_the_next_is_not() {
    for (destinations, expected) in [(0, Decision::Admit), (19, Decision::Admit), (20, Decision::Block)] {
        for is_drawn in [false, true] {
            assert_eq!(decided(&log(destinations, 0), is_drawn, START), expected, "{destinations}");
        }
    }
}

#[test]
fn exactly_ten_per_cent_are_enough() {
    for (destinations, used, expected) in [
        (20, 1, Decision::Block),
        (20, 2, Decision::Admit),
        (21, 2, Decision::Block),
        (29, 2, Decision::Block),
        (29, 3, Decision::Admit),
        (30, 3, Decision::Admit),
        (31, 3, Decision::Block),
        (200, 19, Decision::Block),
        (200, 20, Decision::Admit),
    ] {
        assert_eq!(decided(&log(destinations, used), false, START), expected, "{used} of {destinations}");
    }
}

#[test]
fn one_destination_counts_once_however_many_codes_it_gets() {
    let mut log = log(19, 0);
    for number in 100..150 {
        log = log.with(SentCode { job: challenge(number), ..code(0, false, START) });
    }
    assert_eq!(log.codes.len(), 69);
    assert_eq!(decided(&log, false, START), Decision::Admit);
    log = log.with(code(19, false, START));
    assert_eq!(decided(&log, false, START), Decision::Block);
    // It also counts as used once.
    let mut log = self::log(21, 2);
    log.codes.extend((100..150).map(|number| SentCode { job: challenge(number), ..code(0, true, START) }));
    assert_eq!(decided(&log, false, START), Decision::Block);
}

#[test]
fn the_same_job_counts_once_and_is_forgotten_once() {
    let sent = code(7, false, START);
    let log = ConversionLog::default().with(sent.clone()).with(SentCode { at: START.plus(1), ..sent.clone() });
    assert_eq!(log.codes, [SentCode { at: START.plus(1), ..sent.clone() }]);
    let resent = SentCode { job: challenge(8), ..sent.clone() };
    let log = log.with(resent.clone());
    assert_eq!(log.without(&sent).unwrap().codes, std::slice::from_ref(&resent), "only the code of this job");
    assert_eq!(log.without(&sent).unwrap().without(&sent), None);
    assert_eq!(log.without(&SentCode { destination: "1.8".to_owned(), ..sent }), None);
}

#[test]
fn a_block_lasts_an_hour_to_the_millisecond() {
    let log = blocked();
    assert_eq!(log.blocked_until, Some(BLOCKED));
    let last = Moment::from_millis(BLOCKED.millis() - 1);
    for now in [START, last] {
        assert_eq!(decided(&log, true, now), Decision::Refuse, "nothing goes out, drawn or not");
    }
    assert_eq!(decided(&log, true, BLOCKED), Decision::Admit);
    assert_eq!(decided(&log, false, BLOCKED), Decision::Refuse);
}

#[test]
fn codes_that_are_used_during_the_hour_do_not_end_it() {
    let mut log = blocked();
    (log.codes[0].used, log.codes[1].used) = (true, true);
    assert_eq!(decided(&log, true, Moment::from_millis(BLOCKED.millis() - 1)), Decision::Refuse);
    assert_eq!(decided(&log, false, BLOCKED), Decision::Admit);
}

#[test]
fn a_code_ends_a_block_once_the_hour_is_over_and_not_before() {
    // Two of twenty are used, so the floor is reached.
    let blocked = log(20, 2).blocked(START);
    let ends = |at: Moment| blocked.with(code(0, true, at)).blocked_until.is_none();
    assert!(!ends(START.plus(1)));
    assert!(!ends(BLOCKED.minus(1)));
    assert!(ends(BLOCKED));
}

#[test]
fn after_the_hour_the_floor_ends_the_block() {
    let now = BLOCKED.plus(1);
    let log = blocked().with(code(20, false, now));
    assert_eq!(log.blocked_until, Some(BLOCKED), "one let through is not enough");
    assert_eq!(decided(&log, false, now), Decision::Refuse);
    let two = log.clone().with_used(&[code(20, false, now), code(0, false, now)]);
    assert_eq!(decided(&two, false, now), Decision::Refuse, "2 of 21 is still too few");
    let three = two.with_used(&[code(1, false, now)]);
    assert_eq!(decided(&three, false, now), Decision::Admit);
    let open = three.with(code(21, false, now));
    assert_eq!(open.blocked_until, None);
    // It begins anew if the floor is missed again.
    let codes = (22..60).map(|number| code(number, false, now));
    let low = ConversionLog { codes: codes.chain(open.codes).collect(), ..ConversionLog::default() };
    assert_eq!(decided(&low, true, now), Decision::Block);
}

#[test]
fn a_destination_that_used_a_code_passes() {
    let mut log = blocked();
    log.codes[3].used = true;
    assert_eq!(log.decide(next("1.3"), START.plus(60)), Decision::Admit);
    assert_eq!(log.decide(next("1.4"), START.plus(60)), Decision::Refuse);
    assert_eq!(log.decide(next("1.3"), START.plus(WINDOW_SECONDS)), Decision::Admit);
    let mut low = self::log(21, 0);
    low.codes[3].used = true;
    assert_eq!(low.decide(next("1.3"), START), Decision::Admit, "before a block as well");
    assert_eq!(low.decide(next("1.4"), START), Decision::Block);
}

#[test]
fn a_number_that_its_owner_proved_passes() {
    let verified = NextCode { is_verified: true, ..next("1.new") };
    for (log, now) in [(log(20, 0), START), (blocked(), START), (blocked(), BLOCKED)] {
        assert_eq!(log.decide(verified, now), Decision::Admit);
        assert_eq!(log.to_look_up(verified, now), []);
        assert_ne!(log.decide(next("1.new"), now), Decision::Admit);
    }
}

#[test]
fn a_code_leaves_the_window_after_a_day() {
    let log = log(20, 0);
    let last = Moment::from_millis(START.plus(WINDOW_SECONDS).millis() - 1);
    assert_eq!(decided(&log, false, last), Decision::Block);
    assert_eq!(decided(&log, false, START.plus(WINDOW_SECONDS)), Decision::Admit);
    assert_eq!(decided(&blocked(), false, START.plus(WINDOW_SECONDS)), Decision::Admit, "a block ends with its codes");
    let next = blocked().with(code(20, false, START.plus(WINDOW_SECONDS)));
    assert_eq!((next.codes.len(), next.blocked_until), (1, None));
}

#[test]
fn a_log_keeps_the_newest_two_hundred() {
    let mut log = ConversionLog::default();
    for number in 0..=MAX_CODES {
        log = log.with(code(number, false, START));
    }
    assert_eq!(log.codes.len(), MAX_CODES);
    assert_eq!(log.codes[0], code(MAX_CODES, false, START));
    assert_eq!(log.codes[MAX_CODES - 1], code(1, false, START));
}

#[test]
fn many_codes_to_few_destinations_hide_no_others() {
    let mut log = ConversionLog::default();
    let mut blocked_at = None;
    for destination in 0..40 {
        for order in 0..15 {
            if blocked_at.is_none() && log.decide(next(&format!("1.{destination}")), START) == Decision::Block {
                blocked_at = Some(destination);
            }
            log = log.with(SentCode { job: challenge(destination * 15 + order), ..code(destination, false, START) });
        }
    }
    assert_eq!(blocked_at, Some(19), "at the second code to the twentieth destination");
    assert!(log.codes.len() <= MAX_CODES);
}

#[test]
fn a_destination_that_used_an_older_code_stays_used() {
    let mut log = ConversionLog::default().with(code(0, true, START));
    for order in 1..=MAX_CODES {
        log = log.with(SentCode { job: challenge(order), ..code(0, false, START) });
    }
    assert_eq!(log.codes.iter().map(|code| code.used).collect::<Vec<_>>(), [true]);
}

#[test]
fn only_codes_that_may_change_the_decision_are_looked_up() {
    let count = |log: &ConversionLog, destination: &str, now| log.to_look_up(next(destination), now).len();
    assert_eq!(count(&log(19, 0), "1.new", START), 0, "too few to decide");
    assert_eq!(count(&log(20, 0), "1.new", START), 20);
    assert_eq!(count(&log(20, 2), "1.new", START), 0, "the floor is reached");
    assert_eq!(count(&log(20, 1), "1.new", START), 19, "what is known is not asked again");
    assert_eq!(count(&log(20, 1), "1.0", START), 0, "this destination passes");
    assert_eq!(count(&blocked(), "1.new", START.plus(1)), 0, "it is refused in any case");
    assert_eq!(blocked().to_look_up(next("1.3"), START.plus(1)), [code(3, false, START)]);
    assert_eq!(count(&blocked(), "1.new", BLOCKED), 20);
    assert_eq!(count(&blocked(), "1.new", START.plus(WINDOW_SECONDS)), 0);
}

#[test]
fn a_code_is_known_as_used_by_its_job_and_destination() {
    let other_job = SentCode { job: challenge(99), ..code(0, false, START) };
    let other_destination = SentCode { destination: "1.x".to_owned(), ..code(1, false, START) };
    let log = log(3, 0).with_used(&[other_job, other_destination, code(2, false, START)]);
    let used: Vec<bool> = log.codes.iter().map(|code| code.used).collect();
    assert_eq!(used, [false, false, true]);
    assert_eq!(log.clone().with_used(&[]), log, "and stays so");
}

#[test]
fn a_log_ends_with_its_youngest_code_or_its_block() {
    assert_eq!(ConversionLog::default().ends(START), START);
    assert_eq!(log(2, 0).with(code(5, false, START.plus(9))).ends(START), START.plus(9 + WINDOW_SECONDS));
    assert_eq!(ConversionLog::default().blocked(START).ends(START), BLOCKED);
    assert_eq!(blocked().ends(START), START.plus(WINDOW_SECONDS));
}

/// Delivers given bytes, one for each draw.
struct Given(std::sync::Mutex<Vec<u8>>);

impl Randomness for Given {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(self.0.lock().unwrap().remove(0));
    }
}

#[test]
fn one_draw_in_twenty_wins() {
    let random = Given(std::sync::Mutex::new((0..=255).collect()));
    let won: Vec<usize> = (0..240).filter(|_| is_drawn(&random)).collect();
    assert_eq!(won, (0..240).step_by(20).collect::<Vec<_>>());
    // 240 to 255 would favour the first results, and are drawn again.
    let again = Given(std::sync::Mutex::new(vec![240, 255, 19, 245, 40]));
    assert_eq!([is_drawn(&again), is_drawn(&again)], [false, true]);
}
