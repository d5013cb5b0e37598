/* A copy of redbridge with one mistake in it: refused, with file, line, column and words that help.
 * The copy is links to the place's files, but for the one that has the mistake. */
#include "base/buf.h"
#include "conf/read_file.h"
#include "rules/load/load.h"

#include "faulty.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#define PLACE RD_SOURCE_DIR "/rules/places/redbridge"
enum { FILE_MAX = 1 << 20, PATH_LENGTH = 4096 };

struct mistake {
    const char *name;
    const char *file, *before, *after; /* `before` NULL: the file is missing, or is a ... */
    const char *found;                 /* the first finding: file:line:column: words */
};

static const struct mistake mistakes[] = {
    {"a misspelt key", "teams.yaml", "claim-decay: 30\n\n  - name: rapid",
     "claim-deacy: 30\n\n  - name: rapid",
     "teams.yaml:10:5: found key 'claim-deacy', expected one of name, title, kind, view, calendar, "
     "locality, fallback, staffed, capacity, claim-decay, rota, telephone (did you mean "
     "claim-decay?); correct or remove it"},
    {"a key twice", "teams.yaml", "    rota: desk\n    telephone: 020 7946 0100",
     "    rota: desk\n    rota: desk",
     "teams.yaml:9:5: found key 'rota' again, expected it once (first at line 8); remove one of "
     "them"},
    {"no YAML at all", "teams.yaml", "teams:\n  - name: desk", "teams: [\n  - name: desk",
     "teams.yaml:5:3: found what is not YAML (did not find expected node content), expected keys "
     "and values; check the indentation, quotes and brackets there"},
    {"a required key missing", "teams.yaml", "    title: First Contact Team\n", "",
     "teams.yaml:5:5: found no key 'title', expected one here; add `title: ...`"},
    {"a team twice", "teams.yaml", "- name: intensive-rehab", "- name: desk",
     "teams.yaml:19:5: 'desk' stands in teams already; rename or remove one"},
    {"an unknown kind", "teams.yaml", "kind: voluntary", "kind: volunteer",
     "teams.yaml:97:11: found 'volunteer', expected one of desk, internal, external, voluntary"},
    {"a name that is none", "teams.yaml", "name: reablement", "name: Reablement Team",
     "teams.yaml:60:11: found 'Reablement Team', expected a name of small letters, digits and "
     "hyphens, at most 64; rename it"},
    {"an unknown calendar", "teams.yaml", "calendar: rapid-response", "calendar: rapid-respnse",
     "teams.yaml:15:15: found 'rapid-respnse', expected a calendar of calendars.yaml "
     "(rapid-response, seven-day, office); correct it or add it there"},
    {"an unknown rota", "teams.yaml", "rota: safeguarding", "rota: safeguard",
     "teams.yaml:85:11: found 'safeguard', expected a rota of rota.yaml (desk, rapid-response, "
     "community, hospital, safeguarding, duty-manager); correct it or add it there"},
    {"an unknown locality", "teams.yaml", "locality: Fairlop", "locality: Fairlopp",
     "teams.yaml:38:15: found 'Fairlopp', expected a locality of place.yaml (Wanstead, Fairlop, "
     "Seven Kings, Cranbrook and Loxford); correct it or add it there"},
    {"an unknown fallback", "teams.yaml", "    rota: rapid-response",
     "    fallback: nobody\n    rota: rapid-response",
     "teams.yaml:16:15: found 'nobody', expected a team of this file (desk, rapid-response, "
     "intensive-rehab, locality-wanstead, locality-fairlop, locality-seven-kings, "
     "locality-cranbrook-loxford, reablement, hospital-kgh, hospital-wx, safeguarding, "
     "rapid-visiting, voluntary, havering-spa, waltham-forest-spa); correct it or add it there"},
    {"a fallback to itself", "teams.yaml", "    rota: rapid-response",
     "    fallback: rapid-response\n    rota: rapid-response",
     "teams.yaml:16:15: the fallbacks go round in a circle (rapid-response -> rapid-response); let "
     "one of them end at the desk"},
    {"a circle of fallbacks", "teams.yaml",
     "    title: Hospital social work, King George\n    kind: internal\n    calendar: seven-day\n  "
     "  rota: hospital\n    telephone: 020 7946 0140\n    claim-decay: 240\n  - name: "
     "hospital-wx\n",
     "    title: Hospital social work, King George\n    fallback: hospital-wx\n    kind: "
     "internal\n    calendar: seven-day\n    rota: hospital\n    telephone: 020 7946 0140\n    "
     "claim-decay: 240\n  - name: hospital-wx\n    fallback: hospital-kgh\n",
     "teams.yaml:69:15: the fallbacks go round in a circle (hospital-kgh -> hospital-wx -> "
     "hospital-kgh); let one of them end at the desk"},
    {"an urgency lowered", "triage.dmn",
     "<text>\"two-hour\"</text>\n        </outputEntry>\n      </rule>\n      <rule "
     "id=\"triage_rule_18\">",
     "<text>\"routine\"</text>\n        </outputEntry>\n      </rule>\n      <rule "
     "id=\"triage_rule_18\">",
     "triage.dmn:809:17: rule 17 of 'Triage' says \"routine\" also when 'priority asked' is "
     "\"two-hour\" (age 18, consent \"given\", priority asked \"two-hour\", postcode class "
     "\"known\", complete true, kind \"validation\"): rules may raise an urgency, never lower it; "
     "leave it out here, or let a rule above take these"},
    {"a default output that is none", "route.dmn",
     "<output id=\"lead_team_lead\" name=\"lead\" typeRef=\"string\"/>",
     "<output id=\"lead_team_lead\" name=\"lead\" typeRef=\"string\"><defaultOutputEntry>"
     "<text>\"nobody\"</text></defaultOutputEntry></output>",
     "route.dmn:51:7: \"nobody\" is unknown; expected a team of teams.yaml"},
    {"an unknown area of a pathway", "place.yaml", "clock: 72-hour}", "clock: 72-hour, area: home}",
     "place.yaml:30:112: found 'home', expected one of residence, health, social, incident, "
     "discharge-to"},
    {"an unknown area of a sender", "place.yaml",
     "\nemergency-words:", "\nareas: {ambulance: [incident, home]}\nemergency-words:",
     "place.yaml:7:31: found 'home', expected residence, health, social, incident or discharge-to"},
    {"no area of a sender", "place.yaml",
     "\nemergency-words:", "\nareas: {others: []}\nemergency-words:",
     "place.yaml:7:17: expected a list of 1 to 5 areas, the first that is known of counts, as in "
     "[incident, residence]"},
    {"a sender that is none", "place.yaml",
     "\nemergency-words:", "\nareas: {gp: [health]}\nemergency-words:",
     "place.yaml:7:9: found key 'gp', expected one of ambulance, hospital, others; correct or "
     "remove it"},
    {"an image elsewhere", "place.yaml",
     "\nemergency-words:", "\npostcodes-image: ../gb.image\nemergency-words:",
     "place.yaml:7:18: found '../gb.image', expected the name of a file beside this one"},
    {"an image that is none", "place.yaml",
     "\nemergency-words:", "\npostcodes-image: lads.csv\nemergency-words:",
     "place.yaml:7:18: lads.csv: postcode image: found another format or byte order, expected this "
     "program's; build it again"},
    {"working days without a calendar", "clocks.yaml", "    minutes: 1440\n    stop: close",
     "    minutes: 1440\n    working-days: 1\n    stop: close",
     "clocks.yaml:53:5: 'working-days' says when it is due for reporting: it needs 'calendar', "
     "goes without 'defer-to-open', and 'minutes' stay for the alarm"},
    {"two desks", "teams.yaml", "kind: voluntary", "kind: desk",
     "teams.yaml:97:11: exactly one team is of kind desk, the one that place.yaml names ('desk'); "
     "correct one of the two"},
    {"a missing file", "rota.yaml", NULL, NULL,
     "rota.yaml:0:0: cannot be read; every place needs this file, readable by referrald"},
    {"a missing table", "route.dmn", NULL, NULL,
     "route.dmn:0:0: cannot be read; every place needs this file, readable by referrald"},
    {"a missing list of postcodes", "postcodes.csv", NULL, NULL,
     "postcodes.csv:0:0: cannot be opened: No such file or directory; check the path and who may "
     "read it"},
    {"a feed twice", "feeds.yaml", "- name: telephone", "- name: self",
     "feeds.yaml:42:5: 'self' stands in feeds already; rename or remove one"},
    {"an unknown adapter", "feeds.yaml", "adapter: bars", "adapter: bras",
     "feeds.yaml:17:14: found 'bras', expected one of mllp, bars, form, mesh"},
    {"a count without its time", "feeds.yaml", "    ods: [Y99101]\n",
     "    ods: [Y99101]\n    expects:\n      per-day: 5\n",
     "feeds.yaml:13:7: per-day and by belong together: so many messages (1 or more) by that time "
     "of the day; give both, or neither"},
    {"a count by the beginning of its day", "feeds.yaml", "    ods: [Y99101]\n",
     "    ods: [Y99101]\n    expects: {per-day: 5, by: \"00:00\"}\n",
     "feeds.yaml:12:31: found the beginning of the day, expected a time by which its messages are "
     "there, such as \"18:00\""},
    {"hours of nothing", "feeds.yaml", "    ods: [Y99101]\n",
     "    ods: [Y99101]\n    expects: {hours: office}\n",
     "feeds.yaml:12:22: hours are those of per-day and quiet-minutes, and neither is here; give "
     "one of them, or leave hours out"},
    {"unknown hours", "feeds.yaml", "    ods: [Y99101]\n",
     "    ods: [Y99101]\n    expects: {quiet-minutes: 240, hours: ofice}\n",
     "feeds.yaml:12:42: found 'ofice', expected a calendar of calendars.yaml (rapid-response, "
     "seven-day, office); correct it or add it there"},
    {"an unknown way with numbers", "feeds.yaml", "    ods: [Y99101]\n",
     "    ods: [Y99101]\n    expects: {sequence: on}\n",
     "feeds.yaml:12:25: found 'on', expected one of watched, ignored"},
    {"no number", "feeds.yaml", "key-window-days: 7", "key-window-days: seven",
     "feeds.yaml:54:22: found 'seven', expected a whole number from 0 to 3650; write it without "
     "quotes or unit"},
    {"a time that is none", "calendars.yaml", "\"08:00-20:00\", last-referral: \"19:00\"",
     "\"08:00-20:00\", last-referral: \"25:00\"",
     "calendars.yaml:8:63: found '25:00', expected a time from \"00:00\" to \"24:00\""},
    {"hours that are none", "calendars.yaml", "\"09:00-17:30\"", "\"09:00-25:61\"",
     "calendars.yaml:19:32: found '09:00-25:61', expected hours such as \"08:00-20:00\", the later "
     "time second (up to 48:00 for the next day)"},
    {"hours backwards", "calendars.yaml", "\"09:00-17:30\"", "\"17:30-09:00\"",
     "calendars.yaml:19:32: found '17:30-09:00', expected hours such as \"08:00-20:00\", the later "
     "time second (up to 48:00 for the next day)"},
    {"an unknown day", "calendars.yaml", "days: weekend", "days: weekends",
     "calendars.yaml:13:16: found 'weekends', expected mon, tue, wed, thu, fri, sat, sun, "
     "weekdays, weekend or every-day"},
    {"a date that is none", "calendars.yaml", "2026-12-24", "2026-02-30",
     "calendars.yaml:22:16: found '2026-02-30', expected a date such as 2026-12-25"},
    {"a last referral after closing", "calendars.yaml", "\"09:00-17:30\", last-referral: \"17:00\"",
     "\"09:00-17:30\", last-referral: \"18:00\"",
     "calendars.yaml:19:62: found the last referral at 18:00, expected it after the opening at "
     "09:00 and not after the closing at 17:30"},
    {"hours that overlap", "calendars.yaml",
     "      - {days: weekdays, open: \"09:00-17:30\", last-referral: \"17:00\"}\n",
     "      - {days: weekdays, open: \"09:00-17:30\"}\n      - {days: fri, open: "
     "\"17:00-20:00\"}\n",
     "calendars.yaml:20:27: found opening at 17:00 while the hours above it last until 17:30, "
     "expected ascending hours that do not overlap; join or reorder them"},
    {"dates that do not ascend", "calendars.yaml", "date: 2027-12-24", "date: 2026-12-24",
     "calendars.yaml:23:16: found a date at or before the one above it, expected ascending dates, "
     "each once; sort them"},
    {"a calendar that never opens", "calendars.yaml", "calendars:\n",
     "calendars:\n  - name: never\n    week: []\n    holidays: closed\n",
     "calendars.yaml:4:5: 'never' never opens; give it hours, or remove it"},
    {"no region of bank holidays", "calendars.yaml", "calendars:\n",
     "bank-holidays-region: wales\ncalendars:\n",
     "calendars.yaml:3:23: found 'wales', expected england-and-wales, scotland or "
     "northern-ireland"},
    {"a capacity for nobody", "teams.yaml", "    title: Reablement\n",
     "    title: Reablement\n    capacity: 0\n",
     "teams.yaml:62:15: found a capacity of 0, expected 1 or more; without the key there is no "
     "limit, and a team that takes nobody says 'staffed: false'"},
    {"a pipe instead of a file", "teams.yaml", NULL, "pipe",
     "teams.yaml:0:0: found a pipe or device, expected a file; put the file there"},
    {"a pipe instead of a list", "localities.csv", NULL, "pipe",
     "localities.csv:0:0: found a pipe or device, expected a file; put the file there"},
    {"a directory instead of a table", "route.dmn", NULL, "directory",
     "route.dmn:0:0: found a directory, expected a file; put the file there"},
    {"an unknown stop", "clocks.yaml", "stop: face-to-face", "stop: face2face",
     "clocks.yaml:25:11: found 'face2face', expected one of face-to-face, telephone, video, any, "
     "accept, claim, triage, close"},
    {"an unknown calendar of a clock", "clocks.yaml", "calendar: seven-day", "calendar: seven",
     "clocks.yaml:66:15: found 'seven', expected a calendar of calendars.yaml (rapid-response, "
     "seven-day, office); correct it or add it there"},
    {"nobody to tell", "clocks.yaml", "after: 30, every: 15, to: duty-manager",
     "after: 30, every: 15, to: duty-manger",
     "clocks.yaml:13:50: found 'duty-manger', expected a rota of rota.yaml or a team of teams.yaml "
     "(desk, rapid-response, community, hospital, safeguarding, duty-manager); correct it or add "
     "it there"},
    {"a repeat that does not", "clocks.yaml", "after: 30, every: 15", "after: 30",
     "clocks.yaml:13:9: 'every' (minutes, more than 0) belongs to the kind repeat, and only to it"},
    {"auto-reject elsewhere", "clocks.yaml", "{kind: breach, after: 15}",
     "{kind: auto-reject, after: 15}",
     "clocks.yaml:12:9: auto-reject belongs to a clock of kind respond-by: only such a referral is "
     "still in its sender's hands"},
    {"an unknown zone", "place.yaml", "Europe/London", "Europe/Londn",
     "place.yaml:5:11: found 'Europe/Londn', expected Europe/London or UTC"},
    {"a locality without wards", "place.yaml", "[Wanstead, ", "[Wansted, ",
     "place.yaml:10:14: 'Wansted' has no ward in localities.csv; correct it or add its wards "
     "there"},
    {"an unknown clock", "place.yaml", "urgency: two-hour, clock: two-hour",
     "urgency: two-hour, clock: two-hours",
     "place.yaml:20:92: found 'two-hours', expected a clock of clocks.yaml (triage, respond-by, "
     "two-hour, 48-hour, claim-by, review, same-day, 72-hour, five-day); correct it or add it "
     "there"},
    {"no pathway for the desk", "place.yaml", "{name: desk, title", "{name: dask, title",
     "place.yaml:19:3: expected a pathway named 'desk': where everything goes that no rule "
     "settles"},
    {"too many days", "place.yaml", "link-days: 28", "link-days: 367",
     "place.yaml:47:12: found '367', expected a whole number from 0 to 366; write it without "
     "quotes or unit"},
    {"unknown minimum data", "place.yaml", "minimum-data: [name, age",
     "minimum-data: [name, shoe-size",
     "place.yaml:14:22: found 'shoe-size', expected one of name, age, address, need, callback"},
    {"an unknown decision", "place.yaml", "decision: Lead team", "decision: Leed team",
     "place.yaml:51:37: 'Leed team' is no decision of route.dmn; correct it or add it there"},
    {"an unknown need", "needs.yaml", "\"2776000\": confusion", "\"2776000\": confusoin",
     "needs.yaml:40:18: 'confusoin' is none of the needs of this file; correct it or add it there"},
    {"an unknown class", "needs.yaml", "class: telecare, domain", "class: telcare, domain",
     "needs.yaml:17:87: found 'telcare', expected one of the classes of this file (two-hour, "
     "telecare, immediate, safeguarding, reablement, rehab, assessment, minor, low-level); correct "
     "it or add it there"},
    {"broken XML", "route.dmn", "</decisionTable>", "</decisionTabel>",
     "route.dmn:409:7: not well-formed XML: mismatched tag"},
    {"an unknown team", "route.dmn", "<text>\"havering-spa\"</text>",
     "<text>\"havering-sap\"</text>",
     "route.dmn:343:17: \"havering-sap\" is unknown; expected a team of teams.yaml"},
    {"an unknown pathway", "triage.dmn", "<text>\"signpost\"</text>", "<text>\"singpost\"</text>",
     "triage.dmn:1436:17: \"singpost\" is unknown; expected a pathway of place.yaml"},
    {"an unknown urgency", "triage.dmn", "<text>\"emergency\"</text>\n        </outputEntry>",
     "<text>\"emergncy\"</text>\n        </outputEntry>",
     "triage.dmn:347:17: \"emergncy\" is unknown; expected emergency, two-hour, same-day, two-day "
     "or routine"},
    {"a value that an input never has", "triage.dmn", "<text>\"lacks-capacity\"</text>",
     "<text>\"lacks capacity\"</text>",
     "triage.dmn:272:17: \"lacks capacity\" is no value of 'consent'; expected one of given, "
     "refused, not-asked, lacks-capacity, best-interests"},
    {"a bad cell", "triage.dmn", "<text>&lt; 0, &gt; 130</text>",
     "<text>&lt; 0, &gt; 130 years</text>",
     "triage.dmn:101:34: found years; expected ',' or the end of the text"},
    {"a string without quotes", "triage.dmn", "<text>\"refused\"</text>", "<text>refused</text>",
     "triage.dmn:230:17: the name 'refused' stands where a value is expected; a string needs "
     "double quotes"},
    {"a number for a string", "triage.dmn", "<text>\"refused\"</text>", "<text>7</text>",
     "triage.dmn:230:17: 7 tests a number; the input 'consent' is a string"},
    {"an unknown input", "triage.dmn", "<text>need class</text>", "<text>need klass</text>",
     "triage.dmn:88:17: the input 'need klass' is not among the decision's information "
     "requirements (age, consent, priority asked, postcode class, borough, complete, kind, source, "
     "discharge pathway, need class, placing authority)"},
    {"a wrong type", "triage.dmn", "typeRef=\"number\">\n          <text>age</text>",
     "typeRef=\"string\">\n          <text>age</text>",
     "triage.dmn:42:9: the input 'age' is a string here and a number in its inputData; make them "
     "equal"},
    {"a hit policy we do not have", "triage.dmn", "hitPolicy=\"FIRST\"", "hitPolicy=\"COLLECT\"",
     "triage.dmn:40:5: the hit policy of 'Triage' gives several rules; a place's tables give one: "
     "expected UNIQUE, FIRST, ANY or PRIORITY"},
    {"an overlap", "route.dmn",
     "<text>\"discharge-2\"</text>\n        </inputEntry>\n        <outputEntry "
     "id=\"discharge_support_rule_2_out_1\">",
     "<text>\"discharge-1\"</text>\n        </inputEntry>\n        <outputEntry "
     "id=\"discharge_support_rule_2_out_1\">",
     "route.dmn:526:7: rules 1 and 2 of 'Discharge support' both match pathway \"discharge-1\"; "
     "its hit policy is UNIQUE: narrow one of them"},
    {"a rule never reached", "triage.dmn", "<text>null</text>", "<text>-</text>",
     "triage.dmn:182:7: rule 3 of 'Triage' is never reached: the rules above it take everybody it "
     "is for; move it up or remove it"},
    {"a repeated postcode", "postcodes.csv", "E11 1AH,", "E11 1AA,",
     "postcodes.csv:3:1: found 'E11 1AA' again, expected each postcode once (first at line 2); "
     "remove one"},
    {"a bad row", "wards.csv", "E05000028,Becontree", "E05000028",
     "wards.csv:3:1: found 1 fields, expected 2 as in the header; add or remove commas, or quote a "
     "field that has one"},
};

