/* country.h: ISO 3166-1 countries and the regions of UN M49.  Floor 0.
 * The table is generated once (proto/country_table.c) from Debian's iso-codes
 * and CLDR's M49 containment; facts, not text. */
#ifndef HEADWAY_COUNTRY_H
#define HEADWAY_COUNTRY_H

#include "headway/bytes.h"

struct hw_country {
    char alpha3[4];
    char alpha2[3];
    uint16_t numeric;
    uint16_t region;    /* M49 code of the smallest area: 143 Central Asia */
    const char *name;   /* short English name: "Kazakhstan" */
    const char *others; /* folded names in other languages and aliases, separated by '|' */
};
struct hw_region {
    uint16_t code;   /* M49 */
    uint16_t parent; /* 0 for World */
    const char *name;
};

extern const struct hw_country hw_countries[];
extern const size_t hw_countries_n; /* sorted by alpha3 */
extern const struct hw_region hw_regions[];
extern const size_t hw_regions_n; /* sorted by code */

const struct hw_country *hw_country_by_code(struct hw_slice alpha3); /* exact, upper case; NULL */
/* alpha-3, alpha-2, aliases (TAJ for TJK) and names in several languages, any
 * case; NULL when not understood. */
const struct hw_country *hw_country_find(struct hw_slice text);
const struct hw_region *hw_region_by_code(uint16_t code);
const struct hw_region *hw_region_find(struct hw_slice name); /* folded name */
/* True when `country` lies in `region` or in an area inside it. */
bool hw_region_holds(const struct hw_region *region, const struct hw_country *country);

#endif
