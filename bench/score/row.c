/* One row at a time through a peer's C interface: `row PEER LIBRARY MODEL X.npy N_ROWS` prints half and 99 hundredths of
   the times in microseconds, the time to load the model in milliseconds and the sum of what was told.

   Peers: lightgbm, xgboost, treelite, onnxruntime load MODEL; tl2cgen and lleaves are compiled models, so LIBRARY is the
   model. Each gets its row as it wants it (32 or 64 bits) from a buffer that stands ready; margins are asked for where
   the peer can tell them. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define N_FEATURES 28
#define N_PASSES 3

static void *library;

static void die(const char *what) {
    fprintf(stderr, "row: %s\n", what);
    exit(1);
}

static void *symbol(const char *name) {
    void *found = dlsym(library, name);
    if (!found) die(name);
    return found;
}

static double now_us(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1e6 + t.tv_nsec * 1e-3;
}

static void ok(int code) {
    if (code) die("a call failed");
}

/* Each peer: how its model is opened, and what it says of one row. */
struct peer {
    const char *name;
    void (*open)(const char *model);
    double (*one)(const float *row, const double *wide);
};

static void *handle;
static void *config;

static int (*lgbm_one)(void *, const void *, int64_t *, double *);

static void lgbm_open(const char *model) {
    int (*load)(const char *, int *, void **) = symbol("LGBM_BoosterCreateFromModelfile");
    int (*init)(void *, int, int, int, int, int32_t, const char *, void **) =
        symbol("LGBM_BoosterPredictForMatSingleRowFastInit");
    int n_rounds;
    ok(load(model, &n_rounds, &handle));
    /* Raw scores, all rounds, doubles. */
    ok(init(handle, 1, 0, -1, 1, N_FEATURES, "num_threads=1", &config));
    lgbm_one = symbol("LGBM_BoosterPredictForMatSingleRowFast");
}

static double lgbm_row(const float *row, const double *wide) {
    int64_t n;
    double out;
    (void)row;
    ok(lgbm_one(config, wide, &n, &out));
    return out;
}

static int (*xgb_one)(void *, const char *, const char *, void *, const uint64_t **, uint64_t *, const float **);

static void xgb_open(const char *model) {
    int (*create)(void *, uint64_t, void **) = symbol("XGBoosterCreate");
    int (*load)(void *, const char *) = symbol("XGBoosterLoadModel");
    int (*set)(void *, const char *, const char *) = symbol("XGBoosterSetParam");
    ok(create(NULL, 0, &handle));
    ok(load(handle, model));
    ok(set(handle, "nthread", "1"));
    xgb_one = symbol("XGBoosterPredictFromDense");
}

static double xgb_row(const float *row, const double *wide) {
    const uint64_t *shape;
    uint64_t n;
    const float *out;
    char values[200];
    (void)wide;
    snprintf(values, sizeof values, "{\"data\":[%llu,true],\"shape\":[1,%d],\"typestr\":\"<f4\",\"version\":3}",
             (unsigned long long)(uintptr_t)row, N_FEATURES);
    ok(xgb_one(handle, values,
               "{\"type\":1,\"training\":false,\"iteration_begin\":0,\"iteration_end\":0,\"strict_shape\":false,"
               "\"missing\":NaN,\"cache_id\":0}",
               NULL, &shape, &n, &out));
    return out[0];
}

static int (*gtil_one)(void *, const void *, const char *, uint64_t, void *, void *);

static void gtil_open(const char *model) {
    int (*load)(const char *, const char *, void **) = symbol("TreeliteLoadLightGBMModel");
    int (*parse)(const char *, void **) = symbol("TreeliteGTILParseConfig");
    ok(load(model, "{}", &handle));
    ok(parse("{\"predict_type\":\"raw\",\"nthread\":1}", &config));
    gtil_one = symbol("TreeliteGTILPredict");
}

static double gtil_row(const float *row, const double *wide) {
    double out[2];
    (void)row;
    ok(gtil_one(handle, wide, "float64", 1, out, config));
    return out[0];
}

/* ONNX Runtime hands out a table of functions to which versions only append; these are the places of those used. */
enum { CREATE_ENV = 3, CREATE_SESSION = 7, RUN = 9, CREATE_OPTIONS = 10, SET_THREADS = 24, WITH_DATA = 49, CPU_MEMORY = 69 };

struct onnx_base {
    void *const *(*get_api)(uint32_t version);
};

static void *const *onnx;
static float onnx_row_in[N_FEATURES], onnx_out[2];
static void *onnx_input, *onnx_output;

#define ONNX(place, ...) \
    if (((void *(*)())onnx[place])(__VA_ARGS__)) die("a call of ONNX Runtime failed")