struct seen {
    char first[1024];   /* error */
    char warning[1024]; /* the first */
    unsigned errors;
};

static void on_finding(void *context, const struct rd_finding *finding)
{
    struct seen *seen = context;
    if (finding->severity == RD_SEVERITY_WARNING && seen->warning[0] == '\0')
        snprintf(seen->warning, sizeof seen->warning, "%s:%u:%u: %s", finding->file, finding->line,
                 finding->column, finding->words);
    if (finding->severity != RD_SEVERITY_ERROR || seen->errors++ > 0)
        return;
    snprintf(seen->first, sizeof seen->first, "%s:%u:%u: %s", finding->file, finding->line,
             finding->column, finding->words);
}

static void link_files(const char *directory, const char *but)
{
    DIR *place = opendir(PLACE);
    assert_non_null(place);
    for (struct dirent *entry; (entry = readdir(place)) != NULL;) {
        char from[PATH_LENGTH], to[PATH_LENGTH];
        if (entry->d_name[0] == '.' || strcmp(entry->d_name, but) == 0)
            continue;
        snprintf(from, sizeof from, "%s/%s", PLACE, entry->d_name);
        snprintf(to, sizeof to, "%s/%s", directory, entry->d_name);
        assert_int_equal(symlink(from, to), 0);
    }
    closedir(place);
}

