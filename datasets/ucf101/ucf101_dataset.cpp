#include "datasets/ucf101/ucf101_dataset.h"
