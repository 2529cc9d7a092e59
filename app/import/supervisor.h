#pragma once
// An import runs in a process of its own, because a decoder of foreign media may die at any file: the supervisor starts this program again as the worker, notes which items are under way,
// and when the worker dies of a signal starts it anew with those items first and one at a time. One that kills it again alone is skipped.
#include <map>
#include <set>
#include <string>
#include <vector>

namespace kinora::app {

/// Runs this program with \p arguments ("datasets", "import", ...) and "--worker N" and waits. SIGINT and SIGTERM are passed on; stopping and continuing this process stops and continues the worker; it never outlives us.
/// \param quiet  what the worker prints on standard output is dropped
/// \returns its exit code, or 128 + signal where a signal that asks for an end has ended it
/// \throws Error (DecodeFailed) if it keeps dying while no item is under way; Internal if it cannot be started
int supervise(const std::vector<std::string>& arguments, bool quiet = false);

/// The worker's side of the journal.
class Journal {
public:
    /// \param descriptor  what --worker gave. \throws Error (Usage) if it is none of the supervisor's
    explicit Journal(int descriptor);
    const std::set<std::string>& suspects() const { return m_suspects; }
    const std::map<std::string, std::string>& crashed() const { return m_crashed; }
    /// Thread: safe.
    void starting(const std::string& item) const { note('+', item); }
    void finished(const std::string& item) const { note('-', item); }

private:
    void note(char sign, const std::string& item) const;
    int m_descriptor;
    std::set<std::string> m_suspects;
    std::map<std::string, std::string> m_crashed;
};

/// Stops this process whenever its parent is stopped (which then continues it). The thread ends with the process.
void followParent();

}  // namespace kinora::app
