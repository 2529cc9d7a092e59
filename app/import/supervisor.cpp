#include "app/import/supervisor.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "core/util/error.h"
#include "core/util/log.h"

namespace kinora::app {
using nlohmann::json;
namespace {
constexpr const char* kJournalName = "kinora-import-journal";
constexpr int kMostDeaths = 20;
std::atomic<pid_t> g_worker{0};
volatile std::sig_atomic_t g_asked = 0;  // SIGINT or SIGTERM that came to us

/// One line, whatever bytes a file name has.
std::string escaped(const std::string& item)
{
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string text;
    for (const char byte : item) {
        const auto value = static_cast<unsigned char>(byte);
        if (value >= 0x20 && value < 0x7f && value != '%') text += byte;
        else (((text += '%') += kDigits[value >> 4]) += kDigits[value & 15]);
    }
    return text;
}

std::string unescaped(const std::string& text)
{
    std::string item;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%' || i + 2 >= text.size()) item += text[i];
        else {
            item += static_cast<char>(std::stoi(text.substr(i + 1, 2), nullptr, 16));
            i += 2;
        }
    }
    return item;
}

std::string contents(int descriptor)
{
    std::string text;
    char block[1 << 14];
    for (;;) {
        const ssize_t size = ::pread(descriptor, block, sizeof block, static_cast<off_t>(text.size()));
        if (size < 0 && errno == EINTR) continue;
        if (size <= 0) return text;
        text.append(block, static_cast<std::size_t>(size));
    }
}

void append(int descriptor, const std::string& text)
{
    // the descriptor has O_APPEND, and a line is one call: threads do not mix their lines
    while (::write(descriptor, text.data(), text.size()) < 0 && errno == EINTR) {
    }
}

struct Items {
    std::set<std::string> underWay, finished;
};
Items itemsOf(const std::string& journal)
{
    Items items;
    for (std::size_t at = journal.find('\n') + 1; at > 0 && at < journal.size();) {
        const std::size_t end = journal.find('\n', at);
        if (end == std::string::npos) break;
        const std::string item = unescaped(journal.substr(at + 1, end - at - 1));
        if (journal[at] == '+') items.underWay.insert(item);
        else {
            items.underWay.erase(item);
            items.finished.insert(item);
        }
        at = end + 1;
    }
    return items;
}

void passOn(int number)
{
    const int error = errno;
    if (number != SIGCONT) {
        if (g_asked != 0 && g_worker > 0) ::kill(g_worker, SIGKILL);  // asked twice: at once. What is closed is kept
        g_asked = number;
    }
    if (const pid_t worker = g_worker; worker > 0) ::kill(worker, number);
    errno = error;
}

[[noreturn]] void becomeWorker(const std::vector<char*>& arguments, pid_t parent, bool quiet)
{
    ::setpgid(0, 0);  // so that ^C comes once, through the supervisor
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(1);
    for (const int number : {SIGINT, SIGTERM, SIGCONT}) std::signal(number, SIG_DFL);
    std::signal(SIGTTOU, SIG_IGN);
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_CORE, &none);
    if (quiet) {
        const int nowhere = ::open("/dev/null", O_WRONLY);
        if (nowhere >= 0) ::dup2(nowhere, 1);
    }
    ::execv("/proc/self/exe", arguments.data());
    ::_exit(127);
}

bool isCrash(int number)
{
    return number == SIGSEGV || number == SIGABRT || number == SIGBUS || number == SIGFPE || number == SIGILL || number == SIGKILL || number == SIGTRAP || number == SIGSYS;
}
}  // namespace

