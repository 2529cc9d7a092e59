#include "widgets/charts/curve_store.h"

#include <QFileInfo>
#include <QTimer>
#include <algorithm>
#include <cstring>
#include <functional>
#include <limits>
#include <numeric>
#include <stop_token>

#include "core/events/tfevents.h"
#include "core/run/run_directory.h"
#include "core/util/outcome.h"
#include "widgets/text.h"

using namespace kinora;

namespace {
constexpr int kIntervalMs = 1000;

std::uint64_t newGeneration()
{
    static std::atomic<std::uint64_t> last{0};
    return ++last;
}

void put(Curve& curve, const double* steps, const double* wallTimesS, const double* values, std::size_t count)
{
    if (count == 0) return;
    if (!curve.wallTimeFalls)
        curve.wallTimeFalls = (curve.size() > 0 && wallTimesS[0] < curve.wallTimesS.back()) || !std::is_sorted(wallTimesS, wallTimesS + count);
    curve.steps.append(steps, count);
    curve.wallTimesS.append(wallTimesS, count);
    curve.values.append(values, count);
}

/// Keeps the points before step \p from; those after may lie anywhere in \p rest, which gets them.
void cut(Curve& curve, double from, Curve::Piece* rest = nullptr)
{
    const auto kept = static_cast<std::size_t>(std::lower_bound(curve.steps.begin(), curve.steps.end(), from) - curve.steps.begin());
    if (kept == curve.size()) return;
    if (rest) {
        rest->steps.assign(curve.steps.begin() + kept, curve.steps.end());
        rest->wallTimesS.assign(curve.wallTimesS.begin() + kept, curve.wallTimesS.end());
        rest->values.assign(curve.values.values().begin() + kept, curve.values.values().end());
    }
    curve.steps.cut(kept);
    curve.wallTimesS.cut(kept);
    curve.values.cut(kept);
    if (curve.wallTimeFalls) curve.wallTimeFalls = !std::is_sorted(curve.wallTimesS.begin(), curve.wallTimesS.end());
    curve.generation = newGeneration();
}

/// A configuration without its seed, for telling which runs repeat each other.
QString configurationOf(const std::string& folder)
{
    const auto text = attempt([&] {
        const RunConfig config = RunReader(folder).config();
        std::string result = config.system + '\n' + config.dataset;
        for (const OptionValues* values : {&config.systemOptions, &config.trainingOptions})
            for (const auto& [key, value] : *values)
                if (key != "seed") result += '\n' + key + '=' + optionText(value);
        return result;
    });
    return text ? QString::fromStdString(text.value()) : QString();
}
}  // namespace

void appendPoints(Curve& curve, const ScalarCurve& more)
{
    if (more.steps.empty()) return;
    if (curve.tag.empty()) curve.tag = more.tag;
    if (curve.generation == 0) curve.generation = newGeneration();
    std::vector<std::size_t> begins{0};
    begins.insert(begins.end(), more.stepsFallAt.begin(), more.stepsFallAt.end());
    begins.push_back(more.size());
    for (std::size_t piece = 0; piece + 1 < begins.size(); ++piece) {
        const std::size_t first = begins[piece], count = begins[piece + 1] - first;
        const double* steps = more.steps.data() + first;
        const double* wallTimesS = more.wallTimesS.data() + first;
        const double* values = more.values.data() + first;
        if (curve.size() > 0 && steps[0] < curve.steps.back()) {
            auto rest = std::make_shared<Curve::Piece>();
            cut(curve, steps[0], rest.get());
            if (*std::ranges::max_element(rest->wallTimesS) <= wallTimesS[0]) {
                curve.discarded.push_back(std::move(rest));
            } else {
                // two writers at once
                Curve::Piece merged;
                const std::size_t all = rest->steps.size() + count;
                std::vector<std::size_t> order(all);
                std::iota(order.begin(), order.end(), std::size_t(0));
                const auto stepOf = [&](std::size_t i) { return i < rest->steps.size() ? rest->steps[i] : steps[i - rest->steps.size()]; };
                std::inplace_merge(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(rest->steps.size()), order.end(), [&](std::size_t a, std::size_t b) { return stepOf(a) < stepOf(b); });
                for (auto* column : {&merged.steps, &merged.wallTimesS, &merged.values}) column->reserve(all);
                for (const std::size_t i : order) {
                    const bool old = i < rest->steps.size();
                    const std::size_t at = old ? i : i - rest->steps.size();
                    merged.steps.push_back(old ? rest->steps[at] : steps[at]);
                    merged.wallTimesS.push_back(old ? rest->wallTimesS[at] : wallTimesS[at]);
                    merged.values.push_back(old ? rest->values[at] : values[at]);
                }
                put(curve, merged.steps.data(), merged.wallTimesS.data(), merged.values.data(), all);
                continue;
            }
        }
        put(curve, steps, wallTimesS, values, count);
    }
}

