#!/usr/bin/env python3
"""country_table.py: writes proto/country_table.c.  Run by hand, not by make.

Reads Debian's iso-codes (codes, names and their translations) and CLDR
(package unicode-cldr-core): its territoryContainment, which follows UN M49, and
its names of territories, which mend gaps and mistakes of the catalogues:

    apt-get install iso-codes unicode-cldr-core
    python3 proto/country_table.py >proto/country_table.c

Keys are folded as hw_fold and country.c fold what people type;
tests/unit/test_country.c asserts that both agree, so a difference is found.
"""
import gettext
import json
import re
import sys
import unicodedata
import xml.etree.ElementTree

ISO = "/usr/share/iso-codes/json/iso_3166-1.json"
CATALOGUE = "/usr/share/locale/{}/LC_MESSAGES/iso_3166-1.mo"
CLDR = "/usr/share/unicode/cldr/common"  # or the first argument
LANGUAGES = ["fr", "es", "pt", "pt_BR", "ru", "ar", "kk"]
CLDR_LANGUAGES = ["en", "fr", "es", "pt", "pt_PT", "ru", "ar", "kk", "ky"]

# Names as UN M49 prints them; CLDR's own are shorter ("Latin America").
REGIONS = {
    1: "World", 2: "Africa", 5: "South America", 9: "Oceania", 11: "Western Africa",
    13: "Central America", 14: "Eastern Africa", 15: "Northern Africa", 17: "Middle Africa",
    18: "Southern Africa", 19: "Americas", 21: "Northern America", 29: "Caribbean",
    30: "Eastern Asia", 34: "Southern Asia", 35: "South-eastern Asia", 39: "Southern Europe",
    53: "Australia and New Zealand", 54: "Melanesia", 57: "Micronesia", 61: "Polynesia",
    142: "Asia", 143: "Central Asia", 145: "Western Asia", 150: "Europe", 151: "Eastern Europe",
    154: "Northern Europe", 155: "Western Europe", 202: "Sub-Saharan Africa",
    419: "Latin America and the Caribbean",
}
# CLDR marks these two as groupings because they overlap its own tree; in M49
# they are ordinary levels. 003 North America is a footnote there, and left out.
MIDDLE = {202: 2, 419: 19}

# Short English names where the ISO name is inverted or is not what UN offices
# print.
SHORT = {
    "COD": "Democratic Republic of the Congo", "FLK": "Falkland Islands (Malvinas)",
    "FSM": "Micronesia (Federated States of)", "KOR": "Republic of Korea", "LAO": "Lao PDR",
    "MDA": "Republic of Moldova", "PRK": "DPR Korea", "PSE": "State of Palestine",
    "VAT": "Holy See", "VGB": "British Virgin Islands", "VIR": "United States Virgin Islands",
    "VNM": "Viet Nam",
}

