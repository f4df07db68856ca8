// A door to zlib, nothing else. The two initialisers are macros in zlib.h, which Swift can't see.
#ifndef BATON_CZLIB_SHIM_H
#define BATON_CZLIB_SHIM_H
#include <zlib.h>

static inline int baton_deflate_init(z_streamp stream, int level, int window_bits, int memory_level) {
    return deflateInit2(stream, level, Z_DEFLATED, window_bits, memory_level, Z_DEFAULT_STRATEGY);
}
static inline int baton_inflate_init(z_streamp stream, int window_bits) {
    return inflateInit2(stream, window_bits);
}
#endif
