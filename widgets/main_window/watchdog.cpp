#include "widgets/main_window/watchdog.h"

#include <cxxabi.h>
#include <dlfcn.h>
#include <execinfo.h>
#include <pthread.h>

#include <QCoreApplication>
#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <mutex>
#include <optional>
#include <thread>

namespace {
using namespace std::chrono_literals;
constexpr auto kPause = 4ms, kLook = 2ms;
constexpr int kDepth = 64;

// written by the signal's handler, which may use nothing else
std::array<void*, kDepth> handlerStack;
std::atomic<int> handlerDepth = -1;

void writeStack(int)
{
    const int saved = errno;
    handlerDepth.store(backtrace(handlerStack.data(), kDepth), std::memory_order_release);
    errno = saved;
}

double milliseconds(const timespec& time) { return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) * 1e-6; }
double clockMs(clockid_t clock)
{
    timespec now{};
    clock_gettime(clock, &now);
    return milliseconds(now);
}

/// "function (library)", or "library+offset", which addr2line understands.
QString frameText(void* address)
{
    Dl_info info{};
    if (!dladdr(address, &info) || !info.dli_fname) return QStringLiteral("0x%1").arg(reinterpret_cast<quintptr>(address), 0, 16);
    const QString library = QString::fromLocal8Bit(info.dli_fname).section(QLatin1Char('/'), -1);
    if (!info.dli_sname) return QStringLiteral("%1+0x%2").arg(library).arg(static_cast<const char*>(address) - static_cast<const char*>(info.dli_fbase), 0, 16);
    int status = 0;
    const std::unique_ptr<char, decltype(&std::free)> readable(abi::__cxa_demangle(info.dli_sname, nullptr, nullptr, &status), &std::free);
    return QStringLiteral("%1 (%2)").arg(QString::fromLocal8Bit(status == 0 && readable ? readable.get() : info.dli_sname), library);
}
}  // namespace

struct Watchdog::Shared {
    double limitMs = 0;
    Clock clock = Clock::Wall;
    std::function<void(const Stall&)> report;
    pthread_t guiThread{};
    clockid_t processor{};
    struct sigaction before {};

    mutable std::mutex mutex;
    std::condition_variable answer;
    bool answered = true, stopping = false;
    double processorMs = 0, wallMs = 0;  // at the answer
    double longestMs = 0;
    qint64 turns = 0;
    std::vector<Stall> stalls;
    std::thread thread;

    /// The GUI thread's stack of this moment; empty if it does not answer the signal.
    QStringList stack() const
    {
        handlerDepth.store(-1);
        if (pthread_kill(guiThread, SIGURG) != 0) return {};
        for (int look = 0; look < 250 && handlerDepth.load(std::memory_order_acquire) < 0; ++look) std::this_thread::sleep_for(kLook);
        QStringList frames;
        // the first two are the handler and the kernel's way into it
        for (int i = 2; i < handlerDepth.load(); ++i) frames << frameText(handlerStack[static_cast<std::size_t>(i)]);
        return frames;
    }

    void watch(const std::shared_ptr<Shared>& self)
    {
        std::unique_lock lock(mutex);
        while (!stopping) {
            answered = false;
            lock.unlock();
            const double processorStart = clockMs(processor), wallStart = clockMs(CLOCK_MONOTONIC);
            QMetaObject::invokeMethod(
                QCoreApplication::instance(),
                [self] {
                    const std::lock_guard answering(self->mutex);
                    self->processorMs = clockMs(CLOCK_THREAD_CPUTIME_ID);
                    self->wallMs = clockMs(CLOCK_MONOTONIC);
                    self->answered = true;
                    self->answer.notify_all();
                },
                Qt::QueuedConnection);
            lock.lock();
            std::optional<QStringList> seen;
            while (!answer.wait_for(lock, kLook, [this] { return answered || stopping; })) {
                const double spent = clock == Clock::Processor ? clockMs(processor) - processorStart : clockMs(CLOCK_MONOTONIC) - wallStart;
                if (spent <= limitMs || seen) continue;
                lock.unlock();
                seen = stack();
                lock.lock();
            }
            if (!answered) return;
            const Stall turn{processorMs - processorStart, wallMs - wallStart, seen.value_or(QStringList{})};
            const double spent = clock == Clock::Processor ? turn.processorMs : turn.wallMs;
            longestMs = std::max(longestMs, spent);
            ++turns;
            if (spent > limitMs) {
                stalls.push_back(turn);
                lock.unlock();
                if (report) report(turn);
                lock.lock();
            }
            answer.wait_for(lock, kPause, [this] { return stopping; });
        }
    }
};

Watchdog::Watchdog(double limitMs, Clock clock, std::function<void(const Stall&)> report) : m_shared(std::make_shared<Shared>())
{
    m_shared->limitMs = limitMs;
    m_shared->clock = clock;
    m_shared->report = std::move(report);
    m_shared->guiThread = pthread_self();
    pthread_getcpuclockid(m_shared->guiThread, &m_shared->processor);
    std::array<void*, 4> first{};
    backtrace(first.data(), static_cast<int>(first.size()));  // the first call loads a library, which a handler must not
    struct sigaction action {};
    action.sa_handler = writeStack;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    sigaction(SIGURG, &action, &m_shared->before);
    m_shared->thread = std::thread([shared = m_shared] { shared->watch(shared); });
}

Watchdog::~Watchdog()
{
    {
        const std::lock_guard lock(m_shared->mutex);
        m_shared->stopping = true;
        m_shared->answer.notify_all();
    }
    m_shared->thread.join();
    sigaction(SIGURG, &m_shared->before, nullptr);
}

double Watchdog::longestMs() const
{
    const std::lock_guard lock(m_shared->mutex);
    return m_shared->longestMs;
}

qint64 Watchdog::turns() const
{
    const std::lock_guard lock(m_shared->mutex);
    return m_shared->turns;
}

std::vector<Watchdog::Stall> Watchdog::stalls() const
{
    const std::lock_guard lock(m_shared->mutex);
    return m_shared->stalls;
}

std::unique_ptr<Watchdog> Watchdog::fromEnvironment()
{
    bool number = false;
    const double limitMs = qEnvironmentVariable("KINORA_WATCHDOG").toDouble(&number);
    if (!number || limitMs <= 0) return nullptr;
    return std::make_unique<Watchdog>(limitMs, Clock::Wall, [](const Stall& stall) { std::fprintf(stderr, "kinora: %s\n", qPrintable(stallText(stall))); });
}

QString stallText(const Watchdog::Stall& stall)
{
    QString text = QStringLiteral("the window stood still for %1 ms (%2 ms of processor time)").arg(stall.wallMs, 0, 'f', 0).arg(stall.processorMs, 0, 'f', 0);
    for (const QString& frame : stall.stack) text += QStringLiteral("\n    ") + frame;
    return text;
}
