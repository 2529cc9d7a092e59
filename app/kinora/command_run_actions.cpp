#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>

#include "app/kinora/commands.h"
#include "app/shared/command_line.h"
#include "core/run/run_actions.h"
#include "core/run/run_queue.h"
#include "core/util/error.h"
#include "core/util/file.h"
#include "core/util/process.h"
#include "core/util/text.h"

namespace kinora::app {
namespace {
namespace fs = std::filesystem;
using nlohmann::json;

std::string sizeText(std::uintmax_t bytes)
{
    char text[64];
    if (bytes < 1000000) std::snprintf(text, sizeof text, "%.1f kB", static_cast<double>(bytes) / 1e3);
    else if (bytes < 1000000000) std::snprintf(text, sizeof text, "%.1f MB", static_cast<double>(bytes) / 1e6);
    else std::snprintf(text, sizeof text, "%.2f GB", static_cast<double>(bytes) / 1e9);
    return text;
}

[[noreturn]] void become(const std::vector<std::string>& arguments) { replaceProcess((Places::programs() / "kinora").string(), arguments); }

/// A call of `kinora train` that has been prepared: printed, or done.
void finish(std::vector<std::string> arguments, bool start, bool queue, json result)
{
    if (queue) arguments.emplace_back("--queue");
    if (start || queue) {
        if (cli::wantsJson()) arguments.emplace_back("--json");
        become(arguments);
    }
    result["command"] = commandLine(arguments);
    result["arguments"] = arguments;
    if (cli::wantsJson()) cli::printJson(result);
    else cli::print(commandLine(arguments));
}

void addFork(CLI::App& runs)
{
    CLI::App* command = cli::addCommand(runs, "fork", "Make a new run out of a checkpoint of a run, with other settings",
                                        "  kinora runs fork runs/first runs/slower --step 4000 --set learning_rate/G=5e-5 --start\n"
                                        "  kinora runs fork runs/first runs/other-clips --set dataset=other.h5\n"
                                        "\nThe fork goes on with the checkpoint's weights, optimizers and random states. --set takes the keys of the run's configuration, total_steps, dataset, device\n"
                                        "and learning_rate/<optimizer>. Without --start the command that starts it is printed.");
    struct Values {
        std::string run, target;
        std::optional<std::int64_t> step;
        std::vector<std::string> settings;
        bool start = false, queue = false;
    };
    auto v = std::make_shared<Values>();
    command->add_option("RUN", v->run, "The parent, which may run on")->required();
    command->add_option("NEW", v->target, "The new run directory")->required();
    command->add_option("--step", v->step, "Of the checkpoint (the newest good one)");
    command->add_option("--set", v->settings, "A setting that is to be different, key=value; may be repeated");
    command->add_flag("--start", v->start, "Train at once");
    command->add_flag("--queue", v->queue, "Train when it is its turn");
    command->callback([v] {
        const std::string run = namedRun(v->run);
        const std::int64_t step = forkRun(run, v->step, v->target, parseChanges(RunReader(run).config(), v->settings));
        finish({"train", "--run", v->target, "--resume"}, v->start, v->queue, {{"run", v->target}, {"parent", run}, {"step", step}});
    });
}

void addDuplicate(CLI::App& runs)
{
    CLI::App* command = cli::addCommand(runs, "duplicate", "The command that trains a run anew from step 0, with other settings",
                                        "  kinora runs duplicate runs/first runs/second --set seed=2 --set batch_size=8\n  kinora runs duplicate runs/first runs/third --set seed=3 --queue\n");
    struct Values {
        std::string run, target;
        std::vector<std::string> settings;
        bool start = false, queue = false;
    };
    auto v = std::make_shared<Values>();
    command->add_option("RUN", v->run, "The run whose configuration is taken")->required();
    command->add_option("NEW", v->target, "The new run directory")->required();
    command->add_option("--set", v->settings, "A setting that is to be different, key=value; also dataset, device, seed and total_steps; may be repeated");
    command->add_flag("--start", v->start, "Train at once");
    command->add_flag("--queue", v->queue, "Train when it is its turn");
    command->callback([v] {
        const std::string run = namedRun(v->run);
        const std::vector<std::string> arguments = duplicateArguments(run, v->target, parseChanges(RunReader(run).config(), v->settings));
        finish(arguments, v->start, v->queue, {{"run", v->target}, {"duplicate_of", run}});
    });
}

/// archive and restore: each run in turn, and the first problem ends it.
void addMove(CLI::App& runs, const std::string& name, const std::string& summary, const char* key, fs::path (*move)(const fs::path&))
{
    CLI::App* command = cli::addCommand(runs, name, summary, "  kinora runs " + name + (name == "restore" ? " runs/archive/first\n" : " runs/first runs/second\n"));
    auto folders = std::make_shared<std::vector<std::string>>();
    command->add_option("RUN", *folders, "Run directories")->required();
    command->callback([folders, key, move] {
        json done = json::array();
        for (const std::string& folder : *folders) {
            const fs::path to = move(namedRun(folder));
            done.push_back({{"run", folder}, {key, to.string()}});
            cli::print(to.string());
        }
        if (cli::wantsJson()) cli::printJson(done);
    });
}

void addDelete(CLI::App& runs)
{
    CLI::App* command = cli::addCommand(runs, "delete", "Delete runs with all their checkpoints", "  kinora runs delete runs/first          says what would be deleted\n  kinora runs delete runs/first --yes\n");
    auto folders = std::make_shared<std::vector<std::string>>();
    auto sure = std::make_shared<bool>(false);
    command->add_option("RUN", *folders, "Run directories")->required();
    command->add_flag("--yes", *sure, "Really");
    command->callback([folders, sure] {
        json done = json::array();
        std::string said;
        for (const std::string& name : *folders) {
            const std::string folder = namedRun(name);
            const RunReader run(folder);
            const RunSize size = sizeOfRun(folder);
            const std::string what = folder + ": " + std::to_string(size.files) + " files, " + sizeText(size.bytes) + ", " + std::to_string(size.checkpoints) + " checkpoints";
            if (*sure) {
                deleteRun(folder);
                cli::print("deleted " + what);
            } else {
                cli::print("would delete " + what);
            }
            done.push_back({{"run", folder}, {"deleted", *sure}, {"files", size.files}, {"bytes", size.bytes}, {"checkpoints", size.checkpoints}});
        }
        if (!*sure) throw Error(ErrorCode::Usage, "nothing was deleted; --yes deletes for good, 'kinora runs archive' only puts away");
        if (cli::wantsJson()) cli::printJson(done);
    });
}

void addRelocate(CLI::App& runs)
{
    CLI::App* command = cli::addCommand(runs, "relocate", "Say where a run's dataset is now", "  kinora runs relocate runs/first /data/moved/clips.h5\n");
    auto run = std::make_shared<std::string>(), dataset = std::make_shared<std::string>();
    command->add_option("RUN", *run, "A run directory")->required();
    command->add_option("DATASET", *dataset, "Where it lies now; the next resume checks that it holds the same clips")->required();
    command->callback([run, dataset] {
        const std::string folder = namedRun(*run);
        relocateDataset(folder, *dataset);
        const std::string now = RunReader(folder).dataset();
        if (cli::wantsJson()) cli::printJson({{"run", folder}, {"dataset", now}});
        else cli::print(now);
    });
}

void addTag(CLI::App& runs)
{
    CLI::App* command = cli::addCommand(runs, "tag", "Add tags to a run, take them off, or show them", "  kinora runs tag runs/first good paper\n  kinora runs tag runs/first --remove good\n");
    auto run = std::make_shared<std::string>();
    auto add = std::make_shared<std::vector<std::string>>(), remove = std::make_shared<std::vector<std::string>>();
    command->add_option("RUN", *run, "A run directory")->required();
    command->add_option("TAG", *add, "Tags to add");
    command->add_option("--remove", *remove, "Tags to take off");
    command->callback([run, add, remove] {
        const RunReader reader(namedRun(*run));
        json notes = reader.notes();
        std::vector<std::string> tags;
        if (const auto known = notes.find("tags"); known != notes.end() && known->is_array())
            for (const json& tag : *known)
                if (tag.is_string()) tags.push_back(tag.get<std::string>());
        for (const std::string& tag : *add)
            if (std::find(tags.begin(), tags.end(), tag) == tags.end()) tags.push_back(tag);
        for (const std::string& tag : *remove)
            if (std::erase(tags, tag) == 0) throw Error(ErrorCode::Usage, "the run has no tag '" + tag + "'" + (tags.empty() ? std::string() : suggestion(tag, tags)), reader.folder().string());
        if (!add->empty() || !remove->empty()) {
            notes["tags"] = tags;
            reader.setNotes(notes);
        }
        if (cli::wantsJson()) cli::printJson({{"run", reader.folder().string()}, {"tags", tags}});
        else cli::print(join(tags, " "));
    });
}

void addNote(CLI::App& runs)
{
    CLI::App* command = cli::addCommand(runs, "note", "Write a note on a run, name it, or show what is noted", "  kinora runs note runs/first \"the one of figure 3\"\n  kinora runs note runs/first --name \"Baseline, seed 1\"\n");
    auto run = std::make_shared<std::string>();
    auto text = std::make_shared<std::optional<std::string>>(), name = std::make_shared<std::optional<std::string>>();
    auto append = std::make_shared<bool>(false);
    command->add_option("RUN", *run, "A run directory")->required();
    command->add_option("TEXT", *text, "The note; it replaces the one before. An empty text takes it away");
    command->add_option("--name", *name, "The name that tables show; an empty one takes it away");
    command->add_flag("--append", *append, "Add the text as a new line");
    command->callback([run, text, name, append] {
        const RunReader reader(namedRun(*run));
        json notes = reader.notes();
        const std::string before = notes.contains("notes") && notes["notes"].is_string() ? notes["notes"].get<std::string>() : std::string();
        if (*text) notes["notes"] = *append && !before.empty() ? before + "\n" + **text : **text;
        if (*name) notes["name"] = **name;
        if (*text || *name) reader.setNotes(notes);
        if (cli::wantsJson()) {
            cli::printJson({{"run", reader.folder().string()}, {"notes", notes}});
            return;
        }
        if (notes.contains("name") && notes["name"].is_string() && !notes["name"].get<std::string>().empty()) cli::print("name: " + notes["name"].get<std::string>());
        if (notes.contains("notes") && notes["notes"].is_string()) cli::print(notes["notes"].get<std::string>());
    });
}

json toJson(const QueueTicket& ticket)
{
    return {{"id", ticket.id},           {"run", ticket.run.string()},         {"device", ticket.device},      {"state", ticketStateName(ticket.state)}, {"position", ticket.position}, {"pid", ticket.pid},
            {"created", ticket.created}, {"folder", ticket.folder.string()}, {"command", commandLine(ticket.arguments)}};
}

/// By the run's folder or the ticket's id. \throws Error (NotFound)
QueueTicket ticketOf(const RunQueue& queue, const std::string& name)
{
    for (QueueTicket& ticket : queue.list())
        if (ticket.id == name || ticket.run == runPath(name) || ticket.run == runPath(namedRun(name))) return std::move(ticket);
    throw Error(ErrorCode::NotFound, "is not in the queue; 'kinora runs queue' shows what is", name);
}

void listQueue()
{
    const std::vector<QueueTicket> tickets = RunQueue().list();
    if (cli::wantsJson()) {
        json all = json::array();
        for (const QueueTicket& ticket : tickets) all.push_back(toJson(ticket));
        cli::printJson(all);
        return;
    }
    if (tickets.empty()) cli::print("the queue is empty");
    for (const QueueTicket& ticket : tickets) {
        std::string line = ticket.device;
        line.resize(std::max<std::size_t>(line.size() + 2, 8), ' ');
        std::string state = ticket.state == TicketState::Waiting ? std::to_string(ticket.position) : std::string(ticketStateName(ticket.state));
        state.resize(std::max<std::size_t>(state.size() + 2, 9), ' ');
        cli::print(line + state + ticket.run.string());
        if (ticket.state == TicketState::Lost) cli::print("        its process has ended; again: cd " + ticket.folder.string() + " && " + commandLine(ticket.arguments) + " --queue");
    }
}

void addQueue(CLI::App& runs)
{
    CLI::App* queue = cli::addCommand(runs, "queue", "Runs that wait for a device ('kinora train ... --queue')",
                                      "  kinora train --system g3an --dataset clips.h5 --run runs/second --queue &\n  kinora runs queue\n  kinora runs queue up runs/second\n  kinora runs queue remove runs/second\n");
    queue->require_subcommand(0, 1);
    cli::addCommand(*queue, "list", "What runs, waits and was lost, device by device", "")->callback(listQueue);
    queue->callback([queue] {
        if (queue->get_subcommands().empty()) listQueue();
    });
    const auto add = [&](const char* name, const char* summary, auto work) {
        CLI::App* command = cli::addCommand(*queue, name, summary, "");
        auto run = std::make_shared<std::string>();
        command->add_option("RUN", *run, "A run in the queue, or a ticket's id")->required();
        command->callback([run, work] {
            const RunQueue queue;
            const QueueTicket ticket = ticketOf(queue, *run);
            work(queue, ticket);
            if (cli::wantsJson()) listQueue();
        });
    };
    add("remove", "Take a run out, which ends its waiting process with 130", [](const RunQueue& q, const QueueTicket& ticket) {
        q.remove(ticket.id);
        cli::print("removed " + ticket.run.string());
    });
    const auto moved = [](const RunQueue& q, const QueueTicket& ticket, int places) {
        q.move(ticket.id, places);
        if (const auto now = q.find(ticket.run)) cli::print(ticket.run.string() + " is number " + std::to_string(now->position) + " for " + now->device);
    };
    add("up", "Move a waiting run one place to the front", [moved](const RunQueue& q, const QueueTicket& ticket) { moved(q, ticket, -1); });
    add("down", "Move a waiting run one place to the end", [moved](const RunQueue& q, const QueueTicket& ticket) { moved(q, ticket, 1); });
}

}  // namespace

std::string namedRun(const std::string& name)
{
    if (RunReader::isRun(name) || name.find('/') != std::string::npos) return name;
    std::error_code code;
    if (fs::exists(name, code)) return name;
    for (const fs::path& place : {Places::data() / "runs", Places::data() / "runs" / "archive"})
        if (RunReader::isRun(place / name)) return (place / name).string();
    return name;
}

void addRunActionCommands(CLI::App& runs)
{
    addFork(runs);
    addDuplicate(runs);
    addMove(runs, "archive", "Put runs away, into the folder 'archive' beside them", "archived", archiveRun);
    addMove(runs, "restore", "Bring archived runs back", "restored", restoreRun);
    addDelete(runs);
    addRelocate(runs);
    addTag(runs);
    addNote(runs);
    addQueue(runs);
}

}  // namespace kinora::app
