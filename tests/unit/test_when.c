/* test_when.c: how people write time, and what Headway reads in it. */
#include "headway/when.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

struct row {
    const char *text;
    const char *edtf; /* NULL: not READ */
};

static struct hw_when read_as(const char *text, enum hw_date_order order)
{
    struct hw_when when;

    hw_when_parse(hw_slice_text(text), order, &when);
    return when;
}

static void check_rows(const struct row *rows, size_t n, enum hw_date_order order)
{
    struct hw_when when;
    int32_t low, high;
    size_t wrong = 0;

    for (size_t i = 0; i < n; i++) {
        when = read_as(rows[i].text, order);
        if (when.kind != HW_WHEN_READ || strcmp(when.edtf, rows[i].edtf) != 0) {
            print_error("\"%s\": expected %s, got kind %d %s\n", rows[i].text, rows[i].edtf, (int)when.kind, when.edtf);
            wrong++;
            continue;
        }
        assert_true(hw_when_bounds(hw_slice_text(when.edtf), &low, &high));
        assert_int_equal(low, when.earliest);
        assert_int_equal(high, when.latest);
    }
    assert_int_equal(wrong, 0);
}

static void check_kind(const char *const *texts, size_t n, enum hw_date_order order, enum hw_when_kind kind)
{
    struct hw_when when;
    size_t wrong = 0;

    for (size_t i = 0; i < n; i++) {
        when = read_as(texts[i], order);
        if (when.kind != kind || when.edtf[0] != '\0' || when.earliest != HW_DAY_NONE || when.latest != HW_DAY_NONE) {
            print_error("\"%s\": expected kind %d, got %d %s\n", texts[i], (int)kind, (int)when.kind, when.edtf);
            wrong++;
        }
    }
    assert_int_equal(wrong, 0);
}

/* The table of the data model, row by row. */
static void reads_the_table_of_the_model(void **state)
{
    static const struct row rows[] = {
        {"December 2019", "2019-12"}, {"12/2019", "2019-12"}, {"2019/12", "2019-12"}, {"Dec-19", "2019-12"},
        {"dic. 2019", "2019-12"}, {"декабрь 2019", "2019-12"}, {"12/11/2019", "2019-11-12"},
        {"05-06/2020", "2020-05/2020-06"}, {"Early 2/2020", "2020-02~"}, {"2017-2027 in phases", "2017/2027"},
        {"since Oct. 2018", "2018-10/.."}, {"by 2020", "../2020"}, {"before July 2019", "../2019-06"},
        {"Q4 2017", "2017-36"}, {"T4 2017", "2017-36"},
    };
    static const char *const words[] = {"ongoing", "TBD", "ASAP", "N/A", "continuo"};

    (void)state;
    check_rows(rows, COUNT(rows), HW_DATES_DMY);
    check_kind(words, COUNT(words), HW_DATES_DMY, HW_WHEN_WORD);
    assert_string_equal(read_as("12/11/2019", HW_DATES_MDY).edtf, "2019-12-11");
    assert_int_equal(read_as("12/11/2019", HW_DATES_UNKNOWN).kind, HW_WHEN_AMBIGUOUS);
}

static void reads_numbers(void **state)
{
    static const struct row rows[] = {
        {"2019-12-16", "2019-12-16"}, {"2019-12", "2019-12"}, {"2019", "2019"}, {"2016/12", "2016-12"},
        {"2016/06", "2016-06"}, {"02/2020", "2020-02"}, {"2019/12/16", "2019-12-16"}, {"16.12.2019", "2019-12-16"},
        {"2019.12.16", "2019-12-16"}, {"16-12-2019", "2019-12-16"}, {"16 / 12 / 2019", "2019-12-16"},
        {"1/13/2020", "2020-01-13"}, {"16.12.2019 г.", "2019-12-16"}, {"05/05/2019", "2019-05-05"},
        {"16/12/19", "2019-12-16"}, {"12/31/69", "2069-12-31"}, {"31/12/70", "1970-12-31"}, {"31-12-99", "1999-12-31"},
        {"20191216", "2019-12-16"}, {" 2019-12-16 ", "2019-12-16"}, {"2019-12-16.", "2019-12-16"},
        {"(2019-12-16)", "2019-12-16"}, {"29/02/2020", "2020-02-29"},
        {"١٦/١٢/٢٠١٩", "2019-12-16"}, {"۲۰۱۹", "2019"}, {"2019\xe2\x80\x93" "12", "2019-12"},
    };

    (void)state;
    check_rows(rows, COUNT(rows), HW_DATES_UNKNOWN);
}

