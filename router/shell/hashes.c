#include "shell/hashes.h"

#include "model/alike.h"
#include "model/nhs_number.h"

#include <sodium.h>
#include <string.h>

/* Tag bytes: what a hash is of. Stored hashes depend on them: never renumber. */
enum {
    OF_KEY = 1,
    OF_REFERENCE = 2,
    OF_NHS_NUMBER = 3,
    OF_FEED_PERSON = 4,
    OF_MARK = 5 /* and the four after it, one for each kind of mark */
};

static void put(crypto_generichash_state *state, struct rd_text part)
{
    unsigned char len[8];
    for (unsigned i = 0; i < 8; i++)
        len[i] = (unsigned char)((uint64_t)part.len >> (8 * i));
    (void)crypto_generichash_update(state, len, sizeof len);
    if (part.len > 0)
        (void)crypto_generichash_update(state, (const unsigned char *)part.ptr, part.len);
}

/* Into the arena; an absent text when it is full. libsodium's calls cannot fail with these sizes.
 */
static struct rd_text hash(const unsigned char *key, unsigned char tag, const struct rd_text *parts,
                           size_t count, struct rd_arena *arena)
{
    crypto_generichash_state state;
    unsigned char *out = rd_arena_take(arena, RD_HASH_BYTES);
    if (out == NULL)
        return RD_TEXT_NONE;
    (void)crypto_generichash_init(&state, key, RD_HASH_KEY_BYTES, RD_HASH_BYTES);
    (void)crypto_generichash_update(&state, &tag, 1);
    for (size_t i = 0; i < count; i++)
        put(&state, parts[i]);
    (void)crypto_generichash_final(&state, out, RD_HASH_BYTES);
    sodium_memzero(&state, sizeof state);
    return (struct rd_text){(const char *)out, RD_HASH_BYTES};
}

static bool add_unless_there(struct rd_text *list, size_t *count, struct rd_text value)
{
    if (!rd_text_present(value))
        return false;
    for (size_t i = 0; i < *count; i++)
        if (rd_text_equal(list[i], value))
            return true;
    list[(*count)++] = value;
    return true;
}

static enum rd_err references(const unsigned char *key, const struct rd_submission *submission,
                              struct rd_arena *arena, struct rd_hashes *out)
{
    const struct rd_referral *referral = submission->referral;
    if (referral->source_refs_count == 0)
        return RD_OK;
    out->ref_hashes = rd_arena_array(arena, referral->source_refs_count, sizeof *out->ref_hashes);
    if (out->ref_hashes == NULL)
        return RD_E_TOOBIG;
    for (size_t i = 0; i < referral->source_refs_count; i++) {
        const struct rd_identifier *ref = &referral->source_refs[i];
        struct rd_text parts[] = {submission->feed, ref->system, ref->value};
        if (!add_unless_there(out->ref_hashes, &out->ref_hashes_count,
                              hash(key, OF_REFERENCE, parts, 3, arena)))
            return RD_E_TOOBIG;
    }
    return RD_OK;
}

struct rd_text rd_hash_person(const unsigned char key[RD_HASH_KEY_BYTES], struct rd_text feed,
                              const struct rd_identifier *id, struct rd_arena *arena)
{
    struct rd_text own[] = {feed, id->system, id->assigner, id->value};
    return rd_text_is(id->system, "nhs-number") ? hash(key, OF_NHS_NUMBER, &id->value, 1, arena)
                                                : hash(key, OF_FEED_PERSON, own, 4, arena);
}

/* 0000000000 is in many people's records: what is said of one of them is not said of the others. */
static bool is_nobodys(const struct rd_person_id *id)
{
    return id->value.len == 0 ||
           (rd_text_is(id->system, "nhs-number") && rd_nhs_number_is_placeholder(id->value));
}

static enum rd_err persons(const unsigned char *key, const struct rd_submission *submission,
                           struct rd_arena *arena, struct rd_hashes *out)
{
    const struct rd_person *person = submission->referral->person;
    if (person == NULL || person->ids_count == 0)
        return RD_OK;
    out->person_hashes = rd_arena_array(arena, person->ids_count, sizeof *out->person_hashes);
    if (out->person_hashes == NULL)
        return RD_E_TOOBIG;
    for (size_t i = 0; i < person->ids_count; i++) {
        const struct rd_person_id *id = &person->ids[i];
        if (is_nobodys(id))
            continue;
        const struct rd_identifier plain = {id->system, id->value, id->assigner};
        if (!add_unless_there(out->person_hashes, &out->person_hashes_count,
                              rd_hash_person(key, submission->feed, &plain, arena)))
            return RD_E_TOOBIG;
    }
    return RD_OK;
}

/* 0 stands for an absent one: 64 bits are never all zero but by a chance that nobody will see. */
static bool mark(const unsigned char *key, unsigned char kind, struct rd_text of,
                 struct rd_arena *arena, uint64_t *out)
{
    *out = 0;
    if (!rd_text_present(of))
        return true;
    struct rd_text made = hash(key, (unsigned char)(OF_MARK + kind), &of, 1, arena);
    for (size_t i = 0; i < sizeof *out && i < made.len; i++)
        *out |= (uint64_t)(unsigned char)made.ptr[i] << (8 * i);
    return rd_text_present(made);
}

static enum rd_err marks(const unsigned char *key, const struct rd_person *person,
                         struct rd_arena *arena, struct rd_person_marks *out)
{
    struct rd_alike alike;
    if (person == NULL)
        return RD_OK;
    if (rd_alike_of(person, arena, &alike) != RD_OK)
        return RD_E_TOOBIG;
    bool made = mark(key, 0, alike.nhs_number, arena, &out->nhs_number) &&
                mark(key, 1, alike.name, arena, &out->name) &&
                mark(key, 2, alike.further_names, arena, &out->further_names) &&
                mark(key, 3, alike.birth_date, arena, &out->birth_date) &&
                mark(key, 4, alike.postcode, arena, &out->postcode);
    return made ? RD_OK : RD_E_TOOBIG;
}

enum rd_err rd_hashes_of(const unsigned char key[RD_HASH_KEY_BYTES],
                         const struct rd_submission *submission, struct rd_arena *arena,
                         struct rd_hashes *out)
{
    *out = (struct rd_hashes){0};
    struct rd_text parts[] = {submission->feed, submission->key};
    out->key_hash = hash(key, OF_KEY, parts, 2, arena);
    if (!rd_text_present(out->key_hash))
        return RD_E_TOOBIG;
    if (submission->referral == NULL)
        return RD_OK;
    enum rd_err err = references(key, submission, arena, out);
    if (err != RD_OK)
        return err;
    err = persons(key, submission, arena, out);
    return err != RD_OK ? err : marks(key, submission->referral->person, arena, &out->marks);
}
