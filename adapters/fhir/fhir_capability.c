/* What this door takes and sends: one table for /metadata and /MessageDefinition. */
#include "adapters/fhir/fhir_reply.h"
#include "adapters/fhir/fhir_search.h"

#include "base/alloc.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#define DEFINITIONS "https://fhir.nhs.uk/MessageDefinition/"
#define EVENTS "https://fhir.nhs.uk/CodeSystem/message-events-bars"
#define STRUCTURES "https://fhir.nhs.uk/StructureDefinition/"
#define UK_CORE "https://fhir.hl7.org.uk/StructureDefinition/"
#define SINCE "2026-11-21"

static const struct definition {
    const char *name, *title, *profile; /* profile: of its ServiceRequest */
    bool received, located;             /* located: exactly one Location */
} definitions[] = {
    {"bars-message-servicerequest-request-referral", "a referral, new or changed",
     STRUCTURES "BARSServiceRequest-request-referral", true, false},
    {"bars-message-servicerequest-request-validation", "a 999 case to validate, new or changed",
     STRUCTURES "BARSServiceRequest-request-validation", true, true},
    {"bars-message-servicerequest-request-cancelled", "a request is withdrawn",
     STRUCTURES "BARSServiceRequest-request-referral", true, false},
    {"bars-message-servicerequest-response-validation-interim", "accepted or refused", NULL, false,
     false},
    {"bars-message-servicerequest-response-validation-full", "closed", NULL, false, false},
    {"bars-message-servicerequest-response-referral", "accepted, or closed", NULL, false, false},
};
enum { DEFINITIONS_COUNT = sizeof definitions / sizeof definitions[0] };

static json_t *focus_of(const struct definition *definition)
{
    const struct {
        const char *code, *profile;
        int min;
        const char *max;
    } parts[] = {
        {"Bundle", STRUCTURES "BARSBundleMessage", 1, "1"},
        {"MessageHeader", STRUCTURES "BARSMessageHeader-servicerequest-request", 1, "1"},
        {"ServiceRequest", definition->profile, 1, "1"},
        {"Patient", UK_CORE "UKCore-Patient", 1, "1"},
        {"Encounter", UK_CORE "UKCore-Encounter", 1, "1"},
        {"CarePlan", UK_CORE "UKCore-CarePlan", 1, "1"},
        {"Location", UK_CORE "UKCore-Location", definition->located ? 1 : 0,
         definition->located ? "1" : "*"},
        {"Organization", UK_CORE "UKCore-Organization", 2, "*"},
        {"Practitioner", UK_CORE "UKCore-Practitioner", 1, "*"},
        {"PractitionerRole", UK_CORE "UKCore-PractitionerRole", 1, "*"},
        {"HealthcareService", UK_CORE "UKCore-HealthcareService", 1, "*"},
        {"Consent", UK_CORE "UKCore-Consent", 1, "*"},
        {"Flag", "http://hl7.org/fhir/StructureDefinition/Flag", 0, "*"},
    };
    json_t *focus = json_array();
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        (void)json_array_append_new(focus, json_pack("{s:s, s:s, s:i, s:s}", "code", parts[i].code,
                                                     "profile", parts[i].profile, "min",
                                                     parts[i].min, "max", parts[i].max));
    return focus;
}

static json_t *contexts_of(const struct rd_text *services, size_t count)
{
    json_t *contexts = json_array();
    for (size_t i = 0; i < count; i++)
        (void)json_array_append_new(
            contexts,
            json_pack("{s:{s:s, s:s#}, s:{s:[{s:s, s:s}]}}", "code", "system",
                      "https://fhir.nhs.uk/Id/dos-service-id", "code", services[i].ptr,
                      (int)services[i].len, "valueCodeableConcept", "coding", "system",
                      "http://terminology.hl7.org/CodeSystem/variant-state", "code", "positive"));
    return contexts;
}

