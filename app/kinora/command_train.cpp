// `kinora train`: the trainer is another program; what the front does is the queue.
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <iostream>
#include <thread>

#include "app/kinora/commands.h"
#include "core/run/run_directory.h"
#include "core/run/run_queue.h"
#include "core/util/error.h"
#include "core/util/file.h"
#include "core/util/outcome.h"
#include "core/util/process.h"

namespace kinora::app {
namespace {
namespace fs = std::filesystem;

constexpr auto kLook = std::chrono::milliseconds(200);

volatile std::sig_atomic_t interrupted = 0;
void onSignal(int number) { interrupted = number; }

void handleSignals(void (*handler)(int))
{
    struct sigaction action {};
    action.sa_handler = handler;
    sigemptyset(&action.sa_mask);
    ::sigaction(SIGINT, &action, nullptr);
    ::sigaction(SIGTERM, &action, nullptr);
}

/// The value of "--name X" or "--name=X", as the trainer will read it; the last one counts.
std::string valueOf(const std::vector<std::string>& arguments, const std::string& name)
{
    std::string value;
    for (std::size_t i = 1; i < arguments.size(); ++i) {
        if (arguments[i] == name && i + 1 < arguments.size()) value = arguments[i + 1];
        else if (arguments[i].starts_with(name + "=")) value = arguments[i].substr(name.size() + 1);
    }
    return value;
}

bool has(const std::vector<std::string>& arguments, const std::string& flag) { return std::find(arguments.begin(), arguments.end(), flag) != arguments.end(); }

/// Where it will train: as asked for, or as the run that goes on was started.
std::string deviceOf(const std::vector<std::string>& arguments, const std::string& run)
{
    std::string device = valueOf(arguments, "--device");
    if (device.empty() && has(arguments, "--resume")) device = RunReader(run).config().device;
    return RunQueue::deviceName(device.empty() ? "auto" : device);
}

/// Waits in the queue. \returns the exit code if the turn never came, else 0 with the device held
int wait(const std::vector<std::string>& arguments, const std::string& run, const std::string& device)
{
    const RunQueue queue;
    QueueTicket ticket;
    ticket.run = run;
    ticket.device = device;
    ticket.arguments = arguments;
    ticket.folder = fs::current_path();
    handleSignals(onSignal);
    // on the heap and left there once the turn came: the ticket then is the trainer's
    auto turn = std::make_unique<QueueTurn>(queue, ticket);
    int said = -1;
    fs::path saidBehind;
    while (interrupted == 0) {
        int ahead = 0;
        fs::path behind;
        const auto looked = attempt([&] { return turn->look(&ahead, &behind); });
        if (!looked && looked.error().code() != ErrorCode::Locked) throw looked.error();
        if (!looked) continue;  // somebody else changes the queue, and takes long for it
        const QueueTurn::Step step = looked.value();
        if (step == QueueTurn::Step::Removed) {
            std::cerr << "kinora: " << run << " was taken out of the queue" << std::endl;
            return exitCode(ErrorCode::Cancelled);
        }
        if (step == QueueTurn::Step::Mine) {
            handleSignals(SIG_DFL);
            if (interrupted != 0) break;
            turn.release();
            return 0;
        }
        if (ahead != said || behind != saidBehind) {
            std::cerr << "kinora: " << run << " waits for " << device << (ahead == 0 ? std::string(", which a run that nobody queued has") : ": " + std::to_string(ahead) + " before it, next before it " + behind.string())
                      << "; 'kinora runs queue' shows all" << std::endl;
            said = ahead;
            saidBehind = behind;
        }
        std::this_thread::sleep_for(kLook);
    }
    return 128 + interrupted;
}

}  // namespace

int train(std::vector<std::string> arguments)
{
    const bool queued = has(arguments, "--queue");
    std::erase(arguments, "--queue");
    const std::string run = valueOf(arguments, "--run");
    const bool asksForHelp = has(arguments, "--help") || has(arguments, "-h");
    const fs::path engine = Places::programs() / "kinora-engine";
    if (queued && !asksForHelp) {
        if (run.empty()) throw Error(ErrorCode::Usage, "is needed to train", "--run");
        const std::string device = deviceOf(arguments, run);
        // what is wrong is said now, not in the night
        std::vector<std::string> check = arguments;
        check.emplace_back("--check");
        if (const ProcessResult checked = runProcess(engine.string(), check); checked.exitCode != 0) return checked.exitCode;
        if (const int code = wait(arguments, run, device); code != 0) return code;
    } else if (!run.empty() && !asksForHelp) {
        // what is wrong with the device or the run, the trainer says
        if (const auto device = attempt([&] { return deviceOf(arguments, run); })) markDeviceInUse(RunQueue(), device.value());
    }
    replaceProcess(engine.string(), arguments);
}

}  // namespace kinora::app
