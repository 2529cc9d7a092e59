#include "datasets/arrays/arrays_dataset.h"
