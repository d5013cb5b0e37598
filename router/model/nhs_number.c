#include "model/nhs_number.h"

enum { DIGITS = 10 };

static bool check_digit_ok(const char digits[DIGITS])
{
    int total = 0;
    bool all_zero = true;
    for (int i = 0; i < DIGITS - 1; i++)
        total += (digits[i] - '0') * (10 - i);
    for (int i = 0; i < DIGITS; i++)
        all_zero = all_zero && digits[i] == '0';
    int check = 11 - total % 11;
    if (check == 11)
        check = 0;
    return !all_zero && check != 10 && check == digits[DIGITS - 1] - '0';
}

enum rd_nhs_number rd_nhs_number_check(struct rd_text text, struct rd_arena *arena,
                                       struct rd_text *digits)
{
    char found[DIGITS];
    size_t count = 0;
    *digits = text;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == ' ' || c == '-')
            continue;
        if (c < '0' || c > '9' || count == DIGITS)
            return RD_NHS_NUMBER_FORM;
        found[count++] = c;
    }
    if (count != DIGITS)
        return RD_NHS_NUMBER_FORM;
    struct rd_text copy;
    if (rd_arena_copy(arena, (struct rd_text){found, DIGITS}, &copy))
        *digits = copy;
    return check_digit_ok(found) ? RD_NHS_NUMBER_OK : RD_NHS_NUMBER_CHECK_DIGIT;
}

bool rd_nhs_number_is_placeholder(struct rd_text digits)
{
    for (size_t i = 1; i < digits.len; i++)
        if (digits.ptr[i] != digits.ptr[0])
            return rd_text_is(digits, "9876543210");
    return true;
}
