#include <malloc.h>

#include <opencv2/core/utility.hpp>

#include "threads.h"

void qy_single_thread(void) { cv::setNumThreads(1); }

// The numbers are mallopt's largest: 32 MiB for what is mapped by itself.
void qy_keep_memory(void) {
	mallopt(M_ARENA_MAX, 1);
	mallopt(M_MMAP_THRESHOLD, 32 << 20);
	mallopt(M_TRIM_THRESHOLD, 64 << 20);
	mallopt(M_TOP_PAD, 4 << 20);
}
