#pragma once
// A blind preference study: which of two clips, shown without names, is better? One small JSON file holds its design and every answer; the clips stand beside it.
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/clip/frames.h"
#include "core/study/preference.h"

namespace kinora {

/// What is asked, of what. Fixed when the study is made.
struct StudyDesign {
    std::string question;              ///< As raters read it.
    std::vector<std::string> systems;  ///< 2 to 8 names, each once; raters never see them.
    int clips = 10;                    ///< Per system; clip k of one system is shown beside clip k of another.
    bool ties = true;                  ///< "No difference" may be answered.
    int repeats = 0;                   ///< So many pairs come a second time with the sides changed, to measure how steady a rater is.
    int plays = 1;                     ///< A pair can be answered after it has played so often.
    std::uint64_t seed = 0;            ///< Of orders and sides.
    double frameRateHz = 10;
    nlohmann::json origin;             ///< What made the clips: checkpoints, hashes, seeds. For the record only.

    int trials() const;                ///< Questions to each rater, repeats included.
};

/// One question: clips \p item of two systems, first < second as numbers of StudyDesign::systems.
struct StudyTrial {
    int first = 0, second = 1, item = 0;
    bool repeat = false;
    bool firstOnLeft = true;
    bool sameQuestion(const StudyTrial& other) const { return first == other.first && second == other.second && item == other.item && repeat == other.repeat; }
};

enum class Preference { First, Second, Tie };
struct StudyAnswer {
    StudyTrial trial;
    Preference preference = Preference::Tie;
    double seconds = 0;  ///< From the picture to the answer.
    int plays = 0;       ///< Whole plays seen.
};

/// How two systems compare; repeats are not counted.
struct PairResult {
    int first = 0, second = 1;
    int wins = 0, losses = 0, ties = 0;  ///< Of the first.
    int answers() const { return wins + losses + ties; }
    double share = 0.5;  ///< (wins + ties / 2) / answers.
    Interval interval;   ///< Wilson's, 95 %.
    double p = 1;        ///< Two-sided binomial test of wins against losses.
};
struct RaterResult {
    std::string name;
    int answered = 0;             ///< Of StudyDesign::trials().
    double leftShare = 0.5;       ///< Of decided answers, how many went to the left clip: far from one half is a habit of the rater.
    int repeats = 0, steady = 0;  ///< Repeated questions that were answered, and how many of them the same way.
    double medianSeconds = 0;
};
struct StudyResults {
    std::vector<std::string> systems;
    std::vector<PairResult> pairs;       ///< Every two systems, in order.
    std::vector<RaterResult> raters;
    std::vector<double> strengths;       ///< Bradley-Terry, by system; empty for two systems, or where they cannot be estimated.
    std::optional<double> fleiss, alpha; ///< Agreement; nothing where it is not defined.
    int units = 0;                       ///< Pairs of clips that at least two raters judged.
};

/// A study's file, `<name>.study.json`, and `<name>.clips.safetensors` beside it.
///
/// Every answer is on the disk before the next question. Several windows may record into one file: each writes its own answers into what the file holds by then.
/// Thread: one at a time.
class Study {
public:
    /// Writes a new study. \param clips  system after system, StudyDesign::clips each, all of one size and length
    /// \throws Error (Usage naming the field, ShapeMismatch, CannotWrite if the file exists, DiskFull)
    static Study create(const std::filesystem::path& file, StudyDesign design, const std::vector<Frames>& clips);
    /// \throws Error (NotFound, Damaged, Incompatible for a newer format or clips that are not the study's)
    static Study open(const std::filesystem::path& file);

    const std::filesystem::path& file() const { return m_file; }
    const StudyDesign& design() const { return m_design; }
    const std::string& id() const { return m_id; }  ///< Of the design and its clips: two files with one id are parts of one study.
    std::vector<std::string> raters() const;
    /// Clip \p item of \p system. \throws Error (Damaged, CannotRead)
    Frames clip(int system, int item) const;

    /// The questions to \p rater in order: shuffled, every two systems as often left as right, repeats in the second half. Depends on seed and name alone.
    std::vector<StudyTrial> trials(const std::string& rater) const;
    const std::vector<StudyAnswer>& answers(const std::string& rater) const;  ///< In the order of answering.
    /// The number in trials() of the first question that is open; trials().size() when all are answered.
    int next(const std::string& rater) const;
    /// Makes a rater known. \throws Error (Usage for an empty or overlong name; as record)
    void addRater(const std::string& rater);
    /// Stores an answer, or another answer to the same question. \throws Error (Usage for a trial that is not the rater's; Locked, DiskFull, CannotWrite)
    void record(const std::string& rater, const StudyAnswer& answer);
    /// Takes the latest answer back. \returns its trial's number in trials(); nothing if there was none. \throws as record
    std::optional<int> takeBack(const std::string& rater);
    /// Adds the raters of another copy of this study; an answer to a question that is answered here is not taken. \returns how many answers came in
    /// \throws Error (Incompatible for another study, and as open and record)
    int merge(const std::filesystem::path& other);
    void reload();  ///< What other windows wrote since. \throws as open

    StudyResults results() const;
    /// One row a pair of systems. Numbers in the C locale.
    std::string resultsCsv() const;
    /// One row an answer, everything that is known of it.
    std::string answersCsv() const;
    /// A table for a paper; needs the package booktabs.
    std::string resultsLatex() const;

private:
    using Raters = std::map<std::string, std::vector<StudyAnswer>>;
    struct Clips;
    Study() = default;
    static Study read(const std::filesystem::path& file);
    nlohmann::json toJson() const;
    template <class Change>
    void change(Change change);

    std::filesystem::path m_file;
    std::string m_id, m_clipHash, m_created;
    StudyDesign m_design;
    Raters m_raters;
    std::shared_ptr<const Clips> m_clips;
};

/// The file of the clips that belongs to a study's file.
std::filesystem::path studyClipFile(const std::filesystem::path& study);

}  // namespace kinora
