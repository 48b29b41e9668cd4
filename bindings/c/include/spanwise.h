/* Spanwise bundles in your own process: open one, ask what it is, score rows. docs/embedding.md tells the whole story.
 *
 * Every function but spanwise_abi gives SPANWISE_OK or why it refuses; spanwise_message then has a sentence that names what
 * was found and what was expected. Nothing is written to your places by a call that is refused, except lengths of texts.
 * All functions may be called from any thread at any time; many threads may score with one bundle.
 *
 * The library checks what can be checked: null and unaligned addresses, lengths, handles, UTF-8, kinds, offsets. It cannot
 * see whether an address leads to as many values as you say: that is yours to keep.
 */
#ifndef SPANWISE_H
#define SPANWISE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The ABI that this header describes. Compare it with spanwise_abi() once, before anything else. */
#define SPANWISE_ABI 1

/* What functions give. */
#define SPANWISE_OK 0
#define SPANWISE_NULL_POINTER 1    /* an address that must lead somewhere is null */
#define SPANWISE_NO_HANDLE 2       /* no bundle is open under this number */
#define SPANWISE_WRONG_SIZE 3      /* a length or position does not fit, or an address is not aligned */
#define SPANWISE_NOT_UTF8 4        /* a text is not UTF-8 */
#define SPANWISE_NOT_A_BUNDLE 5    /* the file cannot be read, is damaged, or is of a newer version */
#define SPANWISE_WRONG_ROWS 6      /* a column is missing or of another kind, or a cell cannot be */
#define SPANWISE_BROKEN_CONTRACT 7 /* rows break a rule of the bundle's contract */
#define SPANWISE_WRONG_OPTION 8    /* something is asked for that there is not */
#define SPANWISE_INTERNAL 99       /* a fault in the library, please report it */

/* Kinds of inputs and columns, and what `values` of a SpanwiseColumn are. */
#define SPANWISE_BOOLEAN 1 /* uint8_t, 0 or 1 */
#define SPANWISE_INTEGER 2 /* int64_t */
#define SPANWISE_NUMBER 3  /* double; NaN is missing, infinities are refused */
#define SPANWISE_TEXT 4    /* bytes of UTF-8, one text behind the other, and `offsets`; blank texts are missing */
#define SPANWISE_DATE 5    /* int32_t, days since 1970-01-01 */
#define SPANWISE_TIME 6    /* int64_t, microseconds since 1970-01-01 UTC */
#define SPANWISE_STRINGS 7 /* const char *, ended by zeros; null is missing. For columns alone: inputs are SPANWISE_TEXT */

/* What becomes of rows that break a rule of the contract (rules that only flag break nothing). */
#define SPANWISE_REFUSE 0    /* the call is refused */
#define SPANWISE_LEAVE_OUT 1 /* they get NaN and the decision -1, or null as Arrow */
#define SPANWISE_SCORE 2     /* they are scored all the same */

/* One column of rows. Columns that the bundle does not ask for are not looked at, so that any table may be given.
 * What stands for what: whole numbers and truths for numbers; 0 and 1 for truths; numbers and truths for texts of
 * categories; days, times and their ISO 8601 texts for each other. */
typedef struct SpanwiseColumn {
    const char *name;        /* UTF-8, ended by a zero */
    uint32_t kind;           /* SPANWISE_BOOLEAN ... SPANWISE_STRINGS */
    const void *values;      /* aligned as their type is */
    size_t n_values;         /* the number of rows; for SPANWISE_TEXT the number of bytes */
    const int64_t *offsets;  /* for SPANWISE_TEXT: row r is bytes offsets[r] to offsets[r + 1]; else not looked at */
    size_t n_offsets;        /* the number of rows + 1 */
    const uint8_t *validity; /* a byte a row, 0 for missing; null if every cell is there */
    size_t n_validity;       /* the number of rows */
} SpanwiseColumn;

/* How to score; a null pointer stands for zeros. Nothing here changes a bit of a score. */
typedef struct SpanwiseOptions {
    uint32_t n_threads;   /* 0 is one; at most 1024 */
    uint32_t n_reasons;   /* how many reasons in the column `reasons`; only for spanwise_score_arrow */
    uint32_t broken_rows; /* SPANWISE_REFUSE, SPANWISE_LEAVE_OUT or SPANWISE_SCORE */
} SpanwiseOptions;

/* Your buffers for scores; a null pointer with length 0 says that something is not wanted. */
typedef struct SpanwiseScores {
    double *margins;    /* row by row, spanwise_n_outputs of each */
    size_t n_margins;   /* the number of rows * spanwise_n_outputs */
    double *answers;    /* likewise: the probability of the positive class or of each class; numbers, quantiles, scores */
    size_t n_answers;   /* the number of rows * spanwise_n_outputs */
    int32_t *decisions; /* the class decided for, a position for spanwise_class */
    size_t n_decisions; /* the number of rows; 0 if there are no classes */
    double *intervals;  /* low and high of each row */
    size_t n_intervals; /* the number of rows * 2; 0 if the bundle has no intervals */
    uint8_t *kept;      /* 0 for rows that break the contract, else 1 */
    size_t n_kept;      /* the number of rows */
} SpanwiseScores;

