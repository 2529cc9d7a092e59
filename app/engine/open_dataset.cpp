#include "app/engine/commands.h"
#include "core/dataset/cached_import.h"
#include "core/dataset/safetensors_clips.h"
#include "core/util/error.h"
#ifdef KINORA_WITH_IO
#include "core/clipfile/clip_file.h"
#include "datasets/synthetic/synthetic.h"
#endif

namespace kinora::app {

std::shared_ptr<const ClipSource> openDataset(const std::string& name)
{
    const std::filesystem::path path = name;
    std::error_code ignored;
#ifdef KINORA_WITH_IO
    if (isSynthetic(name)) return openSynthetic(name);
    if (!std::filesystem::exists(path, ignored))
        throw Error(ErrorCode::NotFound, "no such dataset; it is a clip file (.h5, .safetensors), a folder, builtin:faces or builtin:puppets", name);
    if (std::filesystem::is_directory(path, ignored)) return openClipFile(cachedImport(path));
    if (path.extension() != ".safetensors") return openClipFile(path);
#else
    if (path.extension() != ".safetensors" || std::filesystem::is_directory(path, ignored))
        throw Error(ErrorCode::Usage, "this engine-only build reads .safetensors clip files alone; a full build makes one with 'kinora datasets export " + name + " -o clips.safetensors'", name);
#endif
    return openSafetensorsClips(path);
}

}  // namespace kinora::app
