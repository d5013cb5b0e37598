#include "adapters/fhir/fhir_response.h"

#include "adapters/fhir/fhir_json.h"
#include "adapters/fhir/fhir_xml.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PROFILE "https://fhir.nhs.uk/StructureDefinition/"
#define CODES "https://fhir.nhs.uk/CodeSystem/"
#define DEFINITION "https://fhir.nhs.uk/MessageDefinition/bars-message-servicerequest-response-"

struct response {
    const struct rd_receipt *receipt;
    struct rd_fhir_build original;
    const json_t *header, *request, *encounter; /* theirs */
    bool validation, full;
    char at[RD_INSTANT_TEXT_MAX];
    char encounter_id[RD_UUID_TEXT_MAX];
};

bool rd_fhir_response_stage(enum rd_receipt_stage stage)
{
    return stage == RD_RECEIPT_ACCEPTED || stage == RD_RECEIPT_REFUSED ||
           stage == RD_RECEIPT_CLOSED;
}

static void hash_text(crypto_generichash_state *state, struct rd_text text)
{
    const unsigned char len[2] = {(unsigned char)(text.len >> 8), (unsigned char)text.len};
    (void)crypto_generichash_update(state, len, sizeof len);
    if (text.len > 0)
        (void)crypto_generichash_update(state, (const unsigned char *)text.ptr, text.len);
}

/* An id that follows from the receipt: whoever sends it again sends the same. In the form of a
 * random UUID, which every receiver takes. */
static void make_id(const struct rd_receipt *receipt, const char *what, char out[RD_UUID_TEXT_MAX])
{
    crypto_generichash_state state;
    unsigned char bytes[16];
    char number[32];
    (void)crypto_generichash_init(&state, NULL, 0, sizeof bytes);
    hash_text(&state, rd_text_of(what));
    hash_text(&state, receipt->feed);
    hash_text(&state, receipt->referral);
    hash_text(&state, receipt->key);
    (void)snprintf(number, sizeof number, "%llu", (unsigned long long)receipt->receipt);
    hash_text(&state, rd_text_of(number));
    (void)crypto_generichash_final(&state, bytes, sizeof bytes);
    bytes[6] = (unsigned char)((bytes[6] & 0x0f) | 0x40);
    bytes[8] = (unsigned char)((bytes[8] & 0x3f) | 0x80);
    char *at = out;
    for (size_t i = 0; i < sizeof bytes; i++)
        at += snprintf(at, 4, "%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", bytes[i]);
}

static json_t *text_of(struct rd_text text)
{
    return json_stringn(text.ptr == NULL ? "" : text.ptr, text.len);
}

static json_t *coding(const char *system, const char *code, const char *display)
{
    return json_pack("{s:s, s:s, s:s*}", "system", system, "code", code, "display", display);
}

static json_t *meta(const struct response *response, const char *profile)
{
    return json_pack("{s:s, s:[s]}", "lastUpdated", response->at, "profile", profile);
}

/* The same value under the same name, when the original has it. */
static void carry(json_t *to, const char *name, const json_t *from)
{
    if (from != NULL)
        (void)json_object_set_new(to, name, json_deep_copy(from));
}

static const char *definition_of(const struct response *response)
{
    if (!response->validation)
        return DEFINITION "referral";
    return response->full ? DEFINITION "validation-full" : DEFINITION "validation-interim";
}

static json_t *message_header(const struct response *response, const char *id)
{
    char focus[RD_UUID_TEXT_MAX + 9];
    (void)snprintf(focus, sizeof focus, "urn:uuid:%s", response->encounter_id);
    json_t *theirs = json_object_get(response->original.bundle, "id");
    json_t *header = json_pack(
        "{s:s, s:s, s:o, s:o, s:{s:[o]}, s:{s:O*, s:s}, s:[{s:s}], s:s}", "resourceType",
        "MessageHeader", "id", id, "meta",
        meta(response, PROFILE "BARSMessageHeader-servicerequest-response"), "eventCoding",
        coding(CODES "message-events-bars", "servicerequest-response", NULL), "reason", "coding",
        coding(CODES "message-reason-bars", "new", NULL), "response", "identifier", theirs, "code",
        "ok", "focus", "reference", focus, "definition", definition_of(response));
    json_t *destination = json_object();
    carry(destination, "endpoint", rd_fhir_at(response->header, "source.endpoint"));
    carry(destination, "receiver", rd_fhir_at(response->header, "sender"));
    (void)json_object_set_new(header, "destination", json_pack("[o]", destination));
    carry(header, "sender", rd_fhir_at(response->header, "destination[0].receiver"));
    json_t *source = json_pack("{s:s}", "name", "referrald");
    carry(source, "endpoint", rd_fhir_at(response->header, "destination[0].endpoint"));
    (void)json_object_set_new(header, "source", source);
    return header;
}