# What people type and no catalogue has: codes that are not ISO, short forms,
# former names.
ALIASES = {
    "AFG": "Афганистон", "ARE": "UAE|Emirates|EAU|Émirats arabes unis|ОАЭ|الإمارات",
    "BIH": "Bosnia|Bosnia Herzegovina|BiH|Bosnie|БиГ", "BOL": "Bolivia|Bolivie|Bolívia",
    "BRN": "Brunei", "CAF": "CAR|RCA|Centrafrique|ЦАР", "CHE": "SUI|Suiza",
    "CHN": "PR China|People's Republic of China|КНР|Chine|China", "CIV": "Ivory Coast|Cote d'Ivoire|Costa de Marfil",
    "COD": "DRC|DR Congo|D.R. Congo|Dem. Rep. of the Congo|Congo DR|Congo, Dem. Rep.|Congo-Kinshasa|Congo (Kinshasa)|"
           "Democratic Republic of Congo|RDC|RD Congo|Zaire|ДР Конго|ДРК",
    "COG": "Republic of the Congo|Congo-Brazzaville|Congo (Brazzaville)|Congo, Rep.|République du Congo",
    "CPV": "Cape Verde", "CUW": "Curaçao", "CZE": "Czech Republic|Czechia|Чехия", "DEU": "GER|Allemagne|ФРГ",
    "DOM": "Dominican Rep.", "EGY": "Arab Republic of Egypt", "FSM": "Micronesia|FSM",
    "GBR": "UK|Great Britain|Britain|England|United Kingdom of Great Britain and Northern Ireland|Royaume-Uni|"
           "Reino Unido|Великобритания|Соединенное Королевство|بريطانيا|المملكة المتحدة",
    "GMB": "Gambia|Gambie", "GRC": "EL|GRE", "HRV": "CRO", "IRN": "Iran|Irán|Irã|Irão|إيران",
    "KAZ": "Kazakstan|Kazakhastan|Kazajstán|Kasachstan|Қазақстан Республикасы|Республика Казахстан|"
           "Republic of Kazakhstan|РК",
    "KGZ": "KYR|KRG|Kyrgyz Republic|Kyrgystan|Kirghizstan|Kirgistan|Kirghizistan|Киргизия|Кыргызская Республика|"
           "Кыргыз Республикасы|Қырғызстан",
    "KOR": "South Korea|ROK|Rep. of Korea|Corée du Sud|Corea del Sur|Coreia do Sul|Южная Корея|كوريا الجنوبية",
    "KHM": "Kampuchea", "LAO": "Lao|Laos|Lao PDR|Lao P.D.R.|RDP lao|RDP Lao|ЛНДР|Лаос|لاوس", "LBY": "Libyan Arab Jamahiriya",
    "MDA": "Moldova|Moldavie|Moldavia|Молдова|Молдавия|مولدوفا", "MKD": "FYROM|Macedonia|North Macedonia|Macédoine|"
    "The former Yugoslav Republic of Macedonia|Македония", "MMR": "Burma|Birmanie", "MNG": "MGL",
    "MRT": "RIM", "NLD": "Holland|NED|The Netherlands", "PHL": "PHI", "PNG": "Papua New Guinea",
    "PRK": "DPRK|North Korea|Dem. People's Rep. of Korea|Corée du Nord|RPDC|Corea del Norte|Coreia do Norte|КНДР|"
           "Северная Корея|كوريا الشمالية",
    "PRT": "POR", "PSE": "Palestine|oPt|occupied Palestinian territory|Occupied Palestinian Territories|"
    "Palestinian Territory|Palestinian Territory, Occupied|West Bank and Gaza|Palestina|Палестина|فلسطين|دولة فلسطين",
    "RUS": "Russia|Russie|Rusia|Rússia|РФ|Россия|روسيا", "SAU": "KSA", "SWZ": "Swaziland|Eswatini|Kingdom of Eswatini",
    "SYR": "Syria|Syrie|Siria|Сирия|САР|سوريا|سورية", "TJK": "TAJ|Tadjikistan|Tadzhikistan|Tojikiston|Тоҷикистон|"
    "Республика Таджикистан|Republic of Tajikistan|Тәжікстан", "TKM": "TUK|Turkmenia|Туркмения|Türkmenistan|Түрікменстан",
    "TLS": "East Timor|Timor Leste|Timor oriental", "TUR": "Turkey|Türkiye|Turquie|Turquía|Турция|تركيا",
    "TWN": "Taiwan|Taïwan|Тайвань", "TZA": "Tanzania|Tanzanie|Tanzânia|TAN|Танзания|تنزانيا",
    "UKR": "the Ukraine", "USA": "US|U.S.|U.S.A.|United States of America|America|États-Unis|EUA|EE. UU.|EEUU|"
    "Estados Unidos|США|Соединенные Штаты|الولايات المتحدة", "UZB": "Ozbekiston|Oʻzbekiston|Республика Узбекистан|"
    "Republic of Uzbekistan|Ўзбекистон|Өзбекстан", "VAT": "Vatican|Vatican City|Vaticano|Ватикан|الفاتيكان",
    "VCT": "Saint Vincent|St Vincent and the Grenadines|St. Vincent & Grenadines", "KNA": "St Kitts and Nevis",
    "LCA": "St Lucia", "VEN": "Venezuela|Венесуэла|فنزويلا", "VGB": "Virgin Islands (British)|BVI",
    "VIR": "US Virgin Islands|Virgin Islands (US)|USVI", "VNM": "Vietnam|Viêt Nam|Вьетнам|فيتنام",
    "ZAF": "RSA|Republic of South Africa", "SSD": "S. Sudan", "STP": "Sao Tome|Sao Tome & Principe",
    "TTO": "Trinidad|Trinidad & Tobago", "ATG": "Antigua", "ESP": "Espagne", "COM": "Comoros|Comores",
}

