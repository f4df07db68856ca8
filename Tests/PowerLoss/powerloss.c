// Loses power: preloaded, it remembers every write to a database since the last sync of that file, and at write
// number POWERLOSS_AT takes back what was never synced, as a disk may, and ends the process with 137.
//
//     POWERLOSS_MODE  0  all of it    1  a part, by chance    2  the same, and one write torn at a sector
//     POWERLOSS_SEED  picks the part
//     POWERLOSS_COUNT a file that gets the number of writes when the process ends by itself
//
// For one thread. Files are known by their names: *.db and *.db-wal; the shared memory beside them is no disk.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { sector = 512, writes_max = 100000 };

struct change {
    ino_t file;
    int descriptor; // our own, for the program may close its
    off_t offset;
    off_t size_before;
    size_t count; // of new bytes; 0 for a truncation to `offset`
    size_t old_count;
    char *old_bytes, *new_bytes;
};

static struct change unsynced[writes_max];
static int unsynced_count;
static long write_count, write_at = -1, mode;
static int is_ours; // inside of this file's own calls

static ssize_t (*real_pwrite)(int, const void *, size_t, off64_t);
static int (*real_fsync)(int), (*real_fdatasync)(int), (*real_ftruncate)(int, off64_t);

static long setting(const char *name, long otherwise) {
    const char *text = getenv(name);
    return text ? atol(text) : otherwise;
}

__attribute__((constructor)) static void begin(void) {
    real_pwrite = dlsym(RTLD_NEXT, "pwrite64");
    real_fsync = dlsym(RTLD_NEXT, "fsync");
    real_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
    real_ftruncate = dlsym(RTLD_NEXT, "ftruncate64");
    write_at = setting("POWERLOSS_AT", -1);
    mode = setting("POWERLOSS_MODE", 0);
    srandom((unsigned)setting("POWERLOSS_SEED", 1));
}

__attribute__((destructor)) static void end(void) {
    const char *path = getenv("POWERLOSS_COUNT");
    FILE *file = path ? fopen(path, "w") : NULL;
    if (!file) return;
    fprintf(file, "%ld\n", write_count);
    fclose(file);
}

static int ends_with(const char *text, const char *end) {
    size_t a = strlen(text), b = strlen(end);
    return a >= b && strcmp(text + a - b, end) == 0;
}

static int is_database(int descriptor, struct stat *status) {
    char link[64], path[4096];
    if (is_ours || fstat(descriptor, status) || !S_ISREG(status->st_mode)) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t count = readlink(link, path, sizeof path - 1);
    if (count < 0) return 0;
    path[count] = 0;
    return ends_with(path, ".db") || ends_with(path, ".db-wal");
}

static void remember(int descriptor, const struct stat *status, const void *bytes, size_t count, off_t offset) {
    if (unsynced_count == writes_max) _exit(99);
    struct change *change = &unsynced[unsynced_count++];
    size_t reach = bytes ? count : status->st_size > offset ? (size_t)(status->st_size - offset) : 0;
    is_ours = 1;
    *change = (struct change){status->st_ino, dup(descriptor), offset, status->st_size, count, 0, malloc(reach + 1), malloc(count + 1)};
    ssize_t found = pread(change->descriptor, change->old_bytes, reach, offset);
    change->old_count = found > 0 ? (size_t)found : 0;
    if (bytes) memcpy(change->new_bytes, bytes, count);
    is_ours = 0;
}

// First everything unsynced is taken back, newest first; then what survives is written again, oldest first.
static void lose_power(void) {
    is_ours = 1;
    for (int i = unsynced_count - 1; i >= 0; i--) {
        struct change *change = &unsynced[i];
        real_pwrite(change->descriptor, change->old_bytes, change->old_count, change->offset);
        real_ftruncate(change->descriptor, change->size_before);
    }
    int torn = mode == 2 && unsynced_count ? (int)(random() % unsynced_count) : -1;
    for (int i = 0; mode > 0 && i < unsynced_count; i++) {
        struct change *change = &unsynced[i];
        size_t count = change->count;
        if (i == torn) count = count / sector ? sector * (random() % (count / sector + 1)) : 0;
        else if (random() & 1) continue;
        if (change->count == 0) real_ftruncate(change->descriptor, change->offset);
        else real_pwrite(change->descriptor, change->new_bytes, count, change->offset);
    }
    _exit(137);
}

static void counted(void) {
    if (++write_count == write_at) lose_power();
}

ssize_t pwrite64(int descriptor, const void *bytes, size_t count, off64_t offset) {
    struct stat status;
    if (!real_pwrite) begin();
    if (!is_database(descriptor, &status)) return real_pwrite(descriptor, bytes, count, offset);
    if (write_at >= 0) remember(descriptor, &status, bytes, count, offset);
    ssize_t result = real_pwrite(descriptor, bytes, count, offset);
    counted();
    return result;
}

ssize_t pwrite(int descriptor, const void *bytes, size_t count, off_t offset) { return pwrite64(descriptor, bytes, count, offset); }

int ftruncate64(int descriptor, off64_t size) {
    struct stat status;
    if (!real_ftruncate) begin();
    if (write_at >= 0 && is_database(descriptor, &status)) remember(descriptor, &status, NULL, 0, size);
    return real_ftruncate(descriptor, size);
}

int ftruncate(int descriptor, off_t size) { return ftruncate64(descriptor, size); }

static void synced(int descriptor) {
    struct stat status;
    if (is_ours || fstat(descriptor, &status)) return;
    int kept = 0;
    for (int i = 0; i < unsynced_count; i++) {
        if (unsynced[i].file == status.st_ino) {
            close(unsynced[i].descriptor);
            free(unsynced[i].old_bytes);
            free(unsynced[i].new_bytes);
        } else {
            unsynced[kept++] = unsynced[i];
        }
    }
    unsynced_count = kept;
}

int fsync(int descriptor) {
    if (!real_fsync) begin();
    int result = real_fsync(descriptor);
    if (result == 0) synced(descriptor);
    return result;
}

int fdatasync(int descriptor) {
    if (!real_fdatasync) begin();
    int result = real_fdatasync(descriptor);
    if (result == 0) synced(descriptor);
    return result;
}
