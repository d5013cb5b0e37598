/* Business time: what steps of the wall clock do, and do not do. */
#include "shell/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#define T0 (INT64_C(1795000000) * RD_SECOND_US)

/* A machine: its boot clock runs evenly, its wall clock is what somebody sets it to. */
struct machine {
    int64_t boot;
    int64_t wall_offset;
};

static struct rd_clock_reading reading(const struct machine *machine)
{
    return (struct rd_clock_reading){T0 + machine->boot + machine->wall_offset, machine->boot};
}

static void follows_the_boot_clock(void **state)
{
    (void)state;
    struct machine machine = {.boot = 5};
    struct rd_business_clock clock;
    rd_business_clock_init(&clock, reading(&machine), 0);
    machine.boot += 3 * RD_HOUR_US;
    assert_int_equal(rd_business_clock_now(&clock, reading(&machine)), T0 + 3 * RD_HOUR_US + 5);
    assert_false(clock.jumped);
    assert_false(clock.behind);
}

static void a_small_step_is_slewed(void **state)
{
    (void)state;
    struct machine machine = {.boot = 0};
    struct rd_business_clock clock;
    rd_business_clock_init(&clock, reading(&machine), 0);
    machine.wall_offset = -10 * RD_SECOND_US;
    rd_instant last = T0;
    for (int i = 0; i < 100; i++) {
        machine.boot += RD_SECOND_US;
        rd_instant now = rd_business_clock_now(&clock, reading(&machine));
        assert_true(now > last);
        assert_true(now - last >= RD_SECOND_US - 50000);
        last = now;
    }
    assert_true(clock.drift < -4 * RD_SECOND_US);
    for (int i = 0; i < 150; i++) {
        machine.boot += RD_SECOND_US;
        last = rd_business_clock_now(&clock, reading(&machine));
    }
    assert_int_equal(last, reading(&machine).utc);
    assert_int_equal(clock.drift, 0);
}

static void a_jump_changes_nothing_until_it_is_accepted(void **state)
{
    (void)state;
    struct machine machine = {.boot = 0};
    struct rd_business_clock clock;
    rd_instant before = 0;
    rd_instant after = 0;
    rd_business_clock_init(&clock, reading(&machine), 0);
    machine.wall_offset = RD_CLOCK_SLEW_LIMIT_US;
    machine.boot += RD_SECOND_US;
    (void)rd_business_clock_now(&clock, reading(&machine));
    assert_false(clock.jumped); /* at the limit */
    machine.wall_offset = 2 * RD_HOUR_US;
    machine.boot += RD_SECOND_US;
    rd_instant now = rd_business_clock_now(&clock, reading(&machine));
    assert_true(clock.jumped);
    assert_true(now < T0 + 3 * RD_SECOND_US);
    rd_business_clock_accept(&clock, reading(&machine), &before, &after);
    assert_int_equal(before, now);
    assert_int_equal(after, reading(&machine).utc);
    assert_false(clock.jumped);
}

static void a_jump_backwards_stands_still_and_says_so(void **state)
{
    (void)state;
    struct machine machine = {.boot = 0};
    struct rd_business_clock clock;
    rd_instant before = 0;
    rd_instant after = 0;
    rd_business_clock_init(&clock, reading(&machine), 0);
    machine.wall_offset = -2 * RD_HOUR_US;
    rd_business_clock_accept(&clock, reading(&machine), &before, &after);
    assert_int_equal(after, before);
    assert_true(clock.behind);
    machine.boot += RD_HOUR_US;
    assert_int_equal(rd_business_clock_now(&clock, reading(&machine)), before);
    machine.boot += RD_HOUR_US + RD_SECOND_US;
    assert_int_equal(rd_business_clock_now(&clock, reading(&machine)), before + RD_SECOND_US);
    assert_false(clock.behind);
}

static void a_start_behind_the_last_entry_is_not_ready(void **state)
{
    (void)state;
    struct machine machine = {.boot = 0};
    struct rd_business_clock clock;
    rd_instant last_entry = T0 + RD_MINUTE_US;
    rd_business_clock_init(&clock, reading(&machine), last_entry);
    assert_int_equal(rd_business_clock_now(&clock, reading(&machine)), last_entry);
    assert_true(clock.behind);
    machine.boot += RD_MINUTE_US + 1;
    assert_int_equal(rd_business_clock_now(&clock, reading(&machine)), last_entry + 1);
    assert_false(clock.behind);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(follows_the_boot_clock),
        cmocka_unit_test(a_small_step_is_slewed),
        cmocka_unit_test(a_jump_changes_nothing_until_it_is_accepted),
        cmocka_unit_test(a_jump_backwards_stands_still_and_says_so),
        cmocka_unit_test(a_start_behind_the_last_entry_is_not_ready),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