static void onnx_open(const char *model) {
    struct onnx_base *(*base)(void) = symbol("OrtGetApiBase");
    void *env, *options, *memory;
    int64_t in[] = {1, N_FEATURES}, out[] = {1, 2};
    onnx = base()->get_api(16);
    ONNX(CREATE_ENV, 3, "row", &env);
    ONNX(CREATE_OPTIONS, &options);
    ONNX(SET_THREADS, options, 1);
    ONNX(CREATE_SESSION, env, model, options, &handle);
    ONNX(CPU_MEMORY, 0, 0, &memory);
    ONNX(WITH_DATA, memory, onnx_row_in, sizeof onnx_row_in, in, (size_t)2, 1, &onnx_input);
    ONNX(WITH_DATA, memory, onnx_out, sizeof onnx_out, out, (size_t)2, 1, &onnx_output);
}

static double onnx_row(const float *row, const double *wide) {
    const char *in[] = {"x"}, *out[] = {"probabilities"};
    (void)wide;
    memcpy(onnx_row_in, row, sizeof onnx_row_in);
    ONNX(RUN, handle, NULL, in, (const void *const *)&onnx_input, (size_t)1, out, (size_t)1, &onnx_output);
    return onnx_out[1];
}

union entry {
    int missing;
    double value;
};

static void (*tl2cgen_one)(union entry *, int, double *);

static void tl2cgen_open(const char *model) {
    (void)model;
    tl2cgen_one = symbol("predict");
}

static double tl2cgen_row(const float *row, const double *wide) {
    union entry entries[N_FEATURES];
    double out = 0; /* what is told is added */
    (void)row;
    /* What is predicted from is overwritten. */
    for (int i = 0; i < N_FEATURES; i++) entries[i].value = wide[i];
    tl2cgen_one(entries, 1, &out);
    return out;
}

static void (*lleaves_one)(const double *, double *, int32_t, int32_t);

static void lleaves_open(const char *model) {
    (void)model;
    lleaves_one = symbol("forest_root");
}

static double lleaves_row(const float *row, const double *wide) {
    double out;
    (void)row;
    lleaves_one(wide, &out, 0, 1);
    return out;
}

static const struct peer PEERS[] = {
    {"lightgbm", lgbm_open, lgbm_row},         {"xgboost", xgb_open, xgb_row},
    {"treelite", gtil_open, gtil_row},         {"onnxruntime", onnx_open, onnx_row},
    {"tl2cgen", tl2cgen_open, tl2cgen_row},    {"lleaves", lleaves_open, lleaves_row},
};

static float *read_npy(const char *path, long n_values) {
    FILE *file = fopen(path, "rb");
    unsigned char head[10];
    float *values = malloc(n_values * sizeof *values);
    if (!file || fread(head, 1, 10, file) != 10) die(path);
    fseek(file, 10 + head[8] + 256 * head[9], SEEK_SET);
    if (fread(values, sizeof *values, n_values, file) != (size_t)n_values) die("too few rows");
    fclose(file);
    return values;
}

static int rising(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv) {
    if (argc != 6) die("PEER LIBRARY MODEL X.npy N_ROWS");
    long n = atol(argv[5]);
    float *rows = read_npy(argv[4], n * N_FEATURES);
    const struct peer *peer = NULL;
    for (size_t i = 0; i < sizeof PEERS / sizeof *PEERS; i++)
        if (!strcmp(PEERS[i].name, argv[1])) peer = &PEERS[i];
    if (!peer) die("no such peer");
    double start = now_us();
    library = dlopen(argv[2], RTLD_NOW);
    if (!library) die(dlerror());
    double loaded = now_us();
    peer->open(argv[3]);
    double load_ms = (now_us() - loaded) / 1e3;
    if (peer->open == tl2cgen_open || peer->open == lleaves_open) load_ms = (now_us() - start) / 1e3;
    double *times = malloc(n * N_PASSES * sizeof *times), sum = 0;
    for (long i = 0; i < n * N_PASSES; i++) {
        const float *row = rows + i % n * N_FEATURES;
        double wide[N_FEATURES];
        for (int j = 0; j < N_FEATURES; j++) wide[j] = row[j];
        double before = now_us();
        double told = peer->one(row, wide);
        times[i] = now_us() - before;
        sum += i < n ? told : 0;
    }
    qsort(times, n * N_PASSES, sizeof *times, rising);
    printf("{\"p50_us\":%.3f,\"p99_us\":%.3f,\"load_ms\":%.3f,\"sum\":%.9f}\n", times[n * N_PASSES / 2],
           times[n * N_PASSES * 99 / 100], load_ms, sum);
    return 0;
}
