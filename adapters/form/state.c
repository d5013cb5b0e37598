#include "adapters/form/state.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

/* The state before it is sealed: "RF1", kind, reviewed, started (8 bytes, little endian), token,
 * then for every answer: length of its name (1 byte), name, length (2 bytes), value. Fields go by
 * name, so that a page opened before an update of this program still reads. */
static const char magic[] = {'R', 'F', '1'};
enum { HEAD_BYTES = 3 + 1 + 1 + 8 + FORM_TOKEN_BYTES };

void rd_form_state_new(struct rd_form_state *state, enum rd_form_kind kind, rd_instant now)
{
    *state = (struct rd_form_state){.kind = kind, .started = now};
    randombytes_buf(state->token, sizeof state->token);
}

void rd_form_state_key(struct rd_text seed, unsigned char key[FORM_KEY_BYTES])
{
    static const unsigned char purpose[] = "referral-form: seal of the answers so far";
    (void)crypto_generichash(key, FORM_KEY_BYTES, (const unsigned char *)seed.ptr, seed.len,
                             purpose, sizeof purpose - 1);
}

static void put_number(struct rd_buf *out, uint64_t value, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        unsigned char byte = (unsigned char)(value >> (8 * i));
        rd_buf_put(out, &byte, 1);
    }
}

static void put_state(struct rd_buf *out, const struct rd_form_state *state)
{
    rd_buf_put(out, magic, sizeof magic);
    put_number(out, (uint64_t)state->kind, 1);
    put_number(out, state->reviewed, 1);
    put_number(out, (uint64_t)state->started, 8);
    rd_buf_put(out, state->token, sizeof state->token);
    for (int id = 0; id < FORM_FIELDS_COUNT; id++) {
        struct rd_text value = state->values[id];
        struct rd_text name = rd_text_of(rd_form_field((enum rd_form_field_id)id)->name);
        if (!rd_text_present(value))
            continue;
        put_number(out, name.len, 1);
        rd_buf_put_text(out, name);
        put_number(out, value.len, 2);
        rd_buf_put(out, value.ptr, value.len);
    }
}

