#include "datasets/import/source_scan.h"

#include <filesystem>

namespace kinora {
namespace {
class SourceScan final : public DatasetScan {
public:
    SourceScan(std::shared_ptr<const ClipSource> source, std::map<std::string, std::string> attributes) : m_source(std::move(source)), m_attributes(std::move(attributes)) {}
    std::map<std::string, std::string> attributes() const override { return m_attributes; }
    const std::vector<LabelColumn>& labelColumns() const override { return m_source->labelColumns(); }
    const std::vector<StreamColumn>& streamColumns() const override { return m_source->streamColumns(); }
    std::int64_t size() const override { return m_source->size(); }
    std::string file(std::int64_t index) const override { return m_source->info(index).name; }
    ClipInfo expected(std::int64_t index) const override { return m_source->info(index); }
    ItemOutline outline(std::int64_t index) const override
    {
        const ClipInfo info = m_source->info(index);
        return {info.frames, info.width, info.height, "clip"};
    }
    std::string stamp(std::int64_t) const override
    {
        std::error_code error;
        const auto size = std::filesystem::file_size(m_source->name(), error);
        return error ? std::string() : std::to_string(size) + " " + std::to_string(std::filesystem::last_write_time(m_source->name(), error).time_since_epoch().count());
    }
    std::vector<ImportedClip> load(std::int64_t index, std::vector<std::string>&) const override
    {
        std::vector<ImportedClip> clips;
        clips.push_back({m_source->info(index), m_source->frames(index), {}});
        for (const StreamColumn& column : m_source->streamColumns()) clips.back().streams.push_back(m_source->stream(index, column.name));
        return clips;
    }

private:
    std::shared_ptr<const ClipSource> m_source;
    std::map<std::string, std::string> m_attributes;
};
}  // namespace

std::unique_ptr<DatasetScan> scanOfSource(std::shared_ptr<const ClipSource> source, std::map<std::string, std::string> attributes)
{
    return std::make_unique<SourceScan>(std::move(source), std::move(attributes));
}

}  // namespace kinora
