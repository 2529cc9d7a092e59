#include <torch/torch.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <nlohmann/json.hpp>

#ifdef KINORA_WITH_IO
#include "app/engine/bench_export.h"
#endif
#include "app/engine/bench_generate.h"
#include "app/engine/bench_load.h"
#include "app/engine/bench_train.h"
#include "app/engine/commands.h"
#include "app/shared/command_line.h"
#include "core/events/plain_reader.h"
#include "core/events/tfevents.h"
#include "core/system/checkpoint.h"
#include "core/system/generation.h"
#include "core/util/crc32c.h"
#include "core/util/error.h"
#include "core/util/temporary_folder.h"
#include "core/util/file.h"
#include "kinora_version.h"
#include "models/catalogue.h"

namespace kinora::app {
namespace {
using Clock = std::chrono::steady_clock;
using nlohmann::json;

struct Request {
    std::string what, system = catalogue().front().description.id, dataset, checkpoint, device = "auto", events, plot;
    std::vector<std::string> settings;
    std::vector<int> batches = {1, 8};
    int repeats = 5, curves = 0, seeds = 3;
    bool sweep = false, profile = false;
};

double milliseconds(Clock::time_point from) { return std::chrono::duration<double, std::milli>(Clock::now() - from).count(); }

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

std::unique_ptr<System> makeSystem(const Request& request, const torch::Device& device, const OptionValues& more = {})
{
    if (!request.checkpoint.empty()) return openCheckpoint(catalogue(), request.checkpoint, device);
    const SystemEntry& entry = findSystem(catalogue(), request.system);
    torch::manual_seed(0);
    OptionValues values = cli::parseSettings(request.settings, entry.description.options);
    for (const auto& [key, value] : more) values[key] = value;
    auto system = entry.create(values);
    system->to(device);
    return system;
}

/// 1,000,000 scalars of 4 tags as PyTorch's SummaryWriter writes them, one in a record: 50 MB.
void writeAsPyTorch(const std::filesystem::path& file)
{
    const auto masked = [](std::uint32_t crc) { return ((crc >> 15) | (crc << 17)) + 0xa282ead8U; };
    const auto put = [](std::string& to, const auto& value) { to.append(reinterpret_cast<const char*>(&value), sizeof value); };
    const auto field = [](char key, const std::string& bytes) { return std::string{key, static_cast<char>(bytes.size())} + bytes; };
    std::ofstream out(file, std::ios::binary);
    for (int i = 0; i < 1000000; ++i) {
        const int step = i / 4;
        std::string event("\x09"), value = field('\x0a', "loss/tag" + std::to_string(i % 4)) + '\x15', record;
        put(event, 1.7e9 + i * 1e-3);
        event += '\x10';
        for (int rest = step;; rest >>= 7) {
            event += static_cast<char>((rest & 0x7f) | (rest >= 0x80 ? 0x80 : 0));
            if (rest < 0x80) break;
        }
        put(value, 1.0F / static_cast<float>(i % 1000 + 1));
        event += field('\x2a', field('\x0a', value));
        put(record, std::uint64_t(event.size()));
        put(record, masked(crc32c(record.data(), 8)));
        record += event;
        put(record, masked(crc32c(event.data(), event.size())));
        out << record;
    }
    out.close();
    if (!out) throw Error(ErrorCode::CannotWrite, "the events file cannot be written", file.string());
}

/// Opening folders of event files with every point kept, and the plain way to do the same.
json benchEvents(const Request& request)
{
    json rows = json::array();
    const auto measure = [&](const std::string& name, const std::filesystem::path& folder) {
        double megabytes = 0;
        std::vector<std::filesystem::path> files;
        for (const auto& entry : std::filesystem::directory_iterator(folder))
            if (entry.path().filename().string().find("tfevents") != std::string::npos && entry.is_regular_file()) {
                files.push_back(entry.path());
                megabytes += static_cast<double>(entry.file_size()) / 1e6;
            }
        std::size_t points = 0, plainPoints = 0;
        const auto open = [&] {
            EventsReader reader(folder);
            EventData all;
            all.apply(reader.read());
            points = 0;
            for (const ScalarCurve& curve : all.curves) points += curve.size();
        };
        json row = timed(request.repeats, open);
        const std::clock_t before = std::clock();
        open();
        row["processor_ms"] = 1000.0 * static_cast<double>(std::clock() - before) / CLOCKS_PER_SEC;  // what is left of a shared machine's noise
        row["plain"] = timed(std::min(request.repeats, 3), [&] {
            plainPoints = 0;
            for (const auto& file : files) plainPoints += readPlainly(file).size();
        });
        row["form"] = name, row["scalars"] = points, row["plain_scalars"] = plainPoints, row["megabytes"] = megabytes;
        row["times_faster_than_plain"] = row["plain"]["median_ms"].get<double>() / row["median_ms"].get<double>();
        char line[256];
        std::snprintf(line, sizeof line, "events, %s: %zu scalars of %.1f MB opened in %.0f ms (fastest %.0f, of processor time %.0f); the plain reader takes %.0f ms for %zu", name.c_str(), points, megabytes,
                      row["median_ms"].get<double>(), row["fastest_ms"].get<double>(), row["processor_ms"].get<double>(), row["plain"]["median_ms"].get<double>(), plainPoints);
        cli::print(line);
        rows.push_back(row);
        return points;
    };
    const auto expect = [](std::size_t points) {
        if (points != 1000000) throw Error(ErrorCode::CheckFailed, std::to_string(points) + " of 1000000 scalars were read back", "bench events");
    };
    if (!request.events.empty()) {
        if (!std::filesystem::is_directory(request.events)) throw Error(ErrorCode::NotFound, "no folder of event files", request.events);
        measure("given", request.events);
        return rows;
    }
    {
        const TemporaryFolder folder;
        writeAsPyTorch(folder.path() / "events.out.tfevents.1700000000.host.0");
        expect(measure("one in a record", folder.path()));
    }
    const TemporaryFolder folder;
    const auto started = Clock::now();
    {
        EventsWriter writer(folder.path());
        for (int step = 0; step < 250000; ++step) writer.scalars(step, {{"loss/tag0", step * 0.5}, {"loss/tag1", 1.0}, {"loss/tag2", 2.0}, {"loss/tag3", -1.0}});
        writer.flush();
    }
    const double written = milliseconds(started);
    expect(measure("four in a record", folder.path()));
    rows.back()["write_ms"] = written;
    cli::print("events: written by Kinora in " + std::to_string(static_cast<int>(written)) + " ms");
    return rows;
}

void bench(const Request& request)
{
    json results, more = json::object();
    torch::Device device = torch::kCPU;
    if (request.what == "export") {
#ifdef KINORA_WITH_IO
        results = benchExport(request.dataset);
#else
        throw Error(ErrorCode::Usage, "this engine-only build has no encoders", "bench export");
#endif
    } else if (request.what == "generate") {
        device = chooseDevice(request.device);
        if (!request.checkpoint.empty() && (request.sweep || !request.plot.empty())) throw Error(ErrorCode::Usage, "a sweep builds systems of several sizes; leave out --checkpoint", "--sweep");
        more = benchGenerate({[&](const OptionValues& options) { return makeSystem(request, device, options); }, request.batches, request.repeats, request.sweep, request.plot, request.checkpoint.empty()});
        results = more["results"];
    } else if (request.what == "train") {
        device = chooseDevice(request.device);
        const auto make = [&] { return makeSystem(request, device); };
        results = request.curves > 0 ? benchCurves(make, device, request.batches.front(), request.curves, request.seeds, request.plot) : request.profile ? benchTrainProfile(make, device, request.batches) : benchTrain(make, device, request.batches, request.repeats);
    } else {
        results = request.what == "load" ? benchLoad(request.dataset, request.system, request.repeats) : benchEvents(request);
    }
    if (!cli::wantsJson()) return;
    json report = {{"bench", request.what}, {"kinora", KINORA_VERSION}, {"git", KINORA_GIT}, {"device", device.str()}, {"threads", at::get_num_threads()}, {"cpu", at::get_cpu_capability()}, {"results", results}};
    report.update(more);
    cli::printJson(report);
}
}  // namespace

void addBenchCommand(CLI::App& app)
{
    auto request = std::make_shared<Request>();
    CLI::App* command = cli::addCommand(app, "bench", "Measure generation, training, loading and event files on this machine",
                                        "  kinora bench generate\n  kinora bench generate --set use_attention=true --plot cost.svg --json\n  kinora bench generate --checkpoint C.safetensors --batch 1 --batch 8\n  kinora bench train --set base_channels=16 --batch 16\n"
                                        "  kinora bench load\n  kinora bench load --dataset clips.h5\n  kinora bench events --json\n  kinora bench export");
    command->add_option("WHAT", request->what, "generate, train, load, events or export")->required()->check(CLI::IsMember({"generate", "train", "load", "events", "export"}));
    command->add_option("--system", request->system, "System to build")->capture_default_str();
    command->add_option("--checkpoint", request->checkpoint, "Checkpoint instead of new weights");
    command->add_option("--dataset", request->dataset, "Dataset of 'export' (its first 64 clips) and of 'load' (faces in clip files of two sizes, in safetensors, and rendered)");
    command->add_option("--events", request->events, "Folder of event files for 'events', instead of made-up ones");
    command->add_option("--set", request->settings, "Option of the system, key=value");
    command->add_flag("--sweep", request->sweep, "'generate': cost against frames, size, batch and channels, too");
    command->add_option("--plot", request->plot, "'generate': write the sweep as a picture (SVG); with --curves: write the curves");
    command->add_option("--batch", request->batches, "Clips at once; may be repeated")->check(CLI::Range(1, 4096));
    command->add_option("--repeats", request->repeats, "Timings after the one that warms up")->check(CLI::Range(1, 1000))->capture_default_str();
    command->add_option("--curves", request->curves, "With 'train': steps to train plain and fast in fp32 and fast in bf16, to compare their curves; of --batch clips")->check(CLI::Range(40, 1000000));
    command->add_option("--seeds", request->seeds, "With --curves: seeds to train with")->check(CLI::Range(2, 100))->capture_default_str();
    command->add_flag("--profile", request->profile, "With 'train': where the time of a step goes, operation by operation");
    command->add_option("--device", request->device, "auto, cpu, cuda or cuda:1")->capture_default_str();
    command->callback([request] { bench(*request); });
}

}  // namespace kinora::app
