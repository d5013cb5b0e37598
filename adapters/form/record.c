#include "adapters/form/record.h"

#include "adapters/form/record_person.h"

#include <sodium.h>

void rd_form_key(const struct rd_form_state *state, char out[FORM_KEY_TEXT_MAX])
{
    static const char head[] = {'f', 'o', 'r', 'm', ':'};
    for (size_t i = 0; i < sizeof head; i++)
        out[i] = head[i];
    (void)sodium_bin2hex(out + sizeof head, FORM_KEY_TEXT_MAX - sizeof head, state->token,
                         sizeof state->token);
}

static void put_encoded(struct rd_buf *out, struct rd_text text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                     c == '-' || c == '_' || c == '.' || c == '*';
        if (plain)
            rd_buf_put(out, &c, 1);
        else if (c == ' ')
            rd_buf_put_string(out, "+");
        else
            rd_buf_printf(out, "%%%02X", (unsigned)(unsigned char)c);
    }
}

void rd_form_original(const struct rd_form_state *state, struct rd_buf *out)
{
    for (int id = 0; id < FORM_FIELDS_COUNT; id++) {
        if (!rd_text_present(state->values[id]))
            continue;
        rd_buf_printf(out, "%s%s=", out->len > 0 ? "&" : "",
                      rd_form_field((enum rd_form_field_id)id)->name);
        put_encoded(out, state->values[id]);
    }
}

struct rd_time *rd_form_time(struct rd_form_build *build, rd_instant at, struct rd_text original)
{
    struct rd_time *time = RD_FORM_NEW(build, struct rd_time);
    if (time != NULL)
        *time = (struct rd_time){
            .utc_us = at, .original = original, .precision = at == 0 ? 0 : RD_PRECISION_SECOND};
    return time;
}

void rd_form_issue(struct rd_form_build *build, const char *code, const char *path,
                   const char *words)
{
    struct rd_issue *issue = RD_FORM_ADD(build, build->referral, issues);
    if (issue != NULL)
        *issue = (struct rd_issue){.severity = RD_SEVERITY_WARNING,
                                   .code = rd_text_of(code),
                                   .path = rd_text_of(path),
                                   .words = rd_text_of(words)};
}

static void add_need_codes(struct rd_form_build *build)
{
    struct rd_text code;
    for (size_t i = 0;
         rd_text_present(code = rd_form_part(build->state->values[FORM_NEEDS], ',', i)); i++) {
        const struct rd_form_need *known = rd_form_need(code);
        struct rd_need *need = known == NULL ? NULL : RD_FORM_ADD(build, build->referral, needs);
        struct rd_coding *coding = need == NULL ? NULL : RD_FORM_ADD(build, need, codes);
        if (coding == NULL)
            continue;
        *coding = (struct rd_coding){.system = RD_TEXT("referral-form"),
                                     .code = code,
                                     .display = rd_text_of(known->display)};
        need->domain = known->domain;
        need->code = code;
    }
}

/* The words stand by themselves and first: whoever reads the record reads them before the ticks. */
static void add_needs(struct rd_form_build *build)
{
    const struct rd_form_state *state = build->state;
    if (rd_form_answered(state, FORM_WORDS)) {
        struct rd_need *need = RD_FORM_ADD(build, build->referral, needs);
        const struct rd_form_option *since = rd_form_option(
            rd_form_field(FORM_SINCE), rd_form_voice_of(state), state->values[FORM_SINCE]);
        if (need != NULL) {
            need->words = state->values[FORM_WORDS];
            if (since != NULL)
                need->onset = rd_form_time(build, 0, rd_text_of(since->label));
        }
    }
    add_need_codes(build);
}

static void add_flag(struct rd_form_build *build, const char *category, const char *subject,
                     struct rd_text code, struct rd_text words)
{
    struct rd_flag *flag = RD_FORM_ADD(build, build->referral, flags);
    if (flag != NULL)
        *flag = (struct rd_flag){.category = rd_text_of(category),
                                 .code = code,
                                 .subject = rd_text_of(subject),
                                 .status = RD_TEXT("active"),
                                 .words = words.len > 0 ? words : RD_TEXT_NONE};
}

/* Words about harm or danger raise the flag by themselves, and "not sure" does: somebody asks. */
static bool is_raised(const struct rd_form_state *state, enum rd_form_field_id answer,
                      enum rd_form_field_id words)
{
    return rd_form_is(state, answer, "yes") || rd_form_is(state, answer, "unsure") ||
           rd_form_answered(state, words);
}

bool rd_form_names_caller(const struct rd_form_state *state)
{
    return rd_form_is(state, FORM_CALLER_HARM, "yes") ||
           rd_form_is(state, FORM_CALLER_HARM, "unsure");
}

bool rd_form_names_harm(const struct rd_form_state *state)
{
    return is_raised(state, FORM_HARM, FORM_HARM_WORDS) || rd_form_names_caller(state);
}

static void add_flags(struct rd_form_build *build)
{
    const struct rd_form_state *state = build->state;
    if (rd_form_names_harm(state))
        add_flag(build, "safeguarding", "person", state->values[FORM_HARM],
                 state->values[FORM_HARM_WORDS]);
    if (is_raised(state, FORM_SCENE, FORM_SCENE_WORDS))
        add_flag(build, "scene-safety", "address", state->values[FORM_SCENE],
                 state->values[FORM_SCENE_WORDS]);
    if (rd_form_is(state, FORM_TALK, "interpreter") || rd_form_is(state, FORM_TALK, "other") ||
        rd_form_answered(state, FORM_TALK_WORDS))
        add_flag(build, "reasonable-adjustment", "person", state->values[FORM_TALK],
                 state->values[FORM_TALK_WORDS]);
}

