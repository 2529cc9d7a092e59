#include "datasets/uva_nemo/uva_nemo_dataset.h"
