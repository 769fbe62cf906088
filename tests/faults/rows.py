"""The rows of the fault matrix: what each is called, and which tests show its outcome.

A row without tests here is one of `answers.FAULTS`, of `toxics.TOXICS` or of the tests of
this folder; one that cannot be tried stands in `UNTRIED` with the reason.
"""

from __future__ import annotations

__all__ = ["ROWS", "SHOWN_BY", "UNTRIED"]

_NAMES = """
connection-refused black-hole reset-on-accept reset-before-the-answer reset-in-the-body
fin-before-the-length fin-in-a-chunk close-delimited-and-cut hang dripped-body
dripped-head endless-interim-answers tiny-chunks slow-reader slow-close keep-alive-race
unasked-408 extra-bytes h2-goaway h2-refused-stream h2-stall name-without-address
name-that-hangs dead-ipv6 ipv6-literal bad-certificates old-tls handshake-that-hangs
no-tls-on-https no-verification proxy-environment failing-proxy ports-used-up
few-descriptors toxics service-killed-and-back storm-of-5xx

other-2xx empty-answers no-content-with-a-body redirects redirects-elsewhere 4xx
429-with-seconds 429-with-a-date hostile-retry-after 5xx odd-statuses no-http no-answer
two-lengths length-and-chunks bad-chunks huge-heads endless-trailers wrong-content-type
odd-charsets lying-charsets bad-encodings bombs cookies authentication-schemes http-1.0
headers-that-ask-for-more early-hints

json-grammar nan-and-infinity huge-numbers json-depth duplicate-keys lone-surrogates
scalar-roots missing-paths odd-keys odd-values hostile-xml xml-features xml-that-lies
mapping-to-the-key too-many-mappings

controls-in-a-header odd-header-values token-in-a-header-name framing-headers
token-in-the-host values-that-climb values-in-a-query values-in-json quoted-token
token-in-a-value odd-templates smuggling values-in-xml template-attacks verbatim-url
ssrf

integer-ids-with-gaps ids-beyond-2**53 csv-words empty-values odd-types duplicate-ids
odd-columns odd-lists frame-that-changes

sigkill full-disk damaged-journal two-writers clock-steps interrupts hiding-places
"""

ROWS = tuple(_NAMES.split())
"""By number from 1: A is 1 to 37, B to 65, C to 80, D to 96, E to 105, F to 112."""

_T = "transport/test_"
_J = "engine/journal/test_"

