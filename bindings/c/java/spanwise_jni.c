/* The functions of Spanwise.java over spanwise.h. A refusal becomes an IllegalArgumentException with its sentence. */

#include "spanwise.h"

#include <jni.h>
#include <stdlib.h>
#include <string.h>

/* Whether a call went well; if not, an exception is pending. */
static int went_well(JNIEnv *env, int code) {
    char sentence[1024];
    if (code == SPANWISE_OK) return 1;
    spanwise_message(sentence, sizeof sentence, NULL);
    /* Sentences may hold letters that JNI's own form of texts writes otherwise: they come as bytes. */
    for (char *letter = sentence; *letter; letter++) {
        if (*letter & 0x80) *letter = '?';
    }
    jclass refusal = (*env)->FindClass(env, "java/lang/IllegalArgumentException");
    if (refusal) (*env)->ThrowNew(env, refusal, sentence);
    return 0;
}

static void out_of_memory(JNIEnv *env) {
    jclass error = (*env)->FindClass(env, "java/lang/OutOfMemoryError");
    if (error) (*env)->ThrowNew(env, error, "spanwise");
}

/* A copy of bytes with a zero behind them, to be freed; NULL with an exception pending. */
static char *copied(JNIEnv *env, jbyteArray bytes) {
    jsize length = bytes ? (*env)->GetArrayLength(env, bytes) : 0;
    char *copy = calloc((size_t)length + 1, 1);
    if (!copy) {
        out_of_memory(env);
        return NULL;
    }
    if (bytes) (*env)->GetByteArrayRegion(env, bytes, 0, length, (jbyte *)copy);
    return copy;
}

/* Address and length in bytes of a direct buffer; NULL and 0 for none. */
static void *address_of(JNIEnv *env, jobject buffer, size_t *n_bytes) {
    *n_bytes = 0;
    if (!buffer) return NULL;
    jlong capacity = (*env)->GetDirectBufferCapacity(env, buffer);
    *n_bytes = capacity < 0 ? 0 : (size_t)capacity;
    return (*env)->GetDirectBufferAddress(env, buffer);
}

JNIEXPORT jint JNICALL Java_Spanwise_abi(JNIEnv *env, jclass type) {
    (void)env;
    (void)type;
    return (jint)spanwise_abi();
}

JNIEXPORT jlong JNICALL Java_Spanwise_open(JNIEnv *env, jclass type, jbyteArray path) {
    (void)type;
    uint64_t bundle = 0;
    char *copy = copied(env, path);
    if (copy) went_well(env, spanwise_open(copy, &bundle));
    free(copy);
    return (jlong)bundle;
}

JNIEXPORT void JNICALL Java_Spanwise_close(JNIEnv *env, jclass type, jlong bundle) {
    (void)env;
    (void)type;
    spanwise_close((uint64_t)bundle);
}

JNIEXPORT jlong JNICALL Java_Spanwise_count(JNIEnv *env, jclass type, jlong handle, jchar what) {
    (void)type;
    uint64_t bundle = (uint64_t)handle;
    size_t n = 0;
    int code = what == 'i'   ? spanwise_n_inputs(bundle, &n)
               : what == 'o' ? spanwise_n_outputs(bundle, &n)
               : what == 'c' ? spanwise_n_columns(bundle, &n)
                             : spanwise_n_classes(bundle, &n);
    return went_well(env, code) ? (jlong)n : 0;
}

static int ask(uint64_t bundle, jchar what, size_t position, char *buffer, size_t capacity, size_t *length) {
    uint32_t kind;
    int is_required;
    switch (what) {
        case 'h': return spanwise_hash(bundle, buffer, capacity, length);
        case 'i': return spanwise_input(bundle, position, buffer, capacity, length, &kind, &is_required);
        case 'c': return spanwise_column(bundle, position, buffer, capacity, length);
        default: return spanwise_class(bundle, position, buffer, capacity, length);
    }
}

