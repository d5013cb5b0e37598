#include "adapters/fhir/fhir_search.h"

#include "adapters/fhir/fhir_json.h"
#include "adapters/fhir/fhir_reply.h"
#include "adapters/fhir/fhir_xml.h"
#include "base/alloc.h"

#include <stdio.h>
#include <stdlib.h>

#define NHS_NUMBER "https://fhir.nhs.uk/Id/nhs-number"
#define OUR_ID "https://referrald.example/id/referral"

struct rd_fhir_set {
    json_t *resources;
};

const struct rd_submission *rd_fhir_newest(const struct rd_opened *opened)
{
    for (size_t i = opened->submissions_count; i-- > 0;) {
        const struct rd_submission *each = &opened->submissions[i];
        bool is_record = each->action == RD_ACTION_NEW || each->action == RD_ACTION_AMEND;
        if (is_record && each->referral != NULL)
            return each;
    }
    return NULL;
}

struct rd_text rd_fhir_message_of(const struct rd_submission *submission)
{
    return submission->merged.len > 0 ? submission->merged : submission->original;
}

struct rd_fhir_set *rd_fhir_set_new(void)
{
    struct rd_fhir_set *set = calloc(1, sizeof *set);
    if (set != NULL)
        set->resources = json_array();
    return set;
}

void rd_fhir_set_free(struct rd_fhir_set *set)
{
    if (set == NULL)
        return;
    json_decref(set->resources);
    free(set);
}

/* Ours in the standard's words: of the request, and of our Encounter. */
struct standing {
    const char *request, *encounter;
    rd_instant changed;
};

static struct standing standing_of(const struct rd_stages_seen *stages, rd_instant received)
{
    struct standing out = {"active", "planned", received};
    bool withdrawn = stages->outcome == RD_OUTCOME_WITHDRAWN;
    if (stages->accepted > out.changed)
        out.changed = stages->accepted;
    if (stages->closed > out.changed)
        out.changed = stages->closed;
    if (stages->accepted != 0)
        out.encounter = "in-progress";
    if (stages->phase == RD_PHASE_CLOSED) {
        bool error = stages->outcome == RD_OUTCOME_ERROR;
        out.request = error ? "entered-in-error" : withdrawn ? "revoked" : "completed";
        out.encounter = error ? "entered-in-error" : withdrawn ? "cancelled" : "finished";
    } else if (stages->phase == RD_PHASE_REFUSED) {
        out.request = "revoked";
        out.encounter = "cancelled";
    }
    return out;
}

static json_t *string_of(struct rd_text text)
{
    return json_stringn(text.ptr == NULL ? "" : text.ptr, text.len);
}

static json_t *our_identifier(struct rd_text referral)
{
    return json_pack("{s:s, s:o}", "system", OUR_ID, "value", string_of(referral));
}

static void append(json_t *owner, const char *list, json_t *item)
{
    json_t *items = json_object_get(owner, list);
    if (!json_is_array(items)) {
        items = json_array();
        (void)json_object_set_new(owner, list, items);
    }
    (void)json_array_append_new(items, item);
}

static json_t *our_encounter(const struct rd_stages_seen *stages, const struct standing *standing)
{
    char from[RD_INSTANT_TEXT_MAX];
    json_t *period = json_pack("{s:s}", "start", rd_instant_format(stages->held, from));
    if (stages->closed != 0)
        (void)json_object_set_new(period, "end",
                                  json_string(rd_instant_format(stages->closed, from)));
    return json_pack("{s:s, s:s, s:[o], s:s, s:{s:s, s:s, s:s}, s:o}", "resourceType", "Encounter",
                     "id", "encounter", "identifier", our_identifier(stages->referral), "status",
                     standing->encounter, "class", "system",
                     "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code", "HH", "display",
                     "home health", "period", period);
}

/* Whom it is about, for a reader who has no bundle to follow the reference in. */
static void name_subject(const struct rd_fhir_build *build, json_t *request)
{
    const json_t *ids = json_object_get(rd_fhir_resource(build, "Patient", 0), "identifier");
    json_t *subject = json_object_get(request, "subject");
    for (size_t i = 0; i < json_array_size(ids); i++) {
        const json_t *id = json_array_get(ids, i);
        if (!rd_fhir_same_uri(rd_fhir_peek(id, "system"), NHS_NUMBER))
            continue;
        if (!json_is_object(subject)) {
            subject = json_object();
            (void)json_object_set_new(request, "subject", subject);
        }
        (void)json_object_set_new(subject, "identifier",
                                  json_pack("{s:s, s:o}", "system", NHS_NUMBER, "value",
                                            string_of(rd_fhir_peek(id, "value"))));
        return;
    }
}

