#include "adapters/worklist/staff.h"

#include "conf/yaml.h"

#include <sodium.h>
#include <string.h>

enum { STAFF_BYTES_MAX = 4 * 1024 * 1024 };

bool worklist_staff_id_valid(struct rd_text id)
{
    if (id.len < 2 || id.len > WORKLIST_STAFF_ID_MAX)
        return false;
    for (size_t i = 0; i < id.len; i++)
        if (id.ptr[i] != '.' && (id.ptr[i] < 'a' || id.ptr[i] > 'z'))
            return false;
    return true;
}

static enum rd_err read_team(struct worklist_staff *staff, const rd_yaml_node *node,
                             const struct rd_place *place, struct worklist_person *person,
                             struct rd_errbuf *why)
{
    struct rd_text name;
    enum rd_err err = rd_yaml_text(node, RD_TEXT_NONE, &name, why);
    if (err != RD_OK)
        return err;
    if (rd_text_is(name, "*")) {
        person->all_teams = person->desk = true;
        return RD_OK;
    }
    if (rd_place_team(place, name) == NULL)
        return rd_yaml_fail(node, why, "teams: this place has no team %.*s; see its teams.yaml",
                            RD_TEXT_ARG(name));
    person->desk = person->desk || rd_text_equal(name, place->desk);
    void *items = person->teams;
    struct rd_text *team =
        rd_arena_add(&staff->arena, &items, &person->teams_count, sizeof *person->teams);
    person->teams = items;
    return team != NULL && rd_arena_copy(&staff->arena, name, team) ? RD_OK : RD_E_NOMEM;
}

static enum rd_err check_person(const struct worklist_staff *staff, const rd_yaml_node *map,
                                const struct worklist_person *person, struct rd_errbuf *why)
{
    if (!worklist_staff_id_valid(person->id))
        return rd_yaml_fail(rd_yaml_get(map, "id"), why,
                            "id: expected 2 to 32 of a to z and ., as in pat.jones");
    if (worklist_staff_find(staff, person->id) != NULL)
        return rd_yaml_fail(rd_yaml_get(map, "id"), why, "id: %.*s stands here twice",
                            RD_TEXT_ARG(person->id));
    if (person->password == NULL ||
        strncmp(person->password, crypto_pwhash_STRPREFIX, strlen(crypto_pwhash_STRPREFIX)) != 0)
        return rd_yaml_fail(rd_yaml_get(map, "password"), why,
                            "password: expected a line of referral-worklist --hash-password");
    return RD_OK;
}

static enum rd_err read_person(struct worklist_staff *staff, const rd_yaml_node *map,
                               const struct rd_place *place, struct rd_errbuf *why)
{
    static const char *const keys[] = {"id!",       "name!",     "title", "teams!",
                                       "clinician", "password!", NULL};
    struct worklist_person person = {0};
    struct rd_text password = RD_TEXT_NONE;
    enum rd_err err = rd_yaml_expect_map(map, keys, why);
    if (err == RD_OK)
        err = rd_yaml_keep(rd_yaml_get(map, "id"), &staff->arena, &person.id, why);
    if (err == RD_OK)
        err = rd_yaml_keep(rd_yaml_get(map, "name"), &staff->arena, &person.name, why);
    if (err == RD_OK)
        err = rd_yaml_keep(rd_yaml_get(map, "title"), &staff->arena, &person.title, why);
    if (err == RD_OK)
        err = rd_yaml_keep(rd_yaml_get(map, "password"), &staff->arena, &password, why);
    if (err == RD_OK)
        err = rd_yaml_bool(rd_yaml_get(map, "clinician"), false, &person.clinician, why);
    const rd_yaml_node *teams = rd_yaml_get(map, "teams");
    if (err == RD_OK && (!rd_yaml_is_list(teams) || rd_yaml_count(teams) == 0))
        err = rd_yaml_fail(teams, why, "teams: expected a list of at least one team, or [\"*\"]");
    for (size_t i = 0; err == RD_OK && i < rd_yaml_count(teams); i++)
        err = read_team(staff, rd_yaml_at(teams, i), place, &person, why);
    if (err != RD_OK)
        return err;
    person.password = password.ptr;
    err = check_person(staff, map, &person, why);
    if (err != RD_OK)
        return err;
    staff->people[staff->people_count++] = person;
    return RD_OK;
}

enum rd_err worklist_staff_read(struct worklist_staff *staff, const char *path,
                                const struct rd_place *place, struct rd_errbuf *why)
{
    static const char *const keys[] = {"staff!", NULL};
    struct rd_yaml *yaml = NULL;
    *staff = (struct worklist_staff){0};
    rd_arena_init(&staff->arena, rd_alloc_heap(), STAFF_BYTES_MAX);
    enum rd_err err = rd_yaml_read(path, &yaml, why);
    if (err != RD_OK)
        return err;
    const rd_yaml_node *root = rd_yaml_root(yaml);
    err = rd_yaml_expect_map(root, keys, why);
    const rd_yaml_node *list = err == RD_OK ? rd_yaml_get(root, "staff") : NULL;
    size_t count = 0;
    if (err == RD_OK && !rd_yaml_is_list(list))
        err = rd_yaml_fail(list, why, "staff: expected a list of people");
    if (err == RD_OK)
        count = rd_yaml_count(list);
    if (err == RD_OK && (count == 0 || count > WORKLIST_STAFF_MAX))
        err = rd_yaml_fail(list, why, "staff: found %zu people, expected 1 to %d", count,
                           WORKLIST_STAFF_MAX);
    if (err == RD_OK) {
        staff->people = rd_arena_array(&staff->arena, count, sizeof *staff->people);
        err = staff->people == NULL ? RD_E_NOMEM : RD_OK;
    }
    for (size_t i = 0; err == RD_OK && i < count; i++)
        err = read_person(staff, rd_yaml_at(list, i), place, why);
    rd_yaml_free(yaml);
    return err;
}

void worklist_staff_fini(struct worklist_staff *staff)
{
    rd_arena_fini(&staff->arena);
    staff->people = NULL;
    staff->people_count = 0;
}

const struct worklist_person *worklist_staff_find(const struct worklist_staff *staff,
                                                  struct rd_text id)
{
    for (size_t i = 0; i < staff->people_count; i++)
        if (rd_text_equal(staff->people[i].id, id))
            return &staff->people[i];
    return NULL;
}

struct rd_text worklist_staff_name(const struct worklist_staff *staff, struct rd_text id)
{
    const struct worklist_person *person = worklist_staff_find(staff, id);
    return person == NULL ? id : person->name;
}

bool worklist_person_in(const struct worklist_person *person, struct rd_text team)
{
    if (person->all_teams)
        return true;
    for (size_t i = 0; i < person->teams_count; i++)
        if (rd_text_equal(person->teams[i], team))
            return true;
    return false;
}

bool worklist_staff_has_team(const struct worklist_staff *staff, struct rd_text team)
{
    for (size_t i = 0; i < staff->people_count; i++)
        if (worklist_person_in(&staff->people[i], team))
            return true;
    return false;
}