JNIEXPORT jbyteArray JNICALL Java_Spanwise_text(JNIEnv *env, jclass type, jlong handle, jchar what, jlong position) {
    (void)type;
    size_t length = 0;
    jbyteArray told = NULL;
    if (!went_well(env, ask((uint64_t)handle, what, (size_t)position, NULL, 0, &length))) return NULL;
    char *buffer = malloc(length + 1);
    if (!buffer) {
        out_of_memory(env);
        return NULL;
    }
    if (went_well(env, ask((uint64_t)handle, what, (size_t)position, buffer, length + 1, &length))) {
        told = (*env)->NewByteArray(env, (jsize)length);
        if (told) (*env)->SetByteArrayRegion(env, told, 0, (jsize)length, (const jbyte *)buffer);
    }
    free(buffer);
    return told;
}

/* The kind, and 0x100 if a row must have it. */
JNIEXPORT jint JNICALL Java_Spanwise_input(JNIEnv *env, jclass type, jlong handle, jlong position) {
    (void)type;
    size_t length = 0;
    uint32_t kind = 0;
    int is_required = 0;
    int code = spanwise_input((uint64_t)handle, (size_t)position, NULL, 0, &length, &kind, &is_required);
    return went_well(env, code) ? (jint)(kind | (is_required ? 0x100u : 0u)) : 0;
}

/* The size of a value in bytes. */
static size_t width_of(uint32_t kind) {
    return kind == SPANWISE_BOOLEAN || kind == SPANWISE_TEXT ? 1 : kind == SPANWISE_DATE ? 4 : 8;
}

/* One column over the buffers of Java; its name is to be freed. 0 with an exception pending. */
static int column_of(JNIEnv *env, SpanwiseColumn *column, jobjectArray lists[4], jint kind, jsize at) {
    size_t n_bytes = 0;
    jobject parts[4];
    for (int part = 0; part < 4; part++) parts[part] = (*env)->GetObjectArrayElement(env, lists[part], at);
    column->kind = (uint32_t)kind;
    column->name = copied(env, (jbyteArray)parts[0]);
    column->values = address_of(env, parts[1], &n_bytes);
    column->n_values = n_bytes / width_of(column->kind);
    column->offsets = address_of(env, parts[2], &n_bytes);
    column->n_offsets = n_bytes / sizeof(int64_t);
    column->validity = address_of(env, parts[3], &n_bytes);
    column->n_validity = n_bytes;
    /* A thousand columns would fill the table of local references, which holds the buffers no longer than they are needed:
     * the lists still hold them. */
    for (int part = 0; part < 4; part++) (*env)->DeleteLocalRef(env, parts[part]);
    return column->name != NULL;
}

JNIEXPORT void JNICALL Java_Spanwise_score(
    JNIEnv *env, jclass type, jlong handle, jobjectArray names, jintArray kinds, jobjectArray values, jobjectArray offsets,
    jobjectArray validity, jlong n_rows, jint n_threads, jint broken_rows, jobject margins, jobject answers, jobject decisions,
    jobject kept) {
    (void)type;
    jsize n_columns = (*env)->GetArrayLength(env, names), n_read = 0;
    jobjectArray lists[4] = {names, values, offsets, validity};
    SpanwiseColumn *columns = calloc((size_t)n_columns + 1, sizeof *columns);
    jint *of_kinds = (*env)->GetIntArrayElements(env, kinds, NULL);
    if (columns && of_kinds) {
        while (n_read < n_columns && column_of(env, &columns[n_read], lists, of_kinds[n_read], n_read)) n_read++;
    } else {
        out_of_memory(env);
    }
    if (columns && of_kinds && n_read == n_columns) {
        SpanwiseOptions options = {(uint32_t)n_threads, 0, (uint32_t)broken_rows};
        SpanwiseScores scores;
        memset(&scores, 0, sizeof scores);
        scores.margins = address_of(env, margins, &scores.n_margins);
        scores.answers = address_of(env, answers, &scores.n_answers);
        scores.decisions = address_of(env, decisions, &scores.n_decisions);
        scores.kept = address_of(env, kept, &scores.n_kept);
        scores.n_margins /= sizeof(double);
        scores.n_answers /= sizeof(double);
        scores.n_decisions /= sizeof(int32_t);
        went_well(env, spanwise_score_columns((uint64_t)handle, columns, (size_t)n_columns, (size_t)n_rows, &options, &scores));
    }
    for (jsize column = 0; columns && column < n_read; column++) free((char *)(uintptr_t)columns[column].name);
    if (of_kinds) (*env)->ReleaseIntArrayElements(env, kinds, of_kinds, JNI_ABORT);
    free(columns);
}
