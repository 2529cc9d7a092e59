#include "core/decode/flow.h"
