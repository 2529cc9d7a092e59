#include <torch/torch.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "app/engine/commands.h"
#include "app/shared/command_line.h"
#include "core/events/tfevents.h"
#include "core/loader/clip_loader.h"
#include "core/system/checkpoint.h"
#include "core/system/generation.h"
#include "core/util/error.h"
#include "core/util/file.h"
#include "kinora_version.h"
#include "models/catalogue.h"

namespace kinora::app {
namespace {
using Clock = std::chrono::steady_clock;
using nlohmann::json;

struct Request {
    std::string what, system = "g3an", dataset = "builtin:faces?clips=256", checkpoint, device = "auto";
    std::vector<std::string> settings;
    std::vector<int> batches = {1, 8};
    int repeats = 5;
};

double milliseconds(Clock::time_point from) { return std::chrono::duration<double, std::milli>(Clock::now() - from).count(); }

void synchronise(const torch::Device& device)
{
    if (device.is_cuda()) torch::cuda::synchronize(device.index());
}

/// Median and spread of \p repeats timings after one that warms up.
template <class Work>
json timed(int repeats, Work work)
{
    work();
    std::vector<double> times;
    for (int i = 0; i < repeats; ++i) {
        const auto started = Clock::now();
        work();
        times.push_back(milliseconds(started));
    }
    std::ranges::sort(times);
    return {{"median_ms", times[times.size() / 2]}, {"fastest_ms", times.front()}, {"slowest_ms", times.back()}, {"repeats", repeats}};
}

std::unique_ptr<System> makeSystem(const Request& request, const torch::Device& device)
{
    if (!request.checkpoint.empty()) return openCheckpoint(catalogue(), request.checkpoint, device);
    const SystemEntry& entry = findSystem(catalogue(), request.system);
    torch::manual_seed(0);
    auto system = entry.create(cli::parseSettings(request.settings, entry.description.options));
    system->to(device);
    return system;
}

json benchGenerate(const Request& request, const torch::Device& device)
{
    const auto system = makeSystem(request, device);
    system->train(false);
    const torch::NoGradGuard guard;
    const SystemDescription d = system->describe();
    json rows = json::array();
    for (const int batch : request.batches) {
        const ControlTensors controls = toTensors(d, matrixControls(d, 1, 1, 1, batch, d.length.trained), d.length.trained, device);
        json row = timed(request.repeats, [&] {
            system->generate(controls, d.length.trained, 0);
            synchronise(device);
        });
        row["batch"] = batch;
        row["ms_per_clip"] = row["median_ms"].get<double>() / batch;
        cli::print("generate, batch " + std::to_string(batch) + ": " + std::to_string(row["ms_per_clip"].get<double>()) + " ms a clip");
        rows.push_back(row);
    }
    return rows;
}

json benchTrain(const Request& request, const torch::Device& device)
{
    const auto system = makeSystem(request, device);
    system->train(true);
    const BatchNeeds needs = system->batchNeeds();
    if (!needs.labels.empty() || !needs.streams.empty()) throw Error(ErrorCode::Usage, "needs labels or streams, which this benchmark does not make up", request.system);
    json rows = json::array();
    for (const int batch : request.batches) {
        Batch data;
        torch::manual_seed(1);
        data.clips = torch::rand({std::max(2, batch), 3, needs.frames, needs.height, needs.width}).mul(2).sub(1).to(device);
        int64_t step = 0;
        json row = timed(request.repeats, [&] {
            system->trainStep(data, ++step);
            synchronise(device);
        });
        row["batch"] = data.size();
        row["ms_per_clip"] = row["median_ms"].get<double>() / static_cast<double>(data.size());
        cli::print("train, batch " + std::to_string(data.size()) + ": " + std::to_string(row["ms_per_clip"].get<double>()) + " ms a clip");
        rows.push_back(row);
    }
    return rows;
}

json benchLoad(const Request& request)
{
    const auto source = openDataset(request.dataset);
    const SystemEntry& entry = findSystem(catalogue(), request.system);
    const auto system = entry.create({});
    json rows = json::array();
    for (const int threads : {1, 2}) {
        ClipLoader loader(source, system->batchNeeds(), {.batchSize = 16, .threads = threads, .seed = 1});
        loader.next();
        const auto started = Clock::now();
        constexpr int kBatches = 12;
        for (int i = 0; i < kBatches; ++i) loader.next();
        const double perSecond = 16.0 * kBatches * 1000 / milliseconds(started);
        cli::print("load " + request.dataset + ", " + std::to_string(threads) + " thread(s): " + std::to_string(perSecond) + " clips/s");
        rows.push_back({{"threads", threads}, {"clips_per_second", perSecond}});
    }
    return rows;
}

json benchEvents()
{
    char pattern[] = "/tmp/kinora-bench-XXXXXX";
    const char* made = ::mkdtemp(pattern);
    if (!made) throw Error(ErrorCode::CannotWrite, "no temporary folder can be made", "/tmp");
    const std::filesystem::path folder = made;
    constexpr int kSteps = 250000;
    const auto writing = Clock::now();
    {
        EventsWriter writer(folder);
        for (int step = 0; step < kSteps; ++step) writer.scalars(step, {{"loss/a", step * 0.5}, {"loss/b", 1.0}, {"loss/c", 2.0}, {"loss/d", -1.0}});
        writer.flush();
    }
    const double written = milliseconds(writing);
    const auto reading = Clock::now();
    EventsReader reader(folder);
    const std::size_t count = reader.poll().size();
    const double read = milliseconds(reading);
    std::filesystem::remove_all(folder);
    if (count != std::size_t(kSteps) * 4) throw Error(ErrorCode::CheckFailed, std::to_string(count) + " of " + std::to_string(kSteps * 4) + " scalars were read back", "bench events");
    cli::print("events: 1,000,000 scalars written in " + std::to_string(written) + " ms, read in " + std::to_string(read) + " ms");
    return {{"scalars", count}, {"write_ms", written}, {"read_ms", read}};
}

void bench(const Request& request)
{
    json results;
    torch::Device device = torch::kCPU;
    if (request.what == "generate" || request.what == "train") {
        device = chooseDevice(request.device);
        results = request.what == "train" ? benchTrain(request, device) : benchGenerate(request, device);
    } else {
        results = request.what == "load" ? benchLoad(request) : benchEvents();
    }
    if (cli::wantsJson()) cli::printJson({{"bench", request.what}, {"kinora", KINORA_VERSION}, {"git", KINORA_GIT}, {"device", device.str()}, {"threads", at::get_num_threads()}, {"cpu", at::get_cpu_capability()}, {"results", results}});
}
}  // namespace

void addBenchCommand(CLI::App& app)
{
    auto request = std::make_shared<Request>();
    CLI::App* command = cli::addCommand(app, "bench", "Measure generation, training, loading and event files on this machine",
                                        "  kinora bench generate\n  kinora bench generate --checkpoint C.safetensors --batch 1 --batch 8\n  kinora bench train --set base_channels=16 --batch 16\n"
                                        "  kinora bench load --dataset builtin:puppets\n  kinora bench events --json");
    command->add_option("WHAT", request->what, "generate, train, load or events")->required()->check(CLI::IsMember({"generate", "train", "load", "events"}));
    command->add_option("--system", request->system, "System to build")->capture_default_str();
    command->add_option("--checkpoint", request->checkpoint, "Checkpoint instead of new weights");
    command->add_option("--dataset", request->dataset, "Dataset of 'load'")->capture_default_str();
    command->add_option("--set", request->settings, "Option of the system, key=value");
    command->add_option("--batch", request->batches, "Clips at once; may be repeated")->check(CLI::Range(1, 4096));
    command->add_option("--repeats", request->repeats, "Timings after the one that warms up")->check(CLI::Range(1, 1000))->capture_default_str();
    command->add_option("--device", request->device, "auto, cpu, cuda or cuda:1")->capture_default_str();
    command->callback([request] { bench(*request); });
}

}  // namespace kinora::app
