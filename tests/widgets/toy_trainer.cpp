// A small program with the command line of `kinora train` and a real run directory, so that the window can start, watch and steer a trainer in milliseconds.
#include <chrono>
#include <cstdio>
#include <cstring>
#include <string>
#include <thread>

#include "core/run/run_queue.h"
#include "core/util/error.h"
#include "tests/widgets/run_fixture.h"

using namespace kinora;

int main(int argc, char** argv)
{
    std::string run, system;
    long steps = 0;
    bool resume = false, queue = false;
    for (int i = 1; i < argc; ++i) {
        const std::string option = argv[i];
        if (option == "--resume") resume = true;
        if (option == "--queue") queue = true;
        if (i + 1 >= argc) break;
        if (option == "--run") run = argv[++i];
        else if (option == "--system") system = argv[++i];
        else if (option == "--steps") steps = std::strtol(argv[++i], nullptr, 10);
    }
    try {
        if (system == "broken") throw Error(ErrorCode::Usage, "no such system", system);
        if (queue) {
            QueueTicket ticket;
            ticket.run = run;
            ticket.device = "cpu";
            for (int i = 1; i < argc; ++i)
                if (std::strcmp(argv[i], "--queue") != 0) ticket.arguments.emplace_back(argv[i]);
            QueueTurn turn(RunQueue(), ticket);
            for (auto now = turn.look(); now != QueueTurn::Step::Mine; now = turn.look()) {
                if (now == QueueTurn::Step::Removed) return 130;
                std::this_thread::sleep_for(std::chrono::milliseconds(20));
            }
        }
        std::int64_t step = 0;
        std::unique_ptr<RunWriter> writer;
        if (resume) {
            const RunReader reader(run);
            step = reader.checkpoints().empty() ? 0 : reader.checkpoints().back().step;
            if (!steps) steps = static_cast<long>(reader.config().totalSteps);
            writer = RunWriter::resume(run, step, steps);
        } else {
            RunConfig config = fixture::config();
            config.totalSteps = steps;
            writer = RunWriter::create(run, config);
        }
        bool paused = false;
        while (step < steps) {
            while (const auto request = writer->poll()) {
                if (request->kind == RunRequest::Kind::Pause) paused = true;
                if (request->kind == RunRequest::Kind::Resume) paused = false;
                if (request->kind == RunRequest::Kind::Checkpoint || request->kind == RunRequest::Kind::Stop) writer->checkpoint(step, fixture::checkpoint(step));
                writer->done(*request);
                if (request->kind == RunRequest::Kind::Stop) {
                    fixture::report(*writer, step, RunState::Stopped);
                    return 0;
                }
            }
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
            if (!paused) {
                ++step;
                fixture::scalars(*writer, step);
                if (step % 5 == 0) fixture::samples(*writer, step);
                if (step % 10 == 0) writer->checkpoint(step, fixture::checkpoint(step));
            }
            fixture::report(*writer, step, paused ? RunState::Paused : RunState::Running);
        }
        writer->checkpoint(step, fixture::checkpoint(step));
        fixture::report(*writer, step, RunState::Finished);
        return 0;
    } catch (const Error& error) {
        std::fprintf(stderr, "kinora: %s\n", error.what());
        return exitCode(error.code());
    }
}
