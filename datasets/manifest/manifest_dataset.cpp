#include "datasets/manifest/manifest_dataset.h"
