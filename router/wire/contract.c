#include "wire/contract.h"

#include "model/message.h"
#include "referral/v1/message.pb-c.h"

const struct rd_contract_row rd_contract[] = {
    {&rd_message_shape, &referral__v1__envelope__descriptor},
    {&rd_entry_shape, &referral__v1__entry__descriptor},
    {&rd_referral_state_shape, &referral__v1__referral_state__descriptor},
    {&rd_state_record_shape, &referral__v1__state_record__descriptor},
    {&rd_hello_shape, &referral__v1__hello__descriptor},
    {&rd_welcome_shape, &referral__v1__welcome__descriptor},
    {&rd_refused_shape, &referral__v1__refused__descriptor},
    {&rd_ping_shape, &referral__v1__ping__descriptor},
    {&rd_submit_shape, &referral__v1__submit__descriptor},
    {&rd_submit_result_shape, &referral__v1__submit_result__descriptor},
    {&rd_watch_shape, &referral__v1__watch__descriptor},
    {&rd_work_shape, &referral__v1__work__descriptor},
    {&rd_ack_shape, &referral__v1__ack__descriptor},
    {&rd_unwatch_shape, &referral__v1__unwatch__descriptor},
    {&rd_row_shape, &referral__v1__row__descriptor},
    {&rd_snapshot_begin_shape, &referral__v1__snapshot_begin__descriptor},
    {&rd_snapshot_row_shape, &referral__v1__snapshot_row__descriptor},
    {&rd_snapshot_end_shape, &referral__v1__snapshot_end__descriptor},
    {&rd_change_shape, &referral__v1__change__descriptor},
    {&rd_handout_shape, &referral__v1__handout__descriptor},
    {&rd_handout_ack_shape, &referral__v1__handout_ack__descriptor},
    {&rd_receipt_shape, &referral__v1__receipt__descriptor},
    {&rd_receipt_ack_shape, &referral__v1__receipt_ack__descriptor},
    {&rd_command_shape, &referral__v1__command__descriptor},
    {&rd_command_result_shape, &referral__v1__command_result__descriptor},
    {&rd_open_shape, &referral__v1__open__descriptor},
    {&rd_opened_shape, &referral__v1__opened__descriptor},
    {&rd_query_shape, &referral__v1__query__descriptor},
    {&rd_team_status_shape, &referral__v1__team_status__descriptor},
    {&rd_status_shape, &referral__v1__status__descriptor},
    {&rd_stages_seen_shape, &referral__v1__stages_seen__descriptor},
    {&rd_link_pair_shape, &referral__v1__link_pair__descriptor},
    {&rd_linked_shape, &referral__v1__linked__descriptor},
    {&rd_person_marks_shape, &referral__v1__person_marks__descriptor},
    {&rd_person_link_shape, &referral__v1__person_link__descriptor},
    {&rd_query_result_shape, &referral__v1__query_result__descriptor},
    {&rd_event_note_shape, &referral__v1__event_note__descriptor},
    {&rd_started_shape, &referral__v1__started__descriptor},
    {&rd_rules_in_force_shape, &referral__v1__rules_in_force__descriptor},
    {&rd_ruleset_part_shape, &referral__v1__ruleset_part__descriptor},
    {&rd_activation_shape, &referral__v1__activation__descriptor},
    {&rd_answered_shape, &referral__v1__answered__descriptor},
    {&rd_missing_shape, &referral__v1__missing_numbers__descriptor},
    {&rd_number_line_shape, &referral__v1__number_line__descriptor},
    {&rd_numbering_shape, &referral__v1__numbering__descriptor},
    {&rd_team_load_shape, &referral__v1__team_load__descriptor},
    {&rd_asked_shape, &referral__v1__asked__descriptor},
    {&rd_ruleset_state_shape, &referral__v1__ruleset_state__descriptor},
    {&rd_received_shape, &referral__v1__received__descriptor},
    {&rd_decided_shape, &referral__v1__decided__descriptor},
    {&rd_moved_shape, &referral__v1__moved__descriptor},
    {&rd_contacted_shape, &referral__v1__contacted__descriptor},
    {&rd_alarmed_shape, &referral__v1__alarmed__descriptor},
    {&rd_receipted_shape, &referral__v1__receipted__descriptor},
    {&rd_read_shape, &referral__v1__read__descriptor},
    {&rd_quarantine_move_shape, &referral__v1__quarantine_move__descriptor},
    {&rd_clock_ended_shape, &referral__v1__clock_ended__descriptor},
    {&rd_time_accepted_shape, &referral__v1__time_accepted__descriptor},
    {&rd_assignment_shape, &referral__v1__assignment__descriptor},
    {&rd_clock_shape, &referral__v1__clock__descriptor},
    {&rd_contact_shape, &referral__v1__contact__descriptor},
    {&rd_receipt_due_shape, &referral__v1__receipt_due__descriptor},
    {&rd_feed_state_shape, &referral__v1__feed_state__descriptor},
    {&rd_queue_state_shape, &referral__v1__queue_state__descriptor},
    {&rd_key_state_shape, &referral__v1__key_state__descriptor},
    {&rd_ref_state_shape, &referral__v1__ref_state__descriptor},
    {&rd_quarantine_state_shape, &referral__v1__quarantine_state__descriptor},
    {&rd_meta_state_shape, &referral__v1__meta_state__descriptor},
    {&rd_area_shape, &referral__v1__area__descriptor},
    {&rd_facts_shape, &referral__v1__facts__descriptor},
    {&rd_input_shape, &referral__v1__input__descriptor},
    {&rd_match_shape, &referral__v1__match__descriptor},
    {&rd_ruled_out_shape, &referral__v1__ruled_out__descriptor},
    {&rd_planned_assignment_shape, &referral__v1__planned_assignment__descriptor},
    {&rd_stage_shape, &referral__v1__stage__descriptor},
    {&rd_planned_clock_shape, &referral__v1__planned_clock__descriptor},
    {&rd_decision_shape, &referral__v1__decision__descriptor},
    {&rd_time_shape, &referral__v1__time__descriptor},
    {&rd_coding_shape, &referral__v1__coding__descriptor},
    {&rd_identifier_shape, &referral__v1__identifier__descriptor},
    {&rd_issue_shape, &referral__v1__issue__descriptor},
    {&rd_extra_shape, &referral__v1__extra__descriptor},
    {&rd_telecom_shape, &referral__v1__telecom__descriptor},
    {&rd_name_shape, &referral__v1__name__descriptor},
    {&rd_person_id_shape, &referral__v1__person_id__descriptor},
    {&rd_geo_shape, &referral__v1__geo__descriptor},
    {&rd_address_shape, &referral__v1__address__descriptor},
    {&rd_related_shape, &referral__v1__related__descriptor},
    {&rd_person_shape, &referral__v1__person__descriptor},
    {&rd_hop_shape, &referral__v1__hop__descriptor},
    {&rd_party_shape, &referral__v1__party__descriptor},
    {&rd_need_shape, &referral__v1__need__descriptor},
    {&rd_flag_shape, &referral__v1__flag__descriptor},
    {&rd_consent_shape, &referral__v1__consent__descriptor},
    {&rd_attachment_shape, &referral__v1__attachment__descriptor},
    {&rd_triage_note_shape, &referral__v1__triage_note__descriptor},
    {&rd_clinical_shape, &referral__v1__clinical__descriptor},
    {&rd_stay_shape, &referral__v1__stay__descriptor},
    {&rd_link_shape, &referral__v1__link__descriptor},
    {&rd_fact_shape, &referral__v1__fact__descriptor},
    {&rd_referral_shape, &referral__v1__referral__descriptor},
    {&rd_submission_shape, &referral__v1__submission__descriptor},
    {&rd_admin_shape, &referral__v1__admin__descriptor},
    {&rd_admin_result_shape, &referral__v1__admin_result__descriptor},
};
const size_t rd_contract_count = sizeof rd_contract / sizeof rd_contract[0];

