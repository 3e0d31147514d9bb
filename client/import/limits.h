/* limits.h: how much of a file is taken.  Floor 2, noun: import. */
#ifndef CLIENT_IMPORT_LIMITS_H
#define CLIENT_IMPORT_LIMITS_H

/* A file over one of the first three is refused; the others make a
 * problem of the row and leave the rest of the file alone. */
enum {
    /* The largest real tracker met has 0.6 MB; a request may have 48 MiB
     * (HW_CTL_MAX), and UTF-16 has two bytes for one. */
    HW_IMPORT_FILE_MAX = 64 * 1024 * 1024,
    /* What the daemon takes in one change within the memory that its unit allows
     * (7 kB a row), 100,000 with heads and preamble; beyond it is no tracker but a data set. */
    HW_IMPORT_ROWS_MAX = 101000,
    /* Filled cells: a full table of 100,000 rows and 40 columns. Bounds the
     * memory (100 MB), because a hostile file has a cell in every second byte. */
    HW_IMPORT_CELLS_MAX = 4000000,
    /* Trackers have up to 30 columns, data sets of statistics offices hundreds. */
    HW_IMPORT_COLUMNS_MAX = 1000,
    /* Sheets and tables of one file; the largest real workbook met has 14. */
    HW_IMPORT_TABLES_MAX = 1000,
    /* The longest comment (schema.c): what is longer fits no field at all. */
    HW_IMPORT_CELL_MAX = 60000,
    /* Entries of one cell that holds a set: an event has 256 operations
     * (HW_OPS_MAX), and an item four sets beside its other fields. */
    HW_IMPORT_PARTS_MAX = 50,
    /* Bytes of `rest`: with the file's name it must fit the field `source` of
     * 4096 bytes. What does not fit becomes a comment. */
    HW_IMPORT_REST_MAX = 3500
};

#endif
