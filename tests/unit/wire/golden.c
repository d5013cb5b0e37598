#include "golden.h"

/* RD_TEXT for an initialiser that must be constant. */
#define T(literal)                                                                                 \
    {                                                                                              \
        "" literal, sizeof(literal) - 1                                                            \
    }

/* 2026-11-21T09:00:00Z: a Saturday morning. */
#define AT(minutes) (INT64_C(1795251600000000) + (minutes)*RD_MINUTE_US)

static struct rd_hello hello = {.protocol_min = 1,
                                .protocol_max = 1,
                                .program = T("referral-mllp"),
                                .version = T("0.1.0"),
                                .session = 1795251600};
static const struct rd_message hello_message = {.hello = &hello};

static struct rd_welcome welcome = {.protocol = 1,
                                    .place = T("havering"),
                                    .rules_hash = T("9f2c4e"),
                                    .user = T("kgh-pas"),
                                    .incarnation = 3,
                                    .heartbeat_ms = 5000,
                                    .credit_submissions = 64,
                                    .credit_bytes = 8388608};
static const struct rd_message welcome_message = {.welcome = &welcome};

static struct rd_refused refused = {.correlation = 12,
                                    .code = RD_REFUSAL_TAKEN,
                                    .words = T("7K3Q9-M2X4T.1 is claimed by A. Nurse since "
                                               "09:04; ask them to transfer it")};
static const struct rd_message refused_message = {.refused = &refused};

static struct rd_ping pong = {.token = UINT64_MAX};
static const struct rd_message pong_message = {.pong = &pong};

/* A GP's referral by HL7 v2, with what a two-hour response needs to know. */
static struct rd_time gp_sent = {.utc_us = AT(0),
                                 .original = T("20261121090000"),
                                 .offset_assumed = true,
                                 .precision = RD_PRECISION_SECOND};
static struct rd_identifier gp_refs[] = {
    {T("urn:lambourne-road-surgery"), T("REF-2026-1182"), T("F82016")}};
static struct rd_coding fall_codes[] = {
    {.system = T("http://snomed.info/sct"), .code = T("1912002"), .display = T("Fall")}};
static struct rd_need gp_needs[] = {
    {.domain = RD_DOMAIN_HEALTH,
     .codes = fall_codes,
     .codes_count = 1,
     .words = T("Fall at home, unable to get up; no injury"),
     .code = T("fall")},
    {.domain = RD_DOMAIN_SOCIAL, .words = T("Daughter, caf\xC3\xA9 owner, cannot stay")}};
static struct rd_person_id gp_ids[] = {{.system = T("nhs-number"),
                                        .value = T("9990000018"),
                                        .verification = T("number-present-and-verified"),
                                        .checksum_ok = {true, true}}};
static struct rd_name gp_names[] = {
    {.use = T("usual"), .family = T("Example"), .given = T("Edith")}};
static struct rd_text gp_lines[] = {T("1 Invented Road"), T("Romford")};
static struct rd_address gp_addresses[] = {{.use = RD_ADDRESS_HOME,
                                            .lines = gp_lines,
                                            .lines_count = 2,
                                            .postcode = T("RM1 3BB"),
                                            .access_notes = T("Key safe by the door")}};
static struct rd_telecom gp_telecoms[] = {{.system = T("phone"),
                                           .value = T("020 7946 0000"),
                                           .rank = {true, 1},
                                           .safe_to_call = RD_SAFE_YES}};
static struct rd_person gp_person = {.ids = gp_ids,
                                     .ids_count = 1,
                                     .names = gp_names,
                                     .names_count = 1,
                                     .birth_date = T("1941-03"),
                                     .deceased = {true, false},
                                     .practice_ods = T("F82016"),
                                     .addresses = gp_addresses,
                                     .addresses_count = 1,
                                     .telecoms = gp_telecoms,
                                     .telecoms_count = 1,
                                     .lives_alone = {true, true}};
static struct rd_referral gp_referral = {.kind = RD_KIND_REFERRAL,
                                         .custody = RD_CUSTODY_ROUTER,
                                         .source_refs = gp_refs,
                                         .source_refs_count = 1,
                                         .authored = &gp_sent,
                                         .priority_asked = RD_PRIORITY_TWO_HOUR,
                                         .needs = gp_needs,
                                         .needs_count = 2,
                                         .person = &gp_person};
