/* month.c: the words people use for time: month names and the small words
 * around them, in English, French, Spanish, Portuguese, Italian, Russian,
 * Kazakh and Arabic.
 * Floor 1, noun: sense.  Words stand as token.c leaves them: lower case, without
 * marks (so Russian й is и, ё is е, and Arabic alef carries no hamza), without
 * the dot of an abbreviation, an apostrophe turned into a space. A short form
 * is listed only when it means the same month in every language here. */
#include "proto/token.h"

#include <string.h>

struct words {
    enum hw_sense sense;
    int value;
    const char *names; /* separated by '|'; a name may be several words */
};

static const struct words table[] = {
    {HW_SENSE_MONTH, 1,
     "january|jan|janvier|janv|enero|ene|janeiro|gennaio|gen|январь|января|январе|январю|янв|қантар|қаңтар|қаң|"
     "يناير|كانون الثاني|جانفي"},
    {HW_SENSE_MONTH, 2,
     "february|feb|febr|fevrier|fevr|fev|febrero|fevereiro|febbraio|февраль|февраля|феврале|февралю|фев|февр|ақпан|ақп|"
     "فبراير|شباط|فيفري"},
    {HW_SENSE_MONTH, 3,
     "march|mar|mars|marzo|marco|март|марта|марте|марту|мар|наурыз|нау|مارس|اذار"},
    {HW_SENSE_MONTH, 4,
     "april|apr|avril|avr|abril|abr|aprile|апрель|апреля|апреле|апрелю|апр|сәуір|сәу|ابريل|نيسان|افريل"},
    {HW_SENSE_MONTH, 5, "may|mai|mayo|maio|maggio|mag|маи|мая|мае|маю|мамыр|мам|مايو|ايار"},
    {HW_SENSE_MONTH, 6,
     "june|jun|juin|junio|junho|giugno|giu|июнь|июня|июне|июню|июн|маусым|мау|يونيو|حزيران|جوان"},
    {HW_SENSE_MONTH, 7,
     "july|jul|juillet|juil|julio|julho|luglio|lug|июль|июля|июле|июлю|июл|шілде|шіл|يوليو|تموز|جويلية"},
    {HW_SENSE_MONTH, 8,
     "august|aug|aout|agosto|ago|август|августа|августе|августу|авг|тамыз|там|اغسطس|اب|اوت"},
    {HW_SENSE_MONTH, 9,
     "september|sept|sep|septembre|septiembre|setiembre|setembro|set|settembre|sett|"
     "сентябрь|сентября|сентябре|сентябрю|сен|сент|қыркүиек|қыр|سبتمبر|ايلول"},
    {HW_SENSE_MONTH, 10,
     "october|oct|octobre|octubre|outubro|out|ottobre|ott|октябрь|октября|октябре|октябрю|окт|қазан|қаз|"
     "اكتوبر|تشرين الاول"},
    {HW_SENSE_MONTH, 11,
     "november|nov|novembre|noviembre|novembro|ноябрь|ноября|ноябре|ноябрю|ноя|нояб|қараша|қар|"
     "نوفمبر|تشرين الثاني"},
    {HW_SENSE_MONTH, 12,
     "december|dec|decembre|diciembre|dic|dezembro|dez|dicembre|декабрь|декабря|декабре|декабрю|дек|"
     "желтоқсан|жел|ديسمبر|كانون الاول"},

    /* T: trimestre. */
    {HW_SENSE_QUARTER, 0,
     "q|qtr|quarter|t|trim|trimestre|кв|квартал|квартала|квартале|кварталу|тоқсан|الربع|ربع"},
    /* S: semestre. */
    {HW_SENSE_HALF, 0,
     "h|half|s|sem|semester|semestre|полугодие|полугодия|полугодии|полугодию|жартыжылдық|النصف"},
    {HW_SENSE_ORDINAL, 1,
     "first|i|premier|premiere|primer|primero|primera|primeiro|primo|первыи|первое|первого|первом|первому|бірінші|الاول"},
    {HW_SENSE_ORDINAL, 2,
     "second|ii|deuxieme|seconde|segundo|segunda|secondo|второи|второе|второго|втором|второму|екінші|الثاني"},
    {HW_SENSE_ORDINAL, 3,
     "third|iii|troisieme|tercer|tercero|tercera|terceiro|terzo|третии|третьего|третьем|третьему|үшінші|الثالث"},
    {HW_SENSE_ORDINAL, 4,
     "fourth|iv|quatrieme|cuarto|cuarta|quarto|четвертыи|четвертого|четвертом|четвертому|төртінші|الرابع"},

    {HW_SENSE_NEAR, HW_NEAR_ROUGH,
     "early|early in|beginning|start|mid|middle|late|late in|"
     "debut|mi|milieu|principios|a principios|comienzos|a comienzos|inicios|a inicios|mediados|a mediados|"
     "inicio|comeco|meados|inizio|meta|начало|начала|начале|началу|середина|середины|середине|"
     "بداية|اوائل|منتصف|اواسط|اواخر"},
    {HW_SENSE_NEAR, HW_NEAR_END,
     "end|the end|yearend|year end|end of year|end of the year|end year|eoy|fin|la fin|a la fin|fines|a fines|finales|a finales|final|"
     "fim|fine|конец|конца|конце|концу|نهاية"},
    {HW_SENSE_NEAR, HW_NEAR_ABOUT,
     "about|around|approx|approximately|circa|ca|c|vers|environ|alrededor|hacia|aproximadamente|"
     "por volta|cerca|около|примерно|ориентировочно|приблизительно|حوالي"},

    {HW_SENSE_SINCE, 0,
     "since|from|as from|as of|starting|starting from|starting in|beginning in|no earlier than|not earlier than|not before|"
     "depuis|des|a partir|a compter|desde|dal|с|начиная с|منذ|ابتداء من|اعتبارا من"},
    {HW_SENSE_BY, 0,
     "by|no later than|not later than|at the latest by|latest by|d ici|d ici a|au plus tard|a mas tardar|"
     "ate|ate o|ate ao|para|para o|o mais tardar|entro|к|не позднее|не позже|بحلول|في موعد اقصاه"},
    {HW_SENSE_BY, 1, "until|till|up to|through|thru|jusqu a|jusqu en|jusqu au|hasta|fino a|по|حتى"},
    {HW_SENSE_UPTO, 0, "до"},
    {HW_SENSE_BEFORE, 0, "before|prior to|avant|antes|prima|قبل"},
    {HW_SENSE_AFTER, 0, "after|apres|despues|depois|apos|dopo|после|بعد"},
    {HW_SENSE_BETWEEN, 0, "between|entre|tra|fra|между|بين"},
    {HW_SENSE_AND, 0, "and|et|y|e|и|و"},
    {HW_SENSE_TO, 0, "to|a|au|al|الى"},
    {HW_SENSE_OF, 0, "de|du|d|del|da|do|di|من"},
    {HW_SENSE_FILL, 0,
     "of|the|in|on|at|during|throughout|in the course of|in the|month|year|"
     "le|la|l|les|en|au cours|pendant|courant|courant de|mois|annee|an|el|los|durante|mes|ano|em|no decorrer|il|nel|mese|anno|"
     "в|во|на|в течение|года|год|году|годы|гг|г|месяц|жыл|жылы|жылғы|ж|في|خلال|شهر|عام|سنة|لعام|م"},
    {HW_SENSE_OPEN, 0,
     "ongoing|present|the present|now|today|current|date|en cours|ce jour|aujourd hui|"
     "actualidad|la actualidad|presente|oggi|настоящее время|н в|الان"},
    {HW_SENSE_ONWARDS, 0, "onwards|onward|on|and beyond|en adelante|em diante|et au dela|и далее|فصاعدا"},
    {HW_SENSE_PHASES, 0,
     "in phases|phased|in stages|par phases|par etapes|en phases|en fases|por fases|por etapas|em fases|in fasi|"
     "поэтапно|по этапам|в несколько этапов|على مراحل"},
    {HW_SENSE_DOUBT, 0,
     "tentative|tentatively|provisional|provisionally|estimated|estimate|est|indicative|expected|planned|ish|tbc|"
     "to be confirmed|provisoire|indicatif|estime|prevu|prevue|a confirmer|"
     "tentativo|tentativa|estimado|estimada|previsto|prevista|provisorio|por confirmar|a confirmar|"
     "предварительно|планируется|ожидается|مبديي|مبدئي|متوقع|يوكد لاحقا|болжамды"},
    {HW_SENSE_WEEKDAY, 0,
     "monday|tuesday|wednesday|thursday|friday|saturday|sunday|"
     "lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|"
     "lunes|martes|miercoles|jueves|viernes|sabado|domingo|понедельник|вторник|среда|четверг|пятница|суббота|воскресенье"},
    {HW_SENSE_CLOCK, 0, "am|pm|a m|p m|utc|gmt|z"},
};