# Names that the United Nations use in their languages and the catalogues lack.
UNITED_NATIONS = {
    "ARE": "Объединенные Арабские Эмираты", "BEN": "بنن", "BHS": "Багамские Острова",
    "BMU": "Бермудские острова", "BOL": "Боливия (Многонациональное Государство)", "BRN": "بروني دار السلام",
    "CAF": "Центральноафриканская Республика", "CCK": "Îles des Cocos", "CHL": "شيلي", "COG": "Congo|Конго|الكونغو",
    "COM": "Коморские Острова", "CPV": "كابو فيردي", "CXR": "Isla Christmas", "CYM": "Îles Caïmanes",
    "CZE": "تشيكيا", "DOM": "الجمهورية الدومينيكية", "ECU": "إكوادور", "FLK": "Îles Falkland|Islas Malvinas (Falkland)",
    "FSM": "Микронезия (Федеративные Штаты)|ميكرونيزيا (ولايات - الموحدة)", "GAB": "غابون",
    "GBR": "Соединенное Королевство Великобритании и Северной Ирландии|"
           "المملكة المتحدة لبريطانيا العظمى وآيرلندا الشمالية",
    "GRL": "غرينلند", "HKG": "China, Hong Kong SAR|China, Hong Kong Special Administrative Region|"
    "Chine, région administrative spéciale de Hong Kong|China, región administrativa especial de Hong Kong",
    "IRN": "Iran (Islamic Republic of)|Irán (República Islámica del)|Иран (Исламская Республика)|"
           "إيران (جمهورية - الإسلامية)",
    "KGZ": "Кыргызстан|قيرغيزستان", "KIR": "كيريباس", "KNA": "Saint-Kitts-et-Nevis|Saint Kitts y Nevis|سانت كيتس ونيفس",
    "KOR": "جمهورية كوريا", "LAO": "República Democrática Popular Lao|جمهورية لاو الديمقراطية الشعبية",
    "LBR": "ليبريا", "LKA": "سري لانكا", "LUX": "لكسمبرغ", "MAC": "China, Macao SAR|"
    "China, Macao Special Administrative Region|Chine, région administrative spéciale de Macao|"
    "China, región administrativa especial de Macao",
    "MAF": "Saint Martin", "MDA": "República de Moldova", "MDV": "Мальдивские Острова|ملديف|المالديف",
    "MNP": "Islas Marianas Septentrionales", "MOZ": "موزامبيق", "NLD": "Netherlands (Kingdom of the)|Pays-Bas (Royaume des)|Países Bajos (Reino de los)|"
           "Países Baixos (Reino dos)|Нидерланды (Королевство)|هولندا (مملكة)",
    "NZL": "Nueva Zelandia", "PRK": "جمهورية كوريا الشعبية الديمقراطية", "RUS": "Federación de Rusia",
    "STP": "سان تومي وبرينسيبي", "SYC": "سيشيل|Сейшельские Острова", "THA": "تايلند", "TLS": "Тимор-Лешти|تيمور - ليشتي",
    "TTO": "Trinidad y Tabago", "TZA": "Объединенная Республика Танзания|United Republic of Tanzania",
    "URY": "أوروغواي", "USA": "Соединенные Штаты Америки|الولايات المتحدة الأمريكية",
    "VAT": "Святой Престол|الكرسي الرسولي",
    "VEN": "Venezuela (Bolivarian Republic of)|Венесуэла (Боливарианская Республика)|فنزويلا (جمهورية - البوليفارية)",
    "VIR": "Îles Vierges américaines", "VNM": "فييت نام", "WLF": "Wallis and Futuna Islands",
    "SJM": "Svalbard and Jan Mayen Islands",
}


def strips_marks(char):
    return unicodedata.name(char, "").startswith(("LATIN", "ARABIC"))


def fold(text):
    """hw_fold, then the punctuation that country.c drops."""
    out, strip = [], False
    points = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    for char in points:
        kind = unicodedata.category(char)
        if kind[0] == "M":
            if not strip:
                out.append(char)
            continue
        if char == "\u0640" or kind in ("Cc", "Cf"):
            continue
        strip = strips_marks(char)
        out.append(" " if char in "-_\u2212" or kind in ("Zs", "Pd") else char)
    key = unicodedata.normalize("NFC", "".join(out)).replace("&", " and ")
    key = re.sub("[!-/:-@\\[-`{-~\u2018\u2019\u02bc\u02bb\u060c]", "", key)
    key = re.sub(" +", " ", key).strip()
    return key[4:] if key.startswith("the ") else key


def translations():
    for language in LANGUAGES:
        with open(CATALOGUE.format(language), "rb") as file:
            yield gettext.GNUTranslations(file)


