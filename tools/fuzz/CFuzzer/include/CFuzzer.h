// A door to libFuzzer and to the address sanitizer, which come with the toolchain; only the build that tools/fuzz/run
// makes is linked with them. It is in C, which no sanitizer instruments: what is called at every allocation and after
// every input must cost nothing itself.
#ifndef BATON_CFUZZER_H
#define BATON_CFUZZER_H
#include <stddef.h>
#include <stdint.h>

/// Runs libFuzzer with the program's arguments.
int fuzzer_run(int count, char **words, void (*run)(const uint8_t *data, size_t size));

/// Begins to count the bytes that are allocated. Anything but 0 is success.
int allocations_count(void);
/// The bytes that are allocated now, from which on the most is looked for.
intptr_t allocations_mark(void);
/// The most that was allocated at once since the mark.
intptr_t allocations_most(void);
#endif