/* The file with its one change. */
static void write_mistake(const char *directory, const struct mistake *mistake)
{
    char path[PATH_LENGTH];
    struct rd_buf bytes;
    struct rd_errbuf why;
    snprintf(path, sizeof path, "%s/%s", directory, mistake->file);
    if (mistake->before == NULL && mistake->after != NULL)
        assert_int_equal(
            strcmp(mistake->after, "pipe") == 0 ? mkfifo(path, 0600) : mkdir(path, 0700), 0);
    if (mistake->before == NULL)
        return;
    rd_buf_init(&bytes, rd_alloc_heap());
    snprintf(path, sizeof path, "%s/%s", PLACE, mistake->file);
    assert_int_equal(rd_read_file(path, FILE_MAX, &bytes, &why), RD_OK);
    rd_buf_put(&bytes, "", 1);
    char *text = (char *)bytes.bytes, *at = strstr(text, mistake->before);
    if (at == NULL)
        fail_msg("%s: '%s' is not in %s", mistake->name, mistake->before, mistake->file);
    snprintf(path, sizeof path, "%s/%s", directory, mistake->file);
    FILE *out = fopen(path, "wb");
    assert_non_null(out);
    fwrite(text, 1, (size_t)(at - text), out);
    fputs(mistake->after, out);
    fputs(at + strlen(mistake->before), out);
    assert_int_equal(fclose(out), 0);
    rd_buf_fini(&bytes);
}

