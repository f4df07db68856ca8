// How much is allocated, as the address sanitizer's allocator tells it.
#include "CFuzzer.h"

#ifdef BATON_FUZZING
int __sanitizer_install_malloc_and_free_hooks(void (*malloc_hook)(const volatile void *, size_t), void (*free_hook)(const volatile void *));
/// Of a pointer that was allocated and not freed, which is not checked again.
size_t __sanitizer_get_allocated_size_fast(const volatile void *pointer);

static intptr_t held, most;

static void allocated(const volatile void *pointer, size_t size) {
    held += size;
    if (held > most) most = held;
}

static void freed(const volatile void *pointer) {
    if (pointer) held -= __sanitizer_get_allocated_size_fast(pointer);
}

int allocations_count(void) { return __sanitizer_install_malloc_and_free_hooks(allocated, freed); }
intptr_t allocations_mark(void) { return most = held; }
intptr_t allocations_most(void) { return most; }
#endif
