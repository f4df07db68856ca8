// Which counters libFuzzer looks at. The compiler puts one at each branch of all modules, some 180,000, and libFuzzer would walk
// over all of them after each input: for a small decoder that is most of the time. A target only ever reaches some thousands.
// So libFuzzer is told of a stretch of counters when something in it was first counted, right after the input that did, and
// before it looks; what it wasn't told of is tested for being all zero, which is much quicker. It learns the same.
#ifdef BATON_FUZZING
#include "CFuzzer.h"
#include <stdbool.h>
#include <string.h>

typedef struct { uintptr_t place, flags; } Place;

// The linker calls what stands behind `__real_` by its own name, and for calls of that name these (Package.swift).
void __real___sanitizer_cov_8bit_counters_init(uint8_t *start, uint8_t *end);
void __real___sanitizer_cov_pcs_init(const Place *start, const Place *end);
int LLVMFuzzerRunDriver(int *count, char ***words, int (*run)(const uint8_t *data, size_t size));

static uint8_t *counters, *counters_end;
static const Place *places;

// Each object file says the same: where all counters begin and end, and of each the place in the code.
void __wrap___sanitizer_cov_8bit_counters_init(uint8_t *start, uint8_t *end) { counters = start, counters_end = end; }
void __wrap___sanitizer_cov_pcs_init(const Place *start, const Place *end) { places = start; }

// A comparison of bytes or of 16 bits is noted for value profiles alone, which are off.
void __wrap___sanitizer_cov_trace_cmp1(uint8_t one, uint8_t other) {}
void __wrap___sanitizer_cov_trace_const_cmp1(uint8_t one, uint8_t other) {}
void __wrap___sanitizer_cov_trace_cmp2(uint16_t one, uint16_t other) {}
void __wrap___sanitizer_cov_trace_const_cmp2(uint16_t one, uint16_t other) {}

// libFuzzer takes 4,096 stretches at most.
enum { stretch = 512, stretches_max = 4096 };
static uint8_t *unseen[stretches_max];
static size_t unseen_count;

static void see(uint8_t *start, uint8_t *end) {
    __real___sanitizer_cov_8bit_counters_init(start, end);
    __real___sanitizer_cov_pcs_init(places + (start - counters), places + (end - counters));
}

static uint8_t *end_of(uint8_t *start) { return counters_end - start > stretch ? start + stretch : counters_end; }

static bool is_zero(const uint8_t *start, const uint8_t *end) {
    uint64_t sum = 0, word;
    if (end - start == stretch) {
        for (size_t offset = 0; offset < stretch; offset += sizeof word) {
            memcpy(&word, start + offset, sizeof word);
            sum |= word;
        }
    } else {
        for (; start < end; start++) sum |= *start;
    }
    return sum == 0;
}

static void see_what_was_counted(void) {
    size_t kept = 0;
    for (size_t index = 0; index < unseen_count; index++) {
        uint8_t *start = unseen[index];
        if (is_zero(start, end_of(start))) unseen[kept++] = start;
        else see(start, end_of(start));
    }
    unseen_count = kept;
}

static void (*target)(const uint8_t *data, size_t size);

static int run_one(const uint8_t *data, size_t size) {
    target(data, size);
    see_what_was_counted();
    return 0;
}

int fuzzer_run(int count, char **words, void (*run)(const uint8_t *data, size_t size)) {
    target = run;
    // What processes that merge tell each other of a counter is its number: that is the same in all of them only if all are known.
    bool is_whole = counters_end - counters > (ptrdiff_t)stretch * stretches_max;
    for (int index = 1; index < count; index++) is_whole |= strncmp(words[index], "-merge", 6) == 0;
    if (is_whole) see(counters, counters_end);
    else {
        // What the program counted until here is of no input.
        memset(counters, 0, counters_end - counters);
        for (uint8_t *start = counters; start < counters_end; start += stretch) unseen[unseen_count++] = start;
    }
    return LLVMFuzzerRunDriver(&count, &words, run_one);
}
#endif