static void remove_all(const char *directory)
{
    DIR *list = opendir(directory);
    for (struct dirent *entry; list != NULL && (entry = readdir(list)) != NULL;) {
        char path[PATH_LENGTH];
        snprintf(path, sizeof path, "%s/%s", directory, entry->d_name);
        if (entry->d_name[0] != '.' && unlink(path) != 0)
            rmdir(path);
    }
    if (list != NULL)
        closedir(list);
    rmdir(directory);
}

static enum rd_err load_with(const struct mistake *mistake, struct seen *seen,
                             struct rd_rules **rules)
{
    char directory[] = RD_BINARY_DIR "/place-XXXXXX";
    assert_non_null(mkdtemp(directory));
    link_files(directory, mistake->file);
    write_mistake(directory, mistake);
    *seen = (struct seen){.first = ""};
    enum rd_err err = rd_rules_load(directory, rd_alloc_heap(), on_finding, seen, rules);
    remove_all(directory);
    return err;
}

static void test_mistakes_are_placed(void **state)
{
    unsigned wrong = 0;
    (void)state;
    for (size_t i = 0; i < sizeof mistakes / sizeof mistakes[0]; i++) {
        struct rd_rules *rules = NULL;
        struct seen seen;
        enum rd_err err = load_with(&mistakes[i], &seen, &rules);
        if (err == RD_E_INVALID && rules == NULL && strcmp(seen.first, mistakes[i].found) == 0)
            continue;
        print_error("%s: %s\n  expected %s\n  found    %s\n", mistakes[i].name, rd_err_text(err),
                    mistakes[i].found, seen.first);
        rd_rules_free(rules);
        wrong++;
    }
    assert_int_equal(wrong, 0);
}

