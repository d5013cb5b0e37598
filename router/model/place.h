/* A place as the core and the adapters see it: feeds, teams, clock policies, rotas. Loaded and
 * checked by rules/load; constant and borrowed from the rule set for as long as that lives. Thread:
 * any. */
#ifndef RD_MODEL_PLACE_H
#define RD_MODEL_PLACE_H

#include "model/decision.h"

enum rd_team_kind { RD_TEAM_DESK = 1, RD_TEAM_INTERNAL, RD_TEAM_EXTERNAL, RD_TEAM_VOLUNTARY };
enum rd_quarantine_ack { RD_QUARANTINE_AA = 1, RD_QUARANTINE_AE, RD_QUARANTINE_AR };

/* What a partner declared of its traffic; what falls short of it is an alarm. */
struct rd_expected {
    bool sequence_ignored;  /* its numbers are not those of one feed */
    uint32_t gap_minutes;   /* how long a number may be late */
    uint32_t per_day;       /* at least so many messages each day of `hours` ... */
    uint16_t by_minute;     /* ... by then, after the place's midnight; 0 for none */
    uint32_t quiet_minutes; /* silent for more of `hours` than that; 0: may be */
    struct rd_text hours;   /* a calendar; absent: always */
};

struct rd_feed {
    struct rd_text name, title;
    struct rd_text source;  /* gp, ambulance, hospital, self, community, telecare, telephone */
    struct rd_text adapter; /* mllp, bars, form, mesh */
    enum rd_environment environment;
    struct rd_text *ods; /* organisations that may send on it */
    size_t ods_count;
    uint32_t key_window_days;
    enum rd_quarantine_ack quarantine_ack;
    uint32_t quarantine_minutes; /* the desk's deadline for an item */
    struct rd_expected expected;
};

struct rd_team {
    struct rd_text name, title;
    enum rd_team_kind kind;
    enum rd_view view;
    struct rd_text calendar;      /* hours; absent: always open */
    struct rd_text locality;      /* absent: the whole place */
    struct rd_text fallback;      /* team; absent: the desk */
    bool staffed;                 /* false: closed whatever the hours say */
    uint32_t capacity;            /* open assignments; 0: no bound */
    uint32_t claim_decay_minutes; /* claimed and nothing more: alarm; 0: never */
    struct rd_text rota;          /* whom its alarms go to */
    struct rd_text telephone;
};

struct rd_stage_plan {
    enum rd_stage_kind kind;
    uint32_t after_minutes;  /* from start; AUTO_REJECT: before the deadline */
    uint32_t repeat_minutes; /* REPEAT only */
    struct rd_text escalate_to;
};
struct rd_policy {
    struct rd_text name;
    enum rd_clock_kind kind;
    uint32_t duration_minutes; /* 0: the sender's respond-by */
    struct rd_text stop_mode;
    struct rd_text calendar; /* the reporting calendar */
    bool defer_to_open;      /* the reporting clock starts at the next opening */
    uint32_t
        working_days; /* the reporting deadline, by `calendar`, instead of the duration; 0: no */
    struct rd_stage_plan *stages;
    size_t stages_count;
};

enum { RD_LINK_DAYS_DEFAULT = 28 };

struct rd_place {
    struct rd_text name, title, timezone;
    struct rd_text emergency_words; /* what to do if it gets worse */
    struct rd_text hash;            /* hex, over every file of the place */
    struct rd_text desk;            /* name of the desk team */
    struct rd_feed *feeds;
    size_t feeds_count;
    struct rd_team *teams;
    size_t teams_count;
    struct rd_policy *policies;
    size_t policies_count;
    struct rd_text *localities;
    size_t localities_count;
    struct rd_text *pathways; /* that a table or a desk worker may name */
    size_t pathways_count;
    uint32_t link_days; /* how long after its end a referral is suggested as the same person's */
};

/* NULL when there is none of that name. */
const struct rd_feed *rd_place_feed(const struct rd_place *place, struct rd_text name);
const struct rd_team *rd_place_team(const struct rd_place *place, struct rd_text name);
const struct rd_policy *rd_place_policy(const struct rd_place *place, struct rd_text name);
bool rd_place_has_pathway(const struct rd_place *place, struct rd_text name);

/* Who a peer is, by its key: what it may say and see. Set by the ZAP handler's table. */
enum rd_identity_role {
    RD_IDENTITY_ADAPTER = 1,
    RD_IDENTITY_CONSUMER,
    RD_IDENTITY_DESK,
    RD_IDENTITY_OPERATOR,
    RD_IDENTITY_DASHBOARD
};
struct rd_identity {
    struct rd_text user; /* the key's name: "kgh-pas", "rapid-response-tablet-1" */
    enum rd_identity_role role;
    struct rd_text *feeds; /* that it may submit on and take receipts of */
    size_t feeds_count;
    struct rd_text *teams; /* whose queues it may see and act on; "*": all */
    size_t teams_count;
};
bool rd_identity_may_feed(const struct rd_identity *identity, struct rd_text feed);
bool rd_identity_may_team(const struct rd_identity *identity, struct rd_text team);

extern const struct rd_enum_names rd_team_kind_names, rd_quarantine_ack_names,
    rd_identity_role_names;

#endif
