#include "datasets/videos/videos_dataset.h"
