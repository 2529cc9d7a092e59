#pragma once
#include <QMetaObject>
#include <QObject>
#include <QThreadPool>
#include <functional>
#include <stop_token>
#include <utility>

#include "core/util/outcome.h"

/// Runs work off the GUI thread and brings the result back to it. A controller owns one.
///
/// The destructor asks the jobs to stop, forgets their results and waits for them, so that nothing outlives what it refers to.
class JobRunner final : public QObject {
    Q_OBJECT
public:
    explicit JobRunner(int threads = 1, QObject* parent = nullptr) : QObject(parent) { m_pool.setMaxThreadCount(threads); }
    ~JobRunner() override
    {
        cancel();
        m_pool.clear();
        m_pool.waitForDone();
    }
    /// \param work  called in a pool thread: T work(std::stop_token). It holds values and shared immutable objects, never a widget; it may throw
    /// \param done  called in this object's thread: void done(const kinora::Outcome<T>&). Not called after cancel()
    template <class Work, class Done>
    void run(Work work, Done done)
    {
        const std::stop_token stop = m_stop.get_token();
        m_pool.start([this, stop, work = std::move(work), done = std::move(done)]() mutable {
            if (stop.stop_requested()) return;
            auto outcome = kinora::attempt([&] { return work(stop); });
            QMetaObject::invokeMethod(
                this, [stop, outcome = std::move(outcome), done = std::move(done)]() mutable {
                    if (!stop.stop_requested()) done(outcome);
                },
                Qt::QueuedConnection);
        });
    }
    /// Asks everything that runs or waits to stop; later jobs are not concerned.
    void cancel()
    {
        m_stop.request_stop();
        m_stop = std::stop_source();
    }
    /// Posts to the GUI thread from inside a job, for progress.
    template <class Function>
    void post(Function function)
    {
        QMetaObject::invokeMethod(this, std::move(function), Qt::QueuedConnection);
    }

private:
    QThreadPool m_pool;
    std::stop_source m_stop;
};