const ProtobufCMessageDescriptor *rd_contract_message(const struct rd_shape *shape)
{
    for (size_t i = 0; i < rd_contract_count; i++)
        if (rd_contract[i].shape == shape)
            return rd_contract[i].message;
    rd_require_failed("shape is of the contract", __FILE__, __LINE__);
}

struct pb_kind {
    ProtobufCType type;
    ProtobufCLabel label;
};

static const struct pb_kind pb_kinds[] = {
    [RD_FIELD_BOOL] = {PROTOBUF_C_TYPE_BOOL, PROTOBUF_C_LABEL_OPTIONAL},
    [RD_FIELD_U32] = {PROTOBUF_C_TYPE_UINT32, PROTOBUF_C_LABEL_OPTIONAL},
    [RD_FIELD_U64] = {PROTOBUF_C_TYPE_UINT64, PROTOBUF_C_LABEL_OPTIONAL},
    [RD_FIELD_I64] = {PROTOBUF_C_TYPE_INT64, PROTOBUF_C_LABEL_OPTIONAL},
    [RD_FIELD_INSTANT] = {PROTOBUF_C_TYPE_INT64, PROTOBUF_C_LABEL_OPTIONAL},
    [RD_FIELD_OPT_I32] = {PROTOBUF_C_TYPE_INT32, PROTOBUF_C_LABEL_OPTIONAL},
    [RD_FIELD_OPT_BOOL] = {PROTOBUF_C_TYPE_BOOL, PROTOBUF_C_LABEL_OPTIONAL},
    [RD_FIELD_ENUM] = {PROTOBUF_C_TYPE_ENUM, PROTOBUF_C_LABEL_OPTIONAL},
    [RD_FIELD_TEXT] = {PROTOBUF_C_TYPE_BYTES, PROTOBUF_C_LABEL_OPTIONAL},
    [RD_FIELD_BYTES] = {PROTOBUF_C_TYPE_BYTES, PROTOBUF_C_LABEL_OPTIONAL},
    [RD_FIELD_STRUCT] = {PROTOBUF_C_TYPE_MESSAGE, PROTOBUF_C_LABEL_OPTIONAL},
    [RD_FIELD_TEXTS] = {PROTOBUF_C_TYPE_BYTES, PROTOBUF_C_LABEL_REPEATED},
    [RD_FIELD_BYTES_LIST] = {PROTOBUF_C_TYPE_BYTES, PROTOBUF_C_LABEL_REPEATED},
    [RD_FIELD_STRUCTS] = {PROTOBUF_C_TYPE_MESSAGE, PROTOBUF_C_LABEL_REPEATED},
};

bool rd_contract_agrees(const struct rd_field *field, const ProtobufCFieldDescriptor *pb)
{
    const struct pb_kind *kind = &pb_kinds[field->kind];
    return pb->id == field->number && pb->type == kind->type && pb->label == kind->label;
}
