#include "widgets/controllers/exclusion_list.h"

#include <QMetaObject>

#include "core/dataset/exclusions.h"
#include "core/util/outcome.h"
#include "widgets/controllers/dataset_library.h"

ExclusionList::ExclusionList(QObject* parent) : QObject(parent) { m_pool.setMaxThreadCount(1); }
ExclusionList::~ExclusionList() { m_pool.waitForDone(); }

void ExclusionList::setContents(const std::shared_ptr<const DatasetContents>& contents)
{
    m_contents = contents;
    m_flags.reset();
    m_strangers.clear();
    m_count = 0;
    if (!contents) return;
    m_strangers = contents->excluded;
    auto flags = std::make_shared<std::vector<bool>>(contents->clips.size(), false);
    if (!m_strangers.empty())
        for (std::size_t i = 0; i < contents->clips.size(); ++i)
            if (m_strangers.erase(contents->clips[i].name) > 0) {
                (*flags)[i] = true;
                ++m_count;
            }
    m_flags = std::move(flags);
}

std::vector<std::int64_t> ExclusionList::mark(const std::vector<std::int64_t>& clips, bool excluded)
{
    std::vector<std::int64_t> marked;
    if (!m_flags) return marked;
    auto flags = std::make_shared<std::vector<bool>>(*m_flags);
    for (const std::int64_t clip : clips) {
        if ((*flags)[static_cast<std::size_t>(clip)] == excluded) continue;
        (*flags)[static_cast<std::size_t>(clip)] = excluded;
        m_count += excluded ? 1 : -1;
        marked.push_back(clip);
    }
    if (marked.empty()) return marked;
    m_flags = std::move(flags);
    write();
    Q_EMIT changed();
    return marked;
}

void ExclusionList::write()
{
    std::set<std::string> names = m_strangers;
    for (std::size_t i = 0; i < m_flags->size(); ++i)
        if ((*m_flags)[i]) names.insert(m_contents->clips[i].name);
    {
        const std::lock_guard lock(m_shared->mutex);
        m_shared->wanted = {m_contents->path.toStdString(), std::move(names)};
    }
    // every change queues a job, and a job writes what is newest then: a list that was replaced before its turn is never written
    m_pool.start([this, shared = m_shared] {
        std::optional<std::pair<std::string, std::set<std::string>>> list;
        {
            const std::lock_guard lock(shared->mutex);
            list.swap(shared->wanted);
        }
        if (!list) return;
        const auto written = kinora::attempt([&] {
            kinora::writeExclusions(list->first, list->second);
            return true;
        });
        // the destructor waits for this thread
        if (!written) QMetaObject::invokeMethod(this, [this, problem = QString::fromUtf8(written.error().what())] { Q_EMIT failed(problem); }, Qt::QueuedConnection);
    });
}
