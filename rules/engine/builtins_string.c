#include "rules/engine/builtin_args.h"

#include "base/letter_case.h"

#include <string.h>

/* Lengths and positions are in characters. Text is UTF-8; a byte that begins none counts as one. */
static size_t next_char(struct rd_text text, size_t at)
{
    at++;
    while (at < text.len && ((unsigned char)text.ptr[at] & 0xC0) == 0x80)
        at++;
    return at;
}

static size_t char_count(struct rd_text text)
{
    size_t count = 0;
    for (size_t at = 0; at < text.len; at = next_char(text, at))
        count++;
    return count;
}

/* The byte where the `index`-th character (from 0) begins. */
static size_t byte_of(struct rd_text text, size_t index)
{
    size_t at = 0;
    for (; index > 0 && at < text.len; index--)
        at = next_char(text, at);
    return at;
}

struct rd_value rd_builtin_string_length(const struct rd_call *call)
{
    struct rd_text text;
    if (!rd_want_text(call, 0, &text))
        return rd_value_null();
    return rd_value_int((int64_t)char_count(text));
}

struct rd_value rd_builtin_substring(const struct rd_call *call)
{
    struct rd_text text;
    int64_t start = 0, length = 0;
    if (!rd_want_text(call, 0, &text) || !rd_want_whole(call, 1, &start))
        return rd_value_null();
    int64_t count = (int64_t)char_count(text);
    length = count;
    if (rd_was_given(call, 2) && call->arguments[2].type != RD_TYPE_NULL &&
        !rd_want_whole(call, 2, &length))
        return rd_value_null();
    if (start == 0 || start > count || start < -count)
        return rd_call_null(call, "the start position is outside the string");
    if (length < 1)
        return rd_call_null(call, "the length is below 1");
    size_t first = (size_t)(start > 0 ? start - 1 : count + start);
    size_t last = length > count - (int64_t)first ? (size_t)count : first + (size_t)length;
    size_t from = byte_of(text, first), to = byte_of(text, last);
    return rd_value_text(rd_text_slice(text, from, to - from));
}

/* text[at..) begins with `match`. */
static bool is_at(struct rd_text text, size_t at, struct rd_text match)
{
    return match.len <= text.len - at &&
           (match.len == 0 || memcmp(text.ptr + at, match.ptr, match.len) == 0);
}

/* The byte where `match` first stands; false: nowhere. */
static bool find(struct rd_text text, struct rd_text match, size_t *out)
{
    for (size_t at = 0; at + match.len <= text.len; at++)
        if (is_at(text, at, match)) {
            *out = at;
            return true;
        }
    return false;
}

static bool want_two(const struct rd_call *call, struct rd_text *text, struct rd_text *match)
{
    return rd_want_text(call, 0, text) && rd_want_text(call, 1, match) &&
           rd_eval_steps(call->env, text->len / 16);
}

struct rd_value rd_builtin_contains(const struct rd_call *call)
{
    struct rd_text text, match;
    size_t at = 0;
    if (!want_two(call, &text, &match))
        return rd_value_null();
    return rd_value_boolean(find(text, match, &at));
}

struct rd_value rd_builtin_starts_with(const struct rd_call *call)
{
    struct rd_text text, match;
    if (!want_two(call, &text, &match))
        return rd_value_null();
    return rd_value_boolean(is_at(text, 0, match));
}

struct rd_value rd_builtin_ends_with(const struct rd_call *call)
{
    struct rd_text text, match;
    if (!want_two(call, &text, &match))
        return rd_value_null();
    return rd_value_boolean(match.len <= text.len && is_at(text, text.len - match.len, match));
}

struct rd_value rd_builtin_substring_before(const struct rd_call *call)
{
    struct rd_text text, match;
    size_t at = 0;
    if (!want_two(call, &text, &match))
        return rd_value_null();
    return rd_value_text(find(text, match, &at) ? rd_text_slice(text, 0, at) : RD_TEXT(""));
}

struct rd_value rd_builtin_substring_after(const struct rd_call *call)
{
    struct rd_text text, match;
    size_t at = 0;
    if (!want_two(call, &text, &match))
        return rd_value_null();
    if (!find(text, match, &at))
        return rd_value_text(RD_TEXT(""));
    return rd_value_text(rd_text_slice(text, at + match.len, text.len));
}

static uint32_t decode(struct rd_text text, size_t at, size_t end)
{
    unsigned char first = (unsigned char)text.ptr[at];
    uint32_t code = end - at == 1 ? first : first & (0x7FU >> (end - at));
    for (size_t i = at + 1; i < end; i++)
        code = code << 6 | ((unsigned char)text.ptr[i] & 0x3F);
    return code;
}

