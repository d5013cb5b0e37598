/* referralctl: operate referrald from a terminal. See referralctl(1). */
#include "ctl/ctl.h"

#include <sodium.h>

int main(int argc, char **argv)
{
    static struct ctl_args args;
    const struct ctl_command *command = NULL;
    if (sodium_init() < 0)
        return ctl_fail(CTL_NO, "libsodium cannot start: no source of randomness");
    int status = ctl_parse(argc, argv, &args, &command);
    return command == NULL ? status : command->run(&args);
}
