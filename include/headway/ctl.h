/* ctl.h: the local protocol between `headway` and its daemon, over the Unix
 * socket HOME/ctl.sock.  Floor 0.  The kernel names the user (SO_PEERCRED).
 *
 * Frame: 4 bytes length (big endian, at most HW_CTL_MAX), then one CBOR item.
 *   request  [1, verb text, {args: text -> text | int | bool | null | [text] | [map]}, author text or null]
 *   row      [1, 0, document]            any number of them
 *   end      [1, 1, status uint, text, document or null]    exactly one, the last
 * One request at a time on a connection; further ones may follow after its end.
 * Documents are CBOR maps, arrays (also of open length), text, integers, doubles, bools, null and map one to one
 * onto JSON: for reading commands they ARE the `--json` documents of the command contract, row by row for those that are arrays.
 *
 * verb          args                                               answer
 * ping                                                             end {node, version, home}
 * status                                                           end = status --json
 *               ("orphans": [{incarnation, groups[], changes:int, text}]: what a relay took of lives that have ended since, or of offices
 *               that were revoked, and nobody admits any more; "carried" leaves it out)
 * sync          wait:int seconds (0: do not wait), now:bool        end = sync --json; status TIMEOUT when not done in time
 * office.list                                                      rows {code,name,kind,countries[],state,last_heard,behind,groups[]}
 * office.show   code                                               end, same with incarnations[], grants[]
 * group.add     code, assign[]                                     end change document
 * group.list                                                       rows {code,name,kind,region,countries[],plans,items,role}
 * group.show    code                                               end, record document
 * plan.add      group, title, assign[]                             end change document
 * plan.list     group?                                             rows {id,code,group,title,state,period,items,completed,overdue}
 * plan.show     plan                                               end, record document
 * add           kind ("item" when absent), type?, title?, plan?, group?, assign[], comment?   end change document
 * set           target[] (an id, PLAN/NUMBER, or filters), assign[], comment?, dry_run, yes   end change document
 * comment       id, text          archive  id                      end change document
 * show          id                                                 end = show --json (+ "log": last 10 of log --json)
 * list          filter[]                                           rows of list --json
 * log           id?, field?, since?, until?, author?, office?, limit:int
 *                                                                  rows of log --json; end = null, or where there is history that is not held here
 *                                                                  {older_elsewhere: group, before, id or null, since_ms:int, older:[{group, before, next:int}]}
 * history       group, next:int, id?, since_ms:int (all four as the end of log has them), field?, since?, until?, author?, office?, limit:int
 *                                                                  a page of that from the hub: rows of log --json, end {next:int}: 0 when that was all;
 *                                                                  status TIMEOUT, and the reason, when it cannot be had now
 * undo          change?, dry_run                                   end change document (+ "left": [{id,field,reason}]; DECISION)
 * conflicts     filter[]                                           rows of conflicts --json
 * resolve       id, field, one of mine:bool theirs:bool take:int value:text                   end change document
 * todo                                                             rows {what, id, field?, text, command}
 * refused                                                          rows of refused --json
 * import        group?, plan?, plan_new?, plan_unnamed:bool (plan_new is no person's word), file, dates?, map[]? ("Head=field" as typed: remembered
 *               for the group), heads[]? (fields that the file has columns for: a cell of them that was filled and is blank now takes its
 *               value away), dry_run, skip_bad, archive_missing, rows[] (see below)
 *                                                                  end = import --json + {plan:{id,code,title,new} or null, change, conflicts:int,
 *                                                                  missing:int, archived:int, left:[{id,title,field,reason}]}
 * import.map    group?, plan?                                      rows {head (folded), field}: what heads meant at the last imports into the group;
 *                                                                  none when the group is not plain
 * export        filter[], kinds[]?, after?, limit:int, touched:bool
 *                                                                  rows: jsonl objects sorted by kind then id (touched: + made, made_by, made_at,
 *                                                                  updated); end {next: text or null}: pass it as `after` for the next page, which
 *                                                                  half a MiB ends, too
 * report        by, filter[], period?, as_of?                      end = report --json + {"freshness":[{office,last_heard,note}]}
 * lint          filter[]                                           rows: lint --json + {"short"}
 * recovery.end  nothing; answers {heard:int, waiting[]}: a restored hub waits no longer
 * invite        code, name?, kind?, countries?, groups[] ("G[:ROLE[:COUNTRIES]]"), expires seconds:int, replace:bool
 *                                                                  end {code, invitation: text of the file, words:[4], expires, groups[]}
 * verify                                                           end = verify --json (+ entries:int, found:int, which counts also what is
 *                                                                  not listed); status CORRUPT when there are faults
 * backup.begin  keys:bool, passphrase?                             end {id, office, size:int, keys:bool, made}
 * backup.read   id, from:int                                       end {data: base64 of at most 144 KiB from that byte on}
 * backup.end                                                       end {backup: time}: the file is stored; `status` names the time
 * bundle.seal                                                      nothing: what waits here is sealed, so that a bundle can hold it
 * bundle.begin  for?, all:bool, open:bool                          end {id, office, for or null, size:int, entries:int, events:int}; backup.read gives it
 * apply.put     id?, data: base64 of at most 512 KiB               end {id}: one piece more of a file; without id a new one
 * apply.check   id                                                 end {office, made}: the file is whole, signed, and could be opened
 * apply         id                                                 end {office, made, entries:int, events:int, known:int, waiting:int, beyond:int, left[]}
 * apply.end     id                                                 nothing: the file is gone
 * redact        event, reason, dry_run                             end {event, id, group, author, office, dry_run, values:[{field,value}], also:[event]}
 * verify.against id (of apply.put)                                 end {office, made, signature:good|unknown, segments, entries, events, same, records, found,
 *                                                                  faults[], missing_here[], missing_there[]}; status CORRUPT when it differs
 *
 * assign: "field=value" | "field+=value" | "field-=value" as typed; `field=` clears. For sets `field=a,b` replaces.
 * filter: as typed by the person: "country:KAZ", "status:overdue", free words ...
 * import row: {row:int, line:int, key:text (natural key), kind:text, parent:int? (row number of its parent row),
 *              fields:[[field, text, column, meant], ...] (several entries of one set field add up; `meant`, if any, is what another
 *              node has read in it: the EDTF of a time, "-" for none, or the label of a word), comments:[text, ...],
 *              rest:text (cells that no field took, kept in `source`),
 *              whole:bool (a record as Headway exported it: nothing is filled in, `source` is that of the record while it is new),
 *              id:text?, parent_id:text? (of a table that Headway exported: the row is that record, or a new one of that id),
 *              base:text? ("field=hash ..." of the export, headway/base.h; what is above counts as field `parent`, its text is the id)}
 *              kind: item (when absent), member, participation, meeting, resource, review, comment (with `on`; its text is only ever added);
 *              plan and group, once each and without key and id: fields of the plan and of the group that the rows go to; plan with an id:
 *              any plan
 *              or, for a row that cannot be taken apart: {row:int, line:int, problem:text, column:text, value:text}
 * change document: {change, saved:bool, dry_run:bool, pending:int, connected:bool, upstream:text or null, offline_since:text or null,
 *              records:[{id, short, kind, title, group, new:bool, comment:bool, changes:[{field, before, after}]}], note:text or null}
 *              (before and after as a person reads them; "" for none)
 */
#ifndef HEADWAY_CTL_H
#define HEADWAY_CTL_H

#include "headway/cbor.h"

#define HW_CTL_VERSION 1
/* One import of 100,000 rows of 300 bytes fits, with the names that it needs;
 * a longer request is refused before it is read. */
#define HW_CTL_MAX (48u * 1024 * 1024)

#endif
