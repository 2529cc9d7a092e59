#include "datasets/mug/mug_dataset.h"
