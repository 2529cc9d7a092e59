#include "core/decode/person.h"
