#include "datasets/import/label_pattern.h"
