#include <QCoreApplication>
#include <QProcess>
#include <QThread>
#include <QTimer>
#include <QtTest>
#include <cmath>

#include "widgets/main_window/watchdog.h"

namespace {
double threadMs()
{
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) * 1e-6;
}
volatile double sink = 0;
}  // namespace

/// A slot that computes; its name is looked for in the stack.
extern "C" __attribute__((noinline)) void computeInTheWindowsThread(double milliseconds)
{
    for (const double end = threadMs() + milliseconds; threadMs() < end;)
        for (int i = 1; i < 1000; ++i) sink = sink + std::sqrt(i);
}

class TestWatchdog final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void namesTheFunctionThatComputes()
    {
        std::atomic<int> told = 0;
        Watchdog watchdog(50, Watchdog::Clock::Processor, [&](const Watchdog::Stall&) { ++told; });
        QTRY_VERIFY(watchdog.turns() > 3);
        QVERIFY(watchdog.stalls().empty());
        QTimer::singleShot(0, this, [] { computeInTheWindowsThread(150); });
        QTRY_COMPARE(watchdog.stalls().size(), std::size_t(1));
        QTRY_COMPARE(told.load(), 1);
        const Watchdog::Stall stall = watchdog.stalls().front();
        QVERIFY2(stall.processorMs > 120 && stall.processorMs < 400, qPrintable(QString::number(stall.processorMs)));
        QVERIFY(stall.wallMs >= stall.processorMs - 5);
        QCOMPARE(watchdog.longestMs(), stall.processorMs);
        QVERIFY2(stall.stack.join(QLatin1Char('\n')).contains(QStringLiteral("computeInTheWindowsThread")), qPrintable(stallText(stall)));
        QVERIFY(stallText(stall).contains(QStringLiteral("processor time")));
    }

    void sleepingCostsWaitingButNoProcessorTime()
    {
        for (const auto clock : {Watchdog::Clock::Processor, Watchdog::Clock::Wall}) {
            Watchdog watchdog(150, clock);
            QTRY_VERIFY(watchdog.turns() > 1);
            const qint64 before = watchdog.turns();
            QTimer::singleShot(0, this, [] { QThread::msleep(400); });
            QTRY_VERIFY(watchdog.turns() > before + 3);
            if (clock == Watchdog::Clock::Processor) {
                QVERIFY(watchdog.stalls().empty());
            } else {
                QVERIFY(!watchdog.stalls().empty());
                QVERIFY(watchdog.longestMs() > 300);
                QVERIFY(!watchdog.stalls().front().stack.isEmpty());
            }
        }
    }

    void theProgramHasOneWhenAsked()
    {
        qunsetenv("KINORA_WATCHDOG");
        QVERIFY(!Watchdog::fromEnvironment());
        qputenv("KINORA_WATCHDOG", "no");
        QVERIFY(!Watchdog::fromEnvironment());
        qputenv("KINORA_WATCHDOG", "50");
        QVERIFY(Watchdog::fromEnvironment());
        qunsetenv("KINORA_WATCHDOG");
    }
};
QTEST_MAIN(TestWatchdog)
#include "tst_watchdog.moc"
