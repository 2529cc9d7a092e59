#include "core/decode/face.h"
