#define PCRE2_CODE_UNIT_WIDTH 8
#include "rules/engine/eval.h"
#include "rules/engine/regex/translate.h"

#include <pcre2.h>
#include <string.h>

/* One pattern, ready to match one text again and again. */
struct search {
    struct rd_feel_env *env;
    struct rd_text text;
    pcre2_code *code;
    pcre2_match_data *match;
    pcre2_match_context *limits;
    const PCRE2_SIZE *ends; /* of the last match: pairs of start and end, one for each group */
    uint32_t groups;
};

/* PCRE2's memory is the evaluation's: bounded by it, and gone with it. */
static void *take(PCRE2_SIZE size, void *data)
{
    return rd_arena_take(data, size);
}

static void release(void *block, void *data)
{
    (void)block;
    (void)data;
}

static bool refuse(struct rd_feel_env *env, const char *words)
{
    (void)rd_feel_null(env, 0, "the regular expression has %s", words);
    return false;
}

static bool no_room(struct rd_feel_env *env)
{
    env->full = true;
    return refuse(env, "no memory left");
}

static bool compile(struct search *search, pcre2_general_context *memory, struct rd_text pattern,
                    const struct rd_regex_flags *flags)
{
    int error = 0;
    PCRE2_SIZE offset = 0;
    uint32_t options = PCRE2_UTF | PCRE2_NEVER_BACKSLASH_C;
    struct rd_regex_out out = {.room = 40 * pattern.len + 64};
    out.bytes = rd_arena_take(search->env->arena, out.room + 1);
    pcre2_compile_context *context = pcre2_compile_context_create(memory);
    if (out.bytes == NULL || context == NULL)
        return no_room(search->env);
    const char *wrong = rd_regex_translate(pattern, flags, &out);
    if (wrong != NULL)
        return refuse(search->env, wrong);
    (void)pcre2_set_newline(context, PCRE2_NEWLINE_LF);
    (void)pcre2_set_parens_nest_limit(context, 4 * RD_REGEX_DEPTH_MAX);
    search->code =
        pcre2_compile((PCRE2_SPTR)out.bytes, out.len,
                      options | (flags->caseless ? PCRE2_CASELESS : 0), &error, &offset, context);
    if (search->code != NULL)
        return true;
    return error == PCRE2_ERROR_NOMEMORY || error == 121 ? no_room(search->env)
                                                         : refuse(search->env, "no meaning");
}

static bool open_search(struct search *search, struct rd_feel_env *env, struct rd_text text,
                        struct rd_text pattern, struct rd_text flags_text)
{
    struct rd_regex_flags flags;
    *search = (struct search){.env = env, .text = text};
    if (!rd_regex_flags_read(flags_text, &flags))
        return refuse(env, "a flag that is none of s, m, i, x and q");
    if (pattern.len > RD_REGEX_BYTES_MAX)
        return refuse(env, "a pattern that is too long");
    if (!rd_text_is_utf8(text) || !rd_text_is_utf8(pattern))
        return refuse(env, "text that is no UTF-8");
    pcre2_general_context *memory = pcre2_general_context_create(take, release, env->arena);
    if (memory == NULL)
        return no_room(env);
    if (!compile(search, memory, pattern, &flags))
        return false;
    search->match = pcre2_match_data_create_from_pattern(search->code, memory);
    search->limits = pcre2_match_context_create(memory);
    if (search->match == NULL || search->limits == NULL)
        return no_room(env);
    (void)pcre2_set_match_limit(search->limits, RD_REGEX_MATCH_STEPS_MAX);
    (void)pcre2_set_heap_limit(search->limits, RD_REGEX_MATCH_KIB_MAX);
    search->ends = pcre2_get_ovector_pointer(search->match);
    search->groups = pcre2_get_ovector_count(search->match);
    return true;
}

/* The first match from `from` on. False: an error, with a note. */
static bool find(struct search *search, struct rd_text text, size_t from, bool *found)
{
    *found = false;
    if (!rd_eval_steps(search->env, RD_REGEX_MATCH_COST + text.len / 64))
        return false;
    int count = pcre2_match(search->code, (PCRE2_SPTR)text.ptr, text.len, from,
                            from == 0 ? 0 : PCRE2_NO_UTF_CHECK, search->match, search->limits);
    *found = count > 0;
    if (count > 0 || count == PCRE2_ERROR_NOMATCH)
        return true;
    if (count == PCRE2_ERROR_NOMEMORY)
        return no_room(search->env);
    return refuse(search->env, "taken too long for this text");
}

static bool matches(struct rd_feel_env *env, struct rd_text input, struct rd_text pattern,
                    struct rd_text flags, bool *out)
{
    struct search search;
    return open_search(&search, env, input, pattern, flags) && find(&search, input, 0, out);
}