static void reads_a_date_that_works_one_way_whatever_the_order(void **state)
{
    static const struct row rows[] = {{"25/11/2019", "2019-11-25"}, {"11/25/2019", "2019-11-25"}};

    (void)state;
    check_rows(rows, COUNT(rows), HW_DATES_UNKNOWN);
    check_rows(rows, COUNT(rows), HW_DATES_DMY);
    check_rows(rows, COUNT(rows), HW_DATES_MDY);
}

static void asks_when_day_and_month_may_be_swapped(void **state)
{
    static const char *const texts[] = {"12/11/2019", "05/06/2019", "05.06.2019", "5-6-2019", "1/2/19",
                                        "by 05/06/2019", "19-12-16", "25-11-19", "05/06/2019 - 07/06/2019"};

    (void)state;
    check_kind(texts, COUNT(texts), HW_DATES_UNKNOWN, HW_WHEN_AMBIGUOUS);
    assert_string_equal(read_as("25-11-19", HW_DATES_DMY).edtf, "2019-11-25");
    assert_string_equal(read_as("5-6-2019", HW_DATES_MDY).edtf, "2019-05-06");
    /* One half of a range proves the other. */
    assert_string_equal(read_as("12/11/2019 - 25/11/2019", HW_DATES_UNKNOWN).edtf, "2019-11-12/2019-11-25");
    assert_string_equal(read_as("12/11/2019 - 25/11/2019", HW_DATES_MDY).edtf, "2019-11-12/2019-11-25");
}