enum rd_err rd_form_state_seal(const struct rd_form_state *state,
                               const unsigned char key[FORM_KEY_BYTES], struct rd_arena *arena,
                               struct rd_buf *out)
{
    struct rd_buf plain;
    rd_buf_init(&plain, rd_alloc_heap());
    put_state(&plain, state);
    enum rd_err err = plain.failed ? RD_E_NOMEM : RD_OK;
    if (err == RD_OK && plain.len > FORM_STATE_BYTES_MAX)
        err = RD_E_TOOBIG;
    size_t sealed_len = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES + plain.len;
    unsigned char *sealed = err == RD_OK ? rd_arena_take(arena, sealed_len) : NULL;
    if (err == RD_OK && sealed == NULL)
        err = RD_E_TOOBIG;
    if (err == RD_OK) {
        size_t room =
            sodium_base64_encoded_len(sealed_len, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
        unsigned char *base64 = rd_buf_extend(out, room);
        randombytes_buf(sealed, crypto_secretbox_NONCEBYTES);
        (void)crypto_secretbox_easy(sealed + crypto_secretbox_NONCEBYTES, plain.bytes, plain.len,
                                    sealed, key);
        if (base64 != NULL) {
            (void)sodium_bin2base64((char *)base64, room, sealed, sealed_len,
                                    sodium_base64_VARIANT_URLSAFE_NO_PADDING);
            out->len--; /* its NUL */
        }
    }
    rd_buf_fini(&plain);
    return err == RD_OK && out->failed ? RD_E_NOMEM : err;
}

static uint64_t number_at(struct rd_text text, size_t at, size_t bytes)
{
    uint64_t value = 0;
    for (size_t i = 0; i < bytes; i++)
        value |= (uint64_t)(unsigned char)text.ptr[at + i] << (8 * i);
    return value;
}

static void set_by_name(struct rd_form_state *state, struct rd_text name, struct rd_text value)
{
    for (int id = 0; id < FORM_FIELDS_COUNT; id++)
        if (rd_text_is(name, rd_form_field((enum rd_form_field_id)id)->name))
            state->values[id] = value;
}

static bool read_values(struct rd_text plain, struct rd_form_state *state)
{
    size_t at = HEAD_BYTES;
    while (at < plain.len) {
        size_t name_len = (unsigned char)plain.ptr[at++];
        if (plain.len - at < name_len + 2)
            return false;
        struct rd_text name = rd_text_slice(plain, at, name_len);
        size_t value_len = (size_t)number_at(plain, at + name_len, 2);
        at += name_len + 2;
        if (plain.len - at < value_len)
            return false;
        set_by_name(state, name, rd_text_slice(plain, at, value_len));
        at += value_len;
    }
    return true;
}

static bool read_state(struct rd_text plain, struct rd_form_state *state)
{
    if (plain.len < HEAD_BYTES || memcmp(plain.ptr, magic, sizeof magic) != 0)
        return false;
    *state = (struct rd_form_state){.kind = (enum rd_form_kind)plain.ptr[3],
                                    .reviewed = plain.ptr[4] != 0,
                                    .started = (rd_instant)number_at(plain, 5, 8)};
    memcpy(state->token, plain.ptr + 13, FORM_TOKEN_BYTES);
    return read_values(plain, state);
}

static bool unseal(struct rd_text sealed, const unsigned char key[FORM_KEY_BYTES],
                   struct rd_arena *arena, struct rd_text *out)
{
    enum { HEAD = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES };
    size_t len = 0;
    if (sealed.len == 0 || sealed.len > (FORM_STATE_BYTES_MAX + HEAD) / 3 * 4 + 4)
        return false;
    unsigned char *bytes = rd_arena_take(arena, sealed.len);
    if (bytes == NULL ||
        sodium_base642bin(bytes, sealed.len, sealed.ptr, sealed.len, NULL, &len, NULL,
                          sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0 ||
        len < HEAD)
        return false;
    unsigned char *plain = rd_arena_take(arena, len - HEAD + 1);
    if (plain == NULL ||
        crypto_secretbox_open_easy(plain, bytes + crypto_secretbox_NONCEBYTES,
                                   len - crypto_secretbox_NONCEBYTES, bytes, key) != 0)
        return false;
    *out = (struct rd_text){(const char *)plain, len - HEAD};
    return true;
}

enum rd_err rd_form_state_open(struct rd_text sealed, const unsigned char key[FORM_KEY_BYTES],
                               enum rd_form_kind kind, rd_instant now, struct rd_arena *arena,
                               struct rd_form_state *out)
{
    struct rd_text plain;
    if (!unseal(sealed, key, arena, &plain) || !read_state(plain, out))
        return RD_E_MALFORMED;
    /* The machine's clock may have been set back a little since the page was made. */
    if (out->kind != kind || out->started > now + RD_HOUR_US ||
        out->started < now - FORM_STATE_DAYS_MAX * RD_DAY_US)
        return RD_E_MALFORMED;
    return RD_OK;
}

/* Length of the character at `at`; 0: broken. */
static size_t character_bytes(struct rd_text text, size_t at)
{
    for (size_t len = 1; len <= 4 && at + len <= text.len; len++)
        if (rd_text_is_utf8(rd_text_slice(text, at, len)))
            return len;
    return 0;
}

/* Room for one more character of `text`, at most three bytes for one that came in. */
static size_t clean_character(struct rd_text text, size_t *at, bool one_line, char *out)
{
    unsigned char c = (unsigned char)text.ptr[*at];
    size_t len = c < 0x80 ? 1 : character_bytes(text, *at);
    bool line_break = c == '\n' || c == '\r';
    if (c == '\r' && *at + 1 < text.len && text.ptr[*at + 1] == '\n')
        (*at)++;
    if (len == 0) { /* shown as what it is: something that could not be read */
        memcpy(out, "\xEF\xBF\xBD", 3);
        (*at)++;
        return 3;
    }
    if (line_break || c == '\t' || c < 0x20 || c == 0x7F) {
        (*at)++;
        *out = line_break && !one_line ? '\n' : ' ';
        return line_break || c == '\t' ? 1 : 0;
    }
    memcpy(out, text.ptr + *at, len);
    *at += len;
    return len;
}

enum rd_err rd_form_clean(struct rd_text text, bool one_line, struct rd_arena *arena,
                          struct rd_text *out)
{
    size_t most = one_line ? FORM_LINE_BYTES_MAX : FORM_LONG_BYTES_MAX;
    *out = RD_TEXT_NONE;
    if (!rd_text_present(text))
        return RD_OK;
    size_t room = (text.len < most ? text.len : most) * 3 + 4;
    char *cleaned = rd_arena_take(arena, room);
    if (cleaned == NULL)
        return RD_E_TOOBIG;
    size_t len = 0;
    for (size_t at = 0; at < text.len && len + 4 <= most;)
        len += clean_character(text, &at, one_line, cleaned + len);
    *out = rd_text_trim((struct rd_text){cleaned, len});
    return RD_OK;
}

static enum rd_err take_ticks(struct rd_form_state *state, const struct rd_form_field *field,
                              rd_form_posted *posted, void *context, struct rd_arena *arena)
{
    struct rd_text all = RD_TEXT("");
    char name[64];
    const struct rd_form_option *option = rd_form_options(field, FORM_VOICE_ME);
    for (; option->value != NULL; option++) {
        (void)snprintf(name, sizeof name, "%s-%s", field->name, option->value);
        if (!rd_text_present(posted(context, name)))
            continue;
        all = rd_arena_format(arena, "%.*s%s%s", RD_TEXT_ARG(all), all.len > 0 ? "," : "",
                              option->value);
        if (!rd_text_present(all))
            return RD_E_TOOBIG;
    }
    state->values[field->id] = all;
    return RD_OK;
}

static enum rd_err take_date(struct rd_form_state *state, const struct rd_form_field *field,
                             rd_form_posted *posted, void *context, struct rd_arena *arena)
{
    static const char *const parts[] = {"day", "month", "year"};
    struct rd_text cleaned[3];
    char name[64];
    for (size_t i = 0; i < 3; i++) {
        (void)snprintf(name, sizeof name, "%s-%s", field->name, parts[i]);
        enum rd_err err = rd_form_clean(posted(context, name), true, arena, &cleaned[i]);
        if (err != RD_OK)
            return err;
    }
    bool empty = cleaned[0].len + cleaned[1].len + cleaned[2].len == 0;
    struct rd_text all = empty ? RD_TEXT("")
                               : rd_arena_format(arena, "%.*s/%.*s/%.*s", RD_TEXT_ARG(cleaned[0]),
                                                 RD_TEXT_ARG(cleaned[1]), RD_TEXT_ARG(cleaned[2]));
    state->values[field->id] = all;
    return rd_text_present(all) ? RD_OK : RD_E_TOOBIG;
}

enum rd_err rd_form_take(struct rd_form_state *state, enum rd_form_field_id id,
                         rd_form_posted *posted, void *context, struct rd_arena *arena)
{
    const struct rd_form_field *field = rd_form_field(id);
    if (field->kind == FORM_TICKS)
        return take_ticks(state, field, posted, context, arena);
    if (field->kind == FORM_DATE)
        return take_date(state, field, posted, context, arena);
    struct rd_text value = posted(context, field->name);
    if (!rd_text_present(value))
        value = RD_TEXT("");
    return rd_form_clean(value, field->kind != FORM_LONG_TEXT, arena, &state->values[id]);
}

bool rd_form_answered(const struct rd_form_state *state, enum rd_form_field_id id)
{
    return state->values[id].len > 0;
}

bool rd_form_is(const struct rd_form_state *state, enum rd_form_field_id id, const char *value)
{
    return rd_text_is(state->values[id], value);
}

struct rd_text rd_form_part(struct rd_text text, char separator, size_t index)
{
    size_t at = 0;
    for (; index > 0; index--) {
        at = rd_text_find(text, separator, at);
        if (at >= text.len)
            return RD_TEXT_NONE;
        at++;
    }
    return rd_text_present(text) ? rd_text_slice(text, at, rd_text_find(text, separator, at) - at)
                                 : RD_TEXT_NONE;
}

bool rd_form_ticked(const struct rd_form_state *state, enum rd_form_field_id id, const char *value)
{
    struct rd_text one;
    for (size_t i = 0; rd_text_present(one = rd_form_part(state->values[id], ',', i)); i++)
        if (rd_text_is(one, value))
            return true;
    return false;
}

enum rd_form_voice rd_form_voice_of(const struct rd_form_state *state)
{
    if (state->kind == FORM_KIND_TELEPHONE)
        return FORM_VOICE_CALL;
    bool other = rd_form_answered(state, FORM_FOR) && !rd_form_is(state, FORM_FOR, "me");
    return other ? FORM_VOICE_OTHER : FORM_VOICE_ME;
}
