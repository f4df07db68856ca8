// A door to libFuzzer and to the address sanitizer's allocator, nothing else: both come with the toolchain, and only
// the build that tools/fuzz/run makes is linked with them.
#ifndef BATON_CFUZZER_SHIM_H
#define BATON_CFUZZER_SHIM_H
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*run)(const uint8_t *data, size_t size));
int __sanitizer_install_malloc_and_free_hooks(void (*malloc_hook)(const volatile void *, size_t), void (*free_hook)(const volatile void *));
size_t __sanitizer_get_allocated_size(const volatile void *pointer);
#endif