/* Whole texts that say there is no date, without their spaces. */
static const char dateless[] =
    "|na|notapplicable|none|nodate|notset|notspecified|tbd|tba|tbc|tobedetermined|tobedefined|tobedecided|"
    "tobeconfirmed|tobeannounced|tobeagreed|ongoing|continuous|continuously|continuing|continual|permanent|permanently|"
    "asap|assoonaspossible|immediate|immediately|asneeded|asrequired|whenneeded|adhoc|onrequest|"
    "daily|weekly|monthly|bimonthly|quarterly|annual|annually|yearly|biannual|biannually|regular|regularly|recurring|"
    "shortterm|mediumterm|longterm|"
    "encours|encontinu|continu|continue|permanente|adefinir|adeterminer|aconfirmer|apreciser|neant|sansobjet|"
    "desquepossible|immediat|selonlesbesoins|mensuel|trimestriel|annuel|courtterme|moyenterme|longterme|"
    "continuo|continua|encurso|pordefinir|porconfirmar|pordeterminar|noaplica|nocorresponde|sinfecha|loantesposible|"
    "cuantoantes|inmediato|mensual|trimestral|anual|cortoplazo|medianoplazo|largoplazo|"
    "emcurso|emandamento|aconfirmar|adeterminar|naoseaplica|naoaplicavel|omaisbrevepossivel|imediato|mensal|"
    "curtoprazo|medioprazo|longoprazo|incorso|dadefinire|"
    "постоянно|напостоянноиоснове|непрерывно|впроцессе|текущее|уточняется|"
    "подлежитуточнению|будетопределено|померенеобходимости|какможноскорее|неприменимо|нд|нет|бессрочно|немедленно|"
    "регулярно|ежедневно|ежемесячно|ежеквартально|ежегодно|краткосрочныи|среднесрочныи|долгосрочныи|"
    "тұрақты|үнемі|жылсаиын|анықталады|белгісіз|"
    "مستمر|مستمرة|متواصل|دائم|جار|جاري|قيدالتنفيذ|غيرمحدد|يحددلاحقا|فياقربوقتممكن|لاينطبق|غيرمتاح|فوري|شهري|سنوي|";

