/* Who asks, and as whom: organisations, certificates, the services that messages are for. */
#include "adapters/bars/work.h"

#include "adapters/fhir/fhir_headers.h"
#include "link/log.h"

bool bars_services(struct bars_service *service, const char *ids)
{
    struct rd_text all = rd_text_of(ids);
    for (size_t at = 0; at <= all.len;) {
        size_t end = rd_text_find(all, ',', at);
        struct rd_text id = rd_text_trim(rd_text_slice(all, at, end - at));
        if (id.len == 0 || service->services_count == BARS_SERVICES_MAX)
            return false;
        service->services[service->services_count++] = id;
        at = end + 1;
    }
    return true;
}

/* What stands behind the bar is compared: the system is written in several ways. */
bool bars_is_ours(const struct bars_service *service, struct rd_text target)
{
    size_t bar = rd_text_find(target, '|', 0);
    struct rd_text id = bar < target.len ? rd_text_slice(target, bar + 1, target.len) : target;
    for (size_t i = 0; i < service->services_count; i++)
        if (rd_text_equal(service->services[i], id))
            return true;
    return service->services_count == 0;
}

bool bars_feed_names(const struct rd_feed *feed, struct rd_text ods)
{
    if (!rd_text_present(ods) || feed->ods_count == 0)
        return true;
    for (size_t i = 0; i < feed->ods_count; i++)
        if (rd_text_equal_nocase(feed->ods[i], ods))
            return true;
    return false;
}

size_t bars_feed_of(const struct bars_service *service, struct rd_text ods, bool test)
{
    size_t found = BARS_FEED_NONE;
    for (size_t i = 0; i < service->feeds_count; i++) {
        const struct rd_feed *feed = service->feeds[i];
        bool named = feed->ods_count > 0 && rd_text_present(ods) && bars_feed_names(feed, ods);
        if (named &&
            (found == BARS_FEED_NONE || (feed->environment == RD_ENVIRONMENT_TEST) == test))
            found = i;
    }
    bool lone = service->feeds_count == 1 && service->feeds[0]->ods_count == 0;
    return found == BARS_FEED_NONE && lone ? 0 : found;
}

bool bars_may_use(const struct bars_service *service, const struct rd_http_request *request,
                  const struct rd_feed *feed)
{
    char name[RD_TLS_NAME_MAX];
    bool shown = rd_http_peer_name(request, name);
    if (rd_door_allows(service->door, shown ? rd_text_of(name) : RD_TEXT_NONE, feed->name))
        return true;
    rd_log(RD_LOG_WARNING, "bars.certificate-without-right", rd_log_name("feed", feed->name));
    return false;
}

struct rd_fhir_headers bars_headers(const struct rd_http_request *request)
{
    return (struct rd_fhir_headers){
        .request_id = rd_http_header(request, "X-Request-Id"),
        .correlation_id = rd_http_header(request, "X-Correlation-Id"),
        .target_identifier = rd_http_header(request, "NHSD-Target-Identifier"),
        .end_user_organisation = rd_http_header(request, "NHSD-End-User-Organisation"),
    };
}

struct rd_text bars_asker(const struct rd_http_request *request, struct rd_text ods,
                          struct rd_arena *arena)
{
    enum { SOFTWARE_BYTES = 200 };
    struct rd_text header = rd_http_header(request, "NHSD-Requesting-Software");
    struct rd_text software = rd_fhir_software(header, arena);
    struct rd_text who = rd_text_slice(ods, 0, SOFTWARE_BYTES);
    if (!rd_text_present(software) || software.len > SOFTWARE_BYTES)
        return who;
    struct rd_text both =
        rd_arena_format(arena, "%.*s, %.*s", RD_TEXT_ARG(who), RD_TEXT_ARG(software));
    return rd_text_present(both) ? both : who;
}
