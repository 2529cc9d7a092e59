#include "widgets/controllers/job_runner.h"