/* Somebody who may do harm is not rung: the number stays where nobody takes it for a call-back. */
static void add_caller_harm(struct rd_form_build *build)
{
    if (!rd_form_names_caller(build->state))
        return;
    rd_form_issue(build, "no-call-back", "referrer",
                  "the caller may be the one who does harm: do not ring them, tell them nothing");
    struct rd_extra *number = rd_form_answered(build->state, FORM_YOUR_PHONE)
                                  ? RD_FORM_ADD(build, build->referral, extra)
                                  : NULL;
    if (number != NULL)
        *number = (struct rd_extra){.path = RD_TEXT("caller-number-do-not-ring"),
                                    .value = build->state->values[FORM_YOUR_PHONE]};
}

static void add_consent(struct rd_form_build *build)
{
    const struct rd_form_state *state = build->state;
    bool call = state->kind == FORM_KIND_TELEPHONE;
    int decision = rd_enum_value(&rd_consent_decision_names, state->values[FORM_CONSENT]);
    struct rd_consent *consent =
        decision == 0 ? NULL : RD_FORM_ADD(build, build->referral, consents);
    if (consent == NULL)
        return;
    *consent = (struct rd_consent){.decision = (enum rd_consent_decision)decision,
                                   .basis = call ? RD_TEXT("verbal") : RD_TEXT("web-form"),
                                   .purpose = RD_TEXT("referral"),
                                   .at = rd_form_time(build, build->moment->now, RD_TEXT_NONE)};
    if (rd_form_answered(state, call ? FORM_TAKER : FORM_YOUR_NAME))
        consent->by = state->values[call ? FORM_TAKER : FORM_YOUR_NAME];
}

static void add_key(struct rd_form_build *build, struct rd_submission *out)
{
    bool call = build->state->kind == FORM_KIND_TELEPHONE;
    char key[FORM_KEY_TEXT_MAX];
    struct rd_identifier *reference = RD_FORM_ADD(build, build->referral, source_refs);
    rd_form_key(build->state, key);
    if (!rd_arena_copy(build->arena, rd_text_of(key), &out->key))
        build->full = true;
    if (reference != NULL)
        *reference = (struct rd_identifier){
            .system = call ? RD_TEXT("telephone-reference") : RD_TEXT("self-reference"),
            .value = rd_text_slice(out->key, sizeof "form:" - 1, out->key.len)};
}

static void add_original(struct rd_form_build *build, struct rd_submission *out)
{
    unsigned char digest[RD_DIGEST_BYTES];
    struct rd_buf original;
    rd_buf_init(&original, rd_alloc_heap());
    rd_form_original(build->state, &original);
    (void)crypto_generichash(digest, sizeof digest, original.bytes, original.len, NULL, 0);
    struct rd_text digest_text = {(const char *)digest, sizeof digest};
    if (original.failed || !rd_arena_copy(build->arena, rd_buf_text(&original), &out->original) ||
        !rd_arena_copy(build->arena, digest_text, &out->digest))
        build->full = true;
    rd_buf_fini(&original);
    out->media_type = RD_TEXT("application/x-www-form-urlencoded");
}

/* A call was received when it began, not when the call-taker had written it down. */
static void add_call(struct rd_form_build *build, struct rd_submission *out)
{
    const struct rd_form_state *state = build->state;
    out->back_entry = true;
    out->entered_by = state->values[FORM_TAKER];
    enum rd_form_field_id wrong;
    bool read = rd_form_read_call(state, build->moment, &out->received, &wrong);
    /* As it was when the page was opened: then to the second. */
    if (!read || (out->received <= state->started && state->started < out->received + RD_MINUTE_US))
        out->received = state->started;
    build->referral->received = rd_form_time(build, out->received, state->values[FORM_CALL_START]);
    build->referral->priority_asked =
        (enum rd_priority)rd_enum_value(&rd_priority_names, state->values[FORM_PRIORITY]);
}

enum rd_err rd_form_submission(const struct rd_form_state *state, const struct rd_feed *feed,
                               const struct rd_form_moment *moment, struct rd_arena *arena,
                               struct rd_submission *out)
{
    struct rd_form_build build = {.state = state, .moment = moment, .arena = arena};
    build.referral = RD_FORM_NEW(&build, struct rd_referral);
    if (build.referral == NULL)
        return RD_E_TOOBIG;
    build.referral->kind = RD_KIND_REFERRAL;
    build.referral->custody = RD_CUSTODY_ROUTER;
    *out = (struct rd_submission){.feed = feed->name,
                                  .action = RD_ACTION_NEW,
                                  .environment = feed->environment,
                                  .referral = build.referral};
    add_key(&build, out);
    add_original(&build, out);
    out->sent = rd_form_time(&build, moment->now, RD_TEXT_NONE);
    build.referral->authored = rd_form_time(&build, state->started, RD_TEXT_NONE);
    if (state->kind == FORM_KIND_TELEPHONE)
        add_call(&build, out);
    rd_form_add_people(&build);
    add_needs(&build);
    add_flags(&build);
    add_caller_harm(&build);
    add_consent(&build);
    return build.full ? RD_E_TOOBIG : RD_OK;
}