/* и, е and the rest are what is left of 4-й, 1-е, 2-го; "nd" and "rd" of 2nd,
 * 3rd; o and a of the Spanish, Portuguese and Italian signs. */
static const char suffixes[] = "|st|nd|rd|th|er|re|e|eme|o|a|и|ыи|ои|я|е|ое|го|ого|ші|шы|";

/* Whether `word` is one of a list whose words each stand between two bars. */
static bool listed(const char *list, const char *word)
{
    size_t n = strlen(word);

    if (n == 0)
        return false;
    for (const char *at = strstr(list, word); at != NULL; at = strstr(at + 1, word))
        if (at > list && at[-1] == '|' && at[n] == '|')
            return true;
    return false;
}

bool hw_sense_dateless(const char *letters)
{
    return listed(dateless, letters);
}

bool hw_sense_suffix(const char *word)
{
    return listed(suffixes, word);
}

/* Compares one name of a list, which ends at '|' or NUL, with the words from
 * `at`; returns how many tokens it takes, 0 when it differs. */
static size_t match(const char *name, const struct hw_tokens *tokens, size_t at)
{
    size_t taken = 0, n;

    for (;;) {
        const struct hw_token *t = &tokens->t[at + taken];

        if (at + taken == tokens->n || t->sense != HW_SENSE_WORD)
            return 0;
        n = strlen(t->text);
        if (strncmp(name, t->text, n) != 0)
            return 0;
        name += n;
        taken++;
        if (*name == '|' || *name == '\0')
            return taken;
        if (*name != ' ')
            return 0;
        name++;
    }
}

size_t hw_sense_find(const struct hw_tokens *tokens, size_t at, enum hw_sense *sense, int *value)
{
    size_t best = 0, taken;

    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        for (const char *name = table[i].names; name != NULL; name = strchr(name, '|')) {
            name += *name == '|';
            taken = match(name, tokens, at);
            if (taken <= best)
                continue;
            best = taken;
            *sense = table[i].sense;
            *value = table[i].value;
        }
    }
    return best;
}
