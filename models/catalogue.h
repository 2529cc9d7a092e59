#pragma once
#include "core/system/system.h"

namespace kinora {

/// Every published system that Kinora knows. An explicit list: the linker drops objects that register themselves out of static libraries.
const Catalogue& catalogue();

}  // namespace kinora
