#include "app/engine/commands.h"
#include "core/dataset/safetensors_clips.h"
#include "core/util/error.h"
#ifdef KINORA_WITH_IO
#include "datasets/open_dataset.h"
#endif

namespace kinora::app {

std::shared_ptr<const ClipSource> openDataset(const std::string& name)
{
#ifdef KINORA_WITH_IO
    return openNamedDataset(name);
#else
    const std::filesystem::path path = name;
    if (path.extension() != ".safetensors")
        throw Error(ErrorCode::Usage, "this engine-only build reads .safetensors clip files alone; make one elsewhere with 'kinora datasets export " + name + " -o clips.safetensors'", name);
    return openSafetensorsClips(path);
#endif
}

}  // namespace kinora::app
