#include "model/alike.h"

#include "model/nhs_number.h"

#include <stdio.h>
#include <string.h>

/* Letters with accents as the letters that people type for them; ranges of code points, ascending.
 */
static const struct {
    uint32_t first, last;
    const char *plain;
} folds[] = {
    {0xc0, 0xc5, "a"},     {0xc6, 0xc6, "ae"},    {0xc7, 0xc7, "c"},     {0xc8, 0xcb, "e"},
    {0xcc, 0xcf, "i"},     {0xd0, 0xd0, "d"},     {0xd1, 0xd1, "n"},     {0xd2, 0xd6, "o"},
    {0xd8, 0xd8, "o"},     {0xd9, 0xdc, "u"},     {0xdd, 0xdd, "y"},     {0xde, 0xde, "th"},
    {0xdf, 0xdf, "ss"},    {0xe0, 0xe5, "a"},     {0xe6, 0xe6, "ae"},    {0xe7, 0xe7, "c"},
    {0xe8, 0xeb, "e"},     {0xec, 0xef, "i"},     {0xf0, 0xf0, "d"},     {0xf1, 0xf1, "n"},
    {0xf2, 0xf6, "o"},     {0xf8, 0xf8, "o"},     {0xf9, 0xfc, "u"},     {0xfd, 0xfd, "y"},
    {0xfe, 0xfe, "th"},    {0xff, 0xff, "y"},     {0x100, 0x105, "a"},   {0x106, 0x10d, "c"},
    {0x10e, 0x111, "d"},   {0x112, 0x11b, "e"},   {0x11c, 0x123, "g"},   {0x124, 0x127, "h"},
    {0x128, 0x131, "i"},   {0x132, 0x133, "ij"},  {0x134, 0x135, "j"},   {0x136, 0x138, "k"},
    {0x139, 0x142, "l"},   {0x143, 0x14b, "n"},   {0x14c, 0x151, "o"},   {0x152, 0x153, "oe"},
    {0x154, 0x159, "r"},   {0x15a, 0x161, "s"},   {0x162, 0x167, "t"},   {0x168, 0x173, "u"},
    {0x174, 0x175, "w"},   {0x176, 0x178, "y"},   {0x179, 0x17e, "z"},   {0x17f, 0x17f, "s"},
    {0x1a0, 0x1a1, "o"},   {0x1af, 0x1b0, "u"},   {0x218, 0x219, "s"},   {0x21a, 0x21b, "t"},
    {0x2bc, 0x2bc, ""},    {0x300, 0x36f, ""},    {0x1e80, 0x1e85, "w"}, {0x1ea0, 0x1eb7, "a"},
    {0x1eb8, 0x1ec7, "e"}, {0x1ec8, 0x1ecb, "i"}, {0x1ecc, 0x1ee3, "o"}, {0x1ee4, 0x1ef1, "u"},
    {0x1ef2, 0x1ef9, "y"},
};

/* Names that systems put where nobody knows one, or where two people would share it. */
static const char *const stand_ins[] = {"unknown",  "unk",       "notknown", "nk",      "na",
                                        "none",     "anonymous", "anon",     "patient", "male",
                                        "female",   "baby",      "babyboy",  "boy",     "girl",
                                        "babygirl", "infant",    "twin",     "triplet", "newborn"};

static const char *const titles[] = {"mr",  "mrs",  "ms",   "miss", "mx",  "dr",
                                     "sir", "dame", "lady", "lord", "rev", "prof"};

/* Names that somebody had, or has beside the one they go by: HL7 table 0200 and FHIR. */
static const char *const other_uses[] = {"alias", "old", "maiden", "nickname", "anonymous", "temp",
                                         "A",     "B",   "M",      "N",        "S"};

enum { YEAR_LEAST = 1902, YEAR_MOST = 2199 }; /* 1900-01-01 and 1901-01-01 are stand-ins */

static bool is_one_of(struct rd_text text, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (rd_text_is(text, list[i]))
            return true;
    return false;
}
#define IS_ONE_OF(text, list) is_one_of((text), (list), sizeof(list) / sizeof(list)[0])

/* One code point of valid UTF-8; a byte that is none stands for itself. */
static uint32_t next_point(struct rd_text text, size_t *at)
{
    const unsigned char *from = (const unsigned char *)text.ptr + *at;
    size_t left = text.len - *at;
    size_t more = from[0] >= 0xf0 ? 3 : from[0] >= 0xe0 ? 2 : from[0] >= 0xc0 ? 1 : 0;
    static const uint32_t masks[] = {0x7f, 0x1f, 0x0f, 0x07};
    if (more >= left)
        more = 0;
    uint32_t point = more == 0 ? from[0] : from[0] & masks[more];
    for (size_t i = 1; i <= more; i++)
        point = point << 6 | (from[i] & 0x3fu);
    *at += more + 1;
    return point;
}

