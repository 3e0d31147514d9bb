/* lint_words.c: words by which people say that something is missing or still to
 * come (floor 3, noun: word).  Pure. Words of pending are folded by hw_fold;
 * placeholders are looked for in the text as it stands, so that it can be
 * written again without them. */
#include <string.h>

#include "daemon/lint.h"

/* ---- placeholders ---- */

/* Alone between spaces or signs, in any ASCII case. The two Cyrillic letters look like Latin ones. */
static const char *const whole[] = {
    "\u0425\u0425",     "\u0425\u0425\u0425", "TBD",             "TBC",             "TBA",
    "T.B.D.",           "T.B.C.",           "to be determined", "to be confirmed", "to be defined",
    "to be decided",    "to be announced",  "à définir",        "à déterminer",    "à confirmer",
    "à préciser",       "à compléter",      "À définir",        "À déterminer",    "À confirmer",
    "À préciser",       "À compléter",      "por definir",      "por determinar",  "por confirmar",
    "a definir",        "a confirmar",      "a determinar",     "уточняется",      "Уточняется",
    "подлежит уточнению", "Подлежит уточнению", "будет определено", "Будет определено", "уточнить",
    "Уточнить",         "يحدد لاحقا",       "يحدد لاحقاً",       "анықталады",      "Анықталады",
    "lorem ipsum",
};
/* Anywhere. */
static const char *const signs[] = {"(?)", "[?]", "(?\?)", "[...]", "[…]", "???", "??", "؟؟", "___", "<...>", "(...)"};

/* A letter or digit of any script: beyond ASCII all but the signs that stand around words. */
static bool letter(unsigned char c)
{
    return c >= 0x80 || (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

static unsigned char lower(char c)
{
    return (unsigned char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

static bool begins(const char *text, const char *word, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (lower(text[i]) != lower(word[i]))
            return false;
    return true;
}

/* "[insert name]", "<insert date>": a template that was not filled in. */
static size_t template_at(const char *text)
{
    size_t n = (*text == '[' || *text == '<') && begins(text + 1, "insert ", 7) ? strcspn(text, "]>") : 0;
    return n && text[n] ? n + 1 : 0;
}

/* Two or more X that stand for a number or a name; they are all of one case. */
static size_t unknown_at(const char *text)
{
    size_t n = *text == 'X' || *text == 'x' ? strspn(text, *text == 'X' ? "X" : "x") : 0;
    return n >= 2 && !letter((unsigned char)text[n]) ? n : 0;
}

static size_t word_at(const char *text, bool start)
{
    size_t n = template_at(text);
    if (n == 0 && start)
        n = unknown_at(text);
    for (size_t i = 0; i < sizeof signs / sizeof signs[0] && n == 0; i++)
        if (*text == signs[i][0] && strncmp(text, signs[i], strlen(signs[i])) == 0)
            n = strlen(signs[i]);
    for (size_t i = 0; i < sizeof whole / sizeof whole[0] && start && n == 0; i++) {
        if (lower(*text) != lower(whole[i][0]))
            continue;
        size_t length = strlen(whole[i]);
        if (begins(text, whole[i], length) && !letter((unsigned char)text[length]))
            n = length;
    }
    return n;
}

bool hw_lint_placeholder(const char *text, size_t *at, size_t *n)
{
    for (*at = 0; text[*at]; (*at)++) {
        *n = word_at(text + *at, *at == 0 || !letter((unsigned char)text[*at - 1]));
        while (*n && (text[*at + *n] == '_' || text[*at + *n] == '?'))
            (*n)++; /* a longer line to be filled in */
        if (*n)
            return true;
    }
    return false;
}

const char *hw_lint_without(struct hw_arena *arena, const char *text)
{
    size_t at, n;
    while (hw_lint_placeholder(text, &at, &n)) {
        const char *after = text + at + n + strspn(text + at + n, " ");
        while (at > 0 && text[at - 1] == ' ')
            at--;
        bool gap = at > 0 && *after && !strchr(".,;:)", *after);
        text = hw_arena_printf(arena, "%.*s%s%s", (int)at, text, gap ? " " : "", after);
    }
    text += strspn(text, " :;,-.)");
    n = strlen(text);
    while (n && (strchr(" :;,-(", text[n - 1]) || (text[n - 1] == '.' && n > 1 && strchr(" :;,-(", text[n - 2]))))
        n--;
    return hw_arena_text(arena, text, n);
}

/* ---- pending ---- */

static const char *const pending[] = {
    "pending",         "awaiting",        "awaited",         "not yet",        "still to be",   "yet to be",
    "still waiting",   "remains to be",   "to be finalised", "to be finalized", "en attente",    "pas encore",
    "reste a",         "a finaliser",     "pendiente",       "pendientes",     "a la espera",   "aun no",
    "todavia no",      "por finalizar",   "pendente",        "pendentes",      "ainda nao",     "aguarda",
    "aguardando",      "ожидается",       "ожидает",         "в ожидании",     "еще не",        "ещё не",
    "пока не",         "не завершено",    "не завершен",     "предстоит",      "قيد الانتظار",   "معلق",
    "معلقة",           "لم يكتمل",        "لم تكتمل",        "لم يتم بعد",     "بانتظار",       "في انتظار",
    "күтілуде",        "әлі аяқталмаған", "аяқталмады",      "әлі де",
};
/* What turns the word round: "no longer pending", "nothing is pending". */
static const char *const denied[] = {"no ",  "no longer ", "not ", "nothing ", "nothing is ", "none ", "none is ",
                                     "plus ", "ya no ",    "nada ", "nao ",    "больше не ",  "не "};

static bool is_denied(const char *text, const char *at)
{
    for (size_t i = 0; i < sizeof denied / sizeof denied[0]; i++) {
        size_t n = strlen(denied[i]);
        if ((size_t)(at - text) >= n && memcmp(at - n, denied[i], n) == 0)
            return true;
    }
    return false;
}

bool hw_lint_pending(struct hw_arena *arena, const char *text)
{
    const char *folded = hw_fold(arena, hw_slice_text(text));
    for (size_t i = 0; i < sizeof pending / sizeof pending[0]; i++) {
        size_t n = strlen(pending[i]);
        for (const char *at = strstr(folded, pending[i]); at; at = strstr(at + 1, pending[i]))
            if ((at == folded || !letter((unsigned char)at[-1])) && !letter((unsigned char)at[n]) &&
                !is_denied(folded, at))
                return true;
    }
    return false;
}
