/* The questions: one table for both forms. Constant. Thread: any. */
#ifndef RD_FORM_FIELDS_H
#define RD_FORM_FIELDS_H

#include "model/record.h"

enum rd_form_field_id {
    FORM_EMERGENCY,
    FORM_FOR,
    FORM_YOUR_NAME,
    FORM_YOUR_RELATION,
    FORM_YOUR_ORGANISATION,
    FORM_YOUR_PHONE,
    FORM_WITH_PERSON,
    FORM_WORDS,
    FORM_SINCE,
    FORM_NEEDS,
    FORM_HARM,
    FORM_HARM_WORDS,
    FORM_GIVEN,
    FORM_FAMILY,
    FORM_BIRTH,
    FORM_AGE,
    FORM_NHS_NUMBER,
    FORM_PLACE,
    FORM_LINE1,
    FORM_LINE2,
    FORM_TOWN,
    FORM_POSTCODE,
    FORM_ACCESS,
    FORM_WHERE_NOW,
    FORM_NOW_POSTCODE,
    FORM_ALONE,
    FORM_PHONE,
    FORM_SAFE,
    FORM_PHONE_NOTES,
    FORM_TALK,
    FORM_TALK_WORDS,
    FORM_CONSENT,
    /* the call-taker's only */
    FORM_TAKER,
    FORM_CALL_START,
    FORM_CALL_DAY,
    FORM_PAPER_BY,
    FORM_PRIORITY,
    FORM_SCENE,
    FORM_SCENE_WORDS,
    FORM_CALLER_HARM,
    FORM_REFERENCE, /* of the status page */
    FORM_FIELDS_COUNT
};

enum rd_form_field_kind {
    FORM_TEXT,
    FORM_LONG_TEXT,
    FORM_RADIOS,
    FORM_TICKS,
    FORM_DATE /* three boxes, kept as "day/month/year" */
};

struct rd_form_option {
    const char *value; /* NULL: end of the list */
    const char *label;
    const char *hint;
};

/* Who the words are for. Words that are absent are those of the voice before. */
enum rd_form_voice {
    FORM_VOICE_ME,    /* somebody who asks for themself */
    FORM_VOICE_OTHER, /* ... for somebody else */
    FORM_VOICE_CALL,  /* the call-taker, with a caller on the line */
    FORM_VOICES_COUNT
};

struct rd_form_field {
    enum rd_form_field_id id;
    enum rd_form_field_kind kind;
    const char *name; /* of the input */
    const char *label[FORM_VOICES_COUNT];
    const char *hint[FORM_VOICES_COUNT]; /* "": none for this voice */
    const char *missing;                 /* said when it is empty; NULL: it may stay empty */
    bool says_optional;                  /* its words end with that it may stay empty */
    size_t characters_max;
    const struct rd_form_option *options[FORM_VOICES_COUNT];
    const char *autocomplete; /* for FORM_VOICE_ME, and what concerns the writer */
    const char *inputmode;
    unsigned width; /* of the box, in characters; 0: the whole line */
};

/* What the needs page offers, with the place's need codes. */
struct rd_form_need {
    const char *code;
    enum rd_domain domain;
    const char *display;
};

const struct rd_form_field *rd_form_field(enum rd_form_field_id id);
const char *rd_form_label(const struct rd_form_field *field, enum rd_form_voice voice);
/* NULL: none. */
const char *rd_form_hint(const struct rd_form_field *field, enum rd_form_voice voice);
const struct rd_form_option *rd_form_options(const struct rd_form_field *field,
                                             enum rd_form_voice voice);
/* NULL when there is no such option. */
const struct rd_form_option *rd_form_option(const struct rd_form_field *field,
                                            enum rd_form_voice voice, struct rd_text value);
/* NULL when the code is none of ours. */
const struct rd_form_need *rd_form_need(struct rd_text code);

#endif
