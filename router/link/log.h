/* The log: one line per event on standard error, for journald and people. Levels are journald's
 * prefixes when standard error is the journal, words otherwise.
 *
 * What may be said: names of feeds, teams, keys and files, entry numbers, referral references,
 * counts, times, codes. Never a value that came from a person's record: nothing of model/record.h
 * is ever an argument. The canary test of tests/integration greps a whole run for seeded names,
 * numbers and postcodes. Thread: any; a line is written at once, whole. */
#ifndef RD_LINK_LOG_H
#define RD_LINK_LOG_H

enum rd_log_level { RD_LOG_ERROR = 1, RD_LOG_WARNING, RD_LOG_INFO, RD_LOG_DEBUG };

/* Lines above this level are left out. Default: RD_LOG_INFO. Call before other threads start. */
void rd_log_level_set(enum rd_log_level most);
/* "program: " before each line. `name` lives as long as the process. */
void rd_log_name_set(const char *name);
/* A line over 2,048 bytes is cut and ends in "...". Line breaks inside become blanks. */
void rd_log(enum rd_log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
