/* referrald: holds every referral durably, routes it, runs its clocks. See referrald(8). */
#include "shell/router.h"

#include <stdio.h>

int main(int argc, char **argv)
{
    struct rd_options options;
    struct rd_errbuf why = {{0}};
    if (rd_options_parse(argc, argv, &options, &why) != RD_OK) {
        fprintf(stderr, "referrald: %s\n", why.text);
        return 2;
    }
    if (options.help) {
        rd_options_help(stdout);
        return 0;
    }
    if (options.version) {
        puts("referrald " RD_VERSION);
        return 0;
    }
    rd_log_start("referrald", RD_LOG_INFO);
    return options.check ? rd_router_check(&options) : rd_router_run(&options);
}
