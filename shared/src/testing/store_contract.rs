//! The contract that every store must fulfil, as small cases that each run on a fresh store.

mod accounts;
mod administrators;
mod answers;
mod audit;
mod challenges;
mod changes;
mod counters;
mod fixtures;
mod guess_logs;
mod idempotency;
mod indexes;
mod jobs;
mod long_codes;
mod names;
mod notices;
mod passwords;
mod policies;
mod proofs;
mod questions;
mod records;
mod resets;

use std::future::Future;
use std::pin::Pin;

use crate::ports::store::Store;

/// Prints the name of the case whose assertion failed; the assertion's line alone would not tell.
struct Case(&'static str);

impl Drop for Case {
    #[expect(clippy::print_stderr, reason = "the test runner shows it beside the assertion")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the case of the store's contract that failed: {}", self.0);
        }
    }
}

/// Makes a future on this call's own stack and boxes it, so that the suite's future stays small.
fn boxed<F: Future>(make: impl FnOnce() -> F) -> Pin<Box<F>> {
    Box::pin(make())
}

macro_rules! run {
    ($make:ident: $($topic:ident { $($case:ident),+ $(,)? })+) => {
        $($({
            let _case = Case(concat!(stringify!($topic), "::", stringify!($case)));
            let store = boxed(&$make).await;
            boxed(|| $topic::$case(&store)).await;
        })+)+
    };
}

