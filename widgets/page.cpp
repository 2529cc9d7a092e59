#include "widgets/page.h"
