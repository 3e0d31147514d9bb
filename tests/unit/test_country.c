/* test_country.c: the table of countries and M49 areas, and finding in it. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "headway/country.h"
#include "headway/schema.h"

static const struct hw_country *find(const char *text)
{
    return hw_country_find(hw_slice_text(text));
}

static void assert_found(const char *text, const char *alpha3)
{
    const struct hw_country *country = find(text);
    if (country == NULL || strcmp(country->alpha3, alpha3) != 0)
        fail_msg("\"%s\" gives %s, not %s", text, country != NULL ? country->alpha3 : "nothing", alpha3);
}

static void all_of_iso_3166_sorted_and_in_an_area(void **state)
{
    (void)state;
    assert_int_equal(hw_countries_n, 249);
    for (size_t i = 0; i < hw_countries_n; i++) {
        const struct hw_country *country = &hw_countries[i];
        assert_true(country->alpha3[2] != '\0' && country->alpha3[3] == '\0');
        assert_true(country->alpha2[1] != '\0' && country->alpha2[2] == '\0');
        if (i > 0)
            assert_true(strcmp(hw_countries[i - 1].alpha3, country->alpha3) < 0);
        assert_non_null(hw_region_by_code(country->region));
        assert_ptr_equal(hw_country_by_code(hw_slice_text(country->alpha3)), country);
        assert_true(country->numeric > 0 && country->numeric < 1000);
    }
}

/* Also proves that country_table.py folds as this program folds. */
static void every_name_of_the_table_finds_its_own_country(void **state)
{
    (void)state;
    for (size_t i = 0; i < hw_countries_n; i++) {
        const struct hw_country *country = &hw_countries[i];
        assert_found(country->alpha3, country->alpha3);
        assert_found(country->alpha2, country->alpha3);
        assert_found(country->name, country->alpha3);
        for (const char *name = country->others; *name != '\0';) {
            char copy[300];
            size_t n = strcspn(name, "|");
            assert_true(n > 0 && n < sizeof copy);
            memcpy(copy, name, n);
            copy[n] = '\0';
            assert_found(copy, country->alpha3);
            name += n + (name[n] == '|' ? 1 : 0);
        }
    }
}

static void codes_are_exact_where_they_travel(void **state)
{
    (void)state;
    assert_string_equal(hw_country_by_code(hw_slice_text("KAZ"))->name, "Kazakhstan");
    assert_null(hw_country_by_code(hw_slice_text("kaz")));
    assert_null(hw_country_by_code(hw_slice_text("KAZA")));
    assert_null(hw_country_by_code(hw_slice_text("TAJ")));
    assert_null(hw_country_by_code((struct hw_slice){NULL, 0}));
}

