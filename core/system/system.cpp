#include "core/system/system.h"

#include "core/util/error.h"
#include "core/util/text.h"

namespace kinora {

void System::to(const torch::Device& device)
{
    for (const NamedNetwork& network : networks()) network.module->to(device);
    m_device = device;
}

void System::train(bool on)
{
    for (const NamedNetwork& network : networks()) network.module->train(on);
}

const SystemEntry& findSystem(const Catalogue& catalogue, std::string_view id)
{
    std::vector<std::string> known;
    for (const SystemEntry& entry : catalogue) {
        if (entry.description.id == id) return entry;
        known.push_back(entry.description.id);
    }
    throw Error(ErrorCode::Usage, "there is no system '" + std::string(id) + "'" + suggestion(id, known), "--system");
}

}  // namespace kinora
