#include "app/engine/commands.h"
#include "core/dataset/cached_import.h"
#include "core/dataset/exclusions.h"
#include "core/dataset/safetensors_clips.h"
#include "core/util/error.h"
#include "core/util/log.h"
#ifdef KINORA_WITH_IO
#include "core/clipfile/clip_file.h"
#include "datasets/synthetic/synthetic.h"
#endif

namespace kinora::app {
namespace {
std::shared_ptr<const ClipSource> openFile(const std::string& name)
{
    const std::filesystem::path path = name;
    std::error_code ignored;
#ifdef KINORA_WITH_IO
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
}  // namespace

std::shared_ptr<const ClipSource> openDataset(const std::string& name)
{
#ifdef KINORA_WITH_IO
    if (isSynthetic(name)) return openSynthetic(name);
#endif
    const std::shared_ptr<const ClipSource> all = openFile(name);
    std::shared_ptr<const ClipSource> kept = withoutExcluded(all, name);
    if (kept->size() < all->size())
        log::info(name + ": " + std::to_string(all->size() - kept->size()) + " of " + std::to_string(all->size()) + " clips are excluded by " + exclusionsFile(name).string());
    return kept;
}

}  // namespace kinora::app
