/* ctl.h: the local socket HOME/ctl.sock for staff (include/headway/ctl.h says
 * what goes over it).  Floor 3. */
#ifndef DAEMON_CTL_H
#define DAEMON_CTL_H

#include "daemon/node.h"

struct hw_ctl;
HW_MUST_USE enum hw_status hw_ctl_new(struct hw_node *node, struct hw_ctl **ctl, struct hw_err *err);
/* Stops listening and ends all connections; then the loop may end. */
void hw_ctl_stop(struct hw_ctl *ctl);
void hw_ctl_free(struct hw_ctl *ctl); /* after the loop has ended */

#endif