/* The three codes that the standard has for "no"; ours go beside them as text. */
static json_t *rejected(struct rd_text reason)
{
    const char *code = "OTH", *display = "Other";
    if (rd_text_is(reason, "resource-not-available") || rd_text_is(reason, "no-capacity")) {
        code = "RRNA";
        display = "Required resource not available in timescale";
    } else if (rd_text_is(reason, "failed-contact") || rd_text_is(reason, "no-access")) {
        code = "FC";
        display = "Failed Contact";
    }
    return json_pack("[{s:[o], s:o}]", "coding",
                     coding(CODES "rejected-reasons-bars", code, display), "text", text_of(reason));
}

static json_t *our_encounter(const struct response *response)
{
    const struct rd_receipt *receipt = response->receipt;
    bool refused = receipt->stage == RD_RECEIPT_REFUSED;
    const char *status = refused ? "cancelled" : response->full ? "finished" : "in-progress";
    json_t *identifier = json_pack("{s:s, s:o}", "system", "https://referrald.example/id/referral",
                                   "value", text_of(receipt->referral));
    json_t *encounter =
        json_pack("{s:s, s:s, s:o, s:[o], s:s, s:o, s:{s:s}}", "resourceType", "Encounter", "id",
                  response->encounter_id, "meta",
                  meta(response, "https://fhir.hl7.org.uk/StructureDefinition/UKCore-Encounter"),
                  "identifier", identifier, "status", status, "class",
                  coding("http://terminology.hl7.org/CodeSystem/v3-ActCode", "HH", "home health"),
                  "period", "start", response->at);
    carry(encounter, "subject", rd_fhir_at(response->encounter, "subject"));
    carry(encounter, "episodeOfCare", rd_fhir_at(response->encounter, "episodeOfCare"));
    if (refused)
        (void)json_object_set_new(encounter, "reasonCode", rejected(receipt->reason));
    else if (response->full && rd_text_present(receipt->reason))
        (void)json_object_set_new(encounter, "reasonCode",
                                  json_pack("[{s:o}]", "text", text_of(receipt->reason)));
    return encounter;
}

static void add(json_t *entries, const char *id, json_t *resource)
{
    char url[RD_UUID_TEXT_MAX + 9];
    (void)snprintf(url, sizeof url, "urn:uuid:%s", id);
    (void)json_array_append_new(entries,
                                json_pack("{s:s, s:o}", "fullUrl", url, "resource", resource));
}

/* What the answer refers to goes back as it came; what somebody else decided about the person
 * (their care plan, observations, flags) does not. */
static bool goes_back(struct rd_text type)
{
    static const char *const types[] = {"ServiceRequest",   "Encounter",    "Patient",
                                        "Organization",     "Practitioner", "PractitionerRole",
                                        "HealthcareService"};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (rd_text_is(type, types[i]))
            return true;
    return false;
}

static json_t *bundle_of(const struct response *response)
{
    char bundle_id[RD_UUID_TEXT_MAX];
    char header_id[RD_UUID_TEXT_MAX];
    make_id(response->receipt, "bundle", bundle_id);
    make_id(response->receipt, "header", header_id);
    json_t *about = meta(response, PROFILE "BARSBundleMessage");
    carry(about, "versionId", rd_fhir_at(response->original.bundle, "meta.versionId"));
    json_t *entries = json_array();
    add(entries, header_id, message_header(response, header_id));
    const json_t *theirs = json_object_get(response->original.bundle, "entry");
    for (size_t i = 0; i < json_array_size(theirs); i++) {
        const json_t *entry = json_array_get(theirs, i);
        if (goes_back(rd_fhir_peek(entry, "resource.resourceType")))
            (void)json_array_append_new(entries, json_deep_copy(entry));
    }
    add(entries, response->encounter_id, our_encounter(response));
    return json_pack("{s:s, s:s, s:o, s:s, s:s, s:o}", "resourceType", "Bundle", "id", bundle_id,
                     "meta", about, "type", "message", "timestamp", response->at, "entry", entries);
}

static bool put_header(char out[RD_FHIR_HEADER_MAX], struct rd_text value)
{
    if (value.len >= RD_FHIR_HEADER_MAX)
        return false;
    for (size_t i = 0; i < value.len; i++)
        out[i] = value.ptr[i] >= 0x20 && value.ptr[i] < 0x7f ? value.ptr[i] : '?';
    out[value.len] = '\0';
    return true;
}