/* For replace and split a pattern must not match nothing. */
static bool open_cutter(struct search *search, struct rd_feel_env *env, struct rd_text text,
                        struct rd_text pattern, struct rd_text flags)
{
    bool empty = false;
    if (!open_search(search, env, text, pattern, flags) || !find(search, RD_TEXT(""), 0, &empty))
        return false;
    return empty ? refuse(env, "a match with an empty text") : true;
}

static bool put(struct rd_feel_env *env, char **bytes, size_t *len, size_t *room,
                struct rd_text text)
{
    if (text.len == 0)
        return true;
    if (text.len > *room - *len) {
        size_t wanted = 2 * (*len + text.len) + 64;
        char *grown = rd_arena_take(env->arena, wanted);
        if (grown == NULL)
            return no_room(env);
        memcpy(grown, *bytes == NULL ? "" : *bytes, *len);
        *bytes = grown;
        *room = wanted;
    }
    memcpy(*bytes + *len, text.ptr, text.len);
    *len += text.len;
    return true;
}

/* The group that "$" at `at` means, and where it ends; false: no digit behind it. */
static bool group_at(const struct search *search, struct rd_text text, size_t at, uint32_t *group,
                     size_t *end)
{
    if (at + 1 >= text.len || text.ptr[at + 1] < '0' || text.ptr[at + 1] > '9')
        return false;
    *group = (uint32_t)(text.ptr[at + 1] - '0');
    for (*end = at + 2; *end < text.len && text.ptr[*end] >= '0' && text.ptr[*end] <= '9'; ++*end) {
        uint32_t next = *group * 10 + (uint32_t)(text.ptr[*end] - '0');
        if (next >= search->groups)
            break;
        *group = next;
    }
    return true;
}

struct result {
    char *bytes;
    size_t len, room;
};

/* One replacement, with $1, $0, \$ and \\ in it resolved. */
static bool put_replacement(const struct search *search, struct rd_text replacement, bool literal,
                            struct result *out)
{
    for (size_t at = 0; at < replacement.len;) {
        struct rd_text piece = rd_text_slice(replacement, at, 1);
        uint32_t group = 0;
        size_t end = at + 1;
        if (!literal && piece.ptr[0] == '\\') {
            piece = rd_text_slice(replacement, at + 1, 1);
            if (!rd_text_is(piece, "\\") && !rd_text_is(piece, "$"))
                return refuse(search->env, "a replacement with a '\\' before neither '$' nor '\\'");
            end = at + 2;
        } else if (!literal && piece.ptr[0] == '$') {
            if (!group_at(search, replacement, at, &group, &end))
                return refuse(search->env, "a replacement with a '$' without a number");
            bool there = group < search->groups && search->ends[2 * group] != PCRE2_UNSET;
            piece = there ? rd_text_slice(search->text, search->ends[2 * group],
                                          search->ends[2 * group + 1] - search->ends[2 * group])
                          : RD_TEXT("");
        }
        if (!put(search->env, &out->bytes, &out->len, &out->room, piece))
            return false;
        at = end;
    }
    return true;
}

static bool replace(struct rd_feel_env *env, struct rd_text input, struct rd_text pattern,
                    struct rd_text replacement, struct rd_text flags, struct rd_text *out)
{
    struct search search;
    struct result result = {.len = 0};
    size_t at = 0;
    bool found = true, literal = rd_text_find(flags, 'q', 0) < flags.len;
    if (!open_cutter(&search, env, input, pattern, flags))
        return false;
    for (;;) {
        if (!find(&search, input, at, &found))
            return false;
        size_t start = found ? search.ends[0] : input.len;
        if (!put(env, &result.bytes, &result.len, &result.room,
                 rd_text_slice(input, at, start - at)))
            return false;
        if (!found)
            break;
        if (!put_replacement(&search, replacement, literal, &result))
            return false;
        at = search.ends[1];
    }
    *out = (struct rd_text){result.bytes == NULL ? "" : result.bytes, result.len};
    return true;
}

static bool split(struct rd_feel_env *env, struct rd_text input, struct rd_text delimiter,
                  struct rd_value *out)
{
    struct search search;
    struct rd_value *items = NULL;
    size_t count = 0, at = 0;
    bool found = true;
    if (!open_cutter(&search, env, input, delimiter, RD_TEXT("")))
        return false;
    while (found) {
        if (!find(&search, input, at, &found))
            return false;
        size_t end = found ? search.ends[0] : input.len;
        struct rd_value *room = rd_arena_add(env->arena, (void **)&items, &count, sizeof *room);
        if (room == NULL)
            return no_room(env);
        *room = rd_value_text(rd_text_slice(input, at, end - at));
        at = found ? search.ends[1] : at;
    }
    *out = rd_value_list(items, count);
    return true;
}

const struct rd_regex_library rd_regex_pcre2 = {matches, replace, split};