/// Runs every case, each on a store of its own.
///
/// # Panics
/// If the store breaks the contract.
pub async fn run_all<S: Store, F: Future<Output = S>>(make: impl Fn() -> F) {
    run!(make:
        resets {
            a_reset_is_read_as_it_was_written,
            every_stage_is_read_as_it_was_written,
            a_window_takes_exactly_so_many_begins,
            a_network_is_counted_without_a_reset,
            a_refused_begin_counts_nowhere,
            a_begin_is_stored_once_for_its_key,
            a_key_comes_before_the_limits,
            begins_at_once_with_one_key_are_one,
            begins_at_once_stay_within_the_limit,
            an_issued_code_is_replaced_if_it_is_unchanged,
            an_issued_code_that_changed_is_not_replaced,
            a_reset_is_bound_while_it_lives,
            a_reset_is_bound_to_one_account,
            a_reset_is_bound_by_its_present_order,
            bindings_at_once_are_of_one_account,
        }
        proofs {
            a_charge_counts_every_guess,
            a_new_code_is_charged_anew,
            a_reset_is_charged_while_it_lives,
            charges_at_once_are_exact,
            a_window_takes_exactly_so_many_requests,
            requests_at_once_stay_within_the_window,
            a_proof_is_used_once,
            a_proof_survives_a_charge,
            a_proof_of_another_code_or_stage_fails,
            a_proof_needs_a_live_code,
            answers_open_the_second_gate_once,
            proofs_at_once_are_one,
        }
        long_codes {
            long_codes_are_read_as_they_were_stored,
            a_long_code_is_used_once,
            a_used_long_code_does_not_come_back,
            a_long_code_is_its_owners,
            a_revoked_long_code_or_reset_proves_nothing,
            a_long_code_lives_a_day,
            a_failed_proof_uses_no_long_code,
            long_codes_at_once_are_one,
        }
        guess_logs {
            the_day_rolls_to_the_millisecond,
            thirty_days_roll_to_the_millisecond,
            both_windows_hold_together,
            a_budget_that_shrank_holds,
            a_guess_log_is_read_with_its_account,
            guess_logs_are_apart,
            a_reset_from_before_a_revocation_is_not_charged,
            trimming_keeps_the_newest,
            guesses_at_once_are_exact,
            unblocking_clears_what_is_counted_and_nothing_else,
        }
        jobs {
            a_code_is_delivered_under_a_lease,
            a_challenge_is_delivered_under_a_lease,
            a_notice_is_delivered_under_a_lease,
            concurrent_leases_lease_once,
            an_unknown_job_is_completed,
            an_expired_job_is_completed,
            a_mark_says_that_a_code_exists,
            a_code_is_marked_while_its_gate_awaits_it,
            a_dropped_job_unmarks_it,
            a_dropped_job_unmarks_it_after_a_second_try,
            a_dropped_repeat_leaves_the_sent_code,
            a_dropped_repeat_leaves_what_may_have_been_sent,
            a_replaced_job_is_completed_and_changes_nothing,
            the_first_outcome_stands,
        }
        passwords {
            a_password_is_set_with_all_that_follows,
            a_dead_token_sets_nothing,
            a_changed_account_is_decided_upon_again,
            a_revoked_reset_sets_nothing,
            an_account_has_five_completions_a_day,
            a_dead_token_comes_first_and_a_revoked_reset_last,
            one_completion_revokes_the_other_resets,
            a_grant_has_ten_tries,
            a_grant_is_charged_while_it_lives,
            passwords_at_once_are_one,
        }
        accounts {
            a_full_account_is_read_as_it_was_written,
            a_bare_account_is_read_as_it_was_written,
            a_new_account_is_version_one,
            new_accounts_are_stored_all_or_none,
            creations_at_once_are_one,
            a_change_needs_the_version_that_was_read,
            changes_at_once_are_one,
            an_upgraded_password_changes_nothing_else,
            a_deleted_account_is_gone_and_revoked,
            a_stale_deletion_changes_nothing,
        }
        names {
            a_name_is_found_under_every_version_of_its_key,
            a_taken_name_is_refused,
            a_rename_moves_the_name,
            a_rename_frees_the_name_under_every_version_of_its_key,
            a_rename_to_a_taken_name_changes_nothing,
            a_name_lives_on_in_another_account,
            pages_follow_each_other_in_order,
            pages_keep_to_their_prefix,
        }
        indexes {
            an_account_is_found_by_each_of_its_entries,
            an_account_with_many_entries_is_listed_once,
            a_change_moves_the_entries,
            a_refused_change_moves_no_entry,
            each_person_is_asked_to_confirm_once,
        }
        changes {
            a_change_brings_all_that_follows,
            a_change_stores_every_notice,
            a_refused_change_brings_nothing,
            a_challenge_is_used_up_once,
        }
        challenges {
            a_challenge_is_read_as_it_was_written,
            a_challenge_needs_the_count_that_was_read,
            a_refunded_challenge_stays_in_the_count,
            challenges_at_once_are_one,
            a_challenge_is_charged_up_to_its_tries,
            a_challenge_is_charged_for_its_account_while_it_lives,
            charges_at_once_are_exact,
        }
        notices {
            a_notice_is_read_as_it_was_written,
            a_finished_notice_is_not_pending,
            pending_notices_are_of_one_day_and_so_many,
            pending_notices_begin_anywhere_and_go_round,
            a_recipient_that_was_notified_is_noted_and_the_notice_released,
        }
        counters {
            a_sign_in_row_needs_the_version_that_was_read,
            lockouts_at_once_are_one,
            sends_need_the_version_that_was_read,
            sends_at_once_are_one,
            logs_are_read_at_once_as_one_by_one,
            a_range_needs_the_version_that_was_read,
            codes_to_a_range_at_once_are_one,
            a_resets_code_is_used_where_it_passed_a_gate,
            a_challenges_code_is_used_where_it_is_proved,
            a_cap_is_spent_exactly,
            refunded_money_can_be_spent_again,
            no_refund_raises_a_cap,
            reservations_at_once_stay_within_the_cap,
        }
        policies {
            the_policy_is_read_as_it_was_written,
            a_policy_needs_the_version_that_was_read,
            changes_of_the_policy_at_once_are_one,
        }
        administrators {
            a_new_administrator_is_listed,
            the_list_follows_a_role,
            a_deleted_administrator_is_not_listed,
            no_more_administrators_are_given_than_asked_for,
        }
        questions {
            questions_are_read_as_they_were_written,
            questions_are_their_owners,
            a_draw_needs_the_set_that_was_read,
            draws_at_once_are_one,
            removed_questions_are_gone,
            a_refused_change_leaves_the_questions,
            questions_go_with_their_account,
        }
        audit {
            every_record_is_read_as_it_was_written,
            the_newest_comes_first,
            pages_of_the_audit_follow_each_other,
            a_page_begins_before_its_mark,
            days_of_the_audit_are_apart,
            a_full_log_is_recorded_unless_it_is_a_decoy,
        }
        records {
            a_proof_is_recorded_where_it_is_accepted,
            a_proof_by_long_code_is_recorded_where_it_is_accepted,
            a_password_is_recorded_where_it_is_set,
            a_new_account_is_recorded_in_the_write_that_creates_it,
            a_change_is_recorded_where_it_is_made,
            a_deletion_is_recorded_where_it_is_made,
            unblocking_is_recorded,
            a_record_by_itself_is_stored_once,
            a_completed_job_is_recorded_once,
            a_replaced_job_is_not_recorded,
        }
        answers {
            a_response_is_stored_with_a_proof,
            a_response_is_stored_with_a_password,
            a_response_is_stored_with_a_change,
            a_response_is_stored_with_a_challenge,
        }
        idempotency {
            a_reserved_key_is_in_use_for_a_minute,
            a_response_is_stored_for_a_day,
            every_response_is_read_as_it_was_stored,
            another_body_is_a_mismatch,
            a_released_key_is_fresh,
            an_expired_reservation_ends_no_other,
            a_late_response_is_stored_if_nobody_reserved_its_key,
            concurrent_reservations_reserve_once,
        }
    );
}