const Curve* RunCurves::curve(const std::string& tag) const
{
    const auto known = curves.find(tag);
    return known == curves.end() ? nullptr : known->second.get();
}

double RunCurves::startS() const
{
    double first = std::numeric_limits<double>::infinity();
    for (const auto& [tag, curve] : curves) {
        if (curve->size() == 0) continue;
        first = std::min(first, curve->wallTimeFalls ? *std::min_element(curve->wallTimesS.begin(), curve->wallTimesS.end()) : curve->wallTimesS.front());
    }
    return std::isfinite(first) ? first : 0;
}

std::vector<double> RunCurves::epochs(const Curve& wanted, std::size_t first) const
{
    const Curve* known = curve("epoch");
    std::vector<double> result;
    if (!known || known->size() == 0 || first >= wanted.size()) return result;
    result.reserve(wanted.size() - first);
    const Column<double>& steps = known->steps;
    const Column<double>& epochs = known->values.values();
    std::size_t at = static_cast<std::size_t>(std::lower_bound(steps.begin(), steps.end(), wanted.steps[first]) - steps.begin());
    double highest = -std::numeric_limits<double>::infinity();  // a curve must not turn back
    for (std::size_t i = first; i < wanted.size(); ++i) {
        const double step = wanted.steps[i];
        while (at < steps.size() && steps[at] < step) ++at;
        double epoch;
        if (at == steps.size())
            epoch = epochs.back();
        else if (at == 0 || steps[at] == step)
            epoch = epochs[at];
        else
            epoch = epochs[at - 1] + (epochs[at] - epochs[at - 1]) * (step - steps[at - 1]) / (steps[at] - steps[at - 1]);
        if (std::isfinite(epoch)) highest = std::max(highest, epoch);
        result.push_back(std::isfinite(highest) ? highest : 0);
    }
    return result;
}

std::size_t RunCurves::points() const
{
    std::size_t count = 0;
    for (const auto& [tag, curve] : curves) count += curve->size();
    return count;
}

/// Lives in the store's thread.
class CurveStore::Reader final : public QObject {
public:
    Reader(CurveStore& owner, std::shared_ptr<std::atomic<bool>> stop) : m_owner(owner), m_stop(std::move(stop))
    {
        m_timer.setParent(this);
        m_timer.setInterval(kIntervalMs);
        connect(&m_timer, &QTimer::timeout, this, &Reader::look);
    }
    void setInterval(int milliseconds) { m_timer.setInterval(milliseconds); }
    void setFolders(const QStringList& folders)
    {
        m_timer.start();
        std::erase_if(m_followed, [&](const auto& entry) { return !folders.contains(entry.first); });
        m_order = folders;
        for (const QString& folder : folders) {
            if (m_followed.contains(folder)) continue;
            Followed& run = m_followed[folder];
            run.reader = std::make_unique<EventsReader>(toPath(folder));
            run.state.folder = folder;
        }
        look();
    }
    void look()
    {
        for (const QString& folder : std::as_const(m_order)) {
            if (*m_stop) return;
            lookAt(m_followed.at(folder));
        }
    }
    void find(const QString& root)
    {
        QStringList found;
        for (const auto& folder : findEventFolders(toPath(root), m_stopSource.get_token())) found.append(toQString(folder));
        QMetaObject::invokeMethod(&m_owner, [owner = &m_owner, root, found] { Q_EMIT owner->foldersFound(root, found); });
    }
    std::stop_source& stopSource() { return m_stopSource; }

private:
    struct Followed {
        std::unique_ptr<EventsReader> reader;
        std::map<std::string, Curve> curves;
        RunCurves state;  // all but the curves
    };

