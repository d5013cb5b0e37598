/* sd_notify(3) without its library: one datagram to the socket that systemd names. */
#include "shell/router.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

void rd_notify(const char *state)
{
    const char *name = getenv("NOTIFY_SOCKET");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (name == NULL || name[0] == '\0')
        return;
    size_t len = strlen(name);
    if (len >= sizeof address.sun_path) {
        rd_log(RD_LOG_WARNING, "notify.failed",
               rd_log_words("error", "NOTIFY_SOCKET is longer than a socket's path may be"));
        return;
    }
    memcpy(address.sun_path, name, len);
    if (address.sun_path[0] == '@')
        address.sun_path[0] = '\0'; /* Linux's abstract name space */
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || sendto(fd, state, strlen(state), MSG_NOSIGNAL, (const struct sockaddr *)&address,
                         (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)) < 0)
        rd_log(RD_LOG_WARNING, "notify.failed", rd_log_words("error", strerror(errno)));
    if (fd >= 0)
        (void)close(fd); /* a datagram socket: nothing is pending */
}