/* What does not stop a place but is worth a word. */
static void test_warnings(void **state)
{
    static const struct mistake doubts[] = {
        {"nobody at night", "rota.yaml",
         "      - {days: every-day, hours: \"20:00-32:00\", staff: Peter Lindqvist}\n", "",
         "rota.yaml:28:5: nobody is on rota 'duty-manager' from Mon 00:00 on; alarms then go to no "
         "one"},
        {"a gap in a table", "route.dmn",
         "<defaultOutputEntry id=\"discharge_support_supporting_default\">\n          "
         "<text>null</text>\n        </defaultOutputEntry>",
         "",
         "route.dmn:500:3: no rule of 'Discharge support' is for pathway \"desk\"; add one, or a "
         "defaultOutputEntry"},
        {"a team that nobody routes to", "teams.yaml", "  - name: havering-spa",
         "  - name: nobodys\n    title: Nobody's team\n    kind: internal\n  - name: havering-spa",
         "teams.yaml:103:5: no table routes to 'nobodys' and it is nobody's fallback; name it in a "
         "table or remove it"},
        {"a rule that does not say why", "route.dmn",
         "        <description>Rapid response serves all of Redbridge</description>\n", "",
         "route.dmn:52:7: rule 1 of 'Lead team' does not say why: add a description"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof doubts / sizeof doubts[0]; i++) {
        struct rd_rules *rules = NULL;
        struct seen seen;
        assert_int_equal(load_with(&doubts[i], &seen, &rules), RD_OK);
        assert_string_equal(seen.warning, doubts[i].found);
        rd_rules_free(rules);
    }
}

/* Any change to any file is another place; the same files are the same place wherever they stand.
 */
static void test_hash_is_of_the_content(void **state)
{
    static const struct mistake same = {
        .name = "none", .file = "teams.yaml", .before = "", .after = ""};
    static const struct mistake other = {
        .name = "a title", .file = "README.md", .before = "redbridge", .after = "Redbridge"};
    struct rd_rules *first = NULL, *second = NULL, *third = NULL;
    struct seen seen;
    (void)state;
    assert_int_equal(rd_rules_load(PLACE, rd_alloc_heap(), on_finding, &seen, &first), RD_OK);
    assert_int_equal(load_with(&same, &seen, &second), RD_OK);
    assert_int_equal(load_with(&other, &seen, &third), RD_OK);
    assert_int_equal(rd_rules_place(first)->hash.len, 64);
    assert_true(rd_text_equal(rd_rules_place(first)->hash, rd_rules_place(second)->hash));
    assert_false(rd_text_equal(rd_rules_place(first)->hash, rd_rules_place(third)->hash));
    rd_rules_free(first);
    rd_rules_free(second);
    rd_rules_free(third);
}

static void test_no_such_directory(void **state)
{
    struct rd_rules *rules = NULL;
    struct seen seen = {.first = ""};
    (void)state;
    assert_int_equal(rd_rules_load(PLACE "-nowhere", rd_alloc_heap(), on_finding, &seen, &rules),
                     RD_E_INVALID);
    assert_null(rules);
    assert_string_equal(seen.first, "calendars.yaml:0:0: cannot be read; every place needs this "
                                    "file, readable by referrald");
}

/* Memory that gives out at any call: an error, nothing held, nothing half loaded. */
static void test_memory_gives_out(void **state)
{
    size_t reached = 0;
    (void)state;
    for (size_t fail_at = 1;; fail_at++) {
        struct faulty faulty;
        struct rd_rules *rules = NULL;
        faulty_init(&faulty, fail_at);
        enum rd_err err = rd_rules_load(PLACE, &faulty.alloc, NULL, NULL, &rules);
        rd_rules_free(err == RD_OK ? rules : NULL);
        assert_int_equal(faulty.held, 0);
        if (!faulty.failed) {
            assert_int_equal(err, RD_OK);
            break;
        }
        assert_int_not_equal(err, RD_OK);
        assert_null(rules);
        reached++;
    }
    assert_true(reached > 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mistakes_are_placed),    cmocka_unit_test(test_warnings),
        cmocka_unit_test(test_hash_is_of_the_content), cmocka_unit_test(test_no_such_directory),
        cmocka_unit_test(test_memory_gives_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