/* The Arrow C data interface, as https://arrow.apache.org/docs/format/CDataInterface.html has it. */
#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE
#define ARROW_FLAG_DICTIONARY_ORDERED 1
#define ARROW_FLAG_NULLABLE 2
#define ARROW_FLAG_MAP_KEYS_SORTED 4

struct ArrowSchema {
    const char *format;
    const char *name;
    const char *metadata;
    int64_t flags;
    int64_t n_children;
    struct ArrowSchema **children;
    struct ArrowSchema *dictionary;
    void (*release)(struct ArrowSchema *);
    void *private_data;
};

struct ArrowArray {
    int64_t length;
    int64_t null_count;
    int64_t offset;
    int64_t n_buffers;
    int64_t n_children;
    const void **buffers;
    struct ArrowArray **children;
    struct ArrowArray *dictionary;
    void (*release)(struct ArrowArray *);
    void *private_data;
};
#endif

/* ---- the library */

/* The ABI of the library that is loaded. */
uint32_t spanwise_abi(void);

/* Its version. Texts, here and below: `length` gets the bytes without the zero behind them; a null buffer asks for the length
 * alone; a buffer with no place for all and the zero is refused and left as it was. */
int spanwise_version(char *buffer, size_t capacity, size_t *length);

/* The sentence of the last refusal on this thread, which stays until the next one. A buffer that is too small gets the
 * beginning; `length` may be null. */
int spanwise_message(char *buffer, size_t capacity, size_t *length);

/* ---- bundles */

/* Opens a bundle: every byte is checked, and its golden rows are answered. `bundle` gets a number, never 0 and never given
 * twice; close it when you are done. */
int spanwise_open(const char *path, uint64_t *bundle);

/* The same for bytes in memory, which are copied. */
int spanwise_open_bytes(const uint8_t *bytes, size_t n_bytes, uint64_t *bundle);

/* Closes a bundle. Calls under way are answered; later ones are refused. */
int spanwise_close(uint64_t bundle);

/* The model's name in its project. */
int spanwise_name(uint64_t bundle, char *buffer, size_t capacity, size_t *length);

/* The hash of its bytes: 64 hexadecimal digits, by which bundles are known everywhere. */
int spanwise_hash(uint64_t bundle, char *buffer, size_t capacity, size_t *length);

/* `classification`, `regression`, `ranking` or `anomaly`. */
int spanwise_task(uint64_t bundle, char *buffer, size_t capacity, size_t *length);

/* How many columns a row must bring. */
int spanwise_n_inputs(uint64_t bundle, size_t *n);

/* The name and the kind of one of them, and whether a row without a value there is refused (1) or not (0). */
int spanwise_input(uint64_t bundle, size_t position, char *buffer, size_t capacity, size_t *length, uint32_t *kind, int *is_required);

/* How many margins and answers a row has: 1, or one for each class or quantile. */
int spanwise_n_outputs(uint64_t bundle, size_t *n);

/* How many columns spanwise_score_arrow answers with, besides `reasons` and `kept`. */
int spanwise_n_columns(uint64_t bundle, size_t *n);

/* The name of one of them. */
int spanwise_column(uint64_t bundle, size_t position, char *buffer, size_t capacity, size_t *length);

/* How many classes a decision is among: 2 or more; 0 for numbers and orders. */
int spanwise_n_classes(uint64_t bundle, size_t *n);

/* The name of one of them: the positive class of two is at 1. */
int spanwise_class(uint64_t bundle, size_t position, char *buffer, size_t capacity, size_t *length);

/* ---- scores */

/* Scores rows that lie in columns. Each length must be exactly what stands behind it; then every buffer is written, or,
 * upon a refusal, none. */
int spanwise_score_columns(uint64_t bundle, const SpanwiseColumn *columns, size_t n_columns, size_t n_rows, const SpanwiseOptions *options, const SpanwiseScores *scores);

/* Scores a struct array of columns of any type that means one of the kinds (dictionaries, views and decimals too), and
 * answers with another, whose columns are spanwise_column, then `reasons` if asked for, and `kept` unless broken rows are
 * refused. The array is taken, whatever is answered: its release is null afterwards. The schema is only read. What is
 * answered is yours to release. */
int spanwise_score_arrow(uint64_t bundle, const struct ArrowSchema *schema, struct ArrowArray *array, const SpanwiseOptions *options, struct ArrowSchema *answer_schema, struct ArrowArray *answer);

#ifdef __cplusplus
}
#endif
#endif
