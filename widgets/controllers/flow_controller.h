#pragma once
#include <QObject>
#include <QString>
#include <QTemporaryDir>
#include <memory>
#include <vector>

#include "widgets/controllers/clip_analysis.h"
#include "widgets/controllers/job_process.h"
#include "widgets/controllers/job_runner.h"

/// Optical flow of clips that are in memory. The window has no OpenCV: `kinora datasets flow` computes it in a process of its own, one clip after the other, and reading and writing are done off the GUI thread.
///
/// Flow that was computed is kept while it is wanted. What is under way when other clips are wanted is let finish and forgotten: it takes a fraction of a second.
class FlowController final : public QObject {
    Q_OBJECT
public:
    using ClipPtr = std::shared_ptr<const kinora::Frames>;
    using FlowPtr = std::shared_ptr<const FlowField>;

    /// \param program  `kinora`
    explicit FlowController(QString program, QObject* parent = nullptr);

    /// The clips whose flow is wanted from now on, the first first; nullptrs are left out. Empty: none.
    void want(const std::vector<ClipPtr>& clips);
    FlowPtr flow(const ClipPtr& clip) const;  ///< nullptr: not there (yet).
    bool busy() const { return m_busy != nullptr; }

Q_SIGNALS:
    void ready();                         ///< flow() of a wanted clip is there.
    void failed(const QString& problem);  ///< One line.

private:
    void next();
    void read(const ClipPtr& clip);
    void end(const QString& problem);

    QString m_program;
    std::unique_ptr<QTemporaryDir> m_folder;
    std::vector<ClipPtr> m_wanted;
    std::vector<std::pair<ClipPtr, FlowPtr>> m_known;
    ClipPtr m_busy, m_refused;  // refused: failed() was said of it
    JobProcess m_job;
    JobRunner m_files;  // last: its thread ends before the rest goes
};
