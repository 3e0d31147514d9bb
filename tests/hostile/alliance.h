/* alliance.h: thousands of offices whose keys follow from their number, so that nothing needs to be kept of them. */
#ifndef TESTS_ALLIANCE_H
#define TESTS_ALLIANCE_H

#include "headway/message.h"

struct alliance_office {
    char code[HW_OFFICE_MAX + 1]; /* A0001 */
    struct hw_inc inc;
    uint8_t curve_public[HW_CURVE_SIZE], curve_secret[HW_CURVE_SIZE];
    uint8_t sign_public[HW_SIGN_PUBLIC], sign_secret[HW_SIGN_SECRET];
};
void alliance_office(unsigned number, struct alliance_office *office);

/* alliance.c: enters offices `from` to `from + n - 1` into the directory of the headquarters in that home, which does not run, as
 * joining does: office, grant in `group`, first life. The exit code. */
int alliance_enter(const char *home, const char *group, unsigned from, unsigned n);

#endif