static void names_that_people_type(void **state)
{
    (void)state;
    static const char *const names[][2] = {
        {"TAJ", "TJK"}, {"taj:", "TJK"}, {"KYR", "KGZ"}, {"kz", "KAZ"}, {"KAZ:", "KAZ"},
        {" Kazakhstan ", "KAZ"}, {"Tajikistan", "TJK"}, {"Lao PDR", "LAO"}, {"Laos", "LAO"},
        {"Bolivia", "BOL"}, {"Bolivia (Plurinational State of)", "BOL"}, {"Moldova", "MDA"},
        {"Tanzania", "TZA"}, {"United Republic of Tanzania", "TZA"}, {"Vietnam", "VNM"}, {"Viet Nam", "VNM"},
        {"Ivory Coast", "CIV"}, {"Cote d'Ivoire", "CIV"}, {"Côte d’Ivoire", "CIV"}, {"CÔTE D'IVOIRE", "CIV"},
        {"UK", "GBR"}, {"U.K.", "GBR"}, {"USA", "USA"}, {"U.S.A.", "USA"}, {"United States", "USA"},
        {"DRC", "COD"}, {"DR Congo", "COD"}, {"Congo", "COG"}, {"Congo, Dem. Rep.", "COD"},
        {"occupied Palestinian territory", "PSE"}, {"State of Palestine", "PSE"}, {"oPt", "PSE"},
        {"Turkey", "TUR"}, {"Türkiye", "TUR"}, {"Bosnia & Herzegovina", "BIH"}, {"The Gambia", "GMB"},
        {"Timor-Leste", "TLS"}, {"Republic of Korea", "KOR"}, {"Iran (Islamic Republic of)", "IRN"},
        {"Venezuela (Bolivarian Republic of)", "VEN"}, {"Guinea-Bissau", "GNB"}, {"Guinea", "GIN"},
        {"Niger", "NER"}, {"Nigeria", "NGA"}, {"Dominica", "DMA"}, {"South Sudan", "SSD"},
        {"Sénégal", "SEN"}, {"Kirghizistan", "KGZ"}, {"Perú", "PER"}, {"República Dominicana", "DOM"},
        {"Moçambique", "MOZ"}, {"Казахстан", "KAZ"}, {"ТАДЖИКИСТАН", "TJK"}, {"Кыргызстан", "KGZ"},
        {"Қазақстан", "KAZ"}, {"Тоҷикистон", "TJK"}, {"كازاخستان", "KAZ"}, {"الأردن", "JOR"}, {"الاردن", "JOR"},
        {"Maldives", "MDV"}, {"المالديف", "MDV"}, {"مولدوفا", "MDA"}, {"Конго", "COG"}, {"Korea, Republic of", "KOR"},
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_found(names[i][0], names[i][1]);
}

static void what_is_no_country_is_not_guessed(void **state)
{
    (void)state;
    static const char *const names[] = {"", " ", "XX", "XX countries", "Korea", "Virgin Islands", "Central Asia",
                                        "Kaz", "Atlantis", "stan", "kazakhstan|republic", "(?)", "-", "QQQ"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const struct hw_country *country = find(names[i]);
        if (strcmp(names[i], "Kaz") == 0)
            assert_string_equal(country->alpha3, "KAZ");
        else if (country != NULL)
            fail_msg("\"%s\" gives %s", names[i], country->alpha3);
    }
    char long_text[5000];
    memset(long_text, 'a', sizeof long_text);
    assert_null(hw_country_find((struct hw_slice){(const uint8_t *)long_text, sizeof long_text}));
    assert_null(hw_country_find((struct hw_slice){(const uint8_t *)"\xff\xfe", 2}));
}

static void areas_are_those_of_m49(void **state)
{
    (void)state;
    static const struct {
        const char *country;
        const char *area;
    } facts[] = {
        {"KAZ", "Central Asia"}, {"TJK", "Central Asia"}, {"NPL", "Southern Asia"}, {"CHL", "South America"},
        {"UGA", "Eastern Africa"}, {"MDG", "Eastern Africa"}, {"MRT", "Western Africa"}, {"NGA", "Western Africa"},
        {"ALB", "Southern Europe"}, {"TUR", "Western Asia"}, {"CYP", "Western Asia"}, {"MEX", "Central America"},
        {"JAM", "Caribbean"}, {"CAN", "Northern America"}, {"SDN", "Northern Africa"}, {"FJI", "Melanesia"},
        {"VNM", "South-eastern Asia"}, {"ATA", "World"},
    };
    for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++) {
        const struct hw_country *country = hw_country_by_code(hw_slice_text(facts[i].country));
        assert_string_equal(hw_region_by_code(country->region)->name, facts[i].area);
    }
}

static void areas_hold_areas(void **state)
{
    (void)state;
    const struct hw_region *world = hw_region_by_code(1);
    for (size_t i = 0; i < hw_countries_n; i++)
        assert_true(hw_region_holds(world, &hw_countries[i]));
    for (size_t i = 0; i < hw_regions_n; i++) {
        if (i > 0)
            assert_true(hw_regions[i - 1].code < hw_regions[i].code);
        assert_true(hw_regions[i].code == 1 ? hw_regions[i].parent == 0
                                            : hw_region_by_code(hw_regions[i].parent) != NULL);
    }
    const struct hw_region *lac = hw_region_find(hw_slice_text("latin america and the caribbean"));
    assert_int_equal(lac->code, 419);
    assert_true(hw_region_holds(lac, find("Chile")));
    assert_true(hw_region_holds(lac, find("Jamaica")));
    assert_false(hw_region_holds(lac, find("Canada")));
    assert_true(hw_region_holds(hw_region_by_code(19), find("Canada")));
    assert_true(hw_region_holds(hw_region_by_code(202), find("Uganda")));
    assert_false(hw_region_holds(hw_region_by_code(202), find("Egypt")));
    assert_false(hw_region_holds(hw_region_by_code(143), find("Nepal")));
}

static void areas_are_found_by_name(void **state)
{
    (void)state;
    assert_int_equal(hw_region_find(hw_slice_text("CENTRAL-ASIA"))->code, 143);
    assert_int_equal(hw_region_find(hw_slice_text("Sub-Saharan Africa"))->code, 202);
    assert_int_equal(hw_region_find(hw_slice_text("LAC"))->code, 419);
    assert_int_equal(hw_region_find(hw_slice_text("Центральная Азия"))->code, 143);
    assert_null(hw_region_find(hw_slice_text("Kazakhstan")));
    assert_null(hw_region_find(hw_slice_text("")));
    assert_null(hw_region_by_code(3));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_of_iso_3166_sorted_and_in_an_area),
        cmocka_unit_test(every_name_of_the_table_finds_its_own_country),
        cmocka_unit_test(codes_are_exact_where_they_travel),
        cmocka_unit_test(names_that_people_type),
        cmocka_unit_test(what_is_no_country_is_not_guessed),
        cmocka_unit_test(areas_are_those_of_m49),
        cmocka_unit_test(areas_hold_areas),
        cmocka_unit_test(areas_are_found_by_name),
    };
    return cmocka_run_group_tests_name("country", tests, NULL, NULL);
}