static json_t *resource_of(const struct definition *definition, const struct rd_text *services,
                           size_t services_count)
{
    char url[128];
    (void)snprintf(url, sizeof url, "%s%s", DEFINITIONS, definition->name);
    json_t *made = json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:{s:s, s:s}, s:s, s:o}", "resourceType",
        "MessageDefinition", "id", definition->name, "url", url, "name", definition->name, "title",
        definition->title, "status", "active", "date", SINCE, "eventCoding", "system", EVENTS,
        "code", "servicerequest-request", "category", "consequence", "focus", focus_of(definition));
    if (services_count > 0)
        (void)json_object_set_new(made, "useContext", contexts_of(services, services_count));
    return made;
}

void rd_fhir_definitions(const char *base, const struct rd_text *services, size_t services_count,
                         bool none, rd_instant now, bool xml, struct rd_buf *out)
{
    char at[RD_INSTANT_TEXT_MAX];
    char url[192];
    json_t *entries = json_array();
    for (size_t i = 0; i < DEFINITIONS_COUNT && !none; i++) {
        if (!definitions[i].received)
            continue;
        (void)snprintf(url, sizeof url, "%s%s", DEFINITIONS, definitions[i].name);
        (void)json_array_append_new(
            entries, json_pack("{s:s, s:o, s:{s:s}}", "fullUrl", url, "resource",
                               resource_of(&definitions[i], services, services_count), "search",
                               "mode", "match"));
    }
    (void)snprintf(url, sizeof url, "%s/MessageDefinition", base);
    json_t *bundle =
        json_pack("{s:s, s:s, s:s, s:I, s:[{s:s, s:s}]}", "resourceType", "Bundle", "type",
                  "searchset", "timestamp", rd_instant_format(now, at), "total",
                  (json_int_t)json_array_size(entries), "link", "relation", "self", "url", url);
    if (!none)
        (void)json_object_set(bundle, "entry", entries);
    json_decref(entries);
    rd_fhir_write(bundle, xml, out);
}

static json_t *messages(void)
{
    json_t *supported = json_array();
    char url[128];
    for (size_t i = 0; i < DEFINITIONS_COUNT; i++) {
        (void)snprintf(url, sizeof url, "%s%s", DEFINITIONS, definitions[i].name);
        (void)json_array_append_new(supported,
                                    json_pack("{s:s, s:s}", "mode",
                                              definitions[i].received ? "receiver" : "sender",
                                              "definition", url));
    }
    return supported;
}

static json_t *readable(void)
{
    return json_pack(
        "[{s:s, s:[{s:s}, {s:s}], s:[{s:s, s:s, s:s}]}, {s:s, s:[{s:s}], s:[{s:s, s:s, s:s}]}]",
        "type", "ServiceRequest", "interaction", "code", "read", "code", "search-type",
        "searchParam", "name", "patient:identifier", "type", "token", "documentation",
        "https://fhir.nhs.uk/Id/nhs-number|NUMBER: the asking organisation's own open requests",
        "type", "MessageDefinition", "interaction", "code", "search-type", "searchParam", "name",
        "context", "type", "token", "documentation",
        "the target service's id: the messages that it takes");
}

void rd_fhir_capabilities(const char *version, const char *base, bool xml, struct rd_buf *out)
{
    rd_fhir_write(
        json_pack("{s:s, s:s, s:s, s:s, s:{s:s, s:s}, s:{s:s, s:s}, s:s, s:[s, s], s:[{s:s, s:o, "
                  "s:[{s:s, s:s}]}], s:[{s:o}]}",
                  "resourceType", "CapabilityStatement", "status", "active", "date", SINCE, "kind",
                  "instance", "software", "name", "referral-bars", "version", version,
                  "implementation", "description",
                  "Single point of access: receives BaRS referrals and validations", "url", base,
                  "fhirVersion", "4.0.1", "format", "json", "xml", "rest", "mode", "server",
                  "resource", readable(), "operation", "name", "process-message", "definition",
                  "http://hl7.org/fhir/OperationDefinition/MessageHeader-process-message",
                  "messaging", "supportedMessage", messages()),
        xml, out);
}
