/* vocabulary.h: the vocabularies that the schema's enum fields name.
 * Floor 1.  Only schema.c and the tests need it; everyone else reaches a
 * vocabulary through its field. */
#ifndef HEADWAY_PROTO_VOCABULARY_H
#define HEADWAY_PROTO_VOCABULARY_H

#include "headway/schema.h"

extern const struct hw_vocabulary hw_words_office_kind;
extern const struct hw_vocabulary hw_words_office_state;
extern const struct hw_vocabulary hw_words_incarnation_reason;
extern const struct hw_vocabulary hw_words_grant_role;
extern const struct hw_vocabulary hw_words_group_kind;
extern const struct hw_vocabulary hw_words_member_role;
extern const struct hw_vocabulary hw_words_member_state;
extern const struct hw_vocabulary hw_words_participation_state;
extern const struct hw_vocabulary hw_words_plan_state;
extern const struct hw_vocabulary hw_words_date_order;
extern const struct hw_vocabulary hw_words_item_type;
extern const struct hw_vocabulary hw_words_status;
extern const struct hw_vocabulary hw_words_resource_type;
extern const struct hw_vocabulary hw_words_resource_state;
extern const struct hw_vocabulary hw_words_meeting_type;

#endif
