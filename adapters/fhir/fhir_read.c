#include "adapters/fhir/fhir_read.h"

#include "adapters/fhir/fhir_headers.h"
#include "adapters/fhir/fhir_json.h"
#include "adapters/fhir/fhir_xml.h"
#include "model/limits.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define CATEGORY "https://fhir.nhs.uk/CodeSystem/message-category-servicerequest"

static void refuse(struct rd_fhir_read *out, unsigned http, const char *code, const char *issue,
                   struct rd_text diagnostics)
{
    out->failure = (struct rd_fhir_failure){http, code, issue, diagnostics};
    out->submission.refused_code = rd_text_of(issue);
    out->submission.refused_words = diagnostics;
    out->submission.original = RD_TEXT_NONE;
    out->submission.referral = NULL;
}

static bool is_uuid(struct rd_text text)
{
    if (text.len != 36)
        return false;
    for (size_t i = 0; i < 36; i++) {
        char c = text.ptr[i];
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
        if (dash ? c != '-' : !hex)
            return false;
    }
    return true;
}

static bool check_id(struct rd_fhir_read *out, struct rd_text value, struct rd_text missing,
                     struct rd_text wrong)
{
    if (!rd_text_present(value) || value.len == 0) {
        refuse(out, 400, "REC_BAD_REQUEST", "required", missing);
        return false;
    }
    if (!is_uuid(value)) {
        refuse(out, 400, "REC_BAD_REQUEST", "invalid", wrong);
        return false;
    }
    return true;
}

/* What our services are called is the door's to know; here only the forms are checked. */
static bool check_who(struct rd_fhir_build *build, const struct rd_fhir_headers *headers,
                      struct rd_fhir_read *out)
{
    if (rd_text_present(headers->target_identifier) &&
        !rd_fhir_target(headers->target_identifier, build->arena, &out->target)) {
        refuse(out, 400, "REC_BAD_REQUEST", "invalid",
               RD_TEXT(
                   "NHSD-Target-Identifier: expected base64 of {\"system\": ..., \"value\": ...}"));
        return false;
    }
    if (rd_text_present(headers->end_user_organisation) &&
        !rd_fhir_organisation(headers->end_user_organisation, build->arena, &out->user_ods)) {
        refuse(
            out, 400, "REC_BAD_REQUEST", "invalid",
            RD_TEXT("NHSD-End-User-Organisation: expected base64 of an Organization with its ODS "
                    "code as identifier"));
        return false;
    }
    return true;
}

static bool check_ids(const struct rd_fhir_headers *headers, struct rd_fhir_read *out)
{
    return check_id(out, headers->request_id,
                    RD_TEXT("X-Request-Id: missing; send a UUID, new for "
                            "each message, the same for its retry"),
                    RD_TEXT("X-Request-Id: not a UUID")) &&
           check_id(out, headers->correlation_id,
                    RD_TEXT("X-Correlation-Id: missing; send the conversation's UUID"),
                    RD_TEXT("X-Correlation-Id: not a UUID"));
}

bool rd_fhir_check_headers(const struct rd_fhir_headers *headers, struct rd_fhir_failure *failure)
{
    struct rd_fhir_read read = {.failure = {.http = 0}};
    bool good = check_ids(headers, &read);
    *failure = read.failure;
    return good;
}

static bool check_version(struct rd_fhir_read *out, const json_t *bundle)
{
    struct rd_text version = rd_fhir_peek(bundle, "meta.versionId");
    if (!rd_text_present(version)) {
        refuse(out, 400, "REC_BAD_REQUEST", "invariant",
               RD_TEXT("Bundle.meta.versionId: missing; send the version of the standard, 1.x.y"));
        return false;
    }
    if (!rd_text_starts(version, "1.") && !rd_text_is(version, "1")) {
        refuse(out, 422, "REC_UNPROCESSABLE_ENTITY", "not-supported",
               RD_TEXT("Bundle.meta.versionId: this version is not read; send 1.x.y"));
        return false;
    }
    return true;
}

static bool check_event(struct rd_fhir_read *out, const json_t *header)
{
    struct rd_text event = rd_fhir_peek(header, "eventCoding.code");
    if (rd_text_is(event, "servicerequest-request"))
        return true;
    if (rd_text_is(event, "servicerequest-response"))
        refuse(out, 404, "REC_NOT_FOUND", "not-found",
               RD_TEXT("MessageHeader.response.identifier: no message of that Bundle.id was sent "
                       "from here"));
    else if (rd_text_starts(event, "booking-"))
        refuse(out, 501, "REC_NOT_IMPLEMENTED", "not-supported",
               RD_TEXT("MessageHeader.eventCoding: bookings are not taken here; send "
                       "servicerequest-request"));
    else
        refuse(out, 400, "REC_BAD_REQUEST", "invariant",
               RD_TEXT("MessageHeader.eventCoding: expected servicerequest-request"));
    return false;
}

