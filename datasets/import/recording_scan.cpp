#include "datasets/import/recording.h"
