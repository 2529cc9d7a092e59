#pragma once
#include <CLI/CLI.hpp>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <stop_token>
#include <thread>

#include "core/util/error.h"

namespace kinora::app {

/// While one exists, SIGINT and SIGTERM ask the work to stop; a second one ends the process.
class Interruption {
public:
    Interruption()
    {
        s_signal = 0;
        std::signal(SIGINT, note);
        std::signal(SIGTERM, note);
        m_watcher = std::jthread([this](std::stop_token done) {
            while (!done.stop_requested()) {
                if (s_signal != 0) m_stop.request_stop();
                std::this_thread::sleep_for(std::chrono::milliseconds(20));
            }
        });
    }
    ~Interruption()
    {
        std::signal(SIGINT, SIG_DFL);
        std::signal(SIGTERM, SIG_DFL);
    }
    std::stop_token token() const { return m_stop.get_token(); }
    /// Runs \p work; an interruption ends with the exit code of its signal.
    template <class Work>
    void run(Work&& work)
    {
        try {
            work();
        } catch (const Error& error) {
            if (error.code() != ErrorCode::Cancelled || s_signal != SIGTERM) throw;
            std::fprintf(stderr, "kinora: %s\n", error.what());
            throw CLI::RuntimeError(128 + SIGTERM);
        }
    }

private:
    static void note(int signal)
    {
        std::signal(signal, SIG_DFL);
        s_signal = signal;
    }
    static inline std::atomic<int> s_signal = 0;
    std::stop_source m_stop;
    std::jthread m_watcher;
};

}  // namespace kinora::app
