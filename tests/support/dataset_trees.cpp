#include "tests/support/dataset_trees.h"
