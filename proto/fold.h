/* fold.h: what the word tables of proto/ share about folded text.
 * Floor 1.  hw_fold itself is in headway/schema.h. */
#ifndef HEADWAY_PROTO_FOLD_H
#define HEADWAY_PROTO_FOLD_H

#include "headway/bytes.h"

/* hw_fold, then without the punctuation that people leave around a word in a
 * table cell: "Completed.", "Status:", "( SHORT TERM )". Arena string. */
const char *hw_fold_word(struct hw_arena *arena, struct hw_slice text);

/* Whether `folded` is one of the words of `list`, which are separated by '|'.
 * NULL lists nothing; the empty word is in no list. */
bool hw_fold_listed(const char *list, const char *folded);

#endif
