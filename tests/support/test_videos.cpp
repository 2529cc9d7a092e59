#include "tests/support/test_videos.h"