/* base64 of {"system": ..., "value": ...}, from "system|value". */
static bool put_target(char out[RD_FHIR_HEADER_MAX], struct rd_text target)
{
    size_t bar = rd_text_find(target, '|', 0);
    json_t *identifier = json_pack("{s:o, s:o}", "system", text_of(rd_text_slice(target, 0, bar)),
                                   "value", text_of(rd_text_slice(target, bar + 1, target.len)));
    char *text = identifier == NULL ? NULL : json_dumps(identifier, JSON_COMPACT);
    size_t len = text == NULL ? 0 : strlen(text);
    bool fits = text != NULL && sodium_base64_encoded_len(len, sodium_base64_VARIANT_ORIGINAL) <=
                                    RD_FHIR_HEADER_MAX;
    if (fits)
        (void)sodium_bin2base64(out, RD_FHIR_HEADER_MAX, (const unsigned char *)text, len,
                                sodium_base64_VARIANT_ORIGINAL);
    free(text);
    json_decref(identifier);
    return fits;
}

static bool put_use_context(const struct response *response, char out[RD_FHIR_HEADER_MAX])
{
    const json_t *category = json_object_get(response->request, "category");
    struct rd_text use_case = rd_fhir_code_in(category, CODES "usecases-categories-bars");
    int written = snprintf(out, RD_FHIR_HEADER_MAX, "%.*s|%s|servicerequest-response|new",
                           RD_TEXT_ARG(use_case), response->validation ? "validation" : "referral");
    return written > 0 && written < RD_FHIR_HEADER_MAX;
}

static enum rd_err build(struct response *response, struct rd_text target, struct rd_buf *out,
                         struct rd_fhir_response_headers *headers, struct rd_errbuf *why)
{
    const struct rd_receipt *receipt = response->receipt;
    bool xml = rd_fhir_is_xml(receipt->original);
    response->header = rd_fhir_resource(&response->original, "MessageHeader", 0);
    response->request = rd_fhir_resource(&response->original, "ServiceRequest", 0);
    response->encounter = rd_fhir_resource(&response->original, "Encounter", 0);
    if (response->header == NULL || response->request == NULL)
        return rd_fail(why, RD_E_MALFORMED, "the original has no MessageHeader or ServiceRequest");
    struct rd_text to = rd_text_present(target) ? target : receipt->reply_to;
    if (rd_text_find(to, '|', 0) >= to.len)
        return rd_fail(why, RD_E_MALFORMED,
                       "the original says nowhere whom to answer (MessageHeader.source.endpoint, "
                       "expected \"system|value\"): set target for this feed");
    response->validation = receipt->kind == RD_KIND_VALIDATION;
    response->full = receipt->stage == RD_RECEIPT_CLOSED;
    make_id(receipt, "encounter", response->encounter_id);
    make_id(receipt, "request", headers->request_id);
    (void)rd_instant_format(receipt->at, response->at);
    if (!put_header(headers->correlation_id, receipt->correlation) ||
        !put_target(headers->target_identifier, to) ||
        !put_use_context(response, headers->use_context))
        return rd_fail(why, RD_E_TOOBIG, "a header of the answer is over %d bytes",
                       RD_FHIR_HEADER_MAX - 1);
    headers->content_type = xml ? "application/fhir+xml" : "application/fhir+json";
    json_t *bundle = bundle_of(response);
    char *text = bundle == NULL || xml ? NULL : json_dumps(bundle, JSON_COMPACT);
    if (text != NULL)
        rd_buf_put_string(out, text);
    bool made =
        (xml ? bundle != NULL && rd_fhir_to_xml(bundle, out) : text != NULL) && !out->failed;
    free(text);
    json_decref(bundle);
    return made ? RD_OK : rd_fail(why, RD_E_NOMEM, "no memory for the answer");
}

enum rd_err rd_fhir_response(const struct rd_receipt *receipt, struct rd_text target,
                             struct rd_buf *out, struct rd_fhir_response_headers *headers,
                             struct rd_errbuf *why)
{
    struct response response = {.receipt = receipt};
    *headers = (struct rd_fhir_response_headers){.request_id = ""};
    if (receipt->original.len == 0)
        return rd_fail(why, RD_E_NOTFOUND, "the original is no longer kept");
    json_t *original = rd_fhir_load(receipt->original, why);
    if (!json_is_object(original)) {
        json_decref(original);
        return rd_fail(why, RD_E_MALFORMED, "the original is no FHIR message");
    }
    response.original.bundle = original;
    enum rd_err err = build(&response, target, out, headers, why);
    json_decref(original);
    return err;
}

static bool says(struct rd_text outcome, const char *issue)
{
    struct rd_errbuf why;
    json_t *root = rd_fhir_load(outcome, &why);
    bool found = rd_text_is(rd_fhir_peek(root, "issue[0].code"), issue);
    json_decref(root);
    return found;
}

bool rd_fhir_is_duplicate(struct rd_text outcome)
{
    return says(outcome, "duplicate");
}

bool rd_fhir_is_timeout(struct rd_text outcome)
{
    return says(outcome, "timeout");
}
