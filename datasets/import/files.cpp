#include "datasets/import/files.h"