    void lookAt(Followed& run)
    {
        const bool first = !run.state.loaded;
        EventBatch batch = run.reader->read(m_stopSource.get_token());
        if (*m_stop) return;
        QStringList problems;
        for (const std::string& problem : run.reader->problems()) problems.append(QString::fromStdString(problem));
        bool news = first || batch.fresh || batch.voidedFrom || !batch.curves.empty() || problems != run.state.problems;
        const QString configuration = run.state.configuration.isEmpty() ? configurationOf(run.state.folder.toStdString()) : run.state.configuration;
        news |= configuration != run.state.configuration;
        if (!news) return;
        run.state.problems = problems;
        run.state.configuration = configuration;
        run.state.loaded = true;
        if (batch.fresh) run.curves.clear();
        if (batch.voidedFrom) {
            for (auto& [tag, curve] : run.curves) cut(curve, static_cast<double>(*batch.voidedFrom));
            std::erase_if(run.curves, [](const auto& entry) { return entry.second.size() == 0; });
        }
        const Curve* before = nullptr;
        for (ScalarCurve& more : batch.curves) {
            if (more.steps.empty()) continue;
            Curve& curve = run.curves[more.tag];
            if (curve.size() == 0 && more.stepsFallAt.empty()) {
                curve = {};
                curve.tag = more.tag;
                curve.generation = newGeneration();
                curve.wallTimeFalls = more.wallTimeFalls;
                // tags that a run reports together have the same steps and times: they are kept once
                const auto same = [&](const Column<double>& known, const std::vector<double>& column) {
                    return known.size() == column.size() && std::memcmp(known.data(), column.data(), column.size() * sizeof(double)) == 0;
                };
                curve.steps = before && same(before->steps, more.steps) ? before->steps : Column<double>(std::move(more.steps));
                curve.wallTimesS = before && same(before->wallTimesS, more.wallTimesS) ? before->wallTimesS : Column<double>(std::move(more.wallTimesS));
                curve.values = MinMaxPyramid(std::move(more.values));
            } else {
                appendPoints(curve, more);
            }
            before = &curve;
        }
        auto shown = std::make_shared<RunCurves>(run.state);
        for (const auto& [tag, curve] : run.curves) shown->curves.emplace(tag, std::make_shared<const Curve>(curve));
        QMetaObject::invokeMethod(&m_owner, [owner = &m_owner, folder = run.state.folder, shown = RunCurvesPtr(std::move(shown))] { owner->take(folder, shown); });
    }

    CurveStore& m_owner;  // joins this thread before it goes
    std::shared_ptr<std::atomic<bool>> m_stop;
    std::stop_source m_stopSource;
    QTimer m_timer;
    QStringList m_order;
    std::map<QString, Followed> m_followed;
};

CurveStore::CurveStore(QObject* parent) : QObject(parent), m_stop(std::make_shared<std::atomic<bool>>(false))
{
    qRegisterMetaType<RunCurvesPtr>();
    m_reader = new Reader(*this, m_stop);
    m_reader->moveToThread(&m_thread);
    connect(&m_thread, &QThread::finished, m_reader, &QObject::deleteLater);
    m_thread.setObjectName(QStringLiteral("curves"));
    m_thread.start();
}

CurveStore::~CurveStore()
{
    *m_stop = true;
    m_reader->stopSource().request_stop();
    m_thread.quit();
    m_thread.wait();
}

void CurveStore::setFolders(const QStringList& folders)
{
    QStringList wanted, read;
    for (const QString& folder : folders) {
        const QString path = m_provided.contains(folder) ? folder : QFileInfo(folder).absoluteFilePath();
        if (wanted.contains(path)) continue;
        wanted.append(path);
        if (!m_provided.contains(path)) read.append(path);
    }
    if (wanted == m_folders) return;
    m_folders = wanted;
    std::erase_if(m_runs, [&](const auto& entry) { return !wanted.contains(entry.first); });
    for (const QString& folder : std::as_const(wanted)) {
        if (m_runs.contains(folder)) continue;
        if (const auto provided = m_provided.find(folder); provided != m_provided.end()) {
            m_runs[folder] = provided->second;
            continue;
        }
        auto empty = std::make_shared<RunCurves>();
        empty->folder = folder;
        m_runs[folder] = empty;
    }
    QMetaObject::invokeMethod(m_reader, [reader = m_reader, read] { reader->setFolders(read); });
}

void CurveStore::provide(const RunCurvesPtr& run)
{
    m_provided[run->folder] = run;
    if (m_runs.contains(run->folder)) take(run->folder, run);
}

RunCurvesPtr CurveStore::run(const QString& folder) const
{
    const auto known = m_runs.find(m_provided.contains(folder) ? folder : QFileInfo(folder).absoluteFilePath());
    return known == m_runs.end() ? nullptr : known->second;
}

void CurveStore::look()
{
    QMetaObject::invokeMethod(m_reader, [reader = m_reader] { reader->look(); });
}

void CurveStore::setInterval(int milliseconds)
{
    QMetaObject::invokeMethod(m_reader, [reader = m_reader, milliseconds] { reader->setInterval(milliseconds); });
}

void CurveStore::findFolders(const QString& root)
{
    QMetaObject::invokeMethod(m_reader, [reader = m_reader, root] { reader->find(root); });
}

void CurveStore::take(const QString& folder, const RunCurvesPtr& run)
{
    const auto known = m_runs.find(folder);
    if (known == m_runs.end()) return;  // asked for no more
    known->second = run;
    Q_EMIT changed(folder);
}