static struct rd_submission gp_submission = {
    .feed = T("lambourne-road-surgery"),
    .key = T("lambourne-road-surgery|EMIS|F82016|I12|00017"),
    .action = RD_ACTION_NEW,
    .environment = RD_ENVIRONMENT_LIVE,
    .sent = &gp_sent,
    .digest = T("\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0A\x0B\x0C\x0D\x0E\x0F"
                "\xF0\xF1\xF2\xF3\xF4\xF5\xF6\xF7\xF8\xF9\xFA\xFB\xFC\xFD\xFE\xFF"),
    .media_type = T("application/hl7-v2"),
    .original = T("MSH|^~\\&|EMIS|F82016|REFERRALD|SPA|20261121090000||REF^I12|00017|P|2.4\r"),
    .referral = &gp_referral};
static struct rd_submit gp_submit = {.correlation = 1, .submission = &gp_submission};
static const struct rd_message gp_submit_message = {.submit = &gp_submit};

/* A 999 validation: the ambulance service keeps custody; zeros that mean something. */
static struct rd_time validation_respond_by = {
    .utc_us = AT(30), .original = T("2026-11-21T09:30:00+00:00"), .precision = RD_PRECISION_SECOND};
static struct rd_referral validation = {.kind = RD_KIND_VALIDATION,
                                        .custody = RD_CUSTODY_SENDER,
                                        .journey = T("3e7c9a4e-0000-4000-8000-000000000001"),
                                        .respond_by = &validation_respond_by,
                                        .priority_asked = RD_PRIORITY_EMERGENCY};
static struct rd_submission validation_submission = {.feed = T("las-cad"),
                                                     .key = T("las-cad|c0ffee"),
                                                     .action = RD_ACTION_NEW,
                                                     .environment = RD_ENVIRONMENT_LIVE,
                                                     .media_type = T("application/fhir+json"),
                                                     .original = T("{}"),
                                                     .referral = &validation};
static struct rd_submit validation_submit = {.correlation = 2,
                                             .submission = &validation_submission};
static const struct rd_message validation_message = {.submit = &validation_submit};

static struct rd_submission unreadable = {
    .feed = T("kgh-pas"),
    .key = T("kgh-pas|sha256|0badf00d"),
    .action = RD_ACTION_NEW,
    .environment = RD_ENVIRONMENT_LIVE,
    .media_type = T("application/hl7-v2"),
    .original = T("MSH|\x00\xFF\x80"),
    .quarantine_code = T("encoding"),
    .quarantine_words = T("MSH-2: byte 5 is not a character; expected encoding characters")};
static struct rd_submit unreadable_submit = {.correlation = 3, .submission = &unreadable};
static const struct rd_message unreadable_message = {.submit = &unreadable_submit};

static struct rd_issue issues[] = {{.severity = RD_SEVERITY_WARNING,
                                    .code = T("nhs-number-check-digit"),
                                    .path = T("PID-3[1]"),
                                    .words = T("the check digit is wrong")}};
static struct rd_submit_result held = {.correlation = 1,
                                       .disposal = RD_DISPOSAL_NEW,
                                       .referral = T("7K3Q9-M2X4T"),
                                       .entry = 4711,
                                       .held_at = AT(0) + 12345,
                                       .lead_team = T("rapid-response"),
                                       .lead_title = T("Rapid Response, Havering"),
                                       .pathway = T("rapid-response"),
                                       .answer = T("Open now; somebody looks within 15 "
                                                   "minutes. If it gets worse: 111 or 999."),
                                       .open_now = true,
                                       .looks_at = AT(0) + 12345,
                                       .issues = issues,
                                       .issues_count = 1};
static const struct rd_message held_message = {.submit_result = &held};

static struct rd_submit_result busy = {.correlation = 65, .busy = true};
static const struct rd_message busy_message = {.submit_result = &busy};

static struct rd_watch watch = {
    .queue = T("rapid-response"), .incarnation = 3, .after = 118, .credit = 100};
static const struct rd_message watch_message = {.watch = &watch};

static struct rd_stage stages[] = {
    {.kind = RD_STAGE_WARNING, .due = AT(60), .escalate_to = T("duty-lead")},
    {.kind = RD_STAGE_BREACH, .due = AT(120), .escalate_to = T("duty-lead")},
    {.kind = RD_STAGE_REPEAT, .due = AT(150), .repeat_us = UINT64_C(1800000000)}};
static struct rd_clock clocks[] = {{.index = 1,
                                    .policy = T("two-hour"),
                                    .kind = RD_CLOCK_TWO_HOUR,
                                    .basis = T("received"),
                                    .stop_mode = T("face-to-face"),
                                    .start = AT(0),
                                    .alarm_due = AT(120),
                                    .report_due = AT(120),
                                    .stages = stages,
                                    .stages_count = 3,
                                    .next_due = AT(60)}};