static json_t *request_of(const struct rd_fhir_build *build, const struct rd_stages_seen *stages,
                          const struct standing *standing, const char *version)
{
    char at[RD_INSTANT_TEXT_MAX];
    const json_t *theirs = rd_fhir_resource(build, "ServiceRequest", 0);
    if (theirs == NULL)
        return NULL;
    json_t *request = json_deep_copy(theirs);
    json_t *meta = json_pack("{s:s, s:s}", "versionId", version, "lastUpdated",
                             rd_instant_format(standing->changed, at));
    json_t *profile = json_object_get(json_object_get(request, "meta"), "profile");
    if (profile != NULL)
        (void)json_object_set(meta, "profile", profile);
    (void)json_object_set_new(request, "meta", meta);
    (void)json_object_set_new(request, "id", string_of(stages->referral));
    (void)json_object_set_new(request, "status", json_string(standing->request));
    append(request, "identifier", our_identifier(stages->referral));
    append(request, "contained", our_encounter(stages, standing));
    append(request, "supportingInfo", json_pack("{s:s}", "reference", "#encounter"));
    name_subject(build, request);
    return request;
}

enum rd_err rd_fhir_set_add(struct rd_fhir_set *set, const struct rd_opened *opened,
                            char version[RD_FHIR_VERSION_MAX])
{
    const struct rd_submission *newest = rd_fhir_newest(opened);
    struct rd_text message = newest == NULL ? RD_TEXT_NONE : rd_fhir_message_of(newest);
    struct rd_errbuf why;
    if (message.len == 0 || opened->stages == NULL)
        return RD_E_NOTFOUND;
    struct standing standing = standing_of(opened->stages, newest->received);
    (void)snprintf(version, RD_FHIR_VERSION_MAX, "%u-%s", opened->stages->revision,
                   standing.encounter);
    json_t *bundle = rd_fhir_load(message, &why);
    const struct rd_fhir_build build = {.bundle = bundle};
    json_t *request = request_of(&build, opened->stages, &standing, version);
    json_decref(bundle);
    if (request == NULL)
        return RD_E_MALFORMED;
    return json_array_append_new(set->resources, request) == 0 ? RD_OK : RD_E_NOMEM;
}

void rd_fhir_set_write_one(const struct rd_fhir_set *set, bool xml, struct rd_buf *out)
{
    rd_fhir_write(json_incref(json_array_get(set->resources, 0)), xml, out);
}

void rd_fhir_set_write(const struct rd_fhir_set *set, const char *base, struct rd_text query,
                       rd_instant now, bool xml, struct rd_buf *out)
{
    char at[RD_INSTANT_TEXT_MAX];
    struct rd_buf url;
    json_t *entries = json_array();
    rd_buf_init(&url, rd_alloc_heap());
    for (size_t i = 0; i < json_array_size(set->resources); i++) {
        json_t *resource = json_array_get(set->resources, i);
        rd_buf_clear(&url);
        rd_buf_printf(&url, "%s/ServiceRequest/%s", base,
                      json_string_value(json_object_get(resource, "id")));
        (void)json_array_append_new(entries, json_pack("{s:o, s:O, s:{s:s}}", "fullUrl",
                                                       string_of(rd_buf_text(&url)), "resource",
                                                       resource, "search", "mode", "match"));
    }
    rd_buf_clear(&url);
    rd_buf_printf(&url, "%s/ServiceRequest?%.*s", base, RD_TEXT_ARG(query));
    json_t *bundle = json_pack("{s:s, s:s, s:s, s:I, s:[{s:s, s:o}]}", "resourceType", "Bundle",
                               "type", "searchset", "timestamp", rd_instant_format(now, at),
                               "total", (json_int_t)json_array_size(entries), "link", "relation",
                               "self", "url", string_of(rd_buf_text(&url)));
    if (json_array_size(entries) > 0) /* FHIR knows no empty list */
        (void)json_object_set(bundle, "entry", entries);
    json_decref(entries);
    rd_buf_fini(&url);
    rd_fhir_write(bundle, xml, out);
}