SHOWN_BY: dict[int, tuple[str, ...]] = {
    2: (f"{_T}contract_deadline.py::test_a_connection_that_is_not_taken_ends_at_the_deadline",),
    3: (f"{_T}contract_faults.py::test_a_reset_on_accept_is_told",),
    14: (f"{_T}contract_deadline.py::test_a_service_that_does_not_read_ends_at_the_deadline",),
    16: (
        f"{_T}contract_reuse.py::test_calls_that_race_with_an_idle_close_are_never_repeated",
        f"{_T}contract_faults.py::test_a_drop_on_a_kept_connection_is_not_repeated",
    ),
    17: (f"{_T}contract_reuse.py::test_an_answer_nobody_asked_for_is_nobody_s",),
    18: (f"{_T}contract_reuse.py::test_each_call_gets_its_own_answer",),
    22: (f"{_T}contract_world.py::test_a_name_without_an_address_is_told",),
    23: (f"{_T}contract_deadline.py::test_a_name_that_hangs_ends_at_the_deadline_and_holds_up_no_other",),
    24: (f"{_T}contract_world.py::test_a_dead_address_does_not_hide_a_live_one",),
    25: (f"{_T}contract_request.py::test_an_ipv6_address_in_the_url_is_called",),
    26: (
        f"{_T}contract_tls.py::test_a_bad_certificate_is_refused",
        f"{_T}contract_tls.py::test_a_certificate_signed_by_itself_is_refused",
        f"{_T}contract_tls.py::test_an_unknown_authority_is_refused",
    ),
    27: (f"{_T}contract_tls.py::test_an_old_version_of_tls_is_refused",),
    28: (f"{_T}contract_deadline.py::test_a_handshake_that_hangs_ends_at_the_deadline",),
    29: (f"{_T}contract_tls.py::test_a_service_without_tls_is_no_https_service",),
    31: (
        f"{_T}contract_world.py::test_the_environment_is_not_read",
        f"{_T}contract_world.py::test_the_key_log_is_not_written",
    ),
    32: (f"{_T}plugged.py::test_calls_in_a_proxy_s_tunnel_are_sent_once",),
    36: ("engine/test_run_retry.py::test_a_service_that_comes_back_is_found_by_a_probe",),
    37: ("engine/test_run_retry.py::test_a_storm_of_errors_opens_the_breaker_and_loses_no_lead",),
    42: (f"{_T}contract_world.py::test_redirects_are_not_followed",),
    44: (
        "engine/test_retry_after.py::test_retry_after_counts_on_429_and_503_only",
        "engine/test_run_retry.py::test_a_retry_after_pauses_all_connections_without_any_retry",
    ),
    45: ("engine/test_retry_after.py::test_a_date_is_taken_against_the_services_own_clock",),
    46: (
        "engine/test_retry_after.py::test_retry_after_is_read_capped_or_ignored",
        "engine/test_retry_after.py::test_of_two_headers_the_longer_wait_counts",
        "engine/test_retry_after.py::test_whatever_stands_there_the_pause_is_a_time",
    ),
    61: (f"{_T}contract_world.py::test_cookies_are_not_kept",),
    66: (
        "mapping/test_documents_json_grammar.py::test_json_that_the_rfc_allows_is_read_exactly",
        "mapping/test_documents_json_grammar.py::test_text_that_is_not_json_is_refused",
        "mapping/test_documents_json_grammar.py::test_the_table_is_as_large_as_it_should_be",
    ),
    67: ("mapping/test_documents_json_grammar.py::test_text_that_is_not_json_is_refused",),
    68: (
        "mapping/test_documents_json_grammar.py::test_free_choices_that_are_refused",
        "mapping/test_coerce.py::test_every_decimal_keeps_its_digits",
    ),
    69: (
        "mapping/test_documents.py::test_a_document_past_the_limits_is_refused",
        "mapping/test_documents.py::test_a_caller_deep_in_the_stack_gets_no_recursion_error",
    ),
    70: (
        "mapping/test_documents.py::test_a_repeated_key_is_flagged",
        "mapping/test_mapper.py::test_a_repeated_key_is_told",
    ),
    71: ("mapping/test_mapper.py::test_text_that_no_file_can_hold_is_shown_escaped",),
    72: ("mapping/test_paths.py::test_json_roots_of_every_kind_are_walked",),
    73: (
        "mapping/test_paths.py::test_json_paths_lead_to_the_value_or_nowhere",
        "mapping/test_mapper.py::test_each_mapping_has_its_own_fate",
    ),
    74: ("definition/test_paths.py::test_a_path_of_another_grammar_is_refused",),
    75: (
        "mapping/test_coerce.py::test_a_json_value_that_fits_is_taken",
        "mapping/test_coerce.py::test_a_json_value_that_does_not_fit_has_a_fate_and_a_reason",
    ),
    76: (
        "mapping/test_documents.py::test_every_doctype_is_refused_and_nothing_is_read",
        "mapping/test_documents.py::test_a_doctype_behind_utf_7_is_refused",
        "mapping/test_documents.py::test_a_document_that_points_elsewhere_is_not_followed",
        "mapping/test_documents.py::test_a_document_past_the_limits_is_refused",
    ),
    77: ("mapping/test_documents.py::test_xml_text_is_read_as_the_standard_says",),
    78: (
        "mapping/test_documents.py::test_a_body_that_is_not_xml_says_why",
        "mapping/test_charsets.py::test_an_xml_declaration_that_lies_is_refused",
    ),
    79: (
        "mapping/test_targets.py::test_the_key_is_refused_under_every_name",
        "mapping/test_mapper.py::test_of_two_mappings_to_one_field_the_last_that_fits_wins",
    ),
    80: ("definition/test_webhook.py::test_every_fault_is_found_at_once_with_its_place",),
    81: (
        "render/test_headers.py::test_a_control_character_refuses_the_lead",
        f"{_T}head.py::test_no_bytes_can_add_a_line_to_the_head",
    ),
    82: (
        "render/test_headers.py::test_header_values_are_raw_in_every_encoding",
        "render/test_headers.py::test_spaces_round_a_header_value_are_left_out",
    ),
    83: ("definition/test_webhook.py::test_every_fault_is_found_at_once_with_its_place",),
    84: (
        "definition/test_webhook.py::test_every_fault_is_found_at_once_with_its_place",
        f"{_T}contract_request.py::test_a_header_that_would_break_the_head_is_refused",
    ),
    85: ("definition/test_urls.py::test_a_wrong_url_is_told_with_its_place",),
    86: ("render/test_targets.py::test_a_value_never_climbs_out_of_the_path",),
    87: (
        "render/test_targets.py::test_values_are_percent_encoded_in_the_url",
        "render/test_round_trip.py::test_urls_are_read_back",
    ),
    88: ("render/test_round_trip.py::test_json_bodies_are_read_back",),
    89: ("lint/test_rules.py::test_a_rule_finds_what_it_is_for",),
    90: (
        "render/test_renderer.py::test_a_value_is_parsed_in_no_place",
        "render/test_round_trip.py::test_a_template_is_filled_in_one_pass",
    ),
    91: (
        "definition/test_tokens.py::test_a_megabyte_is_scanned_in_no_time",
        "render/test_renderer.py::test_a_template_of_100_000_tokens_is_no_trouble",
    ),
    92: ("render/test_round_trip.py::test_raw_bodies_are_the_text",),
    93: ("render/test_beyond.py::test_any_text_is_read_back_from_xml",),
    95: (f"{_T}contract_request.py::test_the_target_is_sent_as_written",),
    96: (
        f"{_T}addresses.py::test_an_address_is_classified",
        f"{_T}contract_world.py::test_a_name_that_leads_to_a_local_address_is_refused",
        f"{_T}contract_world.py::test_a_number_that_looks_like_a_host_is_refused",
        f"{_T}contract_world.py::test_a_name_that_changes_its_address_is_checked_anew",
        f"{_T}contract_world.py::test_some_addresses_are_refused_even_if_the_url_names_them",
        "definition/test_urls.py::test_a_wrong_url_is_told_with_its_place",
    ),
    97: ("frames/test_values.py::test_a_column_is_read_as_what_will_be_sent",),
    98: ("frames/test_values.py::test_any_float_reads_back_or_is_refused",),
    99: ("frames/test_leads.py::test_every_column_is_text_and_no_cell_is_missing",),
    100: (
        "frames/test_values.py::test_a_column_is_read_as_what_will_be_sent",
        "frames/test_to_curl.py::test_every_empty_value_is_empty",
    ),
    101: (
        "frames/test_values.py::test_a_column_is_read_as_what_will_be_sent",
        "frames/test_values.py::test_a_moment_keeps_its_zone_through_a_change_of_the_clock",
    ),
    102: ("frames/test_keys.py::test_keys_that_repeat_are_refused_with_their_rows",),
    103: (
        "frames/test_column_names.py::test_a_frame_whose_columns_have_no_plain_names_is_refused",
        "frames/test_column_names.py::test_a_frame_of_10000_columns_has_10000_names",
    ),
    104: (
        "lists/test_csv_text_refused.py::test_a_list_that_cannot_be_read_exactly_is_refused_with_the_line",
        "lists/test_csv_text.py::test_an_awkward_list_is_read_exactly",
        "frames/test_leads.py::test_a_hole_of_a_gigabyte_is_refused_at_once",
    ),
    105: (
        "frames/test_values.py::test_the_index_plays_no_part",
        "frames/test_blocks.py::test_what_the_user_does_meanwhile_does_not_reach_the_run",
    ),
    106: (
        "engine/test_kill.py::test_ten_kills_repeat_nobody_and_lose_nobody",
        "engine/test_kill.py::test_four_kills_at_least_once",
    ),
    107: (
        f"{_J}disk.py::test_a_full_disk_stops_new_calls_and_the_run_can_go_on_later",
        f"{_J}disk.py::test_an_error_of_the_disk_at_any_transaction",
    ),
    108: (
        f"{_J}damage.py::test_junk_anywhere_is_found_or_changes_nothing",
        f"{_J}damage.py::test_no_truncation_changes_an_outcome",
        f"{_J}opening.py::test_another_run_is_refused_with_what_differs",
        f"{_J}opening.py::test_a_journal_of_a_later_format_is_refused",
    ),
    109: (
        f"{_J}opening.py::test_of_many_racing_openers_one_wins",
        f"{_J}opening.py::test_a_killed_opener_leaves_no_lock",
        f"{_J}opening.py::test_a_file_system_that_cannot_lock_or_sync_is_told",
        f"{_J}claims.py::test_a_second_run_of_the_same_cell_is_turned_away",
    ),
    111: (
        "test_kernel.py::test_an_interrupt_gives_back_what_was_finished",
        "test_kernel.py::test_a_run_goes_on_when_its_cell_has_returned",
        "engine/test_handle.py::test_ctrl_c_twice_cuts_at_once",
        "engine/test_handle.py::test_a_cancelled_await_passes_on_and_the_result_is_there",
        "test_script.py::test_ctrl_c_gives_a_script_the_finished_part",
        f"{_T}contract_deadline.py::test_nothing_is_left_after_closing",
    ),
    112: (
        "faults/test_hiding_places.py::test_no_place_holds_the_canary",
        "faults/test_hiding_places.py::test_a_saved_notebook_holds_no_canary",
        "display/test_hostile_text.py::test_no_text_adds_an_element_or_an_attribute",
        "display/test_hostile_text.py::test_plain_text_holds_no_control",
        "frames/test_csv_out.py::test_nothing_written_is_a_formula",
    ),
}  # fmt: skip

UNTRIED: dict[int, str] = {
    19: "calls are HTTP/1.1; no transport of the package speaks HTTP/2",
    20: "as 19",
    21: "as 19",
    33: "a range of local ports can be narrowed in a network namespace only, which a user "
    "without privileges cannot make; the error is an OSError of connecting, as in row 1",
    110: "the system's clock cannot be set here; durations come from the monotonic clock "
    "alone, and every test with a manual clock rests on it",
}
