#include "models/catalogue.h"

#include "models/g3an/g3an_system.h"
#include "models/imaginator/imaginator_system.h"
#include "models/mocogan/mocogan_system.h"
#include "models/svg/svg_system.h"
#include "models/vgan/vgan_system.h"

namespace kinora {

const Catalogue& catalogue()
{
    static const Catalogue systems = {g3an::systemEntry(), mocogan::systemEntry(), vgan::systemEntry(), imaginator::systemEntry(), svg::systemEntry()};
    return systems;
}

}  // namespace kinora
