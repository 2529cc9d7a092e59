#include "datasets/catalogue.h"

#include <algorithm>
#include <deque>
#include <future>
#include <nlohmann/json.hpp>
#include <thread>

#include "core/util/error.h"
#include "core/util/outcome.h"
#include "core/util/text.h"
#include "datasets/strips/strips_dataset.h"
#include "datasets/synthetic/synthetic.h"

namespace kinora {
namespace fs = std::filesystem;
namespace {
/// A dataset that is readable already, taken clip by clip: 'hdf5' and 'synthetic'.
class SourceScan final : public DatasetScan {
public:
    explicit SourceScan(std::shared_ptr<const ClipSource> source, std::map<std::string, std::string> attributes = {})
        : m_source(std::move(source)), m_attributes(std::move(attributes))
    {
    }
    std::map<std::string, std::string> attributes() const override { return m_attributes; }
    const std::vector<LabelColumn>& labelColumns() const override { return m_source->labelColumns(); }
    const std::vector<StreamColumn>& streamColumns() const override { return m_source->streamColumns(); }
    std::int64_t size() const override { return m_source->size(); }
    std::string file(std::int64_t index) const override { return m_source->info(index).name; }
    ImportedClip load(std::int64_t index) const override
    {
        ImportedClip clip{m_source->info(index), m_source->frames(index), {}};
        for (const StreamColumn& column : m_source->streamColumns()) clip.streams.push_back(m_source->stream(index, column.name));
        return clip;
    }

private:
    std::shared_ptr<const ClipSource> m_source;
    std::map<std::string, std::string> m_attributes;
};

struct NoOptions {
    template <class Fields>
    void describe(Fields&)
    {
    }
};

bool isClipFile(const fs::path& source)
{
    std::error_code ignored;
    return fs::is_regular_file(source, ignored) && (source.extension() == ".h5" || source.extension() == ".hdf5");
}
}  // namespace

const std::vector<DatasetAdapter>& datasetAdapters()
{
    static const std::vector<DatasetAdapter> list = {
        {{"strips", "Frame strips", "One picture per clip with its square frames side by side, in one folder per class (the layout of the MoCoGAN data)", false, describeOptions<StripsOptions>("dataset")},
         detectsStrips,
         [](const std::string& source, const OptionValues& values) {
             StripsOptions options;
             applyOptions(options, values);
             return openStrips(source, options);
         }},
        {{"hdf5", "Clip file", "A clip file of Kinora, rewritten: drops unused space, takes the newest format", false, describeOptions<NoOptions>("dataset")},
         isClipFile,
         [](const std::string& source, const OptionValues& values) -> std::unique_ptr<DatasetScan> {
             NoOptions options;
             applyOptions(options, values);
             return std::make_unique<SourceScan>(openClipFile(source), std::map<std::string, std::string>{{"original", nlohmann::json(clipFileAttributes(source)).dump()}});
         }},
        {{"synthetic", "Built-in data", "A rendered dataset, 'builtin:faces' or 'builtin:puppets?size=64&clips=512', written as a file", true, describeOptions<NoOptions>("dataset")},
         [](const fs::path& source) { return isSynthetic(source.string()); },
         [](const std::string& source, const OptionValues& values) -> std::unique_ptr<DatasetScan> {
             NoOptions options;
             applyOptions(options, values);
             return std::make_unique<SourceScan>(openSynthetic(source));
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
    std::vector<std::string> ids, found;
    for (const DatasetAdapter& adapter : datasetAdapters()) {
        ids.push_back(adapter.description.id);
        if (adapter.detects(source)) found.push_back(adapter.description.id);
    }
    if (found.empty())
        throw Error(ErrorCode::Usage, "does not look like any kind of dataset that is imported (" + join(ids, ", ") + "); name one with 'kinora datasets import KIND ...' to learn why", source.string());
    if (found.size() > 1) throw Error(ErrorCode::Usage, "could be " + join(found, " or ") + "; name the kind with 'kinora datasets import KIND ...'", source.string());
    return datasetAdapter(found.front());
}

ImportReport importDataset(const ImportJob& job)
{
    const DatasetAdapter& adapter = job.kind == "auto" ? detectDataset(job.source) : datasetAdapter(job.kind);
    const std::unique_ptr<DatasetScan> scan = adapter.open(job.source, job.options);
    ImportReport report;
    report.skipped = scan->skipped();
    report.notes = scan->notes();
    std::unique_ptr<ClipFileWriter> writer;
    if (!job.target.empty()) {
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
    std::deque<std::future<Outcome<ImportedClip>>> decoding;  // a future of std::async waits in its destructor: none outlives the scan
    std::int64_t started = 0;
    for (std::int64_t index = 0; index < total; ++index) {
        while (started < total && decoding.size() < ahead) {
            decoding.push_back(std::async(std::launch::async, [&scan, at = started] { return attempt([&] { return scan->load(at); }); }));
            ++started;
        }
        Outcome<ImportedClip> clip = decoding.front().get();
        decoding.pop_front();
        if (job.stop.stop_requested()) throw Error(ErrorCode::Cancelled, "the import was interrupted; nothing was left behind", job.target.string());
        if (clip) {
            if (writer) writer->add(clip.value().info, clip.value().frames, clip.value().streams);
            ++report.clips;
            report.frames += clip.value().frames.count();
        } else if (clip.error().code() == ErrorCode::OutOfMemory) {
            throw clip.error();
        } else {
            report.skipped.push_back({scan->file(index), clip.error().detail()});
        }
        if (job.progress) job.progress(index + 1, total, scan->file(index));
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
