#include "models/catalogue.h"

#include "models/g3an/g3an_system.h"

namespace kinora {

const Catalogue& catalogue()
{
    static const Catalogue systems = {g3an::systemEntry()};
    return systems;
}

}  // namespace kinora
