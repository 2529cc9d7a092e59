#include "core/decode/video.h"
