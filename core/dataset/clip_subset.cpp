#include "core/dataset/clip_subset.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "core/util/error.h"
#include "core/util/text.h"

namespace kinora {
namespace {
class Subset final : public ClipSource {
public:
    /// \param chosen  the clips are what somebody asked for: they name no split, so that nobody chooses among them again
    Subset(std::shared_ptr<const ClipSource> source, std::vector<std::int64_t> indices, bool chosen) : m_source(std::move(source)), m_indices(std::move(indices)), m_chosen(chosen)
    {
        for (const std::int64_t index : m_indices)
            if (index < 0 || index >= m_source->size()) throw Error(ErrorCode::NotFound, "has no clip " + std::to_string(index) + "; it holds " + std::to_string(m_source->size()), name());
    }
    std::string name() const override { return m_source->name(); }
    std::int64_t size() const override { return static_cast<std::int64_t>(m_indices.size()); }
    ClipInfo info(std::int64_t index) const override
    {
        ClipInfo info = m_source->info(own(index));
        if (m_chosen) info.split.clear();
        return info;
    }
    const std::vector<LabelColumn>& labelColumns() const override { return m_source->labelColumns(); }
    const std::vector<StreamColumn>& streamColumns() const override { return m_source->streamColumns(); }
    Frames frames(std::int64_t index, const FrameWindow& window) const override { return m_source->frames(own(index), window); }
    void framesInto(std::int64_t index, const FrameWindow& window, Frames& out) const override { m_source->framesInto(own(index), window, out); }
    std::vector<std::uint8_t> stream(std::int64_t index, const std::string& stream, const FrameWindow& window) const override { return m_source->stream(own(index), stream, window); }

private:
    std::int64_t own(std::int64_t index) const
    {
        if (index < 0 || index >= size()) throw Error(ErrorCode::NotFound, "has no clip " + std::to_string(index) + "; " + std::to_string(size()) + " are chosen", name());
        return m_indices[static_cast<std::size_t>(index)];
    }
    std::shared_ptr<const ClipSource> m_source;
    std::vector<std::int64_t> m_indices;
    bool m_chosen;
};
}  // namespace

std::shared_ptr<const ClipSource> clipSubset(std::shared_ptr<const ClipSource> source, std::vector<std::int64_t> indices)
{
    return std::make_shared<Subset>(std::move(source), std::move(indices), false);
}

std::shared_ptr<const ClipSource> ofSplit(std::shared_ptr<const ClipSource> source, const std::string& split)
{
    if (split.empty()) return source;
    const std::vector<LabelColumn>& columns = source->labelColumns();
    const std::size_t equals = split.find('=');
    const std::string wanted = equals == std::string::npos ? split : split.substr(equals + 1);
    std::size_t column = columns.size();
    if (equals != std::string::npos) {
        std::vector<std::string> known;
        for (std::size_t i = 0; i < columns.size(); ++i) {
            if (columns[i].categorical()) known.push_back(columns[i].name);
            if (columns[i].categorical() && columns[i].name == split.substr(0, equals)) column = i;
        }
        if (column == columns.size())
            throw Error(ErrorCode::Incompatible, "has no class label '" + split.substr(0, equals) + "' to take a split from" + (known.empty() ? std::string(" (it has none)") : suggestion(split.substr(0, equals), known)),
                        source->name());
    }
    std::vector<std::int64_t> indices;
    std::set<std::string> known;
    for (std::int64_t i = 0; i < source->size(); ++i) {
        const ClipInfo info = source->info(i);
        std::string own = info.split;
        if (column < columns.size()) {
            const float value = column < info.labels.size() ? info.labels[column] : std::nanf("");
            own = value >= 0 && value < static_cast<float>(columns[column].categories.size()) ? columns[column].categories[static_cast<std::size_t>(value)] : std::string();
        }
        if (!own.empty()) known.insert(own);
        if (own == wanted || split == "all") indices.push_back(i);
    }
    if (indices.empty() && split != "all")
        throw Error(ErrorCode::Incompatible, "no clip belongs to the split '" + split + "'" + (known.empty() ? std::string("; the dataset names none") : " (there are: " + join({known.begin(), known.end()}, ", ") + ")"),
                    source->name());
    return std::make_shared<Subset>(std::move(source), std::move(indices), true);
}

}  // namespace kinora
