#include "datasets/catalogue.h"

#include <algorithm>

#include "core/util/error.h"
#include "core/util/text.h"
#include "datasets/arrays/arrays_dataset.h"
#include "datasets/frames/frames_dataset.h"
#include "datasets/hdf5/hdf5_dataset.h"
#include "datasets/import/source_scan.h"
#include "datasets/manifest/manifest_dataset.h"
#include "datasets/mug/mug_dataset.h"
#include "datasets/strips/strips_dataset.h"
#include "datasets/synthetic/synthetic.h"
#include "datasets/ucf101/ucf101_dataset.h"
#include "datasets/uva_nemo/uva_nemo_dataset.h"
#include "datasets/videos/videos_dataset.h"
#include "datasets/weizmann/weizmann_dataset.h"

namespace kinora {
namespace fs = std::filesystem;
namespace {
struct NoOptions {
    template <class Fields>
    void describe(Fields&)
    {
    }
};
}  // namespace

const std::vector<DatasetAdapter>& datasetAdapters()
{
    static const std::vector<DatasetAdapter> list = {
        mugAdapter(),
        uvaNemoAdapter(),
        weizmannAdapter(),
        ucf101Adapter(),
        videosAdapter(),
        framesAdapter(),
        stripsAdapter(),
        arraysAdapter(),
        manifestAdapter(),
        hdf5Adapter(),
        {{"synthetic", "Built-in data", "A rendered dataset, 'builtin:faces' or 'builtin:puppets?size=64&clips=512', written as a file", true, describeOptions<NoOptions>("dataset")},
         [](const fs::path& source) { return isSynthetic(source.string()); },
         [](const std::string& source, const OptionValues& values) -> std::unique_ptr<DatasetScan> {
             NoOptions options;
             applyOptions(options, values);
             return scanOfSource(openSynthetic(source));
         }},
    };
    return list;
}

const DatasetAdapter& datasetAdapter(const std::string& id)
{
    std::vector<std::string> ids;
    for (const DatasetAdapter& adapter : datasetAdapters()) {
        if (adapter.description.id == id) return adapter;
        ids.push_back(adapter.description.id);
    }
    const std::string near = nearest(id, ids);
    throw Error(ErrorCode::Usage, "there is no import of kind '" + id + "'" + (near.empty() ? "" : " (did you mean '" + near + "'?)") + "; the kinds are " + join(ids, ", "));
}

const DatasetAdapter& detectDataset(const fs::path& source)
{
    std::error_code ignored;
    if (!isSynthetic(source.string()) && !fs::exists(source, ignored)) throw Error(ErrorCode::NotFound, "no such file or folder", source.string());
    std::error_code refused;
    if (fs::is_directory(source, ignored)) fs::directory_iterator(source, refused);
    if (refused) throw Error(ErrorCode::CannotRead, "the folder cannot be listed (" + refused.message() + ")", source.string());
    std::vector<std::string> ids, found;
    for (const bool generic : {false, true}) {  // a published layout wins over the kinds that read anything
        for (const DatasetAdapter& adapter : datasetAdapters()) {
            if (adapter.generic != generic) continue;
            ids.push_back(adapter.description.id);
            if (adapter.detects(source)) found.push_back(adapter.description.id);
        }
        if (!found.empty()) break;
    }
    if (found.empty())
        throw Error(ErrorCode::Usage, "does not look like any kind of dataset that is imported (" + join(ids, ", ") + "); name one with 'kinora datasets import KIND ...' to learn why", source.string());
    if (found.size() > 1) throw Error(ErrorCode::Usage, "could be " + join(found, " or ") + "; name the kind with 'kinora datasets import KIND ...'", source.string());
    return datasetAdapter(found.front());
}

}  // namespace kinora
