#include "datasets/frames/frames_dataset.h"