static const char *fold_of(uint32_t point)
{
    for (size_t i = 0; i < sizeof folds / sizeof folds[0]; i++)
        if (point >= folds[i].first && point <= folds[i].last)
            return folds[i].plain;
    return NULL;
}

static bool is_mark(uint32_t point) /* apostrophes and full stops: within a word */
{
    return point == '\'' || point == '`' || point == '.' || point == 0x2018 || point == 0x2019;
}

static bool is_letter(uint32_t point)
{
    return (point >= 'a' && point <= 'z') || (point >= '0' && point <= '9');
}

/* Letters and digits in lower case, words apart by one blank. Never longer than the text. */
static bool fold(struct rd_text text, struct rd_arena *arena, struct rd_text *out)
{
    char *made = rd_arena_take(arena, text.len + 1);
    size_t len = 0;
    bool gap = false;
    if (made == NULL)
        return false;
    for (size_t at = 0; at < text.len;) {
        size_t from = at;
        uint32_t point = next_point(text, &at);
        if (point >= 'A' && point <= 'Z')
            point += 'a' - 'A';
        const char *plain = fold_of(point);
        bool kept = is_letter(point) || (plain == NULL && point >= 0x180 && point < 0x2000) ||
                    point >= 0x2e80;
        if (is_mark(point) || (plain != NULL && plain[0] == '\0'))
            continue;
        if (plain == NULL && !kept) {
            gap = len > 0;
            continue;
        }
        if (gap)
            made[len++] = ' ';
        gap = false;
        size_t more = plain != NULL ? strlen(plain) : at - from;
        memcpy(made + len, plain != NULL ? plain : text.ptr + from, more);
        if (plain == NULL && is_letter(point))
            made[len] = (char)point;
        len += more;
    }
    *out = (struct rd_text){made, len};
    return true;
}

/* The first word of `words`, which then begin with the next one. */
static struct rd_text take_word(struct rd_text *words)
{
    size_t end = rd_text_find(*words, ' ', 0);
    struct rd_text word = rd_text_slice(*words, 0, end);
    *words = rd_text_slice(*words, end + 1, words->len);
    return word;
}

static struct rd_text without_blanks(struct rd_text text, struct rd_arena *arena)
{
    struct rd_text out = RD_TEXT_NONE;
    char *made = rd_arena_take(arena, text.len + 1);
    if (made == NULL)
        return out;
    out.ptr = made;
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] != ' ')
            made[out.len++] = text.ptr[i];
    return out;
}

/* A given name of one letter is an initial: brother and sister may share it. */
static bool tells_apart(struct rd_text family, struct rd_text given)
{
    return family.len > 1 && given.len > 1 && !IS_ONE_OF(family, stand_ins) &&
           !IS_ONE_OF(given, stand_ins);
}

/* "Mrs Edith Anne Whitlock" written as one: first word, last word, what is between. */
static void split_whole(struct rd_text whole, struct rd_text *family, struct rd_text *given)
{
    struct rd_text rest = whole;
    struct rd_text first = take_word(&rest);
    while (rest.len > 0 && IS_ONE_OF(first, titles)) {
        whole = rest;
        first = take_word(&rest);
    }
    size_t last = whole.len;
    while (last > 0 && whole.ptr[last - 1] != ' ')
        last--;
    *family = rd_text_slice(whole, last, whole.len);
    *given = rd_text_slice(whole, 0, last == 0 ? 0 : last - 1);
}

static enum rd_err add_name(const struct rd_name *name, struct rd_arena *arena,
                            struct rd_alike *out)
{
    struct rd_text family;
    struct rd_text given;
    bool parts = name->family.len > 0 && name->given.len > 0;
    if (!fold(parts ? name->family : name->whole, arena, &family) ||
        !fold(name->given, arena, &given))
        return RD_E_TOOBIG;
    if (!parts)
        split_whole(family, &family, &given);
    family = without_blanks(family, arena);
    struct rd_text first = take_word(&given);
    struct rd_text further = without_blanks(given, arena);
    if (!rd_text_present(family) || !rd_text_present(further))
        return RD_E_TOOBIG;
    if (!tells_apart(family, first))
        return RD_OK;
    bool ordered = rd_text_compare(first, family) <= 0;
    out->name = rd_arena_format(arena, "%.*s|%.*s", RD_TEXT_ARG(ordered ? first : family),
                                RD_TEXT_ARG(ordered ? family : first));
    out->further_names = further.len > 0 ? further : RD_TEXT_NONE;
    return rd_text_present(out->name) ? RD_OK : RD_E_TOOBIG;
}

