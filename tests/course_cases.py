"""Who owns each of the course's worked cases: a test, an entry of `explain`, or both.

Facts only: the case, its kind, the test (file under tests, then its name; `Case` is a row of the
table in that file), the terms of `mlstrat explain` that tell it. A case with neither names the
issue that will bring it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Owned:
    id: str
    kind: str
    test: str | None = None
    terms: tuple[str, ...] = ()
    issue: str | None = None


CASES = (
    Owned(
        "M1",
        "f1",
        "workflow/select/test_course_selection.py::test_m1_f1_of_precision_and_recall",
        ("single-number",),
    ),
    Owned(
        "M2",
        "confusion",
        "workflow/explain/test_terms.py::test_the_worked_number_of_a_metric_is_what_score_computes",
        ("single-number",),
    ),
    Owned(
        "M4",
        "satisficing",
        "workflow/select/test_course_selection.py::test_m4_satisficing_and_optimizing",
        ("satisficing", "candidate"),
    ),
    Owned(
        "M5",
        "satisficing",
        "workflow/select/test_course_selection.py::test_m5_exactly_one_false_positive_a_day_passes_by_its_value",
        ("satisficing",),
    ),
    Owned(
        "M7",
        "weighted_error",
        "workflow/select/test_course_selection.py::test_m7_people_prefer_what_plain_error_ranks_lower",
        ("changing-metrics",),
    ),
    Owned(
        "M8",
        "metric_change",
        "workflow/select/test_course_selection.py::test_m8_a_slice_that_people_care_about",
        ("changing-metrics",),
    ),
    Owned(
        "M9",
        "metric_change",
        "workflow/score/test_scoring.py::test_m8_to_m10_when_to_change_the_metric_is_explained",
        ("changing-metrics",),
    ),
    Owned(
        "M10",
        "metric_change",
        "workflow/score/test_scoring.py::test_m8_to_m10_when_to_change_the_metric_is_explained",
        ("changing-metrics",),
    ),
    Owned(
        "M11",
        "iteration_speed",
        "workflow/splits/test_planning.py::test_m11_a_tenth_of_the_examples_is_ten_times_faster",
        ("improving", "iteration-speed"),
    ),
    Owned(
        "S1",
        "split_era",
        "workflow/splits/test_planning.py::test_s1_the_old_shares_hold_up_to_ten_thousand",
        ("sizes", "split"),
    ),
    Owned(
        "S3",
        "dev_test_same_distribution",
        "workflow/splits/test_course_splits.py::test_s3_four_regions_in_dev_and_four_in_test",
        ("distributions",),
    ),
    Owned(
        "S4",
        "dev_test_same_distribution",
        "workflow/splits/test_course_splits.py::test_s4_dev_of_medium_incomes_and_test_of_low_ones",
        ("distributions",),
    ),
    Owned(
        "S5",
        "mismatch_split",
        "workflow/splits/test_course_splits.py::test_s5_web_and_app_images",
        ("training-on-other-data",),
    ),
    Owned(
        "S6",
        "mismatch_split",
        "workflow/splits/test_course_splits.py::test_s6_both_options_of_the_rear_view_mirror",
        ("training-on-other-data",),
    ),
    Owned(
        "S8",
        "mismatch_split",
        "workflow/splits/test_course_splits.py::test_s8_citizens_go_to_train_alone",
        ("distributions",),
    ),
    Owned(
        "S10",
        "mismatch_split",
        "workflow/splits/test_course_splits.py::test_s10_house_addresses",
        ("training-on-other-data",),
    ),
    Owned(
        "S11",
        "dev_size",
        "workflow/splits/test_planning.py::test_s11_a_hundred_examples_do_not_tell_a_tenth_of_a_point",
        ("sizes",),
    ),
    Owned(
        "S12",
        "test_size",
        "workflow/splits/test_planning.py::test_s12_a_test_set_is_for_confidence_not_a_share",
        ("sizes",),
    ),
    Owned(
        "H1",
        "bias_variance",
        "workflow/diagnose/test_course_gaps.py::Case",
        ("avoidable-bias", "report"),
    ),
    Owned(
        "H3",
        "human_choice",
        "workflow/human/test_human.py::test_h3_the_lowest_is_the_proxy_and_the_bar_is_another_level",
        ("bayes-error", "human-level-proxy"),
    ),
    Owned(
        "H4a",
        "bias_variance",
        "workflow/diagnose/test_course_gaps.py::Case",
        ("human-level-proxy",),
    ),
    Owned(
        "H4c",
        "bias_variance",
        "workflow/diagnose/test_course_gaps.py::Case",
        ("human-level-proxy",),
    ),
    Owned(
        "H6",
        "human_choice",
        "workflow/human/test_human.py::test_h6_the_best_performer_not_0_and_no_mean",
        ("human-level-proxy",),
    ),
    Owned(
        "H7",
        "bias_variance",
        "workflow/diagnose/test_course_gaps.py::Case",
        ("avoidable-bias", "insufficient"),
    ),
    Owned(
        "H7b", "bias_variance", "workflow/diagnose/test_course_gaps.py::Case", ("avoidable-bias",)
    ),
    Owned("H11", "order", None, ("human-level",)),
    Owned(
        "H12b", "bias_variance", "workflow/diagnose/test_course_gaps.py::Case", ("avoidable-bias",)
    ),
    Owned(
        "H12d",
        "bias_variance",
        "workflow/diagnose/test_course_gaps.py::Case",
        ("avoidable-bias", "small"),
    ),
    Owned(
        "H13a",
        "bias_variance",
        "workflow/diagnose/test_course_gaps.py::Case",
        ("bayes-error", "avoidable-bias", "variance"),
    ),
    Owned("H14", "target", None, ("target",)),
    Owned("H15", "bias_variance", "workflow/diagnose/test_course_gaps.py::Case", ("human-level",)),
    Owned(
        "H17",
        "slices",
        "workflow/slices/test_slices.py::test_h17_people_still_help_where_they_err_less_than_the_system",
        ("surpassing", "slices"),
    ),
    Owned(
        "E1a",
        "ceiling",
        "workflow/error_table/test_course_error_table.py::test_e1a_dogs_are_probably_not_worth_months",
        ("ceiling", "review-sheet"),
    ),
    Owned(
        "E3",
        "tally",
        "workflow/error_table/test_course_error_table.py::test_e3_shares_overlap_and_need_not_add_up",
        ("error-analysis",),
    ),
    Owned(
        "E4a",
        "labels",
        "workflow/mislabels/test_course_labels.py::test_e4a_six_in_a_hundred_errors_are_wrong_labels_so_look_at_the_others_first",
        ("wrong-labels",),
    ),
    Owned(
        "E4d",
        "labels",
        "workflow/mislabels/test_course_labels.py::test_e4d_of_a_thousand_rows_at_98_percent_twenty_are_wrong_and_checking_them_alone_biases",
        ("wrong-labels",),
    ),
    Owned(
        "E6",
        "sample",
        "cli/test_sample_command.py::test_e6_five_hundred_errors_of_dev_are_what_to_look_at",
        ("error-analysis",),
    ),
    Owned(
        "E7",
        "labels",
        "workflow/mislabels/test_course_labels.py::test_e7_dev_and_test_are_fixed_together_and_train_only_if_errors_are_systematic",
        ("wrong-labels",),
    ),
    Owned(
        "E9",
        "eyeball",
        "workflow/splits/test_planning.py::test_e9_how_good_a_picture_so_many_errors_give",
        ("eyeball",),
    ),
    Owned(
        "E11",
        "blackbox",
        "workflow/splits/test_planning.py::test_e11_the_blackbox_set_is_the_rest_of_dev",
        ("blackbox",),
    ),
    Owned(
        "E12",
        "eyeball_stop",
        "cli/test_eyeball.py::test_e12_an_eyeball_error_that_falls_much_faster_means_new_examples_are_due",
        ("eyeball",),
    ),
    Owned(
        "E13",
        "tally",
        "workflow/error_table/test_course_error_table.py::test_e13_the_same_table_for_speech",
        ("error-analysis", "tag"),
    ),
    Owned(
        "X0",
        "mismatch",
        "workflow/diagnose/test_course_gaps.py::Case",
        ("mismatched-distributions", "variance-or-mismatch", "undetermined"),
    ),
    Owned(
        "X1",
        "mismatch",
        "workflow/diagnose/test_course_gaps.py::Case",
        ("mismatched-distributions", "variance", "data-mismatch", "train-dev"),
    ),
    Owned(
        "X3",
        "mismatch",
        "workflow/diagnose/test_course_gaps.py::Case",
        ("mismatched-distributions",),
    ),
    Owned(
        "X5",
        "mismatch",
        "workflow/diagnose/test_course_gaps.py::Case",
        ("mismatched-distributions", "dev-overfit", "focus", "gap"),
    ),
    Owned(
        "X7",
        "table2d",
        "workflow/diagnose/test_course_gaps.py::test_the_two_way_table_of_the_lecture",
        ("mismatched-distributions",),
    ),
    Owned(
        "X10",
        "mismatch",
        "workflow/diagnose/test_course_gaps.py::Case",
        (
            "mismatched-distributions",
            "data-mismatch",
            "dev-overfit",
            "level",
            "gap",
            "finding",
            "focus",
        ),
    ),
    Owned(
        "X13",
        "mismatch",
        "workflow/diagnose/test_course_gaps.py::test_whether_a_distribution_is_easier_needs_people_on_both",
        ("mismatched-distributions",),
    ),
    Owned(
        "D1",
        "synthesis",
        "workflow/study/test_study_synthesis.py::test_d1_one_hour_of_noise_under_ten_thousand_clean_hours",
        ("synthesis",),
    ),
    Owned(
        "D2",
        "synthesis",
        "workflow/study/test_study_synthesis.py::test_d2_a_thousand_hours_of_ten_cars_are_ten_sources",
        ("synthesis",),
    ),
    Owned("D4", "synthesis", None, ("synthesis",)),
    Owned("D5", "checklist", None, ("addressing-mismatch",)),
    Owned("T1", "transfer", None, ("transfer",)),
    Owned("T3", "transfer", None, ("transfer",)),
    Owned("T5", "finetune", None, ("fine-tuning",)),
    Owned("T6", "transfer", None, ("transfer",)),
    Owned(
        "K2",
        "multitask_loss",
        "harness/networks/test_multitask.py::test_k2_the_loss_is_a_sum_of_logistic_losses",
        ("multi-task",),
    ),
    Owned("Z1", "end_to_end", None, ("end-to-end",)),
    Owned("Z2", "end_to_end", None, ("end-to-end",)),
    Owned(
        "L1",
        "learning_curve",
        "workflow/curve/test_learning_curves.py::test_l1_the_verdicts_of_the_course",
        ("learning-curves",),
    ),
    Owned("O1", "opt_verification", None, ("optimization-verification",)),
    Owned("O3", "opt_verification", None, ("optimization-verification",)),
    Owned(
        "P2",
        "parts_rule",
        "workflow/error_table/test_parts.py::test_p2_a_then_b_then_c",
        ("pipeline-parts",),
    ),
    Owned(
        "P3",
        "parts_human",
        "workflow/error_table/test_parts.py::test_p3_errors_that_no_perfect_part_repairs_are_the_chains_own",
        ("pipeline-parts",),
    ),
    Owned("W2", "include_data", None, ("include-data",)),
    Owned("W3", "include_data", None, ("include-data",)),
    Owned("W4", "timing", None, ("changing-metrics", "first-system")),
    Owned("W5", "feature_selection", None, ("improving",)),
    Owned("B1", "beam", None, ("beam-search",)),
    Owned("B3", "beam", None, ("beam-search",)),
    Owned("B4", "beam_width", None, ("beam-search",)),
    Owned("B5", "bleu", None, ("bleu",)),
    Owned("Q1", "checklist", None, ("why-strategy",)),
    Owned("Q2", "checklist", None, ("orthogonalization",)),
    Owned("Q3", "checklist", None, ("human-level",)),
    Owned("Q4", "checklist", None, ("improving",)),
    Owned("Q5", "checklist", None, ("first-system",)),
    Owned("Q6", "checklist", None, ("whether-end-to-end",)),
    Owned(
        "Q7",
        "human_choice",
        "workflow/human/test_human.py::test_q7_a_person_that_the_model_does_not_beat",
        ("human-study",),
    ),
    Owned(
        "N1", "misc_numbers", None, ("why-strategy", "learning-curves", "optimization-verification")
    ),
)
