#include "datasets/hdf5/hdf5_dataset.h"