static size_t encode(uint32_t code, char *out)
{
    static const unsigned char leads[] = {0, 0xC0, 0xE0, 0xF0};
    size_t tail = code < 0x80 ? 0 : code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    out[0] = (char)(leads[tail] | (code >> (6 * tail)));
    for (size_t i = 1; i <= tail; i++)
        out[i] = (char)(0x80 | ((code >> (6 * (tail - i))) & 0x3F));
    return tail + 1;
}

static struct rd_value change_case(const struct rd_call *call, uint32_t (*change)(uint32_t))
{
    struct rd_text text;
    size_t len = 0, end = 0;
    if (!rd_want_text(call, 0, &text) || !rd_eval_steps(call->env, text.len / 16))
        return rd_value_null();
    char *bytes = rd_eval_take(call->env, text.len, 4); /* a character may get longer */
    if (bytes == NULL)
        return rd_value_null();
    for (size_t at = 0; at < text.len; at = end) {
        end = next_char(text, at);
        uint32_t code = decode(text, at, end), other = change(code);
        if (other != code) {
            len += encode(other, bytes + len);
        } else {
            memcpy(bytes + len, text.ptr + at, end - at);
            len += end - at;
        }
    }
    return rd_value_text((struct rd_text){bytes, len});
}

struct rd_value rd_builtin_upper_case(const struct rd_call *call)
{
    return change_case(call, rd_letter_upper);
}

struct rd_value rd_builtin_lower_case(const struct rd_call *call)
{
    return change_case(call, rd_letter_lower);
}

struct rd_value rd_builtin_string_join(const struct rd_call *call)
{
    struct rd_value list;
    struct rd_text delimiter = RD_TEXT("");
    size_t len = 0;
    if (!rd_want_list(call, 0, &list))
        return rd_value_null();
    if (rd_was_given(call, 1) && call->arguments[1].type != RD_TYPE_NULL &&
        !rd_want_text(call, 1, &delimiter))
        return rd_value_null();
    for (size_t i = 0; i < list.as.list.count; i++) {
        const struct rd_value *item = &list.as.list.items[i];
        if (item->type != RD_TYPE_STRING && item->type != RD_TYPE_NULL)
            return rd_call_null(call, "an item is no string");
        len += delimiter.len + (item->type == RD_TYPE_STRING ? item->as.string.len : 0);
    }
    char *bytes = rd_eval_steps(call->env, len / 16) ? rd_eval_take(call->env, len, 1) : NULL;
    if (bytes == NULL)
        return rd_value_null();
    len = 0;
    bool first = true;
    for (size_t i = 0; i < list.as.list.count; i++) {
        const struct rd_value *item = &list.as.list.items[i];
        if (item->type == RD_TYPE_NULL)
            continue;
        if (!first)
            memcpy(bytes + len, delimiter.ptr, delimiter.len);
        len += first ? 0 : delimiter.len;
        memcpy(bytes + len, item->as.string.ptr, item->as.string.len);
        len += item->as.string.len;
        first = false;
    }
    return rd_value_text((struct rd_text){bytes, len});
}

static bool want_regex(const struct rd_call *call, size_t flags_at, struct rd_text *flags)
{
    *flags = RD_TEXT("");
    if (call->env->regex == NULL) {
        (void)rd_call_null(call, "regular expressions are not available here");
        return false;
    }
    if (!rd_was_given(call, flags_at) || call->arguments[flags_at].type == RD_TYPE_NULL)
        return true;
    return rd_want_text(call, flags_at, flags);
}

struct rd_value rd_builtin_matches(const struct rd_call *call)
{
    struct rd_text input, pattern, flags;
    bool found = false;
    if (!rd_want_text(call, 0, &input) || !rd_want_text(call, 1, &pattern) ||
        !want_regex(call, 2, &flags) ||
        !call->env->regex->matches(call->env, input, pattern, flags, &found))
        return rd_value_null();
    return rd_value_boolean(found);
}

struct rd_value rd_builtin_replace(const struct rd_call *call)
{
    struct rd_text input, pattern, replacement, flags, out;
    if (!rd_want_text(call, 0, &input) || !rd_want_text(call, 1, &pattern) ||
        !rd_want_text(call, 2, &replacement) || !want_regex(call, 3, &flags) ||
        !call->env->regex->replace(call->env, input, pattern, replacement, flags, &out))
        return rd_value_null();
    return rd_value_text(out);
}

struct rd_value rd_builtin_split(const struct rd_call *call)
{
    struct rd_text input, delimiter, flags;
    struct rd_value out;
    if (!rd_want_text(call, 0, &input) || !rd_want_text(call, 1, &delimiter) ||
        !want_regex(call, RD_BUILTIN_PARAMETERS_MAX, &flags) ||
        !call->env->regex->split(call->env, input, delimiter, &out))
        return rd_value_null();
    return out;
}
