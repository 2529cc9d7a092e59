#pragma once
// Curves of several runs, kept up to date from a thread of their own. A run is any folder that holds events files: a run directory of Kinora, or what PyTorch's
// SummaryWriter or any other program wrote.
//
//     CurveStore store;
//     store.setFolders({a, b});
//     connect(&store, &CurveStore::changed, ..., [&](const QString& folder) { draw(store.run(folder)->curve("loss/G")); });
#include <QObject>
#include <QString>
#include <QStringList>
#include <QThread>
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "widgets/charts/column.h"
#include "widgets/charts/min_max_pyramid.h"

namespace kinora {
struct ScalarCurve;
}

/// A curve as it was at one moment; later points do not change it. Steps do not fall.
struct Curve {
    std::string tag;
    Column<double> steps;
    Column<double> wallTimesS;  ///< Seconds since 1970.
    MinMaxPyramid values;       ///< May hold NaN and infinities.
    bool wallTimeFalls = false;
    /// What was given up when somebody went on from an earlier step without saying so (PyTorch without purge_step): each was once the curve's end.
    struct Piece {
        std::vector<double> steps, wallTimesS, values;
    };
    std::vector<std::shared_ptr<const Piece>> discarded;
    /// As long as it is the same, points were only appended.
    std::uint64_t generation = 0;

    std::size_t size() const { return steps.size(); }
};
using CurvePtr = std::shared_ptr<const Curve>;

/// Appends what was read, keeping the steps of \p curve in order.
///
/// Where steps fall, somebody went on from an earlier step, or two writers share the tag. If the new points were all written after those that they overlap, the
/// latter are put aside as a discarded piece; else both are live, and their points are merged by step.
void appendPoints(Curve& curve, const kinora::ScalarCurve& more);

/// All curves of a run as they were at one moment.
struct RunCurves {
    QString folder;
    std::map<std::string, CurvePtr> curves;  ///< By tag.
    bool loaded = false;                     ///< False: its files have not been read yet.
    QStringList problems;                    ///< Damage that was met, file by file.
    /// The same for runs of one configuration that differ in nothing but their seed; empty for folders that are no run directory.
    QString configuration;

    const Curve* curve(const std::string& tag) const;
    /// When its first point was written, in seconds since 1970; 0 without points.
    double startS() const;
    bool hasEpochs() const { return curve("epoch") != nullptr; }
    /// Epochs of points \p first ... of a curve: straight lines between the points of the run's "epoch" curve, level before and after it. Empty if the run has none.
    std::vector<double> epochs(const Curve& curve, std::size_t first = 0) const;
    std::size_t points() const;
};
using RunCurvesPtr = std::shared_ptr<const RunCurves>;

/// Reads and follows the events files of folders.
/// Thread: the GUI thread's; signals arrive there. Values that it hands out may be read anywhere.
class CurveStore final : public QObject {
    Q_OBJECT
public:
    explicit CurveStore(QObject* parent = nullptr);
    ~CurveStore() override;

    /// These and no others. Those that were there before are not read again.
    void setFolders(const QStringList& folders);
    QStringList folders() const { return m_folders; }
    /// Curves from elsewhere than events files, under a name that is used like a folder. setFolders() may name it afterwards; nothing is read for it.
    void provide(const RunCurvesPtr& run);
    bool isProvided(const QString& name) const { return m_provided.contains(name); }
    /// Never null for a folder of folders().
    RunCurvesPtr run(const QString& folder) const;
    /// Looks now instead of at the next tick (once a second).
    void look();
    void setInterval(int milliseconds);
    /// Lists the folders with events files at or below one, as TensorBoard lists the runs of a log directory; foldersFound() follows.
    void findFolders(const QString& root);

Q_SIGNALS:
    void changed(const QString& folder);
    void foldersFound(const QString& root, const QStringList& folders);

private:
    class Reader;
    void take(const QString& folder, const RunCurvesPtr& run);

    QStringList m_folders;
    std::map<QString, RunCurvesPtr> m_runs, m_provided;
    QThread m_thread;
    Reader* m_reader = nullptr;  // lives in m_thread
    std::shared_ptr<std::atomic<bool>> m_stop;
};

Q_DECLARE_METATYPE(RunCurvesPtr)
