/* Keyed 16-byte BLAKE2b hashes, so that state and index hold no identifying value: of a feed's key,
 * of a source reference, of a person's identifiers, of what a person is known by. The secret key
 * lives in STATE/keys/hash.key.
 *
 * What is hashed is a tag byte, then each part behind its length (8 bytes, little-endian): two
 * different lists of parts never hash alike. Thread: any; no state. */
#ifndef RD_SHELL_HASHES_H
#define RD_SHELL_HASHES_H

#include "model/state.h"

enum { RD_HASH_KEY_BYTES = 32 };

struct rd_hashes {
    struct rd_text key_hash;
    struct rd_text *ref_hashes;
    size_t ref_hashes_count;
    struct rd_text *person_hashes;
    size_t person_hashes_count;
    struct rd_person_marks marks; /* the first 8 bytes of each */
};

/* All hashes of a submission, in the arena. Source references are hashed with their feed: two
 * senders' numbers never meet. An NHS number is hashed without a feed, so that the same person is
 * found through another door; every other identifier of a person with its feed. Marks are of what
 * model/alike.h makes comparable, without a feed. RD_E_TOOBIG: the arena is full. */
RD_MUST_CHECK enum rd_err rd_hashes_of(const unsigned char key[RD_HASH_KEY_BYTES],
                                       const struct rd_submission *submission,
                                       struct rd_arena *arena, struct rd_hashes *out);

/* The hash of one identifier of a person, as a submission on that feed would have it. Absent: the
 * arena is full. */
struct rd_text rd_hash_person(const unsigned char key[RD_HASH_KEY_BYTES], struct rd_text feed,
                              const struct rd_identifier *id, struct rd_arena *arena);

#endif
