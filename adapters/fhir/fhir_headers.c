#include "adapters/fhir/fhir_headers.h"

#include "adapters/fhir/fhir_json.h"

#include <sodium.h>
#include <string.h>

enum { HEADER_BYTES_MAX = 8192 };

#define ODS "https://fhir.nhs.uk/Id/ods-organization-code"

/* With or without padding, of either alphabet. A new reference; NULL: no JSON object in base64. */
static json_t *decode(struct rd_text header)
{
    static const int variants[] = {
        sodium_base64_VARIANT_ORIGINAL, sodium_base64_VARIANT_ORIGINAL_NO_PADDING,
        sodium_base64_VARIANT_URLSAFE, sodium_base64_VARIANT_URLSAFE_NO_PADDING};
    unsigned char json[HEADER_BYTES_MAX];
    size_t len = 0;
    json_t *value = NULL;
    for (size_t i = 0; header.len > 0 && i < sizeof variants / sizeof variants[0]; i++)
        if (sodium_base642bin(json, sizeof json, header.ptr, header.len, "\r\n ", &len, NULL,
                              variants[i]) == 0) {
            value = json_loadb((const char *)json, len, JSON_REJECT_DUPLICATES, NULL);
            break;
        }
    if (json_is_object(value))
        return value;
    json_decref(value);
    return NULL;
}

bool rd_fhir_target(struct rd_text header, struct rd_arena *arena, struct rd_text *value)
{
    static const char *const paths[] = {"value", "identifier.value", "identifier[0].value"};
    json_t *root = decode(header);
    struct rd_text found = RD_TEXT_NONE;
    for (size_t i = 0; i < sizeof paths / sizeof paths[0] && !rd_text_present(found); i++)
        found = rd_fhir_peek(root, paths[i]);
    bool there = rd_text_present(found) && rd_arena_copy(arena, found, value);
    json_decref(root);
    return there;
}

/* One that says no system is taken for an ODS code: there is no other in this header. */
static struct rd_text ods_in(const json_t *organisation)
{
    const json_t *ids = json_object_get(organisation, "identifier");
    size_t count = json_is_object(ids) ? 1 : json_array_size(ids);
    for (size_t i = 0; i < count; i++) {
        const json_t *id = json_is_object(ids) ? ids : json_array_get(ids, i);
        struct rd_text system = rd_fhir_peek(id, "system");
        if (!rd_text_present(system) || rd_fhir_same_uri(system, ODS))
            return rd_fhir_peek(id, "value");
    }
    return RD_TEXT_NONE;
}

bool rd_fhir_organisation(struct rd_text header, struct rd_arena *arena, struct rd_text *ods)
{
    json_t *root = decode(header);
    struct rd_text found = ods_in(root);
    bool there = rd_text_present(found) && rd_arena_copy(arena, found, ods);
    json_decref(root);
    return there;
}

struct rd_text rd_fhir_software(struct rd_text header, struct rd_arena *arena)
{
    static const char *const names[] = {"deviceName[0].name", "deviceName.name", "displayName"};
    json_t *root = decode(header);
    struct rd_fhir_build build = {.arena = arena};
    struct rd_text name = RD_TEXT_NONE;
    for (size_t i = 0; i < sizeof names / sizeof names[0] && !rd_text_present(name); i++)
        name = rd_fhir_text(&build, root, names[i]);
    struct rd_text version = rd_fhir_text(&build, root, "version[0].value");
    name = rd_text_present(name) ? rd_fhir_join(&build, name, " ", version) : RD_TEXT_NONE;
    json_decref(root);
    return build.full ? RD_TEXT_NONE : name;
}
