#include <opencv2/core/utility.hpp>

#include "threads.h"

void qy_single_thread(void) { cv::setNumThreads(1); }
