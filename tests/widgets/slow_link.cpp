// A link that is slow and can fail, as `ssh` over a bad line: starts a program and passes its input and output on, each byte a given time later.
//
// slow_link DELAY_MS CONTROL_FILE PROGRAM [ARGUMENTS...]. While the control file holds "cut" the link ends at once with exit code 255, as ssh does; while it holds "silent" nothing passes.
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <fstream>
#include <mutex>
#include <string>
#include <thread>

namespace {
using Clock = std::chrono::steady_clock;
std::string controlFile;
pid_t child = -1;

std::string control()
{
    std::ifstream file(controlFile);
    std::string word;
    file >> word;
    return word;
}

/// Everything from one descriptor to another, later.
void pass(int from, int to, std::chrono::milliseconds delay)
{
    std::mutex mutex;
    std::condition_variable wake;
    std::deque<std::pair<Clock::time_point, std::string>> parts;
    bool over = false;
    std::jthread writer([&] {
        for (;;) {
            std::unique_lock lock(mutex);
            wake.wait(lock, [&] { return over || !parts.empty(); });
            if (parts.empty()) break;
            const auto [due, bytes] = parts.front();
            parts.pop_front();
            lock.unlock();
            std::this_thread::sleep_until(due);
            while (control() == "silent") std::this_thread::sleep_for(std::chrono::milliseconds(20));
            for (std::size_t at = 0; at < bytes.size();) {
                const ssize_t done = ::write(to, bytes.data() + at, bytes.size() - at);
                if (done <= 0) return;
                at += static_cast<std::size_t>(done);
            }
        }
        ::close(to);
    });
    char buffer[65536];
    for (ssize_t size = 0; (size = ::read(from, buffer, sizeof buffer)) > 0;) {
        const std::lock_guard lock(mutex);
        parts.emplace_back(Clock::now() + delay, std::string(buffer, static_cast<std::size_t>(size)));
        wake.notify_one();
    }
    const std::lock_guard lock(mutex);
    over = true;
    wake.notify_one();
}
}  // namespace

int main(int argc, char** argv)
{
    if (argc < 4) return 2;
    std::signal(SIGPIPE, SIG_IGN);
    const std::chrono::milliseconds delay(std::atoi(argv[1]));
    controlFile = argv[2];
    if (control() == "cut") return 255;
    int in[2], out[2];
    if (::pipe(in) != 0 || ::pipe(out) != 0) return 2;
    child = ::fork();
    if (child == 0) {
        ::dup2(in[0], 0);
        ::dup2(out[1], 1);
        for (const int end : {in[0], in[1], out[0], out[1]}) ::close(end);
        ::execv(argv[3], argv + 3);
        ::_exit(127);
    }
    ::close(in[0]);
    ::close(out[1]);
    std::thread([] {
        while (control() != "cut") std::this_thread::sleep_for(std::chrono::milliseconds(10));
        std::fputs("the connection was closed by the remote host\n", stderr);
        ::kill(child, SIGKILL);
        ::_exit(255);
    }).detach();
    std::thread([&] { pass(0, in[1], delay); }).detach();
    pass(out[0], 1, delay);
    int status = 0;
    ::waitpid(child, &status, 0);
    ::_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 255);
}