static void proves_the_order_of_day_and_month(void **state)
{
    static const struct {
        const char *text;
        enum hw_date_order order;
    } rows[] = {
        {"25/11/2019", HW_DATES_DMY}, {"11/25/2019", HW_DATES_MDY}, {"25.11.2019", HW_DATES_DMY},
        {"25/11/19", HW_DATES_DMY}, {"16/12/2019 Early 2/2020", HW_DATES_DMY}, {"before 12/31/2019", HW_DATES_MDY},
        {"12/11/2019", HW_DATES_UNKNOWN}, {"05/05/2019", HW_DATES_UNKNOWN}, {"2019-11-25", HW_DATES_UNKNOWN},
        {"25-11-19", HW_DATES_UNKNOWN}, {"31/02/2019", HW_DATES_UNKNOWN}, {"25/11/2019, 11/25/2019", HW_DATES_UNKNOWN},
        {"2019/25/11/19", HW_DATES_UNKNOWN}, {"", HW_DATES_UNKNOWN}, {"December 2019", HW_DATES_UNKNOWN},
        {"1.25.11.2019", HW_DATES_UNKNOWN},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        if (hw_when_proves(hw_slice_text(rows[i].text)) != rows[i].order)
            fail_msg("\"%s\" proves %d", rows[i].text, (int)hw_when_proves(hw_slice_text(rows[i].text)));
}

static void reads_english(void **state)
{
    static const struct row rows[] = {
        {"16 December 2019", "2019-12-16"}, {"December 16, 2019", "2019-12-16"}, {"16-Dec-2019", "2019-12-16"},
        {"Dec 2019", "2019-12"}, {"Dec. 2019", "2019-12"}, {"December, 2019", "2019-12"}, {"Sept. 2018", "2018-09"},
        {"Dec '19", "2019-12"}, {"16-Dec-19", "2019-12-16"}, {"16Dec2019", "2019-12-16"}, {"2019 Dec 16", "2019-12-16"},
        {"2019-Dec-16", "2019-12-16"}, {"Dec-16-2019", "2019-12-16"}, {"16/Dec/2019", "2019-12-16"},
        {"1st March 2020", "2020-03-01"}, {"March 2nd, 2020", "2020-03-02"}, {"the 3rd of March 2020", "2020-03-03"},
        {"Monday, 16 December 2019", "2019-12-16"}, {"in December 2019", "2019-12"}, {"DECEMBER 2019", "2019-12"},
        {"December\n2019", "2019-12"}, {"mid-March, 2022", "2022-03~"}, {"month of May 2020", "2020-05"},
        {"mid-2020", "2020~"}, {"end of 2019", "2019~"}, {"early 2020", "2020~"}, {"late 2019", "2019~"},
        {"end-2019", "2019~"}, {"circa 2019", "2019~"}, {"about 16 December 2019", "2019-12-16~"},
        {"beginning of May 2020", "2020-05~"}, {"year-end 2020", "2020~"},
        {"2020-02~", "2020-02~"}, {"during 2020", "2020"},
        {"June 2020 (TBC)", "2020-06~"}, {"TBC: June 2020", "2020-06~"}, {"3 May 2020, tentative", "2020-05-03~"},
        {"Q4 2017 (est.)", "2017-36~"}, {"by June 2020 (tbc)", "../2020-06~"}, {"expected in 2020", "2020~"},
        {"Sep 12-16, 2022 (tentative)", "2022-09-12~/2022-09-16~"}, {"juin 2020 (à confirmer)", "2020-06~"},
        {"junio 2020, por confirmar", "2020-06~"}, {"prevista: junho 2020", "2020-06~"},
        {"июнь 2020 (предварительно)", "2020-06~"}, {"يونيو 2020 (مبدئي)", "2020-06~"},
    };

    (void)state;
    check_rows(rows, COUNT(rows), HW_DATES_UNKNOWN);
}

static void reads_other_languages(void **state)
{
    static const struct row rows[] = {
        {"décembre 2019", "2019-12"}, {"déc. 2019", "2019-12"}, {"1er février 2020", "2020-02-01"},
        {"août 2020", "2020-08"}, {"AOÛT 2020", "2020-08"}, {"juil. 2020", "2020-07"}, {"mi-décembre 2019", "2019-12~"},
        {"fin 2019", "2019~"}, {"fin décembre 2019", "2019-12~"}, {"début 2020", "2020~"}, {"d'ici 2020", "../2020"},
        {"d’ici à fin 2019", "../2019"}, {"avant juillet 2019", "../2019-06"}, {"depuis oct. 2018", "2018-10/.."},
        {"de janvier à mars 2020", "2020-01/2020-03"}, {"du 5 au 7 mai 2020", "2020-05-05/2020-05-07"},
        {"16 de diciembre de 2019", "2019-12-16"}, {"diciembre de 2019", "2019-12"}, {"ene-19", "2019-01"},
        {"1º de mayo de 2020", "2020-05-01"}, {"desde octubre de 2018", "2018-10/.."}, {"hasta 2020", "../2020"},
        {"antes de julio de 2019", "../2019-06"}, {"a finales de 2019", "2019~"}, {"a mediados de 2020", "2020~"},
        {"enero a marzo de 2020", "2020-01/2020-03"}, {"entre enero y marzo de 2020", "2020-01/2020-03"},
        {"dezembro de 2019", "2019-12"}, {"dez/19", "2019-12"}, {"dez/2019", "2019-12"}, {"março de 2020", "2020-03"},
        {"até 2020", "../2020"}, {"até o final de 2020", "../2020"}, {"fim de 2019", "2019~"},
        {"entro dicembre 2023", "../2023-12"}, {"da gennaio a marzo 2024", "2024-01/2024-03"},
        {"16 декабря 2019 г.", "2019-12-16"}, {"дек. 2019", "2019-12"}, {"май 2020", "2020-05"}, {"мая 2020", "2020-05"},
        {"с октября 2018 года", "2018-10/.."}, {"до 2020 г.", "../2020"}, {"до конца 2019 года", "../2019"},
        {"до 31.12.2019", "../2019-12-31"}, {"к июлю 2019", "../2019-07"}, {"не позднее июля 2019", "../2019-07"},
        {"в конце 2019 года", "2019~"}, {"январь-март 2020 г.", "2020-01/2020-03"},
        {"с января по март 2020 года", "2020-01/2020-03"}, {"начало 2020", "2020~"}, {"2017-2027 гг.", "2017/2027"},
        {"желтоқсан 2019", "2019-12"}, {"2019 жылғы 16 желтоқсан", "2019-12-16"}, {"мамыр 2020 ж.", "2020-05"},
        {"қыркүйек 2020", "2020-09"}, {"қараша 2020", "2020-11"}, {"ақпан 2020", "2020-02"},
        {"ديسمبر 2019", "2019-12"}, {"١٦ ديسمبر ٢٠١٩", "2019-12-16"}, {"كانون الأول/ديسمبر 2019", "2019-12"},
        {"أبريل 2020", "2020-04"}, {"تشرين الثاني 2019", "2019-11"}, {"بحلول 2020", "../2020"},
        {"قبل يوليو 2019", "../2019-06"}, {"منذ أكتوبر 2018", "2018-10/.."}, {"منتصف عام 2020", "2020~"},
        {"من يناير إلى مارس 2020", "2020-01/2020-03"}, {"حتى نهاية 2020", "../2020"}, {"عام 2020", "2020"},
    };

    (void)state;
    check_rows(rows, COUNT(rows), HW_DATES_UNKNOWN);
}

static void knows_every_month_in_every_language(void **state)
{
    static const char *const months[][12] = {
        {"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
         "December"},
        {"janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre",
         "décembre"},
        {"enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre",
         "diciembre"},
        {"janeiro", "fevereiro", "março", "abril", "maio", "junho", "julho", "agosto", "setembro", "outubro", "novembro",
         "dezembro"},
        {"gennaio", "febbraio", "marzo", "aprile", "maggio", "giugno", "luglio", "agosto", "settembre", "ottobre",
         "novembre", "dicembre"},
        {"январь", "февраль", "март", "апрель", "май", "июнь", "июль", "август", "сентябрь", "октябрь", "ноябрь",
         "декабрь"},
        {"января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября", "октября", "ноября",
         "декабря"},
        {"қаңтар", "ақпан", "наурыз", "сәуір", "мамыр", "маусым", "шілде", "тамыз", "қыркүйек", "қазан", "қараша",
         "желтоқсан"},
        {"يناير", "فبراير", "مارس", "أبريل", "مايو", "يونيو", "يوليو", "أغسطس", "سبتمبر", "أكتوبر", "نوفمبر", "ديسمبر"},
        {"كانون الثاني", "شباط", "آذار", "نيسان", "أيار", "حزيران", "تموز", "آب", "أيلول", "تشرين الأول", "تشرين الثاني",
         "كانون الأول"},
        {"jan.", "feb.", "mar.", "apr.", "may", "jun.", "jul.", "aug.", "sep.", "oct.", "nov.", "dec."},
        {"janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."},
        {"ene.", "feb.", "mar.", "abr.", "may.", "jun.", "jul.", "ago.", "sept.", "oct.", "nov.", "dic."},
        {"jan.", "fev.", "mar.", "abr.", "mai.", "jun.", "jul.", "ago.", "set.", "out.", "nov.", "dez."},
        {"янв.", "февр.", "мар.", "апр.", "мая", "июн.", "июл.", "авг.", "сент.", "окт.", "нояб.", "дек."},
    };
    char text[80], edtf[16];

    (void)state;
    for (size_t i = 0; i < COUNT(months); i++)
        for (int m = 0; m < 12; m++) {
            (void)snprintf(text, sizeof text, "%s 2020", months[i][m]);
            (void)snprintf(edtf, sizeof edtf, "2020-%02d", m + 1);
            if (strcmp(read_as(text, HW_DATES_UNKNOWN).edtf, edtf) != 0)
                fail_msg("\"%s\" is not read as %s", text, edtf);
        }
}

static void reads_quarters_and_halves(void **state)
{
    static const struct row rows[] = {
        {"2017 Q4", "2017-36"}, {"2017-Q4", "2017-36"}, {"2017Q1", "2017-33"}, {"Q2/2017", "2017-34"}, {"Q3'17", "2017-35"},
        {"4Q 2017", "2017-36"}, {"4th quarter 2017", "2017-36"}, {"4th quarter of 2017", "2017-36"},
        {"first quarter of 2018", "2018-33"}, {"4 кв. 2017", "2017-36"}, {"4-й квартал 2017 г.", "2017-36"},
        {"IV квартал 2017", "2017-36"}, {"4e trimestre 2017", "2017-36"}, {"4ème trimestre 2017", "2017-36"},
        {"primer trimestre de 2020", "2020-33"}, {"4T/2017", "2017-36"}, {"الربع الرابع 2017", "2017-36"},
        {"الربع الأول من عام 2020", "2020-33"}, {"4-тоқсан 2017", "2017-36"},
        {"H1 2020", "2020-40"}, {"S1 2020", "2020-40"}, {"H2 2020", "2020-41"}, {"2020 H2", "2020-41"},
        {"first half of 2020", "2020-40"}, {"2nd half 2020", "2020-41"}, {"1er semestre 2020", "2020-40"},
        {"2-е полугодие 2020", "2020-41"}, {"النصف الثاني من 2020", "2020-41"},
        {"Q2-Q3 2017", "2017-34/2017-35"}, {"Q3 2019 - Q1 2020", "2019-35/2020-33"}, {"1-2 кв. 2020", "2020-33/2020-34"},
        {"I-II кв. 2020", "2020-33/2020-34"}, {"by Q4 2017", "../2017-36"}, {"before Q1 2018", "../2017-36"},
        {"before H1 2018", "../2017-41"}, {"since Q3 2019", "2019-35/.."}, {"early Q4 2017", "2017-36~"},
    };

    (void)state;
    check_rows(rows, COUNT(rows), HW_DATES_UNKNOWN);
}

static void reads_ranges_and_open_sides(void **state)
{
    static const struct row rows[] = {
        {"Jan-Mar 2020", "2020-01/2020-03"}, {"Jan. - Mar. 2020", "2020-01/2020-03"}, {"Jan/Feb 2020", "2020-01/2020-02"},
        {"January to March 2020", "2020-01/2020-03"}, {"from January to March 2020", "2020-01/2020-03"},
        {"between January and March 2020", "2020-01/2020-03"}, {"May 2016 - August 2018", "2016-05/2018-08"},
        {"2019-2020", "2019/2020"}, {"2019 – 2020", "2019/2020"}, {"2019/2020", "2019/2020"}, {"2018/19", "2018/2019"},
        {"1999/00", "1999/2000"}, {"2018-20", "2018/2020"}, {"2020-21", "2020/2021"}, {"2017-2027 (in phases)", "2017/2027"},
        {"5-6/2020", "2020-05/2020-06"}, {"05/2020-06/2020", "2020-05/2020-06"}, {"11/2019 - 02/2020", "2019-11/2020-02"},
        {"2016/11 - 2017/02", "2016-11/2017-02"}, {"12-14 June 2020", "2020-06-12/2020-06-14"},
        {"28 May - 2 June 2020", "2020-05-28/2020-06-02"}, {"Sept 11-15, 2023", "2023-09-11/2023-09-15"},
        {"May 28 - June 2, 2020", "2020-05-28/2020-06-02"}, {"December 2019 - February 2020", "2019-12/2020-02"},
        {"2020-05/2020-06", "2020-05/2020-06"}, {"2019-12-16 to 2019-12-20", "2019-12-16/2019-12-20"},
        {"December 2019/January 2020", "2019-12/2020-01"}, {"from 2018 until 2020", "2018/2020"},
        {"since 2018", "2018/.."}, {"from June 2017", "2017-06/.."}, {"2018 onwards", "2018/.."},
        {"2018 - ongoing", "2018/.."}, {"from 2018 to present", "2018/.."}, {"2018-10/..", "2018-10/.."},
        {"after July 2019", "2019-08/.."}, {"after 31/12/2019", "2020-01-01/.."}, {"not before July 2019", "2019-07/.."},
        {"by mid-2025", "../2025~"}, {"by the end of 2024", "../2024"}, {"until 31 December 2019", "../2019-12-31"},
        {"no later than July 2019", "../2019-07"}, {"before 2020", "../2019"}, {"before 1 January 2020", "../2019-12-31"},
        {"before January 2020", "../2019-12"}, {"before the end of 2020", "../2020"}, {"../2020", "../2020"},
        {"since mid-2018", "2018~/.."},
    };

    (void)state;
    check_rows(rows, COUNT(rows), HW_DATES_UNKNOWN);
}

static void drops_the_time_of_day(void **state)
{
    static const struct row rows[] = {
        {"2019-12-16T10:00:00Z", "2019-12-16"}, {"2019-12-16T10:00", "2019-12-16"},
        {"2026-07-21T15:45:45.138Z", "2026-07-21"}, {"2019-12-16 10:00:00", "2019-12-16"},
        {"2019-12-16T10:00:00+06:00", "2019-12-16"}, {"16/12/2019 10:00", "2019-12-16"},
        {"16 December 2019, 10 am", "2019-12-16"}, {"16 December 2019 at 10:30 p.m.", "2019-12-16"},
        {"16 décembre 2019 à 10h30", "2019-12-16"}, {"16.12.2019 в 10:00", "2019-12-16"},
        {"16/12/2019 10:00-12:00", "2019-12-16"}, {"by 16/12/2019 10:00", "../2019-12-16"},
        {"2019-12-16T10:00:00 UTC", "2019-12-16"},
    };

    (void)state;
    check_rows(rows, COUNT(rows), HW_DATES_UNKNOWN);
}

static void keeps_words_without_a_date(void **state)
{
    static const char *const texts[] = {
        "ongoing", "Ongoing", "On-going", "on going", "continuous", "TBD", "T.B.D.", "TBC", "(TBC)", "ASAP", "a.s.a.p.", "N/A",
        "n.a.", "NA", "-", "–", "---", "Quarterly", "as needed", "( SHORT TERM )", "en cours", "en continu", "à définir",
        "dès que possible", "continuo", "en curso", "por definir", "no aplica", "em curso", "em andamento", "contínuo",
        "не применимо", "постоянно", "на постоянной основе", "по мере необходимости", "уточняется", "н/д", "в процессе",
        "مستمر", "جاري", "قيد التنفيذ", "غير محدد", "тұрақты",
    };

    (void)state;
    check_kind(texts, COUNT(texts), HW_DATES_DMY, HW_WHEN_WORD);
}

static void leaves_unread_what_is_in_doubt(void **state)
{
    static const char *const texts[] = {
        "", " ", "?", ".", "/", "31/02/2019", "29/02/2019", "2019-02-29", "30 February 2020", "2019-13", "2019-00", "13/2019",
        "0/2019", "2019-12-00", "2019-12-32", "00/12/2019", "2019/25/11", "16/12/2019 Early 2/2020", "16/12/2019; 20/12/2019",
        "2018 2019", "1899", "2200", "1440", "12345", "0000", "99999999", "201912", "December", "16 December", "December 16",
        "December 19", "Dec. 19", "19-Dec", "Jan-Mar", "Q4", "Q5 2017", "H3 2020", "0 кв. 2017", "5th quarter 2017",
        "2017-36", "2018/50", "2019-2019", "2020-2019", "March - January 2020", "Nov-Feb 2020", "March 2020 - January 2020",
        "Bimonthly?", "December 2019?", "(tentative)", "planned", "XX 2019", "summer 2020", "FY2020", "Last meeting of 2023", "TBD, 2023",
        "early 16/12/2019", "before mid-2020", "after mid-2020", "до июля 2019", "de 2019", "by", "since", "to 2020",
        "by 2019 to 2020", "2016/12/2017", "16/12/2019/17/12/2019", "16,12,2019", "12 2019", "5 - May 2020", "2019 - 12",
        "2019-2020-2021", "2019.5", "1.2020", "3.2", "1.2.3.4", "Q4 2017\xc2\xb2", "1\xc2\xb2/2020", "2019-12-16 25:00",
        "2019-12-16 10", "16/12/2019 10:75", "../..", "..", "2019/", "/2019", "2018-", "2019~~", "<p>July 2020</p>",
        "January and February 2020", "April 25/26/27, 2023", "1st 2019", "32 December 2019", "December 32, 2019",
        "2nd half of December 2019", "14 days after approval", "16 Dec 12/2019", "Dec 12/2019", "first to 16/12/2019", "week 26 2026",
        "The report was sent in December 2019", "2019\xff", "\xc3\x28",
    };
    char longer[400];

    (void)state;
    check_kind(texts, COUNT(texts), HW_DATES_UNKNOWN, HW_WHEN_UNREAD);
    memset(longer, ' ', sizeof longer);
    memcpy(longer, "2019", 4);
    longer[sizeof longer - 1] = '\0';
    assert_int_equal(read_as(longer, HW_DATES_DMY).kind, HW_WHEN_UNREAD);
    memset(longer, '1', sizeof longer - 1);
    assert_int_equal(read_as(longer, HW_DATES_DMY).kind, HW_WHEN_UNREAD);
}

static void gives_the_earliest_and_latest_day(void **state)
{
    static const struct {
        const char *edtf, *earliest, *latest;
    } rows[] = {
        {"2019", "2019-01-01", "2019-12-31"}, {"2019~", "2019-01-01", "2019-12-31"},
        {"2019-12", "2019-12-01", "2019-12-31"}, {"2020-02~", "2020-02-01", "2020-02-29"},
        {"2019-02", "2019-02-01", "2019-02-28"}, {"2100-02", "2100-02-01", "2100-02-28"},
        {"2019-12-16", "2019-12-16", "2019-12-16"}, {"2017-33", "2017-01-01", "2017-03-31"},
        {"2017-34", "2017-04-01", "2017-06-30"}, {"2017-35", "2017-07-01", "2017-09-30"},
        {"2017-36", "2017-10-01", "2017-12-31"}, {"2020-40", "2020-01-01", "2020-06-30"},
        {"2020-41", "2020-07-01", "2020-12-31"}, {"2018-10/..", "2018-10-01", ""}, {"../2020", "", "2020-12-31"},
        {"../2019-06", "", "2019-06-30"}, {"2020-05/2020-06", "2020-05-01", "2020-06-30"},
        {"2017/2027", "2017-01-01", "2027-12-31"}, {"2018~/2019-36~", "2018-01-01", "2019-12-31"},
        {"1900", "1900-01-01", "1900-12-31"}, {"2199-12-31", "2199-12-31", "2199-12-31"},
    };
    char text[16];
    int32_t low, high;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        if (!hw_when_bounds(hw_slice_text(rows[i].edtf), &low, &high))
            fail_msg("%s is refused", rows[i].edtf);
        hw_day_print(low, text);
        assert_string_equal(text, rows[i].earliest);
        hw_day_print(high, text);
        assert_string_equal(text, rows[i].latest);
    }
}