static struct rd_text row_needs[] = {T("fall"), T("")};
static struct rd_row row = {.assignment = T("7K3Q9-M2X4T.1"),
                            .referral = T("7K3Q9-M2X4T"),
                            .team = T("rapid-response"),
                            .role = RD_ROLE_LEAD,
                            .view = RD_VIEW_FULL,
                            .phase = RD_ASSIGNMENT_WAITING,
                            .pathway = T("rapid-response"),
                            .locality = T("havering-north"),
                            .reason = T("fall without injury, two hours asked"),
                            .feed = T("lambourne-road-surgery"),
                            .urgency = RD_PRIORITY_TWO_HOUR,
                            .age = {true, 0},
                            .needs = row_needs,
                            .needs_count = 2,
                            .clocks = clocks,
                            .clocks_count = 1,
                            .received = AT(0),
                            .next_due = AT(60),
                            .order = 4711,
                            .revision = 1};
static struct rd_snapshot_row snapshot_row = {.queue = T("rapid-response"), .row = &row};
static const struct rd_message snapshot_row_message = {.snapshot_row = &snapshot_row};

static struct rd_row gone_row = {.assignment = T("7K3Q9-M2X4T.1"),
                                 .outcome = RD_OUTCOME_REDIRECTED};
static struct rd_change change = {.queue = T("rapid-response"),
                                  .incarnation = 3,
                                  .change = 119,
                                  .what = RD_ROW_REMOVED,
                                  .verb = RD_VERB_REDIRECT,
                                  .row = &gone_row};
static const struct rd_message change_message = {.change = &change};

static struct rd_text supporting[] = {T("equipment"), T("safeguarding-havering")};
static struct rd_command command = {.correlation = 12,
                                    .verb = RD_VERB_ROUTE,
                                    .target = T("7K3Q9-M2X4T"),
                                    .by = T("B. Desk"),
                                    .clinician = true,
                                    .reason = T("boundary address"),
                                    .to = T("rapid-response"),
                                    .supporting = supporting,
                                    .supporting_count = 2,
                                    .pathway = T("rapid-response"),
                                    .urgency = RD_PRIORITY_SAME_DAY};
static const struct rd_message command_message = {.command = &command};

static struct rd_receipt receipt = {.feed = T("lambourne-road-surgery"),
                                    .receipt = 4720,
                                    .referral = T("7K3Q9-M2X4T"),
                                    .source_refs = gp_refs,
                                    .source_refs_count = 1,
                                    .stage = RD_RECEIPT_CLAIMED,
                                    .team = T("rapid-response"),
                                    .team_title = T("Rapid Response, Havering"),
                                    .at = AT(4),
                                    .kind = RD_KIND_REFERRAL};
static const struct rd_message receipt_message = {.receipt = &receipt};

static struct rd_event_note note = {.entry = 4711,
                                    .at = AT(0),
                                    .kind = RD_ENTRY_RECEIVED,
                                    .disposal = RD_DISPOSAL_NEW,
                                    .referral = T("7K3Q9-M2X4T"),
                                    .feed = T("lambourne-road-surgery")};
static const struct rd_message note_message = {.event = &note};

/* What the ledger keeps: an entry of a decision, a record of state, a deletion. */
static struct rd_facts facts = {.source = T("gp"),
                                .feed = T("lambourne-road-surgery"),
                                .kind = RD_KIND_REFERRAL,
                                .priority_asked = RD_PRIORITY_TWO_HOUR,
                                .age = {true, 85},
                                .postcode_class = RD_POSTCODE_KNOWN,
                                .locality = T("havering-north"),
                                .lives_alone = {true, true},
                                .received = AT(0)};
static struct rd_match matches[] = {{.step = RD_STEP_TRIAGE,
                                     .table = T("triage"),
                                     .rule = T("4"),
                                     .why = T("a fall without injury, seen within two "
                                              "hours")}};
static struct rd_planned_assignment planned[] = {{.team = T("rapid-response"),
                                                  .role = RD_ROLE_LEAD,
                                                  .view = RD_VIEW_FULL,
                                                  .open_now = true,
                                                  .looks_at = AT(0)}};
static struct rd_decision decision = {.rules_hash = T("9f2c4e"),
                                      .engine_version = T("0.1.0"),
                                      .at = AT(0),
                                      .facts = &facts,
                                      .matches = matches,
                                      .matches_count = 1,
                                      .pathway = T("rapid-response"),
                                      .urgency = RD_PRIORITY_TWO_HOUR,
                                      .assignments = planned,
                                      .assignments_count = 1};
