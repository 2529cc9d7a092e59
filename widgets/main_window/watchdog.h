#pragma once
#include <QString>
#include <QStringList>
#include <functional>
#include <memory>
#include <vector>

/// Watches how long the GUI thread stays away from its event loop, and tells where it stood when that was too long.
///
/// A thread of its own posts a heartbeat to the GUI thread every few milliseconds. While one is unanswered it looks at the clock; past the limit it interrupts the GUI thread with a signal
/// (SIGURG) whose handler writes down the call stack. The thread goes on as if nothing had happened. One watchdog at a time.
class Watchdog final {
public:
    /// Processor time of the GUI thread (what a turn costs, however busy the machine is; sleeping costs nothing), or the time that a person waits.
    enum class Clock { Processor, Wall };
    /// A turn of the event loop that took longer than the limit.
    struct Stall {
        double processorMs = 0, wallMs = 0;
        QStringList stack;  ///< Where it stood when the limit was passed, innermost function first.
    };
    /// \param limitMs  of a turn. \param report  told of every stall when it is over, in the watchdog's thread
    /// Call it in the GUI thread, with the application made.
    explicit Watchdog(double limitMs, Clock clock = Clock::Wall, std::function<void(const Stall&)> report = {});
    ~Watchdog();
    Watchdog(const Watchdog&) = delete;
    Watchdog& operator=(const Watchdog&) = delete;

    double longestMs() const;  ///< Of all turns until now, by the clock that was chosen.
    qint64 turns() const;      ///< Heartbeats that were answered.
    std::vector<Stall> stalls() const;

    /// One that writes to standard error what was slow, if KINORA_WATCHDOG holds a number of milliseconds; nullptr if it does not.
    static std::unique_ptr<Watchdog> fromEnvironment();

private:
    struct Shared;
    std::shared_ptr<Shared> m_shared;  // with the heartbeats under way, which may outlive the watchdog
};

/// A stall as lines of text.
QString stallText(const Watchdog::Stall& stall);
