#include "adapters/fhir/fhir_reply.h"

#include "adapters/fhir/fhir_json.h"
#include "adapters/fhir/fhir_xml.h"

#include <stdlib.h>
#include <string.h>

void rd_fhir_write(json_t *value, bool xml, struct rd_buf *out)
{
    if (xml) {
        if (value == NULL || !rd_fhir_to_xml(value, out))
            out->failed = true;
        json_decref(value);
        return;
    }
    if (!rd_fhir_dump(value, out))
        out->failed = true;
    json_decref(value);
}

/* A reference as the id of a resource: FHIR ids are letters, digits, hyphens and dots. */
static json_t *string_of(struct rd_text text)
{
    return json_stringn(text.ptr == NULL ? "" : text.ptr, text.len);
}

static json_t *our_encounter(const struct rd_fhir_held *held, const json_t *theirs)
{
    char at[RD_INSTANT_TEXT_MAX];
    json_t *identifier = json_pack("{s:s, s:o}", "system", "https://referrald.example/id/referral",
                                   "value", string_of(held->referral));
    json_t *encounter = json_pack(
        "{s:s, s:o, s:[o], s:s, s:{s:s, s:s, s:s}, s:{s:s}}", "resourceType", "Encounter", "id",
        string_of(held->referral), "identifier", identifier, "status", held->encounter_status,
        "class", "system", "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code", "HH",
        "display", "home health", "period", "start", rd_instant_format(held->now, at));
    json_t *subject = json_object_get(theirs, "subject");
    json_t *episode = json_object_get(theirs, "episodeOfCare");
    if (subject != NULL)
        (void)json_object_set(encounter, "subject", subject);
    if (episode != NULL)
        (void)json_object_set(encounter, "episodeOfCare", episode); /* passed on unchanged */
    if (rd_text_present(held->answer))
        (void)json_object_set_new(
            encounter, "text",
            json_pack("{s:s, s:o}", "status", "generated", "div", string_of(held->answer)));
    return encounter;
}

/* The narrative must be XHTML: our words with the three characters that matter escaped. */
static bool narrative(struct rd_text words, struct rd_buf *out)
{
    rd_buf_put_string(out, "<div xmlns=\"http://www.w3.org/1999/xhtml\">");
    for (size_t i = 0; i < words.len; i++) {
        char c = words.ptr[i];
        if (c == '<' || c == '>' || c == '&')
            rd_buf_put_string(out, c == '<' ? "&lt;" : c == '>' ? "&gt;" : "&amp;");
        else
            rd_buf_put(out, &c, 1);
    }
    rd_buf_put_string(out, "</div>");
    return !out->failed;
}

static void add_our_parts(json_t *bundle, const struct rd_fhir_held *held)
{
    struct rd_fhir_build build = {.bundle = bundle};
    json_t *entries = json_object_get(bundle, "entry");
    const json_t *encounter = rd_fhir_resource(&build, "Encounter", 0);
    for (size_t i = 0; i < json_array_size(entries); i++) {
        json_t *resource = json_object_get(json_array_get(entries, i), "resource");
        if (rd_text_is(rd_fhir_peek(resource, "resourceType"), "ServiceRequest") &&
            rd_text_present(held->referral)) /* the id that GET /ServiceRequest/ takes */
            (void)json_object_set_new(resource, "id", string_of(held->referral));
    }
    if (!rd_text_present(held->referral))
        return; /* a cancel that came before its new: there is no referral to name yet */
    char url[64];
    size_t len = held->referral.len < 32 ? held->referral.len : 32;
    memcpy(url, "Encounter/", 10);
    memcpy(url + 10, held->referral.ptr == NULL ? "" : held->referral.ptr, len);
    url[10 + len] = '\0';
    (void)json_array_append_new(entries, json_pack("{s:s, s:o}", "fullUrl", url, "resource",
                                                   our_encounter(held, encounter)));
}

enum rd_err rd_fhir_reply_held(struct rd_text body, const struct rd_fhir_held *held,
                               struct rd_buf *out)
{
    struct rd_buf div;
    struct rd_fhir_held told = *held;
    struct rd_errbuf why;
    json_t *bundle = rd_fhir_load(body, &why);
    if (!json_is_object(bundle)) {
        json_decref(bundle);
        return RD_E_MALFORMED;
    }
    rd_buf_init(&div, rd_alloc_heap());
    if (rd_text_present(held->answer) && narrative(held->answer, &div))
        told.answer = rd_buf_text(&div);
    add_our_parts(bundle, &told);
    rd_fhir_write(bundle, held->xml, out);
    rd_buf_fini(&div);
    return out->failed ? RD_E_NOMEM : RD_OK;
}

void rd_fhir_reply_outcome(const struct rd_fhir_failure *failure, bool xml, struct rd_buf *out)
{
    rd_fhir_write(json_pack("{s:s, s:[{s:s, s:s, s:{s:[{s:s, s:s}]}, s:o}]}", "resourceType",
                            "OperationOutcome", "issue", "severity", "error", "code",
                            failure->issue, "details", "coding", "system",
                            "https://fhir.nhs.uk/Codesystem/http-error-codes", "code",
                            failure->code, "diagnostics", string_of(failure->diagnostics)),
                  xml, out);
}