static struct rd_team_load loads[] = {{T("rapid-response"), 17}};
static struct rd_asked asked = {
    .what = RD_ASKED_NEW, .received = AT(0), .loads = loads, .loads_count = 1};
static struct rd_decided decided = {
    .decision = &decision, .first_assignment = 1, .first_clock = 1, .asked = &asked};
static const struct rd_entry decided_entry = {.number = 4712,
                                              .at = AT(0),
                                              .kind = RD_ENTRY_DECIDED,
                                              .referral = UINT64_C(0xf31dd341749a),
                                              .decided = &decided};

/* What a sender was told: as its door says it, and as the ledger keeps it. */
static struct rd_answered told = {.correlation = 12,
                                  .told = RD_TOLD_WRITTEN,
                                  .code = T("AA"),
                                  .words = T("7K3Q9-M2X4T"),
                                  .bytes = T("\x0BMSH|^~\\&|REFERRALD\r\x1C\r"),
                                  .length = 22};
static const struct rd_message answered_message = {.answered = &told};
static struct rd_answered kept = {
    .received = 4711, .told = RD_TOLD_GONE, .code = T("AA"), .words = T("7K3Q9-M2X4T")};
static const struct rd_entry answered_entry = {.number = 4715,
                                               .at = AT(1),
                                               .kind = RD_ENTRY_ANSWERED,
                                               .referral = UINT64_C(0xf31dd341749a),
                                               .feed = T("kgh-pas"),
                                               .answered = &kept};

/* A feed whose sender numbers its messages: two did not come. */
static struct rd_number_line line = {.last = 105, .at = AT(0)};
static struct rd_missing missing = {.from = 102, .to = 104, .due = AT(5), .told = true};
static struct rd_numbering numbering = {.of = T("PAS|RF4"),
                                        .lines = &line,
                                        .lines_count = 1,
                                        .missing = &missing,
                                        .missing_count = 1,
                                        .quiet_until = AT(20)};
static struct rd_feed_state feed_state = {.feed = T("kgh-pas"),
                                          .submissions = 3,
                                          .new_referrals = 3,
                                          .open = 3,
                                          .last_received = AT(0),
                                          .numberings = &numbering,
                                          .numberings_count = 1,
                                          .sequence_gaps = 1,
                                          .day = 20778,
                                          .day_count = 3};
static const struct rd_state_record feed_record = {
    .table = RD_TABLE_FEED, .key = T("kgh-pas"), .feed = &feed_state};

/* A rule set that waits for its time, and the last part of its files. */
static struct rd_activation activation = {.hash = T("9f2c4e"),
                                          .at = AT(60),
                                          .by = T("S. Example"),
                                          .approved_by = T("D. Officer"),
                                          .reason = T("four localities become three")};
static const struct rd_entry activation_entry = {
    .number = 4714, .at = AT(0), .kind = RD_ENTRY_ACTIVATION, .activation = &activation};
static struct rd_activation refused_activation = {
    .hash = T("9f2c4e"),
    .at = AT(60),
    .by = T("router"),
    .reason = T("the team cranbrook has 2 open assignments and is not in that rule set"),
    .withdrawn = true,
    .refused = true};
static const struct rd_entry refused_entry = {
    .number = 4790, .at = AT(60), .kind = RD_ENTRY_ACTIVATION, .activation = &refused_activation};

/* The same person through another door: what is alike, what is not, and who said so. */
static struct rd_linked linked = {.other = 2,
                                  .verb = RD_VERB_LINK,
                                  .by = T("C. Desk"),
                                  .reason = T("asked her daughter"),
                                  .matched = RD_PART_NHS_NUMBER | RD_PART_NAME | RD_PART_BIRTH_DATE,
                                  .differs = RD_PART_POSTCODE};
static const struct rd_entry linked_entry = {
    .number = 4715, .at = AT(1), .kind = RD_ENTRY_LINKED, .referral = 1, .linked = &linked};
static struct rd_ruleset_part ruleset_part = {.hash = T("9f2c4e"),
                                              .file = T("wards.csv"),
                                              .offset = 1048576,
                                              .bytes = T("E05000026,Abbey\n"),
                                              .last = true};
static const struct rd_entry ruleset_entry = {
    .number = 4713, .at = AT(0), .kind = RD_ENTRY_RULESET, .ruleset = &ruleset_part};
static struct rd_ruleset_state ruleset_state = {
    .hash = T("9f2c4e"), .first = 4700, .last = 4713, .bytes = 1064960, .complete = true};
