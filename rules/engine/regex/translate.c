#include "rules/engine/regex/translate.h"

#include <stdio.h>
#include <string.h>

enum { CODE_MAX = 0x10FFFF, GROUPS_MAX = 99 };

struct translator {
    struct rd_text in;
    size_t at;
    struct rd_regex_out *out;
    const char *wrong; /* the first thing that is */
    const struct rd_regex_flags *flags;
    bool closed[GROUPS_MAX + 1]; /* groups by number: whether ")" was there */
    int open[RD_REGEX_DEPTH_MAX];
    size_t depth;
    int groups;
};

bool rd_regex_flags_read(struct rd_text flags, struct rd_regex_flags *out)
{
    *out = (struct rd_regex_flags){.dot_all = false};
    for (size_t i = 0; i < flags.len; i++) {
        bool *flag = flags.ptr[i] == 's'   ? &out->dot_all
                     : flags.ptr[i] == 'm' ? &out->multi_line
                     : flags.ptr[i] == 'i' ? &out->caseless
                     : flags.ptr[i] == 'x' ? &out->extended
                     : flags.ptr[i] == 'q' ? &out->literal
                                           : NULL;
        if (flag == NULL)
            return false;
        *flag = true;
    }
    return true;
}

void rd_regex_put(struct rd_regex_out *out, const char *text)
{
    size_t len = strlen(text);
    if (out->full || len > out->room - out->len) {
        out->full = true;
        return;
    }
    memcpy(out->bytes + out->len, text, len);
    out->len += len;
}

void rd_regex_put_code(struct rd_regex_out *out, uint32_t code)
{
    char text[16];
    (void)snprintf(text, sizeof text, "\\x{%x}", (unsigned)code);
    rd_regex_put(out, text);
}

static void wrong(struct translator *t, const char *words)
{
    if (t->wrong == NULL)
        t->wrong = words;
    t->at = t->in.len;
}

static bool more(const struct translator *t)
{
    return t->at < t->in.len;
}

static char peek(const struct translator *t)
{
    return more(t) ? t->in.ptr[t->at] : '\0';
}

static bool take(struct translator *t, char c)
{
    if (!more(t) || peek(t) != c)
        return false;
    t->at++;
    return true;
}

static uint32_t take_code(struct translator *t)
{
    unsigned char first = (unsigned char)t->in.ptr[t->at++];
    size_t tail = first < 0xC0 ? 0 : first < 0xE0 ? 1 : first < 0xF0 ? 2 : 3;
    uint32_t code = tail == 0 ? first : first & (0x3FU >> tail);
    for (; tail > 0 && more(t); tail--)
        code = code << 6 | ((unsigned char)t->in.ptr[t->at++] & 0x3F);
    return code;
}

static void put_range(struct translator *t, uint32_t first, uint32_t last)
{
    if (first > last)
        return;
    rd_regex_put_code(t->out, first);
    rd_regex_put(t->out, "-");
    rd_regex_put_code(t->out, last);
}

/* Surrogates are no characters; PCRE2 wants no range to end in them. */
static void put_without(struct translator *t, uint32_t first, uint32_t last)
{
    if (first > 0)
        put_range(t, 0, first - 1);
    if (last < CODE_MAX)
        put_range(t, last + 1, CODE_MAX);
}

