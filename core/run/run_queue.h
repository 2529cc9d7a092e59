#pragma once
// Runs that wait for a device and start one after another, without a server: `kinora train ... --queue` leaves a ticket in the user's queue folder, waits until it is the
// oldest living ticket of its device and nobody trains there, and turns into the trainer (exec). docs/formats-run.md describes the files.
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace kinora {

enum class TicketState {
    Waiting,
    Running,  ///< Its trainer has the device.
    Lost,     ///< Its process ended while it waited, or the machine was started anew. It stands in nobody's way; the command in arguments starts it again.
};
std::string_view ticketStateName(TicketState state);

/// One entry of the queue.
struct QueueTicket {
    std::string id;
    std::filesystem::path run;           ///< Absolute; need not exist yet.
    std::string device;                  ///< What it waits for: "cpu", "cuda:0".
    std::vector<std::string> arguments;  ///< Of `kinora`: "train", "--run", ... without --queue.
    std::filesystem::path folder;        ///< Where the command was given; relative paths in the arguments mean this.
    std::string created;                 ///< ISO 8601, UTC.
    int pid = 0;
    TicketState state = TicketState::Waiting;
    int position = 0;                    ///< Among those that wait for its device: 1 is next. 0: does not wait.
};

/// The tickets of this user on this machine. Holds no open files; cheap to make. Thread: safe, as far as the file system is.
class RunQueue {
public:
    /// \param folder  default: Places::state()/queue/<host>
    explicit RunQueue(std::filesystem::path folder = {});
    const std::filesystem::path& folder() const { return m_folder; }

    /// By device; those that run first, then those that wait in their order, then the lost ones. Tickets that cannot be read are left out.
    std::vector<QueueTicket> list() const;
    /// The waiting or lost ticket of a run, or the running one.
    std::optional<QueueTicket> find(const std::filesystem::path& run) const;
    /// Takes a waiting ticket out, which ends its process with 130, or a lost one. \throws Error (NotFound; Locked if it runs: stop the run instead)
    void remove(const std::string& id) const;
    /// Moves a waiting ticket by \p places among those of its device; negative: towards the front. At an end it stays there.
    /// \throws Error (NotFound, Usage if it does not wait)
    void move(const std::string& id, int places) const;

    /// "cpu" or "cuda:<n>" for a --device: "cuda" is "cuda:0", "auto" the first GPU where there is one. \throws Error (Usage)
    static std::string deviceName(const std::string& device);

private:
    std::filesystem::path m_folder;
};

/// A ticket of this process: made, waited with, and handed on to the trainer that this process turns into.
class QueueTurn {
public:
    /// Leaves the ticket. \throws Error (Locked if the run is queued already, CannotWrite, DiskFull)
    QueueTurn(const RunQueue& queue, const QueueTicket& ticket);
    /// Takes the ticket back, unless the turn came.
    ~QueueTurn();
    QueueTurn(const QueueTurn&) = delete;
    QueueTurn& operator=(const QueueTurn&) = delete;

    enum class Step {
        Waits,
        Mine,     ///< The device is held, also by the program that this process turns into, until that ends.
        Removed,  ///< Somebody took the ticket out of the queue.
    };
    /// Looks once. \param ahead  set to how many come before, and \p behind to the run that is next before or has the device
    Step look(int* ahead = nullptr, std::filesystem::path* behind = nullptr);

private:
    struct Private;
    std::unique_ptr<Private> d;
};

/// Marks the device as used by this process and the program that it turns into (exec), for trainers that nobody queued: those that wait let them end first.
/// Never waits for long, and says nothing if the mark cannot be made: a run that was asked for at once starts at once.
void markDeviceInUse(const RunQueue& queue, const std::string& device);

}  // namespace kinora
