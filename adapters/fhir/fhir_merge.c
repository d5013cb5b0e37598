#include "adapters/fhir/fhir_merge.h"

#include "adapters/fhir/fhir_json.h"
#include "adapters/fhir/fhir_xml.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_BYTES = 256, ENTRIES_MAX = 1024 };

/* An entry of either message. */
struct part {
    json_t *entry;    /* borrowed from its bundle */
    json_t *resource; /* the same */
    json_t *content;  /* owned: the resource without what names, dates and illustrates it */
    uint64_t hash;    /* of that */
    struct rd_text type;
    char key[KEY_BYTES]; /* fullUrl, else Type/id; empty: neither, or longer */
    rd_instant age;
    bool has_age, matched;
    bool outdone; /* of a name that comes twice in its message the newer, then the later counts */
};
struct parts {
    struct part *items;
    size_t count;
};

static bool instant_of(const json_t *from, const char *path, rd_instant *out)
{
    struct rd_text text = rd_fhir_peek(from, path);
    return rd_text_present(text) && rd_instant_parse(text, out);
}

static void set_key(struct part *part)
{
    struct rd_text url = rd_fhir_peek(part->entry, "fullUrl");
    struct rd_text id = rd_fhir_peek(part->resource, "id");
    if (rd_text_present(url) && url.len < KEY_BYTES)
        (void)snprintf(part->key, KEY_BYTES, "%.*s", RD_TEXT_ARG(url));
    else if (!rd_text_present(url) && part->type.len + 1 + id.len < KEY_BYTES && id.len > 0)
        (void)snprintf(part->key, KEY_BYTES, "%.*s/%.*s", RD_TEXT_ARG(part->type), RD_TEXT_ARG(id));
}

static bool is_older(const struct part *a, const struct part *b)
{
    return a->has_age && b->has_age && a->age < b->age;
}

static bool is_outdone(const struct parts *parts, size_t at)
{
    const struct part *part = &parts->items[at];
    for (size_t i = 0; i < parts->count && part->key[0] != '\0'; i++) {
        const struct part *other = &parts->items[i];
        bool twin =
            i != at && strcmp(other->key, part->key) == 0 && rd_text_equal(other->type, part->type);
        if (twin && (i > at ? !is_older(other, part) : is_older(part, other)))
            return true;
    }
    return false;
}

/* After every renaming: what refers to one thing by two names is the same then. */
static bool read_contents(struct parts *parts)
{
    static const char *const aside[] = {"meta", "id", "text"};
    for (size_t i = 0; i < parts->count; i++) {
        struct part *part = &parts->items[i];
        part->content = json_copy(part->resource);
        for (size_t k = 0; k < sizeof aside / sizeof aside[0]; k++)
            (void)json_object_del(part->content, aside[k]);
        char *text = json_dumps(part->content, JSON_COMPACT | JSON_SORT_KEYS);
        if (text == NULL)
            return false;
        part->hash = rd_text_hash(rd_text_of(text));
        free(text);
    }
    for (size_t i = 0; i < parts->count; i++)
        parts->items[i].outdone = is_outdone(parts, i);
    return true;
}

static void close_parts(struct parts *parts)
{
    for (size_t i = 0; i < parts->count; i++)
        json_decref(parts->items[i].content);
    free(parts->items);
}

static bool open_parts(json_t *bundle, struct parts *out)
{
    json_t *entries = json_object_get(bundle, "entry");
    rd_instant age = 0;
    bool has_age =
        instant_of(bundle, "meta.lastUpdated", &age) || instant_of(bundle, "timestamp", &age);
    out->items = calloc(json_array_size(entries) + 1, sizeof *out->items);
    if (out->items == NULL)
        return false;
    for (size_t i = 0; i < json_array_size(entries); i++) {
        struct part *part = &out->items[out->count];
        part->entry = json_array_get(entries, i);
        part->resource = json_object_get(part->entry, "resource");
        part->type = rd_fhir_peek(part->resource, "resourceType");
        if (!rd_text_present(part->type))
            continue; /* no resource: nothing that could be read either */
        set_key(part);
        part->age = age;
        part->has_age = has_age;
        if (instant_of(part->resource, "meta.lastUpdated", &part->age))
            part->has_age = true;
        out->count++;
    }
    return true;
}

/* The only part of that type; NULL: none, or several. */
static struct part *only(struct parts *parts, const char *type)
{
    struct part *found = NULL;
    for (size_t i = 0; i < parts->count; i++) {
        if (!rd_text_is(parts->items[i].type, type))
            continue;
        if (found != NULL)
            return NULL;
        found = &parts->items[i];
    }
    return found;
}

/* Every Reference below `value` to `from` goes to `to`. */
static void follow(json_t *value, const char *from, const char *to)
{
    const char *key = NULL;
    json_t *member = NULL;
    size_t index = 0;
    if (json_is_array(value))
        json_array_foreach(value, index, member) follow(member, from, to);
    if (!json_is_object(value))
        return;
    json_object_foreach(value, key, member)
    {
        const char *text = strcmp(key, "reference") == 0 ? json_string_value(member) : NULL;
        if (text != NULL && strcmp(text, from) == 0)
            (void)json_string_set(member, to); /* cannot fail but for memory: seen when written */
        else
            follow(member, from, to);
    }
}