static bool is_category(struct rd_text name)
{
    static const char *const names[] = {"L",  "Lu", "Ll", "Lt", "Lm", "Lo", "M",  "Mn", "Mc",
                                        "Me", "N",  "Nd", "Nl", "No", "P",  "Pc", "Pd", "Ps",
                                        "Pe", "Pi", "Pf", "Po", "Z",  "Zs", "Zl", "Zp", "S",
                                        "Sm", "Sc", "Sk", "So", "C",  "Cc", "Cf", "Co", "Cn"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (rd_text_is(name, names[i]))
            return true;
    return false;
}

/* Behind \p or \P: {Lu}, {IsGreek}. What is put stands in a class. */
static void put_property(struct translator *t, bool negative)
{
    uint32_t first = 0, last = 0;
    size_t start = t->at + 1, end = rd_text_find(t->in, '}', t->at);
    struct rd_text name = rd_text_slice(t->in, start, end < start ? 0 : end - start);
    if (!take(t, '{') || end == t->in.len) {
        wrong(t, "\\p without {...}");
        return;
    }
    t->at = end + 1;
    if (is_category(name)) {
        char text[16];
        (void)snprintf(text, sizeof text, "\\%c{%.*s}", negative ? 'P' : 'p', RD_TEXT_ARG(name));
        rd_regex_put(t->out, text);
    } else if (rd_text_starts(name, "Is") &&
               rd_regex_block(rd_text_slice(name, 2, name.len), &first, &last)) {
        if (negative)
            put_without(t, first, last);
        else
            put_range(t, first, last);
    } else {
        wrong(t, "an unknown category or block after \\p");
    }
}

/* The escapes that stand for many characters, as the content of a class. */
static const struct {
    char letter;
    const char *content;
} multi_escapes[] = {
    {'s', "\\x{9}\\x{a}\\x{d}\\x{20}"},
    {'S', "\\x{0}-\\x{8}\\x{b}\\x{c}\\x{e}-\\x{1f}\\x{21}-\\x{10ffff}"},
    {'d', "\\p{Nd}"},
    {'D', "\\P{Nd}"},
    {'w', "\\p{L}\\p{M}\\p{N}\\p{S}"},
    {'W', "\\p{P}\\p{Z}\\p{C}"},
    {'i', "\\p{L}\\p{Nl}_:"},
    {'c', "\\p{L}\\p{Nl}\\p{Nd}\\p{M}_:.\\x{2d}\\x{b7}"},
};

/* Behind a backslash: many characters, put as the content of a class; false: one character. */
static bool put_multi_escape(struct translator *t)
{
    if (peek(t) == 'p' || peek(t) == 'P') {
        bool negative = peek(t) == 'P';
        t->at++;
        put_property(t, negative);
        return true;
    }
    for (size_t i = 0; i < sizeof multi_escapes / sizeof multi_escapes[0]; i++)
        if (take(t, multi_escapes[i].letter)) {
            rd_regex_put(t->out, multi_escapes[i].content);
            return true;
        }
    return false;
}

/* Behind a backslash: the one character that is meant. */
static uint32_t single_escape(struct translator *t)
{
    char c = peek(t);
    if (c == '\0' || strchr("nrt\\|.?*+(){}-[]^$", c) == NULL) {
        wrong(t, "an escape that XPath has not");
        return 0;
    }
    t->at++;
    return c == 'n' ? '\n' : c == 'r' ? '\r' : c == 't' ? '\t' : (unsigned char)c;
}

/* A character or range of a class. */
static void class_item(struct translator *t)
{
    uint32_t first = 0, last = 0;
    if (take(t, '\\')) {
        if (put_multi_escape(t))
            return;
        first = single_escape(t);
    } else if (peek(t) == '[') {
        wrong(t, "a '[' inside a class; write \\[");
        return;
    } else {
        first = take_code(t);
    }
    rd_regex_put_code(t->out, first);
    if (peek(t) != '-' || t->at + 1 >= t->in.len || t->in.ptr[t->at + 1] == ']' ||
        t->in.ptr[t->at + 1] == '[')
        return;
    t->at++;
    if (peek(t) == '\\') {
        t->at++;
        last = single_escape(t);
    } else {
        last = take_code(t);
    }
    if (last < first)
        wrong(t, "a range of characters that runs backwards");
    rd_regex_put(t->out, "-");
    rd_regex_put_code(t->out, last);
}

/* Where the class whose content is at `at` has its "-[": t->in.len when it has none. */
static size_t subtraction_of(const struct translator *t)
{
    size_t at = t->at;
    for (; at < t->in.len && t->in.ptr[at] != ']'; at++) {
        if (t->in.ptr[at] == '\\')
            at++;
        else if (t->in.ptr[at] == '-' && at + 1 < t->in.len && t->in.ptr[at + 1] == '[')
            return at;
    }
    return t->in.len;
}

/* Behind "[". a-z-[aeiou]: first what it must not be, then what it is. */
static void put_class(struct translator *t)
{
    size_t starts[RD_REGEX_DEPTH_MAX], depth = 0, end = t->at;
    starts[depth++] = t->at;
    for (;;) { /* the beginnings of the classes inside one another */
        size_t minus = subtraction_of(t);
        if (minus == t->in.len)
            break;
        if (depth == RD_REGEX_DEPTH_MAX) {
            wrong(t, "classes too deep inside one another");
            return;
        }
        t->at = starts[depth++] = minus + 2;
    }
    rd_regex_put(t->out, "(?:");
    for (size_t i = 1; i < depth; i++) /* b-[c] is (?![c])[b]; a-[b-[c]] is (?!(?![c])[b])[a] */
        rd_regex_put(t->out, "(?!");
    for (size_t i = depth; i-- > 0;) {
        t->at = starts[i];
        rd_regex_put(t->out, take(t, '^') ? "[^" : "[");
        size_t first = t->at;
        while (more(t) && peek(t) != ']' &&
               !(peek(t) == '-' && t->at + 1 < t->in.len && t->in.ptr[t->at + 1] == '['))
            class_item(t);
        if (t->at == first)
            wrong(t, "an empty class");
        rd_regex_put(t->out, i > 0 ? "])" : "]");
        if (i + 1 == depth)
            end = t->at;
    }
    rd_regex_put(t->out, ")");
    t->at = t->wrong == NULL ? end : t->in.len;
    for (size_t i = 0; i < depth && t->wrong == NULL; i++)
        if (!take(t, ']'))
            wrong(t, "a class without ']'");
}

/* Behind the backslash: \1 to \9, and further digits while there are so many groups. */
static void back_reference(struct translator *t)
{
    int number = 0;
    char text[32];
    while (peek(t) >= '0' && peek(t) <= '9') {
        int next = number * 10 + (peek(t) - '0');
        if (number > 0 && next > t->groups)
            break;
        number = next;
        t->at++;
    }
    if (number == 0 || number > t->groups || number > GROUPS_MAX || !t->closed[number]) {
        wrong(t, "a reference to a group that is not there before it");
        return;
    }
    (void)snprintf(text, sizeof text, "(?:\\g{%d})", number);
    rd_regex_put(t->out, text);
}

static void put_escape(struct translator *t)
{
    if (peek(t) >= '0' && peek(t) <= '9') {
        back_reference(t);
        return;
    }
    size_t before = t->out->len;
    rd_regex_put(t->out, "[");
    if (put_multi_escape(t)) {
        rd_regex_put(t->out, "]");
        return;
    }
    t->out->len = before;
    rd_regex_put_code(t->out, single_escape(t));
}

static void open_group(struct translator *t)
{
    if (t->depth == RD_REGEX_DEPTH_MAX || t->groups == GROUPS_MAX) {
        wrong(t, "too many groups");
        return;
    }
    bool plain = t->at + 1 < t->in.len && t->in.ptr[t->at] == '?' && t->in.ptr[t->at + 1] == ':';
    if (plain)
        t->at += 2;
    t->open[t->depth++] = plain ? 0 : ++t->groups;
    rd_regex_put(t->out, plain ? "(?:" : "(");
}

static void close_group(struct translator *t)
{
    if (t->depth == 0) {
        wrong(t, "a ')' without '('");
        return;
    }
    t->closed[t->open[--t->depth]] = true;
    rd_regex_put(t->out, ")");
}

/* {n}, {n,} or {n,m}; the braces are copied. */
static void put_count(struct translator *t)
{
    size_t start = t->at, end = rd_text_find(t->in, '}', t->at), commas = 0;
    char text[32];
    struct rd_text body = rd_text_slice(t->in, start, end - start);
    for (size_t i = 0; i < body.len; i++) {
        commas += body.ptr[i] == ',';
        if (body.ptr[i] != ',' && (body.ptr[i] < '0' || body.ptr[i] > '9'))
            commas = 2;
    }
    if (end == t->in.len || body.len == 0 || body.len > 9 || body.ptr[0] == ',' || commas > 1) {
        wrong(t, "a count that is not {n}, {n,} or {n,m}");
        return;
    }
    (void)snprintf(text, sizeof text, "{%.*s}", RD_TEXT_ARG(body));
    rd_regex_put(t->out, text);
    t->at = end + 1;
}

/* Behind an atom: at most one quantifier, perhaps reluctant. */
static void put_quantifier(struct translator *t)
{
    if (take(t, '{')) {
        put_count(t);
    } else if (peek(t) != '\0' && strchr("?*+", peek(t)) != NULL) {
        char text[] = {peek(t), '\0'};
        rd_regex_put(t->out, text);
        t->at++;
    } else {
        return;
    }
    if (take(t, '?'))
        rd_regex_put(t->out, "?");
    if (peek(t) != '\0' && strchr("?*+{", peek(t)) != NULL)
        wrong(t, "a quantifier of a quantifier");
}

static void put_atom(struct translator *t)
{
    char c = peek(t);
    if (strchr("?*+{}]", c) != NULL && c != '\0') {
        wrong(t, "a quantifier of nothing, or a bracket without its other half");
        return;
    }
    if (c == '|' || c == '(') {
        t->at++;
        if (c == '(')
            open_group(t);
        else
            rd_regex_put(t->out, "|");
        return;
    }
    if (c == '^' || c == '$') { /* anchors are no atoms, but XPath lets them be counted */
        t->at++;
        rd_regex_put(t->out, c == '^' ? (t->flags->multi_line ? "(?m:^)" : "(?:\\A)")
                                      : (t->flags->multi_line ? "(?m:$)" : "(?:\\z)"));
    } else if (take(t, ')')) {
        close_group(t);
    } else if (take(t, '[')) {
        put_class(t);
    } else if (take(t, '\\')) {
        put_escape(t);
    } else if (take(t, '.')) {
        rd_regex_put(t->out, t->flags->dot_all ? "(?s:.)" : "[^\\n\\r]");
    } else {
        rd_regex_put_code(t->out, take_code(t));
    }
    put_quantifier(t);
}

/* With "x" white space outside classes is no part of the pattern. In place. */
static size_t strip(char *bytes, size_t len)
{
    size_t kept = 0, depth = 0;
    bool escaped = false;
    for (size_t i = 0; i < len; i++) {
        char c = bytes[i];
        if (depth == 0 && (c == ' ' || c == '\t' || c == '\n' || c == '\r'))
            continue;
        if (!escaped && c == '[')
            depth++;
        else if (!escaped && c == ']' && depth > 0)
            depth--;
        escaped = !escaped && c == '\\';
        bytes[kept++] = c;
    }
    return kept;
}

const char *rd_regex_translate(struct rd_text pattern, const struct rd_regex_flags *flags,
                               struct rd_regex_out *out)
{
    char bytes[RD_REGEX_BYTES_MAX];
    struct translator t = {.in = {bytes, pattern.len}, .out = out, .flags = flags};
    if (pattern.len > sizeof bytes)
        return "a pattern that is too long";
    memcpy(bytes, pattern.ptr, pattern.len);
    if (flags->extended && !flags->literal)
        t.in.len = strip(bytes, pattern.len);
    while (more(&t)) {
        if (flags->literal)
            rd_regex_put_code(out, take_code(&t));
        else
            put_atom(&t);
    }
    if (t.wrong == NULL && t.depth > 0)
        return "a '(' without ')'";
    return t.wrong != NULL ? t.wrong : out->full ? "a pattern that is too long" : NULL;
}
