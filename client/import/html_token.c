/* html_token.c: the tags and texts of a page.
 * Floor 2, noun: import html token.  Pages are what a browser made something of: tags are
 * not closed, attributes not quoted. Whatever is not understood is text. */
#include "client/import/html_token.h"

#include <string.h>
#include <strings.h>

static bool is_letter(uint8_t c)
{
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

static bool is_blank(uint8_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool starts(const struct hw_html_reader *r, size_t at, const char *with)
{
    size_t n = strlen(with);
    return r->page.n - at >= n && strncasecmp((const char *)r->page.p + at, with, n) == 0;
}

/* Behind the next `end`, or at the end of the page. */
static size_t behind(const struct hw_html_reader *r, size_t at, const char *end)
{
    size_t n = strlen(end);
    const uint8_t *found = at < r->page.n ? memmem(r->page.p + at, r->page.n - at, end, n) : NULL;
    return found != NULL ? (size_t)(found - r->page.p) + n : r->page.n;
}

/* Where the end tag of a raw element begins. */
static size_t raw_end(const struct hw_html_reader *r, size_t at)
{
    size_t n = strlen(r->raw);
    while (at < r->page.n) {
        const uint8_t *found = memchr(r->page.p + at, '<', r->page.n - at);
        if (found == NULL)
            break;
        at = (size_t)(found - r->page.p);
        if (at + 2 + n <= r->page.n && r->page.p[at + 1] == '/' && starts(r, at + 2, r->raw))
            return at;
        at++;
    }
    return r->page.n;
}

/* Behind the ">" of a tag; one inside quotes does not count. A tag that is
 * never closed ends where the next begins. */
static size_t tag_end(const struct hw_html_reader *r, size_t at)
{
    uint8_t quote = 0;
    size_t from = at;
    for (; at < r->page.n; at++) {
        uint8_t c = r->page.p[at];
        if (quote != 0)
            quote = c == quote ? 0 : quote;
        else if ((c == '"' || c == '\'') && at > from && (r->page.p[at - 1] == '=' || is_blank(r->page.p[at - 1])))
            quote = c;
        else if (c == '>')
            return at + 1;
        else if (c == '<')
            return at;
    }
    if (quote == 0)
        return at;
    /* The quote was never closed. */
    const uint8_t *end = memchr(r->page.p + from, '>', r->page.n - from);
    return end != NULL ? (size_t)(end - r->page.p) + 1 : r->page.n;
}

static void take_tag(struct hw_html_reader *r, struct hw_html_token *token)
{
    static const char *const raws[] = {"script", "style", "template", "svg", "noscript"};
    size_t at = r->at + 1, n = 0;
    token->kind = HW_HTML_OPEN;
    if (r->page.p[at] == '/') {
        token->kind = HW_HTML_CLOSE;
        at++;
    }
    for (; at < r->page.n && (is_letter(r->page.p[at]) || (r->page.p[at] >= '0' && r->page.p[at] <= '9')); at++)
        if (n + 1 < HW_HTML_NAME_MAX)
            token->name[n++] = (char)(r->page.p[at] | 0x20);
    /* <o:p> of Word is no <p>. */
    if (at < r->page.n && (r->page.p[at] == ':' || r->page.p[at] == '-'))
        n = 0;
    token->name[n] = 0;
    size_t end = tag_end(r, at);
    token->text = (struct hw_slice){r->page.p + at, end - at};
    if (token->text.n > 0 && token->text.p[token->text.n - 1] == '>')
        token->text.n--;
    bool closed = token->text.n > 0 && token->text.p[token->text.n - 1] == '/';
    r->at = end;
    r->raw = NULL;
    for (size_t i = 0; i < sizeof raws / sizeof raws[0] && token->kind == HW_HTML_OPEN && !closed; i++)
        if (strcmp(token->name, raws[i]) == 0)
            r->raw = raws[i];
}

/* Whether a tag begins here, rather than "a < b". */
static bool tag_here(const struct hw_html_reader *r, size_t at)
{
    if (at + 1 >= r->page.n || r->page.p[at] != '<')
        return false;
    uint8_t c = r->page.p[at + 1];
    return is_letter(c) || (c == '/' && at + 2 < r->page.n && is_letter(r->page.p[at + 2]));
}

static void count_lines(struct hw_html_reader *r, size_t to)
{
    for (; r->counted < to; r->counted++)
        r->line += r->page.p[r->counted] == '\n';
}

void hw_html_next(struct hw_html_reader *r, struct hw_html_token *token)
{
    *token = (struct hw_html_token){.kind = HW_HTML_END};
    for (;;) {
        if (r->raw != NULL) {
            r->at = raw_end(r, r->at);
            r->raw = NULL;
        }
        if (r->at >= r->page.n)
            return;
        if (starts(r, r->at, "<!--"))
            r->at = behind(r, r->at + 4, "-->");
        else if (starts(r, r->at, "<!") || starts(r, r->at, "<?"))
            r->at = behind(r, r->at + 2, ">");
        else
            break;
    }
    count_lines(r, r->at);
    if (tag_here(r, r->at)) {
        take_tag(r, token);
        return;
    }
    size_t from = r->at++;
    while (r->at < r->page.n && !(r->page.p[r->at] == '<' && (tag_here(r, r->at) || starts(r, r->at, "<!") ||
                                                              starts(r, r->at, "<?"))))
        r->at++;
    token->kind = HW_HTML_TEXT;
    token->text = (struct hw_slice){r->page.p + from, r->at - from};
}

bool hw_html_is(const struct hw_html_token *token, const char *name)
{
    return strcmp(token->name, name) == 0;
}

bool hw_html_attribute(const struct hw_html_token *token, const char *name, struct hw_slice *value)
{
    struct hw_slice all = token->text;
    size_t at = 0, length = strlen(name);
    while (at < all.n) {
        while (at < all.n && (is_blank(all.p[at]) || all.p[at] == '/'))
            at++;
        size_t from = at;
        while (at < all.n && !is_blank(all.p[at]) && all.p[at] != '=')
            at++;
        bool found = at - from == length && strncasecmp((const char *)all.p + from, name, length) == 0;
        while (at < all.n && is_blank(all.p[at]))
            at++;
        *value = (struct hw_slice){all.p + at, 0};
        if (at < all.n && all.p[at] == '=') {
            for (at++; at < all.n && is_blank(all.p[at]); at++)
                ;
            uint8_t quote = at < all.n && (all.p[at] == '"' || all.p[at] == '\'') ? all.p[at++] : 0;
            from = at;
            while (at < all.n && (quote != 0 ? all.p[at] != quote : !is_blank(all.p[at])))
                at++;
            *value = (struct hw_slice){all.p + from, at - from};
            at += quote != 0 && at < all.n;
        }
        if (found)
            return true;
    }
    return false;
}

uint32_t hw_html_number(const struct hw_html_token *token, const char *name)
{
    struct hw_slice value;
    uint32_t number = 0;
    if (!hw_html_attribute(token, name, &value))
        return 1;
    for (size_t i = 0; i < value.n && value.p[i] >= '0' && value.p[i] <= '9' && number < 100000; i++)
        number = number * 10 + (uint32_t)(value.p[i] - '0');
    /* 0 is "to the end of the table". */
    return number == 0 && value.n > 0 && value.p[0] == '0' ? 65534 : number > 0 ? number : 1;
}