static bool check_bundle(struct rd_fhir_build *build, struct rd_fhir_read *out)
{
    if (!rd_text_is(rd_fhir_peek(build->bundle, "resourceType"), "Bundle") ||
        !rd_text_is(rd_fhir_peek(build->bundle, "type"), "message")) {
        refuse(out, 400, "REC_BAD_REQUEST", "invariant",
               RD_TEXT("expected a Bundle of type \"message\""));
        return false;
    }
    static const struct {
        const char *type, *missing, *several;
    } needed[] = {
        {"MessageHeader", "the Bundle has no MessageHeader",
         "the Bundle has more than one MessageHeader: send a message of its own for each"},
        {"ServiceRequest", "the Bundle has no ServiceRequest",
         "the Bundle has more than one ServiceRequest: send a message of its own for each"},
        {"Patient", "the Bundle has no Patient: nobody is named",
         "the Bundle has more than one Patient: send a message of its own for each"},
    };
    for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++) {
        if (rd_fhir_resource(build, needed[i].type, 0) == NULL) {
            refuse(out, 400, "REC_BAD_REQUEST", "invariant", rd_text_of(needed[i].missing));
            return false;
        }
        if (rd_fhir_resource(build, needed[i].type, 1) != NULL) {
            refuse(out, 400, "REC_BAD_REQUEST", "invariant", rd_text_of(needed[i].several));
            return false;
        }
        const json_t *header = rd_fhir_resource(build, "MessageHeader", 0);
        if (i == 0 && (!check_version(out, build->bundle) || !check_event(out, header)))
            return false;
    }
    return true;
}

/* What a message asks for, by its reason and its request's status. The guide and its examples
 * disagree on the reason of a cancel (update, delete); nothing else is taken. */
static bool read_action(struct rd_fhir_build *build, struct rd_fhir_read *out)
{
    static const struct {
        const char *reason, *status;
        enum rd_action action;
    } rows[] = {
        {"new", "active", RD_ACTION_NEW},
        {"update", "active", RD_ACTION_AMEND},
        {"update", "on-hold", RD_ACTION_AMEND},
        {"update", "revoked", RD_ACTION_CANCEL},
        {"update", "entered-in-error", RD_ACTION_CANCEL},
        {"delete", "revoked", RD_ACTION_CANCEL},
        {"delete", "entered-in-error", RD_ACTION_CANCEL},
    };
    const json_t *header = rd_fhir_resource(build, "MessageHeader", 0);
    const json_t *request = rd_fhir_resource(build, "ServiceRequest", 0);
    struct rd_text reason = rd_fhir_peek(header, "reason.coding[0].code");
    struct rd_text status = rd_fhir_peek(request, "status");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rd_text_is(reason, rows[i].reason) && rd_text_is(status, rows[i].status)) {
            out->submission.action = rows[i].action;
            return true;
        }
    refuse(out, 400, "REC_BAD_REQUEST", "invariant",
           RD_TEXT("MessageHeader.reason and ServiceRequest.status: expected new with active, "
                   "update with active or on-hold, or update (delete) with revoked or "
                   "entered-in-error"));
    return false;
}

static bool read_kind(struct rd_fhir_build *build, struct rd_fhir_read *out,
                      struct rd_referral *referral)
{
    const json_t *request = rd_fhir_resource(build, "ServiceRequest", 0);
    struct rd_text category = rd_fhir_code_in(json_object_get(request, "category"), CATEGORY);
    if (rd_text_is(category, "validation")) {
        referral->kind = RD_KIND_VALIDATION;
        referral->custody = RD_CUSTODY_SENDER;
    } else if (rd_text_is(category, "referral")) {
        referral->kind = RD_KIND_REFERRAL;
        referral->custody = RD_CUSTODY_ROUTER;
    } else if (out->submission.action == RD_ACTION_CANCEL) {
        referral->kind = RD_KIND_REFERRAL; /* a cancel is known by its reference alone */
    } else {
        refuse(out, 400, "REC_BAD_REQUEST", "invariant",
               RD_TEXT("ServiceRequest.category: expected referral or validation of "
                       "message-category-servicerequest"));
        return false;
    }
    return true;
}

static bool tagged_test(const json_t *bundle)
{
    const json_t *tags = rd_fhir_at(bundle, "meta.tag");
    for (size_t i = 0; i < json_array_size(tags); i++)
        if (rd_text_is(rd_fhir_peek(json_array_get(tags, i), "code"), "HTEST"))
            return true;
    return false;
}

/* Content without transmission stamps: the bundle's own timestamp and lastUpdated. */
static struct rd_text digest_of(struct rd_fhir_build *build, json_t *bundle, struct rd_text body)
{
    unsigned char *out = rd_arena_take(build->arena, RD_DIGEST_BYTES);
    if (out == NULL) {
        build->full = true;
        return RD_TEXT_NONE;
    }
    json_t *content = bundle == NULL ? NULL : json_copy(bundle);
    json_t *meta = content == NULL ? NULL : json_copy(json_object_get(content, "meta"));
    (void)json_object_del(content, "timestamp");
    (void)json_object_del(meta, "lastUpdated");
    if (meta != NULL)
        (void)json_object_set_new(content, "meta", meta);
    char *text = content == NULL ? NULL : json_dumps(content, JSON_COMPACT | JSON_SORT_KEYS);
    const char *bytes = text == NULL ? body.ptr : text;
    size_t len = text == NULL ? body.len : strlen(text);
    (void)crypto_generichash(out, RD_DIGEST_BYTES, (const unsigned char *)bytes, len, NULL, 0);
    free(text);
    json_decref(content);
    return (struct rd_text){(const char *)out, RD_DIGEST_BYTES};
}

