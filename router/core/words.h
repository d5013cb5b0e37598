/* Texts that many referrals have in common (names of teams, policies and pathways, hashes of rule
 * sets, sentences of the rules): packed referrals hold their number instead. A text is taken in
 * when it is met the second time, until there are RD_WORDS_MAX; it then stays for the life of the
 * core. Which texts are in it shows nowhere outside this process's memory. Thread: the core's. */
#ifndef RD_CORE_WORDS_H
#define RD_CORE_WORDS_H

#include "base/map.h"
#include "base/text.h"

enum {
    RD_WORDS_MAX = 4096,      /* texts */
    RD_WORD_BYTES_MIN = 3,    /* a shorter one is no longer than its number */
    RD_WORD_BYTES_MAX = 512,  /* of one: 2 MiB together at most */
    RD_WORDS_SEEN_MAX = 4096, /* remembered as met once; a power of two */
};

struct rd_words {
    const struct rd_alloc *alloc;
    struct rd_map index;
    struct rd_text *texts; /* each owned */
    size_t count, cap;
    bool failed; /* there was no memory for one: sticky */
    uint32_t seen[RD_WORDS_SEEN_MAX];
};

void rd_words_init(struct rd_words *words, const struct rd_alloc *alloc);
void rd_words_fini(struct rd_words *words);
/* 1-based number of `text`; 0: it is not in. Without memory for it: words->failed. */
size_t rd_words_number(struct rd_words *words, struct rd_text text);
/* The text of a number, valid until fini; absent for one that was never given out. */
struct rd_text rd_words_text(const struct rd_words *words, size_t number);

#endif