int supervise(const std::vector<std::string>& arguments, bool quiet)
{
    if (arguments.size() < 2) throw Error(ErrorCode::Internal, "there is no command to supervise", "kinora-import");
    const int journal = ::memfd_create(kJournalName, 0);
    if (journal < 0 || ::fcntl(journal, F_SETFL, O_APPEND) != 0) throw Error(ErrorCode::Internal, std::strerror(errno), "import journal");
    std::vector<std::string> all{"kinora-import"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    all.insert(all.begin() + 3, {"--worker", std::to_string(journal)});  // behind the command's name: what follows a "--" is no option
    std::vector<char*> raw;
    for (std::string& argument : all) raw.push_back(argument.data());
    raw.push_back(nullptr);

    struct sigaction action {};
    action.sa_handler = passOn;
    for (const int number : {SIGINT, SIGTERM, SIGCONT}) ::sigaction(number, &action, nullptr);
    std::set<std::string> suspects;
    std::map<std::string, std::string> crashed;
    int deaths = 0, deathsWithoutItem = 0;  // in a row, without an item that can be blamed
    for (;;) {
        if (::ftruncate(journal, 0) != 0) throw Error(ErrorCode::Internal, std::strerror(errno), "import journal");
        json head{{"suspects", json::array()}, {"crashed", json::object()}};
        for (const std::string& item : suspects) head["suspects"].push_back(escaped(item));
        for (const auto& [item, reason] : crashed) head["crashed"][escaped(item)] = reason;
        append(journal, head.dump() + "\n");
        const pid_t parent = ::getpid();
        const pid_t worker = ::fork();
        if (worker < 0) throw Error(ErrorCode::Internal, std::strerror(errno), "kinora-import");
        if (worker == 0) becomeWorker(raw, parent, quiet);
        g_worker = worker;
        if (g_asked != 0) ::kill(worker, g_asked);  // it came in between
        int status = 0;
        for (;;) {
            const pid_t changed = ::waitpid(worker, &status, WUNTRACED);
            if (changed < 0 && errno == EINTR) continue;
            if (changed < 0) throw Error(ErrorCode::Internal, std::strerror(errno), "kinora-import");
            if (!WIFSTOPPED(status)) break;
            ::kill(worker, SIGCONT);  // it stops when we are stopped; we are not, any more
        }
        g_worker = 0;
        if (WIFEXITED(status)) {
            ::close(journal);
            return WEXITSTATUS(status);
        }
        const int number = WTERMSIG(status);
        if (g_asked != 0 || !isCrash(number)) {
            ::close(journal);
            return 128 + (g_asked != 0 ? g_asked : number);
        }
        const Items items = itemsOf(contents(journal));
        const std::string how = " (signal " + std::to_string(number) + ", " + ::strsignal(number) + ")";
        const std::string first = items.underWay.empty() ? std::string() : *items.underWay.begin();
        if (items.underWay.size() == 1 && suspects.contains(first)) {
            log::warning(first + ": the decoder crashed again" + how + "; it is skipped");
            crashed[first] = "the decoder crashed" + how;
            deaths = deathsWithoutItem = 0;
        } else if (!items.underWay.empty()) {
            log::warning("a decoder crashed" + how + " with " + std::to_string(items.underWay.size()) + (items.underWay.size() == 1 ? " item" : " items") + " under way; they are tried again one by one");
            deathsWithoutItem = 0;
        } else {
            ++deathsWithoutItem;
        }
        if (deathsWithoutItem > 1)
            throw Error(ErrorCode::DecodeFailed, "the import crashed twice" + how + " while it read no item; what is finished is kept, the same command goes on with it", "kinora datasets import");
        if (++deaths > kMostDeaths)
            throw Error(ErrorCode::DecodeFailed, "the import crashed " + std::to_string(deaths) + " times" + how + ", and no single file is to blame; what is finished is kept, the same command goes on with it", "kinora datasets import");
        std::set<std::string> next;
        for (const std::string& item : items.underWay)
            if (!crashed.contains(item)) next.insert(item);
        for (const std::string& item : suspects)
            if (!crashed.contains(item) && !items.finished.contains(item)) next.insert(item);
        suspects = std::move(next);
    }
}

Journal::Journal(int descriptor) : m_descriptor(descriptor)
{
    const std::string text = contents(descriptor);
    const json head = json::parse(text.substr(0, text.find('\n')), nullptr, false);
    if (!head.is_object()) throw Error(ErrorCode::Usage, "is set by Kinora itself", "--worker");
    for (const json& item : head.at("suspects")) m_suspects.insert(unescaped(item.get<std::string>()));
    for (const auto& [item, reason] : head.at("crashed").items()) m_crashed[unescaped(item)] = reason.get<std::string>();
}

void Journal::note(char sign, const std::string& item) const { append(m_descriptor, sign + escaped(item) + "\n"); }

void followParent()
{
    std::thread([parent = ::getppid()] {
        const std::string path = "/proc/" + std::to_string(parent) + "/stat";
        for (;;) {
            std::this_thread::sleep_for(std::chrono::milliseconds(50));
            std::ifstream in(path);
            std::string text;
            std::getline(in, text);
            const std::size_t at = text.rfind(") ");  // "1234 (name) S ..."
            if (at != std::string::npos && at + 2 < text.size() && text[at + 2] == 'T') ::kill(::getpid(), SIGSTOP);
        }
    }).detach();
}

}  // namespace kinora::app