static void refuses_what_is_not_edtf(void **state)
{
    static const char *const texts[] = {
        "", "..", "../..", "/", "2019/", "/2019", "19", "201", "20190", "1899", "2200", "2019-", "2019-1", "2019-00",
        "2019-13", "2019-21", "2019-32", "2019-37", "2019-42", "2019-33-01", "2019-12-", "2019-12-1", "2019-12-00",
        "2019-12-32", "2019-02-29", "2019-12-16T10:00", "2019-12-16 ", " 2019", "2019~~", "~2019", "2019?", "2019%", "2020/2019",
        "2019/2020/2021", "2019//2020", "+2019", "-2019", "20 19", "2019-1a", "...", "../2019/..",
        "2019-12-16~/2019-12-17~/2019-12-18~xxxxx",
    };
    int32_t low, high;

    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        if (hw_when_bounds(hw_slice_text(texts[i]), &low, &high))
            fail_msg("\"%s\" is taken for EDTF", texts[i]);
        assert_int_equal(low, HW_DAY_NONE);
        assert_int_equal(high, HW_DAY_NONE);
    }
    assert_false(hw_when_bounds((struct hw_slice){(const uint8_t *)"2019\0", 5}, &low, &high));
}

static void counts_days(void **state)
{
    char text[32];
    int y, m, d;
    int32_t day = hw_day_of(1899, 12, 31);

    (void)state;
    assert_int_equal(hw_day_of(1970, 1, 1), 0);
    assert_int_equal(hw_day_of(1969, 12, 31), -1);
    assert_int_equal(hw_day_of(2000, 3, 1), 11017);
    for (int32_t i = day; i <= hw_day_of(2200, 1, 1); i++) {
        hw_day_civil(i, &y, &m, &d);
        assert_int_equal(hw_day_of(y, m, d), i);
        assert_true(m >= 1 && m <= 12 && d >= 1 && d <= 31);
    }
    hw_day_print(HW_DAY_NONE, text);
    assert_string_equal(text, "");
    hw_day_print(hw_day_of(2016, 12, 31), text);
    assert_string_equal(text, "2016-12-31");
    hw_day_print(INT32_MAX, text); /* far out, still a string */
    hw_day_print(INT32_MIN + 1, text);
}

