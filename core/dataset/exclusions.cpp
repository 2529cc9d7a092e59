#include "core/dataset/exclusions.h"