static void read_message(struct rd_fhir_build *build, struct rd_fhir_read *out)
{
    struct rd_referral *referral = rd_arena_take(build->arena, sizeof *referral);
    if (referral == NULL) {
        build->full = true;
        return;
    }
    if (!check_bundle(build, out) || !read_action(build, out) || !read_kind(build, out, referral))
        return;
    rd_fhir_person(build, referral);
    if (build->full)
        return;
    rd_fhir_request(build, referral);
    out->submission.referral = referral;
    out->submission.sent = rd_fhir_time(build, build->bundle, "timestamp");
    out->submission.last_updated =
        rd_fhir_time(build, rd_fhir_resource(build, "ServiceRequest", 0), "meta.lastUpdated");
    out->sender_ods = referral->referrer != NULL && rd_text_present(referral->referrer->ods)
                          ? referral->referrer->ods
                          : out->user_ods;
    if (tagged_test(build->bundle))
        out->submission.environment = RD_ENVIRONMENT_TEST;
}

static json_t *load(struct rd_text body, struct rd_arena *arena, struct rd_fhir_read *out)
{
    if (body.len == 0) {
        refuse(out, 400, "REC_BAD_REQUEST", "invalid", RD_TEXT("the body is empty: send a Bundle"));
        return NULL;
    }
    struct rd_errbuf why = {""};
    json_t *bundle = rd_fhir_load(body, &why);
    if (bundle == NULL)
        refuse(out, 400, "REC_BAD_REQUEST", "invalid",
               rd_arena_format(arena, "the body is not %s: %s",
                               rd_fhir_is_xml(body) ? "FHIR in XML" : "JSON", why.text));
    return bundle;
}

/* A refused message uses up no request id: the sender corrects it and may send it again under that
 * id. */
static struct rd_text refused_key(const struct rd_fhir_read *read, struct rd_arena *arena)
{
    char hex[2 * RD_DIGEST_BYTES + 1];
    (void)sodium_bin2hex(hex, sizeof hex, (const unsigned char *)read->submission.digest.ptr,
                         RD_DIGEST_BYTES);
    return rd_arena_format(arena, "refused:%s", hex);
}

enum rd_err rd_fhir_read(struct rd_text feed, enum rd_environment environment,
                         const struct rd_fhir_headers *headers, struct rd_text body,
                         struct rd_arena *arena, struct rd_fhir_read *out)
{
    struct rd_fhir_build build = {.arena = arena};
    *out = (struct rd_fhir_read){
        .submission = {.feed = feed,
                       .environment = environment,
                       .correlation = headers->correlation_id,
                       .media_type = rd_fhir_is_xml(body) ? RD_TEXT("application/fhir+xml")
                                                          : RD_TEXT("application/fhir+json"),
                       .original = body}};
    json_t *bundle = NULL;
    if (check_ids(headers, out) && check_who(&build, headers, out)) {
        bundle = load(body, arena, out);
        build.bundle = bundle;
        if (bundle != NULL)
            read_message(&build, out);
    }
    out->submission.digest = digest_of(&build, bundle, body);
    json_decref(bundle);
    if (build.full)
        return RD_E_TOOBIG;
    out->submission.key =
        out->failure.http != 0
            ? refused_key(out, arena)
            : rd_arena_format(arena, "request:%.*s", RD_TEXT_ARG(headers->request_id));
    return rd_text_present(out->submission.key) ? RD_OK : RD_E_TOOBIG;
}

enum rd_err rd_fhir_read_merged(const struct rd_fhir_read *update,
                                const struct rd_fhir_headers *headers, struct rd_text merged,
                                struct rd_arena *arena, struct rd_fhir_read *out)
{
    const struct rd_submission *as_sent = &update->submission;
    enum rd_err err =
        rd_fhir_read(as_sent->feed, as_sent->environment, headers, merged, arena, out);
    struct rd_submission *submission = &out->submission;
    if (err != RD_OK || out->failure.http != 0)
        return err;
    submission->key = as_sent->key;
    submission->digest = as_sent->digest;
    submission->action = as_sent->action;
    submission->environment = as_sent->environment;
    submission->media_type = as_sent->media_type;
    submission->original = as_sent->original;
    submission->merged = merged;
    return RD_OK;
}

enum rd_err rd_fhir_refuse(struct rd_fhir_read *read, const struct rd_fhir_failure *failure,
                           struct rd_arena *arena)
{
    refuse(read, failure->http, failure->code, failure->issue, failure->diagnostics);
    read->submission.merged = RD_TEXT_NONE;
    read->submission.key = refused_key(read, arena);
    return rd_text_present(read->submission.key) ? RD_OK : RD_E_TOOBIG;
}