/* The one that they go by. */
static const struct rd_name *name_of(const struct rd_person *person)
{
    for (size_t i = 0; i < person->names_count; i++)
        if (!IS_ONE_OF(person->names[i].use, other_uses))
            return &person->names[i];
    return person->names_count > 0 ? &person->names[0] : NULL;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static struct rd_text birth_date_of(struct rd_text date)
{
    int64_t year = 0;
    bool whole = date.len == 10 && date.ptr[4] == '-' && date.ptr[7] == '-' &&
                 rd_text_to_i64(rd_text_slice(date, 0, 4), &year);
    return whole && year >= YEAR_LEAST && year <= YEAR_MOST ? date : RD_TEXT_NONE;
}

static bool is_capital(char c)
{
    return c >= 'A' && c <= 'Z';
}

/* Letters and digits in capitals. Not one of the pseudo postcodes, and of a postcode's form. */
static enum rd_err add_postcode(struct rd_text postcode, struct rd_arena *arena,
                                struct rd_alike *out)
{
    char *made = rd_arena_take(arena, postcode.len + 1);
    size_t len = 0;
    if (made == NULL)
        return RD_E_TOOBIG;
    for (size_t i = 0; i < postcode.len; i++) {
        char c = postcode.ptr[i];
        if (c >= 'a' && c <= 'z')
            c = (char)(c - ('a' - 'A'));
        if (is_capital(c) || is_digit(c))
            made[len++] = c;
    }
    struct rd_text found = {made, len};
    bool form = len >= 5 && len <= 7 && is_capital(made[0]) && is_digit(made[len - 3]) &&
                is_capital(made[len - 2]) && is_capital(made[len - 1]);
    if (form && !rd_text_starts(found, "ZZ99"))
        out->postcode = found;
    return RD_OK;
}

static struct rd_text postcode_of(const struct rd_person *person)
{
    static const enum rd_address_use uses[] = {RD_ADDRESS_HOME, RD_ADDRESS_CURRENT};
    for (size_t u = 0; u < sizeof uses / sizeof uses[0]; u++)
        for (size_t i = 0; i < person->addresses_count; i++)
            if (person->addresses[i].use == uses[u] && person->addresses[i].postcode.len > 0)
                return person->addresses[i].postcode;
    return RD_TEXT_NONE;
}

/* A sender that says nothing of verification (HL7 v2 has no field for it) is believed; one that
 * says that the number was not traced, or that somebody typed it, is not. */
static bool is_believed(struct rd_text verification)
{
    return verification.len == 0 || rd_text_is(verification, "01") ||
           rd_text_is(verification, "number-present-and-verified");
}

static struct rd_text nhs_number_of(const struct rd_person *person, struct rd_arena *arena)
{
    for (size_t i = 0; i < person->ids_count; i++) {
        const struct rd_person_id *id = &person->ids[i];
        struct rd_text digits = RD_TEXT_NONE;
        if (rd_text_is(id->system, "nhs-number") && is_believed(id->verification) &&
            rd_nhs_number_check(id->value, arena, &digits) == RD_NHS_NUMBER_OK &&
            !rd_nhs_number_is_placeholder(digits))
            return digits;
    }
    return RD_TEXT_NONE;
}

const char *rd_parts_words(uint32_t parts, char out[RD_PARTS_TEXT_MAX])
{
    static const char *const names[] = {"NHS number", "name", "date of birth", "postcode",
                                        "GP practice"};
    size_t len = 0;
    (void)snprintf(out, RD_PARTS_TEXT_MAX, "nothing");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if ((parts >> i & 1) != 0) {
            int more =
                snprintf(out + len, RD_PARTS_TEXT_MAX - len, "%s%s", len > 0 ? ", " : "", names[i]);
            len += more > 0 ? (size_t)more : 0; /* all of them fit */
        }
    return out;
}

enum rd_err rd_alike_of(const struct rd_person *person, struct rd_arena *arena,
                        struct rd_alike *out)
{
    *out = (struct rd_alike){.nhs_number = nhs_number_of(person, arena),
                             .birth_date = birth_date_of(person->birth_date)};
    const struct rd_name *name = name_of(person);
    enum rd_err err = name == NULL ? RD_OK : add_name(name, arena, out);
    return err == RD_OK ? add_postcode(postcode_of(person), arena, out) : err;
}
