#include "app/engine/bench_load.h"

#include <torch/torch.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <numeric>

#include "app/engine/commands.h"
#include "app/shared/command_line.h"
#include "core/dataset/safetensors_clips.h"
#include "core/loader/clip_loader.h"
#include "core/util/error.h"
#include "core/util/temporary_folder.h"
#include "models/catalogue.h"
#ifdef KINORA_WITH_IO
#include "core/clipfile/clip_file.h"
#include "datasets/synthetic/synthetic.h"
#endif

namespace kinora::app {
namespace {
using Clock = std::chrono::steady_clock;
using nlohmann::json;
constexpr int kBatch = 16;

double processorSeconds()
{
    timespec time{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

/// What was done before there was a better way: frames as they come, a table and fresh memory for every batch. One thread, no window drawn twice.
class PlainLoader {
public:
    PlainLoader(std::shared_ptr<const ClipSource> source, const BatchNeeds& needs) : m_source(std::move(source)), m_needs(needs)
    {
        for (int i = 0; i < 256; ++i) m_values[i] = (static_cast<float>(i) / 255.0F - 0.5F) / 0.5F;
    }
    torch::Tensor next()
    {
        torch::Tensor batch = torch::empty({kBatch, 3, m_needs.frames, m_needs.height, m_needs.width});
        const int64_t pixels = static_cast<int64_t>(m_needs.frames) * m_needs.height * m_needs.width;
        for (int k = 0; k < kBatch; ++k, ++m_clip) {
            const Frames frames = m_source->frames(m_clip * 7919 % m_source->size(), {0, m_needs.frames, 1});
            const std::uint8_t* pixel = frames.bytes().data();
            float* out = batch.data_ptr<float>() + k * 3 * pixels;
            for (int64_t i = 0; i < pixels; ++i, pixel += 3)
                for (int c = 0; c < 3; ++c) out[c * pixels + i] = m_values[pixel[c]];
        }
        return batch;
    }

private:
    std::shared_ptr<const ClipSource> m_source;
    BatchNeeds m_needs;
    std::array<float, 256> m_values{};
    int64_t m_clip = 0;
};

/// One way to load, timed again and again.
struct Case {
    std::string name;
    int threads = 1;
    std::function<void()> next;  ///< Gives one batch.
    std::vector<double> perSecond, perProcessorSecond;

    void measure()
    {
        for (int i = 0; i < 4; ++i) next();  // what was prepared while others were timed
        const auto started = Clock::now();
        const double processor = processorSeconds();
        int batches = 0;
        double seconds = 0;
        while (seconds < 0.4 || batches < 4) {
            next();
            ++batches;
            seconds = std::chrono::duration<double>(Clock::now() - started).count();
        }
        perSecond.push_back(kBatch * batches / seconds);
        perProcessorSecond.push_back(kBatch * batches / (processorSeconds() - processor));
    }
    static double best(const std::vector<double>& values) { return *std::ranges::max_element(values); }
    static double median(std::vector<double> values)
    {
        std::ranges::nth_element(values, values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2));
        return values[values.size() / 2];
    }
};

void add(std::vector<Case>& cases, const std::string& name, const std::shared_ptr<const ClipSource>& source, const BatchNeeds& needs)
{
    for (const int threads : {1, 2}) {
        auto loader = std::make_shared<ClipLoader>(source, needs, ClipLoader::Options{kBatch, threads, 1});
        // an epoch finds every clip's place in the file and brings it into memory; large sets are not read whole for that
        for (int64_t i = 0; i < std::min<int64_t>(loader->batchesPerEpoch(), 64); ++i) loader->next();
        cases.push_back({name, threads, [loader] { loader->next(); }, {}, {}});
    }
}

#ifdef KINORA_WITH_IO
/// \p count clips: faces of this size, \p times each under another name.
void writeFaces(const std::filesystem::path& file, const BatchNeeds& needs, int size, int faces, int times)
{
    const auto source = openSynthetic("builtin:faces?clips=" + std::to_string(faces) + "&size=" + std::to_string(size) + "&frames=" + std::to_string(needs.frames));
    ClipFileWriter writer(file, {}, {});
    for (int i = 0; i < faces; ++i) {
        const Frames frames = source->frames(i);
        for (int k = 0; k < times; ++k) {
            ClipInfo info;
            info.name = std::to_string(i) + "-" + std::to_string(k);
            writer.add(info, frames);
        }
    }
    writer.finish();
}
#endif
}  // namespace

json benchLoad(const std::string& dataset, const std::string& systemName, int repeats)
{
    BatchNeeds needs = findSystem(catalogue(), systemName).create({})->batchNeeds();
    std::vector<Case> cases;
    std::shared_ptr<void> kept;
    if (!dataset.empty()) {
        add(cases, dataset, openDataset(dataset), needs);
    } else {
#ifdef KINORA_WITH_IO
        if (needs.height != needs.width || !needs.labels.empty() || !needs.streams.empty()) throw Error(ErrorCode::Usage, "needs clips that this benchmark does not make; name a --dataset", systemName);
        const auto folder = std::make_shared<TemporaryFolder>();
        kept = folder;
        const std::string size = std::to_string(needs.width), twice = std::to_string(2 * needs.width);
        const std::filesystem::path own = folder->path() / "own.h5", larger = folder->path() / "larger.h5", tensors = folder->path() / "own.safetensors";
        writeFaces(own, needs, needs.width, 64, 8);
        writeFaces(larger, needs, 2 * needs.width, 32, 4);
        const auto clips = openClipFile(own);
        std::vector<int64_t> all(static_cast<std::size_t>(clips->size()));
        std::iota(all.begin(), all.end(), 0);
        writeSafetensorsClips(*clips, all, tensors);
        needs.frameSteps = {1};  // the clips are as long as the window
        add(cases, "clip file, " + size + " px", clips, needs);
        add(cases, "clip file, " + size + " px, through HDF5", openClipFile(own, ClipReading::Library), needs);
        const auto plain = std::make_shared<PlainLoader>(openClipFile(own, ClipReading::Library), needs);
        cases.push_back({"clip file, " + size + " px, through HDF5, plain loop", 1, [plain] { plain->next(); }, {}, {}});
        add(cases, "clip file, " + twice + " px, resized to " + size, openClipFile(larger), needs);
        add(cases, "safetensors file, " + size + " px", openSafetensorsClips(tensors), needs);
        add(cases, "faces rendered at " + size + " px", openSynthetic("builtin:faces?clips=256&size=" + size + "&frames=" + std::to_string(needs.frames)), needs);
#else
        throw Error(ErrorCode::Usage, "is needed: this engine-only build makes no clip files", "--dataset");
#endif
    }
    for (int i = 0; i < repeats; ++i)
        for (Case& one : cases) one.measure();

    json rows = json::array();
    for (const Case& one : cases) {
        const double ratio = Case::best(one.perSecond) / Case::best(cases.front().perSecond);
        char line[240];
        std::snprintf(line, sizeof line, "load, %s, %d thread%s: %.0f clips/s (median %.0f), %.0f per second of processor time, %.2f of the first line", one.name.c_str(), one.threads, one.threads > 1 ? "s" : "",
                      Case::best(one.perSecond), Case::median(one.perSecond), Case::best(one.perProcessorSecond), ratio);
        cli::print(line);
        rows.push_back({{"what", one.name}, {"threads", one.threads}, {"clips_per_second", Case::best(one.perSecond)}, {"median_clips_per_second", Case::median(one.perSecond)},
                        {"clips_per_processor_second", Case::best(one.perProcessorSecond)}, {"ratio_to_first", ratio}, {"repeats", repeats}});
    }
    return rows;
}

}  // namespace kinora::app
