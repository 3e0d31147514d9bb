/* sink.c: stdout, or a file that appears whole or not at all (floor 2, noun:
 * sink). */
#include "client/sink.h"

#include <errno.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

enum hw_status hw_sink_open(struct hw_sink *sink, const char *path, struct hw_err *err)
{
    *sink = (struct hw_sink){.to = stdout};
    if (!path || strcmp(path, "-") == 0)
        return HW_OK;
    if (strlen(path) > 4096)
        return hw_fail(err, HW_LIMIT, "the file's path is too long");
    struct stat st;
    bool direct = stat(path, &st) == 0 && !S_ISREG(st.st_mode);
    if (!direct)
        snprintf(sink->draft, sizeof sink->draft, "%s.part-%d", path, (int)getpid());
    sink->path = path;
    sink->to = direct ? fopen(path, "w") : fopen(sink->draft, "wx");
    if (!sink->to)
        return hw_fail(err, HW_IO, "cannot write %s: %s", path, strerror(errno));
    return HW_OK;
}

enum hw_status hw_sink_close(struct hw_sink *sink, bool keep, struct hw_err *err)
{
    if (!sink->path)
        return HW_OK; /* main looks whether stdout took everything */
    bool written = !ferror(sink->to);
    written = fclose(sink->to) == 0 && written;
    if (keep && written && (!*sink->draft || rename(sink->draft, sink->path) == 0))
        return HW_OK;
    int why = errno;
    if (*sink->draft)
        unlink(sink->draft);
    return keep ? hw_fail(err, HW_IO, "cannot write %s: %s", sink->path, strerror(why)) : HW_OK;
}

bool hw_sink_ends(const char *path, const char *ending)
{
    size_t n = strlen(path), m = strlen(ending);
    return n > m && strcasecmp(path + n - m, ending) == 0;
}