/* The same thing under another name in the update: what is held takes that name. */
static void rename_held(json_t *held, struct parts *parts, struct part *old, const struct part *new)
{
    char before[KEY_BYTES];
    if (old == NULL || new == NULL || old->key[0] == '\0' || new->key[0] == '\0' ||
        strcmp(old->key, new->key) == 0)
        return;
    memcpy(before, old->key, KEY_BYTES);
    for (size_t i = 0; i < parts->count; i++)
        if (strcmp(parts->items[i].key, new->key) == 0)
            return; /* that name is taken: by fullUrl it is another thing */
    memcpy(old->key, new->key, KEY_BYTES);
    struct rd_text url = rd_fhir_peek(new->entry, "fullUrl");
    if (rd_text_present(url))
        (void)json_object_set_new(old->entry, "fullUrl", json_stringn(url.ptr, url.len));
    follow(held, before, new->key);
}

static bool same_content(const struct part *a, const struct part *b)
{
    return a->hash == b->hash && json_equal(a->content, b->content);
}

static struct part *named(struct parts *parts, const struct part *like)
{
    for (size_t i = 0; i < parts->count && like->key[0] != '\0'; i++)
        if (!parts->items[i].outdone && strcmp(parts->items[i].key, like->key) == 0 &&
            rd_text_equal(parts->items[i].type, like->type))
            return &parts->items[i];
    return NULL;
}

/* One entry of the update: itself, or what is held of that name. */
static json_t *choose(struct parts *held, struct part *part, struct rd_fhir_merged *result)
{
    struct part *before = named(held, part);
    if (rd_text_is(part->type, "MessageHeader"))
        return part->entry;
    for (size_t i = 0; before == NULL && part->key[0] == '\0' && i < held->count; i++)
        if (rd_text_equal(held->items[i].type, part->type) && same_content(&held->items[i], part))
            before = &held->items[i];
    if (before != NULL)
        before->matched = true;
    if (before != NULL && same_content(before, part))
        return part->entry;
    if (before != NULL && is_older(part, before)) {
        result->older++;
        return before->entry;
    }
    result->taken++;
    if (before != NULL && !is_older(before, part))
        result->same_age++;
    return part->entry;
}

/* Left out of the update, and nothing in it says the same under another name. */
static bool stays(const struct part *part, const struct parts *update)
{
    if (part->matched || rd_text_is(part->type, "MessageHeader"))
        return false;
    for (size_t i = 0; i < update->count; i++)
        if (rd_text_equal(update->items[i].type, part->type) &&
            same_content(&update->items[i], part))
            return false;
    return true;
}

static json_t *merge(struct parts *held, struct parts *update, struct rd_fhir_merged *result)
{
    json_t *entries = json_array();
    for (size_t i = 0; i < update->count; i++)
        if (!update->items[i].outdone)
            (void)json_array_append(entries, choose(held, &update->items[i], result));
    for (size_t i = 0; i < held->count; i++)
        if (!held->items[i].outdone && stays(&held->items[i], update)) {
            (void)json_array_append(entries, held->items[i].entry);
            result->kept++;
        }
    return entries;
}

static bool prepare(json_t *before, json_t *after, struct parts *old, struct parts *new)
{
    static const char *const single[] = {"ServiceRequest", "Patient", "CarePlan", "Encounter"};
    if (!open_parts(before, old) || !open_parts(after, new))
        return false;
    for (size_t i = 0; i < sizeof single / sizeof single[0]; i++)
        rename_held(before, old, only(old, single[i]), only(new, single[i]));
    return read_contents(old) && read_contents(new);
}

static bool is_bundle(const json_t *value)
{
    return rd_text_is(rd_fhir_peek(value, "resourceType"), "Bundle") &&
           json_is_array(json_object_get(value, "entry"));
}

enum rd_err rd_fhir_merge(struct rd_text held, struct rd_text update, struct rd_buf *out,
                          struct rd_fhir_merged *result)
{
    struct rd_errbuf why;
    struct parts old = {NULL, 0}, new = {NULL, 0};
    json_t *before = rd_fhir_load(held, &why);
    json_t *after = rd_fhir_load(update, &why);
    enum rd_err err = is_bundle(before) && is_bundle(after) ? RD_OK : RD_E_MALFORMED;
    *result = (struct rd_fhir_merged){0};
    if (err == RD_OK && (json_array_size(json_object_get(before, "entry")) > ENTRIES_MAX ||
                         json_array_size(json_object_get(after, "entry")) > ENTRIES_MAX))
        err = RD_E_TOOBIG;
    if (err == RD_OK && !prepare(before, after, &old, &new))
        err = RD_E_NOMEM;
    if (err == RD_OK) {
        json_t *made = json_copy(after); /* the parts borrow from `after` */
        (void)json_object_set_new(made, "entry", merge(&old, &new, result));
        if (!rd_fhir_dump(made, out))
            err = RD_E_NOMEM;
        json_decref(made);
    }
    close_parts(&old);
    close_parts(&new);
    json_decref(before);
    json_decref(after);
    return err;
}
