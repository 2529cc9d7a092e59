#pragma once
#include <QString>
#include <optional>
#include <vector>

#include "widgets/controllers/run_monitor.h"

/// What a person types over the table of runs: words that a run must have, apart by spaces; a word in quotes may hold spaces, a minus before it means "not".
///
///   faces            in the name, the tags, the notes, the system or the dataset
///   tag:baseline     has the tag
///   state:running    is in the state; also queued, archived, alarm
///   batch_size=16    a key of the configuration, "step", or a metric ("motion_energy<0.1"): = != < <= > >=
class RunFilter {
public:
    RunFilter() = default;
    explicit RunFilter(const QString& text);
    bool empty() const { return m_terms.empty(); }
    bool accepts(const RunSnapshot& run) const;

private:
    struct Term {
        enum class Kind { Text, Tag, State, Compare } kind = Kind::Text;
        bool negated = false;
        QString word;            // lower case
        QString key, operation;  // Compare
    };
    static bool holds(const Term& term, const RunSnapshot& run);
    std::vector<Term> m_terms;
};

/// The number or text that a run has under a key: an option or another entry of its configuration, "step", the best value of a metric ("metric/x" or "x"), or
/// else the newest point of a curve. Nothing if it has none.
std::optional<kinora::OptionValue> runValue(const RunSnapshot& run, const std::string& key);