def cldr_names(cldr):
    """Names of each alpha-2 code."""
    names = {}
    for language in CLDR_LANGUAGES:
        tree = xml.etree.ElementTree.parse("{}/main/{}.xml".format(cldr, language))
        for territory in tree.iter("territory"):
            if territory.text and "\u2191" not in territory.text:  # an arrow: as in the parent language
                names.setdefault(territory.get("type"), []).append(territory.text)
    return names


def straight(name):
    """ "Bolivia, Plurinational State of" read the way it is spoken. """
    head, comma, tail = name.replace("،", ",").partition(",")
    return "{} {}".format(tail.strip(), head) if comma else None


def head(name):
    return re.split("[,،(]", name)[0]


def tiers_of(country, clean, catalogues):
    """Names that are sure, CLDR's, the catalogues', and shorter ones guessed
    from all."""
    code = country["alpha_3"]
    english = [country[f] for f in ("name", "common_name", "official_name") if f in country]
    sure = english + [SHORT.get(code, "")] + (ALIASES.get(code, "") + "|" + UNITED_NATIONS.get(code, "")).split("|")
    given = [c.gettext(name) for name in english for c in catalogues]
    guessed = [g for name in english + clean + given for g in (straight(name), head(name)) if g]
    return [list(dict.fromkeys(filter(None, map(fold, names)))) for names in (sure, clean, given, guessed)]


def keys(countries, clean, catalogues):
    """Folded names of each country. A name belongs to the country that has it
    in the earliest tier, and to nobody when two do: catalogues hold mistakes.
    ISO codes come before all names (CLDR gives RU for Reino Unido)."""
    codes = {c["alpha_3"].lower() for c in countries} | {c["alpha_2"].lower() for c in countries}
    tiers = {c["alpha_3"]: tiers_of(c, clean.get(c["alpha_2"], []), catalogues) for c in countries}
    owners = {}
    for tier in range(4):
        found = {}
        for code, names in tiers.items():
            for key in names[tier]:
                found.setdefault(key, set()).add(code)
        for key, who in found.items():
            if tier == 0 and len(who) > 1:
                sys.exit("{!r} names {}".format(key, sorted(who)))
            if tier > 0 and len(who) > 1 and key not in owners:
                print("dropped: {!r} names {}".format(key, sorted(who)), file=sys.stderr)
            owners.setdefault(key, who)
    return {code: [k for k in dict.fromkeys(sum(names, [])) if owners[k] == {code} and k not in codes]
            for code, names in tiers.items()}


def containment(cldr):
    """Parent of each area, and smallest area of each alpha-2 code."""
    parents, areas = dict(MIDDLE), {}
    for group in xml.etree.ElementTree.parse(cldr + "/supplemental/supplementalData.xml").iter("group"):
        kind = group.get("type")
        if not kind.isdigit() or int(kind) not in REGIONS or group.get("status"):
            continue
        for inner in group.get("contains").split():
            if not inner.isdigit():
                areas[inner] = int(kind)
            elif int(kind) in MIDDLE or int(inner) not in parents:
                parents[int(inner)] = int(kind)
    return parents, areas


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def main():
    cldr = sys.argv[1] if len(sys.argv) > 1 else CLDR
    with open(ISO, encoding="utf-8") as file:
        countries = sorted(json.load(file)["3166-1"], key=lambda c: c["alpha_3"])
    parents, areas = containment(cldr)
    others = keys(countries, cldr_names(cldr), list(translations()))
    print("""/* country_table.c: countries, areas and their names.
 * Floor 1, noun: country.  Written by proto/country_table.py from Debian's
 * iso-codes and CLDR: change that, not this. Two lines a
 * country, whatever their length, so that a change shows as one. Antarctica
 * lies in no area of M49 but the world. */
#include "headway/country.h"

/* clang-format off */
const struct hw_country hw_countries[] = {""")
    for country in countries:
        code = country["alpha_3"]
        name = SHORT.get(code) or country.get("common_name") or country["name"]
        print('    {{"{}", "{}", {}, {}, {},'.format(
            code, country["alpha_2"], int(country["numeric"]), areas.get(country["alpha_2"], 1), quoted(name)))
        print("     {}}},".format(quoted("|".join(others[code]))))
    print("""};
const size_t hw_countries_n = sizeof hw_countries / sizeof hw_countries[0];

const struct hw_region hw_regions[] = {""")
    for code, name in sorted(REGIONS.items()):
        print("    {{{}, {}, {}}},".format(code, parents.get(code, 0), quoted(name)))
    print("""};
const size_t hw_regions_n = sizeof hw_regions / sizeof hw_regions[0];""")


if __name__ == "__main__":
    main()
