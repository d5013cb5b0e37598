/* Every limit of the contract, named. proto/LIMITS.md says why each is what it is; a test holds
 * each at the limit and one past it. All inclusive. */
#ifndef RD_MODEL_LIMITS_H
#define RD_MODEL_LIMITS_H

enum {
    RD_FRAME_BYTES_MAX = 1310720, /* one message on a socket: 1.25 MiB (ZMQ_MAXMSGSIZE) */
    RD_BODY_BYTES_MAX = 1048576,  /* a partner's message as it came in: 1 MiB */
    RD_TEXT_BYTES_MAX = 65536,    /* a text without a limit of its own: narrative */
    RD_LIST_ITEMS_MAX = 256,      /* a list without a limit of its own */
    RD_QUERY_ITEMS_MAX = 4096,    /* rows, entries, quarantined items of one query's answer */
    RD_NAME_BYTES_MAX = 64,       /* feed, team, policy, pathway, locality; a shown reference */
    RD_QUEUE_BYTES_MAX = RD_NAME_BYTES_MAX + 5, /* a team, or "feed:" and a feed */
    RD_TERM_BYTES_MAX = 1024,      /* a code, a person's name, an address line: one line of text */
    RD_RULES_HASH_BYTES_MAX = 128, /* a content hash as text */
    RD_PATH_BYTES_MAX = 4096,      /* a directory on the router's machine */
    RD_RULESET_BYTES_MAX = 67108864, /* the files of one rule set together: 64 MiB */
    RD_KEY_BYTES_MAX = 512,          /* a submission's key */
    RD_REF_BYTES_MAX = 256,          /* one source reference */
    RD_DIGEST_BYTES = 32,
    RD_DECODE_ARENA_BYTES_MAX = 8 * 1024 * 1024, /* what one decoded message may take */
    /* What the router itself wrote (entries, state) wraps what a frame brought: whatever came in
     * must be readable again, so both bounds are twice those of a frame. */
    RD_STORED_BYTES_MAX = 2 * RD_FRAME_BYTES_MAX,
    RD_STORED_ARENA_BYTES_MAX = 2 * RD_DECODE_ARENA_BYTES_MAX,
    RD_ASSIGNMENTS_MAX = 16,     /* of one referral, ever */
    RD_CLOCKS_MAX = 32,          /* of one referral, ever */
    RD_CONTACTS_MAX = 256,       /* of one referral, ever */
    RD_STAGES_MAX = 16,          /* of one clock */
    RD_LINKS_MAX = 32,           /* of one referral: to other referrals that may be of its person */
    RD_LINKS_SUGGESTED_MAX = 16, /* the router suggests none when it has so many */
    RD_LINK_ENTRIES_MAX = 8,     /* entries that a link names: its newest */
    RD_LINK_GROUP_MAX = 16,      /* referrals of one person that are linked */
    RD_SUGGESTIONS_MAX = 4,      /* of one submission */
    RD_LINK_PAIRS_MAX = 128,     /* in one answer */
    RD_LINK_DAYS_MAX = 366,      /* how long a closed referral may be suggested */
    RD_AREAS_MAX = 5,            /* of one referral: one of each kind */
    RD_FEED_CREDIT_SUBMISSIONS = 64,
    RD_FEED_CREDIT_BYTES = 8 * 1024 * 1024,
    RD_TIMERS_PER_STEP = 32,
    RD_QUEUE_CHANGES_KEPT = 4096, /* per queue, for a consumer that resumes */
    RD_WATCH_CREDIT_MAX = 4096,   /* rows and changes a consumer may have outstanding */
    RD_PEER_BYTES_MAX = 33554432, /* of answers that a key's connections leave unread: 32 MiB */
    RD_LEASE_S_MAX = 3600, /* seconds until a hand-out that is not acknowledged goes to another */
    RD_SESSIONS_MAX = 1024,
    RD_NUMBERINGS_MAX = 16,      /* sending systems of one feed whose numbers are watched */
    RD_NUMBER_LINES_MAX = 3,     /* runs of one system's numbers at a time */
    RD_ANSWER_BYTES_MAX = 65536, /* of what a sender was told that are kept beside its message */
    RD_MISSING_MAX = 32          /* gaps of one system's numbers that are remembered */
};

#endif
