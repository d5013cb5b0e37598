#include "adapters/mesh/ctl.h"

#include <expat.h>
#include <stdlib.h>
#include <string.h>

enum { HASH_SALT = 0x5eed };

struct reading {
    XML_Parser parser;
    struct rd_arena *arena;
    struct mesh_ctl *out;
    struct rd_text *target; /* of the element that is open; NULL: none of ours */
    unsigned depth, target_depth;
    char value[MESH_CTL_VALUE_MAX];
    size_t value_len;
    bool rooted, full;
    const char *trouble; /* our own words */
};

static void stop(struct reading *reading, const char *words)
{
    if (reading->trouble == NULL)
        reading->trouble = words;
    (void)XML_StopParser(reading->parser, XML_FALSE);
}

static bool is_named(const char *name, const char *known)
{
    const char *colon = strrchr(name, ':');
    return rd_text_equal_nocase(rd_text_of(colon == NULL ? name : colon + 1), rd_text_of(known));
}

static struct rd_text *target_of(struct mesh_ctl *ctl, const char *name)
{
    const struct {
        const char *name;
        struct rd_text *target;
    } known[] = {{"MessageType", &ctl->message_type},
                 {"WorkflowId", &ctl->workflow},
                 {"From_DTS", &ctl->from},
                 {"To_DTS", &ctl->to},
                 {"LocalId", &ctl->local_id},
                 {"DTSId", &ctl->dts_id},
                 {"Compress", &ctl->compress},
                 {"IsCompressed", &ctl->is_compressed},
                 {"Encrypted", &ctl->encrypted},
                 {"Status", &ctl->status},
                 {"StatusCode", &ctl->status_code}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (is_named(name, known[i].name))
            return known[i].target;
    return NULL;
}

static void on_start(void *context, const char *name, const char **attributes)
{
    struct reading *reading = context;
    (void)attributes;
    reading->depth++;
    if (reading->depth > MESH_CTL_DEPTH_MAX) {
        stop(reading, "elements stand too deep inside each other");
        return;
    }
    if (reading->depth == 1) {
        reading->rooted = is_named(name, "DTSControl");
        if (!reading->rooted)
            stop(reading, "expected DTSControl as the outermost element");
        return;
    }
    reading->target = target_of(reading->out, name);
    reading->target_depth = reading->depth;
    reading->value_len = 0;
}

static void on_end(void *context, const char *name)
{
    struct reading *reading = context;
    (void)name;
    if (reading->target != NULL && reading->depth == reading->target_depth) {
        struct rd_text value = rd_text_trim((struct rd_text){reading->value, reading->value_len});
        bool again = rd_text_present(*reading->target);
        if (again && !rd_text_equal(*reading->target, value))
            stop(reading, "an element stands twice with two values");
        else if (value.len > 0 && !rd_arena_copy(reading->arena, value, reading->target))
            reading->full = true;
        reading->target = NULL;
    }
    reading->depth--;
}

static void on_text(void *context, const char *bytes, int len)
{
    struct reading *reading = context;
    size_t room = sizeof reading->value - reading->value_len;
    size_t count = (size_t)len < room ? (size_t)len : room;
    if (reading->target == NULL)
        return;
    memcpy(reading->value + reading->value_len, bytes, count);
    reading->value_len += count;
}

static void on_doctype(void *context, const char *name, const char *system, const char *public,
                       int internal)
{
    (void)name, (void)system, (void)public, (void)internal;
    stop(context, "a document type or entities: leave them out");
}

static enum rd_err say(const struct reading *reading, struct rd_errbuf *why)
{
    return rd_fail(why, RD_E_MALFORMED, "line %lu, column %lu: %s",
                   (unsigned long)XML_GetCurrentLineNumber(reading->parser),
                   (unsigned long)XML_GetCurrentColumnNumber(reading->parser) + 1,
                   reading->trouble != NULL ? reading->trouble
                                            : XML_ErrorString(XML_GetErrorCode(reading->parser)));
}

enum rd_err mesh_ctl_read(struct rd_text bytes, struct rd_arena *arena, struct mesh_ctl *out,
                          struct rd_errbuf *why)
{
    *out = (struct mesh_ctl){0};
    if (bytes.len > MESH_CTL_BYTES_MAX)
        return rd_fail(why, RD_E_TOOBIG, "a control file has at most %d bytes", MESH_CTL_BYTES_MAX);
    struct reading *reading = calloc(1, sizeof *reading);
    if (reading == NULL || (reading->parser = XML_ParserCreate(NULL)) == NULL) {
        free(reading);
        return rd_fail(why, RD_E_NOMEM, "no memory to read a control file");
    }
    reading->arena = arena;
    reading->out = out;
    XML_SetUserData(reading->parser, reading);
    (void)XML_SetHashSalt(reading->parser, HASH_SALT); /* the file is bounded: no need of chance */
    XML_SetElementHandler(reading->parser, on_start, on_end);
    XML_SetCharacterDataHandler(reading->parser, on_text);
    XML_SetStartDoctypeDeclHandler(reading->parser, on_doctype);
    enum XML_Status status =
        XML_Parse(reading->parser, bytes.ptr == NULL ? "" : bytes.ptr, (int)bytes.len, XML_TRUE);
    enum rd_err err = RD_OK;
    if (reading->full)
        err = rd_fail(why, RD_E_NOMEM, "no memory to read a control file");
    else if (status != XML_STATUS_OK)
        err = say(reading, why);
    XML_ParserFree(reading->parser);
    free(reading);
    return err;
}

bool mesh_ctl_says_yes(struct rd_text value)
{
    static const char *const words[] = {"Y", "yes", "true", "1"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (rd_text_equal_nocase(value, rd_text_of(words[i])))
            return true;
    return false;
}
