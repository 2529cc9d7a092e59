#include "datasets/import/import_job.h"

#include <algorithm>
#include <deque>
#include <future>
#include <nlohmann/json.hpp>
#include <thread>

#include "core/clipfile/clip_file.h"
#include "core/util/error.h"
#include "core/util/outcome.h"
#include "datasets/synthetic/synthetic.h"

namespace kinora {
namespace fs = std::filesystem;
namespace {
struct Loaded {
    std::vector<ImportedClip> clips;
    std::vector<std::string> warnings;
};
}  // namespace

fs::path importFolder(const fs::path& target) { return target.parent_path() / ("." + target.filename().string() + ".import"); }

void discardImport(const fs::path& target)
{
    std::error_code ignored;
    fs::remove_all(importFolder(target), ignored);
}

ImportReport importDataset(const ImportJob& job)
{
    const DatasetAdapter& adapter = job.kind == "auto" ? detectDataset(job.source) : datasetAdapter(job.kind);
    const std::unique_ptr<DatasetScan> scan = adapter.open(job.source, job.options);
    ImportReport report;
    report.skipped = scan->skipped();
    report.notes = scan->notes();
    std::unique_ptr<ClipFileWriter> writer;
    if (!job.target.empty() && !job.dryRun) {
        std::error_code ignored;
        if (!isSynthetic(job.source) && fs::equivalent(job.source, job.target, ignored)) throw Error(ErrorCode::Usage, "the source cannot be its own target", job.target.string());
        OptionValues options;
        for (const OptionField& field : adapter.description.options) options[field.key] = field.fallback;
        for (const auto& [key, value] : job.options) options[key] = value;
        std::map<std::string, std::string> attributes = scan->attributes();
        attributes["kind"] = adapter.description.id;
        attributes["source"] = isSynthetic(job.source) ? job.source : fs::weakly_canonical(job.source).string();
        attributes["options"] = toJson(options).dump();
        writer = std::make_unique<ClipFileWriter>(job.target, scan->labelColumns(), scan->streamColumns(), std::move(attributes));
    }
    const std::int64_t total = scan->size();
    const auto ahead = static_cast<std::size_t>(std::clamp(std::thread::hardware_concurrency(), 1U, 16U)) + 1;
    std::deque<std::future<Outcome<Loaded>>> decoding;  // a future of std::async waits in its destructor: none outlives the scan
    std::int64_t started = 0;
    for (std::int64_t index = 0; index < total; ++index) {
        while (started < total && decoding.size() < ahead) {
            decoding.push_back(std::async(std::launch::async, [&scan, at = started] { return attempt([&] {
                Loaded loaded;
                loaded.clips = scan->load(at, loaded.warnings);
                return loaded;
            }); }));
            ++started;
        }
        Outcome<Loaded> clip = decoding.front().get();
        decoding.pop_front();
        if (job.stop.stop_requested()) throw Error(ErrorCode::Cancelled, "the import was interrupted; nothing was left behind", job.target.string());
        if (clip) {
            for (const ImportedClip& part : clip.value().clips) {
                if (writer) writer->add(part.info, part.frames, part.streams);
                ++report.clips;
                report.frames += part.frames.count();
            }
            report.warnings.insert(report.warnings.end(), clip.value().warnings.begin(), clip.value().warnings.end());
        } else if (clip.error().code() == ErrorCode::OutOfMemory) {
            throw clip.error();
        } else {
            report.skipped.push_back({scan->file(index), clip.error().detail()});
        }
        if (job.progress) job.progress({"importing", index + 1, total, report.clips, report.frames, static_cast<std::int64_t>(report.skipped.size()), -1, scan->file(index)});
    }
    if (report.clips == 0)
        throw Error(ErrorCode::NotFound, report.skipped.empty() ? "holds no clips" : "holds no clip that can be imported; the first of " + std::to_string(report.skipped.size()) + " skipped files: " +
                                                                                          report.skipped.front().file + " " + report.skipped.front().reason, job.source);
    if (writer) {
        writer->setAttribute("skipped", std::to_string(report.skipped.size()));
        writer->finish();
    }
    return report;
}

}  // namespace kinora