static void prints_times(void **state)
{
    char text[32];

    (void)state;
    hw_time_print(0, text);
    assert_string_equal(text, "1970-01-01T00:00:00.000Z");
    hw_time_print(1576490645138, text);
    assert_string_equal(text, "2019-12-16T10:04:05.138Z");
    hw_time_print(-1, text);
    assert_string_equal(text, "1969-12-31T23:59:59.999Z");
    hw_time_print(INT64_MAX, text);
    assert_string_equal(text, "9999-12-31T23:59:59.999Z");
    hw_time_print(INT64_MIN, text);
    assert_string_equal(text, "0001-01-01T00:00:00.000Z");
}

static uint64_t next_random(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

/* Pieces of dates in any order reach further into the reader than plain
 * bytes do. */
static size_t scramble(uint64_t *seed, uint8_t *to, size_t cap)
{
    static const char *const pieces[] = {
        "2019", "12", "16", "5", "/", "-", ".", " ", ",", "(", ")", "Dec", "mai", "Q", "H", "st", "by", "since", "to", "end", "~",
        "..", "before", "'", "19", ":", "T", "кв", "декабря", "до", "ديسمبر", "من", "I", "in phases", "early", "00", "99999999",
        "2019-12-16", "Dec 2019", "12/2019", " - ", "16/12/2019 ", "Q1 2020"};
    size_t n = 0, more, count = next_random(seed) % 12;
    const char *piece;

    if (next_random(seed) % 4 == 0) {
        for (n = 0; n < cap && n < next_random(seed) % 64; n++)
            to[n] = (uint8_t)next_random(seed);
        return n;
    }
    for (size_t i = 0; i < count; i++) {
        piece = pieces[next_random(seed) % COUNT(pieces)];
        more = strlen(piece);
        if (n + more > cap)
            break;
        memcpy(to + n, piece, more);
        n += more;
    }
    return n;
}

static void survives_any_bytes(void **state)
{
    uint64_t seed = 0x9e3779b97f4a7c15; /* fixed, so that a failure repeats */
    uint8_t bytes[256];
    struct hw_when when;
    int32_t low, high;
    size_t read = 0;

    (void)state;
    for (int i = 0; i < 200000; i++) {
        struct hw_slice s = {bytes, scramble(&seed, bytes, sizeof bytes)};

        hw_when_parse(s, (enum hw_date_order)(next_random(&seed) % 3), &when);
        (void)hw_when_proves(s);
        if (hw_when_bounds(s, &low, &high))
            assert_true(low == HW_DAY_NONE || high == HW_DAY_NONE || low <= high);
        if (when.kind == HW_WHEN_READ) {
            read++;
            assert_true(hw_when_bounds(hw_slice_text(when.edtf), &low, &high));
            assert_true(low == when.earliest && high == when.latest);
        } else {
            assert_true(when.edtf[0] == '\0' && when.earliest == HW_DAY_NONE && when.latest == HW_DAY_NONE);
        }
    }
    assert_true(read > 1000); /* the pieces do make dates */
    print_message("%zu of 200000 scrambled texts were times\n", read);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_the_table_of_the_model),
        cmocka_unit_test(reads_numbers),
        cmocka_unit_test(reads_a_date_that_works_one_way_whatever_the_order),
        cmocka_unit_test(asks_when_day_and_month_may_be_swapped),
        cmocka_unit_test(proves_the_order_of_day_and_month),
        cmocka_unit_test(reads_english),
        cmocka_unit_test(reads_other_languages),
        cmocka_unit_test(knows_every_month_in_every_language),
        cmocka_unit_test(reads_quarters_and_halves),
        cmocka_unit_test(reads_ranges_and_open_sides),
        cmocka_unit_test(drops_the_time_of_day),
        cmocka_unit_test(keeps_words_without_a_date),
        cmocka_unit_test(leaves_unread_what_is_in_doubt),
        cmocka_unit_test(gives_the_earliest_and_latest_day),
        cmocka_unit_test(refuses_what_is_not_edtf),
        cmocka_unit_test(counts_days),
        cmocka_unit_test(prints_times),
        cmocka_unit_test(survives_any_bytes),
    };

    return cmocka_run_group_tests_name("when", tests, NULL, NULL);
}
