#include "model/place.h"

static const char *const team_kind_texts[] = {"unspecified", "desk", "internal", "external",
                                              "voluntary"};
const struct rd_enum_names rd_team_kind_names = {
    "TeamKind", team_kind_texts, sizeof team_kind_texts / sizeof team_kind_texts[0]};

static const char *const quarantine_ack_texts[] = {"unspecified", "AA", "AE", "AR"};
const struct rd_enum_names rd_quarantine_ack_names = {"QuarantineAck", quarantine_ack_texts,
                                                      sizeof quarantine_ack_texts /
                                                          sizeof quarantine_ack_texts[0]};

static const char *const identity_role_texts[] = {"unspecified", "adapter",  "consumer",
                                                  "desk",        "operator", "dashboard"};
const struct rd_enum_names rd_identity_role_names = {"IdentityRole", identity_role_texts,
                                                     sizeof identity_role_texts /
                                                         sizeof identity_role_texts[0]};