static const struct rd_state_record ruleset_record = {
    .table = RD_TABLE_RULESET, .key = T("9f2c4e"), .ruleset = &ruleset_state};

static struct rd_text hashes[] = {T("\x00\x11\x22\x33\x44\x55\x66\x77"
                                    "\x88\x99\xAA\xBB\xCC\xDD\xEE\xFF")};
static struct rd_referral_state referral_state = {.id = UINT64_C(0xf31dd341749a),
                                                  .phase = RD_PHASE_OPEN,
                                                  .kind = RD_KIND_REFERRAL,
                                                  .custody = RD_CUSTODY_ROUTER,
                                                  .feed = T("lambourne-road-surgery"),
                                                  .revision = 1,
                                                  .bodies = T("\x00\x00\x00\x00\x00\x00\x12\x67"),
                                                  .received = AT(0),
                                                  .facts = &facts,
                                                  .decision = 4712,
                                                  .clocks = clocks,
                                                  .clocks_count = 1,
                                                  .ref_hashes = hashes,
                                                  .ref_hashes_count = 1};
static const struct rd_state_record referral_record = {.table = RD_TABLE_REFERRAL,
                                                       .key = T("\x00\x00\xF3\x1D"
                                                                "\xD3\x41\x74\x9A"),
                                                       .referral = &referral_state};
static const struct rd_state_record deleted_key = {.table = RD_TABLE_KEY,
                                                   .key = T("\x00\x11\x22\x33")};

static struct rd_identifier sought = {.system = T("nhs-number"), .value = T("9990000018")};
static struct rd_query query = {.correlation = 9,
                                .kind = RD_QUERY_FIND,
                                .target = T("las-cad"),
                                .by = T("RRU, Patient Manager 1.7"),
                                .sought = &sought};
static const struct rd_message query_message = {.query = &query};
static struct rd_open open_for_sender = {.correlation = 10,
                                         .target = T("7K3Q9-M2X4T"),
                                         .by = T("RRU, Patient Manager 1.7"),
                                         .purpose = T("GET ServiceRequest"),
                                         .feed = T("las-cad")};
static const struct rd_message open_message = {.open = &open_for_sender};
static struct rd_read looked = {.by = T("RRU, Patient Manager 1.7"),
                                .purpose = T("looked for a person"),
                                .sought = T("\x00\x11\x22\x33\x44\x55\x66\x77"
                                            "\x88\x99\xAA\xBB\xCC\xDD\xEE\xFF"),
                                .found = 1};
static const struct rd_entry read_entry = {
    .number = 4714, .at = AT(0), .kind = RD_ENTRY_READ, .feed = T("las-cad"), .read = &looked};

const struct golden golden[] = {
    {"hello", &rd_message_shape, &hello_message},
    {"welcome", &rd_message_shape, &welcome_message},
    {"refused-taken", &rd_message_shape, &refused_message},
    {"pong", &rd_message_shape, &pong_message},
    {"submit-gp", &rd_message_shape, &gp_submit_message},
    {"submit-validation", &rd_message_shape, &validation_message},
    {"submit-quarantined", &rd_message_shape, &unreadable_message},
    {"submit-result-held", &rd_message_shape, &held_message},
    {"submit-result-busy", &rd_message_shape, &busy_message},
    {"watch-resume", &rd_message_shape, &watch_message},
    {"snapshot-row", &rd_message_shape, &snapshot_row_message},
    {"change-removed", &rd_message_shape, &change_message},
    {"command-route", &rd_message_shape, &command_message},
    {"query-find", &rd_message_shape, &query_message},
    {"open-for-sender", &rd_message_shape, &open_message},
    {"receipt-claimed", &rd_message_shape, &receipt_message},
    {"event-received", &rd_message_shape, &note_message},
    {"entry-decided", &rd_entry_shape, &decided_entry},
    {"entry-read", &rd_entry_shape, &read_entry},
    {"entry-ruleset", &rd_entry_shape, &ruleset_entry},
    {"entry-activation", &rd_entry_shape, &activation_entry},
    {"entry-activation-refused", &rd_entry_shape, &refused_entry},
    {"entry-linked", &rd_entry_shape, &linked_entry},
    {"answered", &rd_message_shape, &answered_message},
    {"entry-answered", &rd_entry_shape, &answered_entry},
    {"state-feed", &rd_state_record_shape, &feed_record},
    {"state-referral", &rd_state_record_shape, &referral_record},
    {"state-ruleset", &rd_state_record_shape, &ruleset_record},
    {"state-deleted-key", &rd_state_record_shape, &deleted_key},
};
const size_t golden_count = sizeof golden / sizeof golden[0];
