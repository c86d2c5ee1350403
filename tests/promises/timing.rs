//! The statistics of the program that measures times, `timing/main.rs`, on samples that were computed by hand.

mod statistics;

use statistics::{NAMES, Verdict, by_pooled_median, by_reference, distance, median, tells, threshold, told_right};

#[test]
fn the_distance_is_the_largest_gap_between_the_distributions() {
    assert_eq!(distance(&[1, 2, 3], &[3, 1, 2]), 0.0);
    assert_eq!(distance(&[1, 2, 3], &[4, 5, 6]), 1.0);
    assert_eq!(distance(&[4, 5, 6], &[1, 2, 3]), 1.0);
    // After 2: three of four against one of four.
    assert_eq!(distance(&[1, 1, 2, 9], &[2, 3, 4, 9]), 0.5);
    // Equal values count on both sides at once: after 5, all against half.
    assert_eq!(distance(&[5, 5, 5, 5], &[5, 5, 6, 6]), 0.5);
    // Samples of different sizes: after 2, all against one of four.
    assert_eq!(distance(&[1, 2], &[2, 7, 8, 9]), 0.75);
}

#[test]
fn the_threshold_follows_from_the_size() {
    assert_eq!(format!("{:.4}", threshold(2000)), "0.0617");
    assert_eq!(format!("{:.4}", threshold(200)), "0.1950");
    assert_eq!(format!("{:.4}", threshold(100)), "0.2758");
}

#[test]
fn the_median_is_the_middle() {
    assert_eq!(median(&[]), 0);
    assert_eq!(median(&[7]), 7);
    assert_eq!(median(&[9, 1, 4]), 4);
    assert_eq!(median(&[9, 1, 4, 6]), 5);
}

#[test]
fn two_of_three_runs_decide() {
    for undecided in [&[][..], &[true], &[false], &[true, false], &[false, true]] {
        assert_eq!(Verdict::of(undecided), Verdict::Undecided, "{undecided:?}");
    }
    for failed in [&[true, true][..], &[true, false, true], &[false, true, true]] {
        assert_eq!(Verdict::of(failed), Verdict::Failed, "{failed:?}");
    }
    for passed in [&[false, false][..], &[true, false, false], &[false, true, false]] {
        assert_eq!(Verdict::of(passed), Verdict::Passed, "{passed:?}");
    }
}

#[test]
fn a_classifier_says_that_slower_names_are_known() {
    let names = [vec![10, 11, 90], vec![20, 21, 22], vec![12, 10, 11], vec![23, 5, 24]];
    // All times in order: 5 10 10 11 11 12 20 21 22 23 24 90; their median is 16.
    assert_eq!(by_pooled_median(&names), [false, true, false, true]);
    // A median like that of the unknown name is no slower.
    assert_eq!(by_reference(&names, &[22, 21, 20]), [false, false, false, true]);
    assert_eq!(by_reference(&names, &[1, 2, 10]), [true, true, true, true]);
}

#[test]
fn right_answers_are_counted_and_compared_with_a_coin() {
    assert_eq!(told_right(&[true, true, false, false], &[true, false, true, false]), 2);
    assert_eq!(told_right(&[true, false], &[true, false]), 2);
    let coin: Vec<usize> = (0..=NAMES).filter(|right| !tells(*right)).collect();
    assert_eq!(coin, (6..=18).collect::<Vec<_>>());
}
