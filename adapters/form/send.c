#include "adapters/form/record.h"
#include "adapters/form/record_person.h"
#include "adapters/form/work.h"
#include "link/log.h"

static void unsent(struct rd_form_work *work)
{
    work->site->counts[FORM_COUNT_UNSENT]++;
    work->notice = FORM_NOTICE_AWAY;
    work->again(work, 503);
}

static void failed(struct rd_form_work *work, struct rd_text reason)
{
    work->site->counts[FORM_COUNT_REJECTED]++;
    rd_log(RD_LOG_ERROR, "form.refused", rd_log_name("feed", work->feed->name),
           rd_log_name("reason", reason));
    work->notice = FORM_NOTICE_FAILED;
    work->again(work, 500);
}

/* The same form came with other answers: both are with the desk, and the person is told so. */
static void with_the_desk(struct rd_form_work *work)
{
    bool call = work->state.kind == FORM_KIND_TELEPHONE;
    work->site->counts[FORM_COUNT_QUARANTINED]++;
    work->state = (struct rd_form_state){.kind = 0};
    rd_form_show_simple(work, 200, "We have what you sent, and what you changed",
                        "You had sent this before with other answers. A person at the desk reads "
                        "both and decides what to do.",
                        call ? "/telephone" : "/", call ? "Next call" : "Go to the start");
}

static void on_result(void *context, const struct rd_submit_result *result)
{
    struct rd_form_work *work = context;
    if (result == NULL || result->busy) {
        unsent(work);
        return;
    }
    work->answers = result->correlation;
    bool known = result->disposal == RD_DISPOSAL_NEW || result->disposal == RD_DISPOSAL_REPEAT;
    if (known && rd_text_present(result->referral)) {
        bool repeat = result->disposal == RD_DISPOSAL_REPEAT;
        work->site->counts[repeat ? FORM_COUNT_REPEATED : FORM_COUNT_HELD]++;
        rd_log(RD_LOG_INFO, "form.held", rd_log_name("feed", work->feed->name),
               rd_log_name("referral", result->referral),
               rd_log_number("entry", (int64_t)result->entry), rd_log_number("repeat", repeat));
        work->held(work, result);
        return;
    }
    if (known || result->disposal == RD_DISPOSAL_QUARANTINED) {
        with_the_desk(work);
        return;
    }
    failed(work, result->reason);
}

void rd_form_work_send(struct rd_form_work *work, const struct rd_form_state *relevant)
{
    struct rd_submission submission;
    struct rd_errbuf why = {""};
    enum rd_err err =
        rd_form_submission(relevant, work->feed, &work->moment, &work->arena, &submission);
    if (err == RD_OK)
        err = work->site->router.submit(work->site->router.context, &submission, on_result, work,
                                        &why);
    if (err == RD_OK)
        return;
    if (rd_err_class(err) == RD_CLASS_TRANSIENT)
        unsent(work);
    else
        failed(work, err == RD_E_TOOBIG ? RD_TEXT("over-a-limit") : RD_TEXT("not-submitted"));
}
