#include "datasets/weizmann/weizmann_dataset.h"
