#include "core/study/study.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <ctime>
#include <set>
#include <thread>

#include "core/dataset/safetensors_clips.h"
#include "core/run/run_lock.h"
#include "core/util/error.h"
#include "core/util/file.h"
#include "core/util/json_text.h"
#include "core/util/random.h"
#include "core/util/text.h"

namespace kinora {
namespace fs = std::filesystem;
using nlohmann::json;
namespace {
constexpr int kFormat = 1;
constexpr std::uintmax_t kMaxFile = std::uintmax_t(64) << 20;
constexpr std::size_t kMaxName = 64;
constexpr const char* kPreferences[] = {"first", "second", "tie"};

std::string now()
{
    const std::time_t time = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
    std::tm parts{};
    ::gmtime_r(&time, &parts);
    char text[32];
    std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
    return text;
}

void check(const StudyDesign& design)
{
    const auto wrong = [](const std::string& text, const char* field) { return Error(ErrorCode::Usage, text, field); };
    if (trimmed(design.question).empty() || design.question.size() > 500) throw wrong("a study asks a question of 1 to 500 bytes", "question");
    if (design.systems.size() < 2 || design.systems.size() > 8) throw wrong("a study compares 2 to 8 systems, not " + std::to_string(design.systems.size()), "systems");
    if (std::set<std::string>(design.systems.begin(), design.systems.end()).size() != design.systems.size()) throw wrong("two systems have the same name", "systems");
    if (design.clips < 1 || design.clips > 1000) throw wrong("1 to 1000 clips per system can be compared", "clips");
    const int questions = static_cast<int>(design.systems.size() * (design.systems.size() - 1) / 2) * design.clips;
    if (design.repeats < 0 || design.repeats > questions) throw wrong("at most all " + std::to_string(questions) + " pairs can be repeated", "repeats");
    if (design.plays < 0 || design.plays > 10) throw wrong("0 to 10 plays can be asked for", "plays");
    if (!(design.frameRateHz >= 0.1 && design.frameRateHz <= 240)) throw wrong("0.1 to 240 frames a second can be shown", "frame_rate_hz");
}

json toJson(const StudyDesign& design)
{
    return {{"question", design.question}, {"systems", design.systems}, {"clips", design.clips}, {"ties", design.ties}, {"repeats", design.repeats}, {"plays", design.plays},
            {"seed", design.seed}, {"frame_rate_hz", design.frameRateHz}, {"origin", design.origin}};
}

StudyDesign designFromJson(const json& from)
{
    StudyDesign design;
    from.at("question").get_to(design.question);
    from.at("systems").get_to(design.systems);
    from.at("clips").get_to(design.clips);
    from.at("ties").get_to(design.ties);
    from.at("repeats").get_to(design.repeats);
    from.at("plays").get_to(design.plays);
    from.at("seed").get_to(design.seed);
    from.at("frame_rate_hz").get_to(design.frameRateHz);
    design.origin = from.value("origin", json());
    check(design);
    return design;
}

json toJson(const StudyAnswer& answer)
{
    const StudyTrial& trial = answer.trial;
    return {{"first", trial.first}, {"second", trial.second}, {"clip", trial.item}, {"repeat", trial.repeat}, {"left", trial.firstOnLeft ? "first" : "second"},
            {"answer", kPreferences[static_cast<int>(answer.preference)]}, {"seconds", answer.seconds}, {"plays", answer.plays}};
}

/// \throws Error (Damaged) for what the design has not
StudyAnswer answerFromJson(const json& from, const StudyDesign& design)
{
    StudyAnswer answer;
    StudyTrial& trial = answer.trial;
    from.at("first").get_to(trial.first);
    from.at("second").get_to(trial.second);
    from.at("clip").get_to(trial.item);
    from.at("repeat").get_to(trial.repeat);
    trial.firstOnLeft = from.at("left").get<std::string>() == "first";
    const auto preference = std::ranges::find(kPreferences, from.at("answer").get<std::string>());
    if (preference == std::end(kPreferences)) throw Error(ErrorCode::Damaged, "an answer is none of first, second and tie");
    answer.preference = static_cast<Preference>(preference - std::begin(kPreferences));
    from.at("seconds").get_to(answer.seconds);
    from.at("plays").get_to(answer.plays);
    const int systems = static_cast<int>(design.systems.size());
    if (trial.first < 0 || trial.second >= systems || trial.first >= trial.second || trial.item < 0 || trial.item >= design.clips) throw Error(ErrorCode::Damaged, "an answer names a pair that the study does not have");
    return answer;
}

/// Fisher and Yates, with our own generator: std::shuffle differs between libraries.
template <class T>
void shuffle(std::vector<T>& list, Random& random)
{
    for (std::size_t i = list.size(); i > 1; --i) std::swap(list[i - 1], list[static_cast<std::size_t>(random.below(static_cast<std::int64_t>(i)))]);
}

std::uint64_t streamOf(const std::string& name)
{
    std::uint64_t hash = 1469598103934665603ULL;  // FNV-1a
    for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
    return hash;
}

std::string checkedName(const std::string& rater)
{
    const std::string name = trimmed(rater);
    const bool control = std::ranges::any_of(name, [](char c) { return static_cast<unsigned char>(c) < 0x20; });
    if (name.empty() || name.size() > kMaxName || control) throw Error(ErrorCode::Usage, "a rater's name or number has 1 to " + std::to_string(kMaxName) + " bytes and no control characters", "rater");
    return name;
}

/// The clips of a study as a source that can be written.
class ClipList final : public ClipSource {
public:
    ClipList(const std::vector<Frames>& clips, double frameRateHz) : m_clips(clips), m_rate(frameRateHz) {}
    std::string name() const override { return "study"; }
    std::int64_t size() const override { return static_cast<std::int64_t>(m_clips.size()); }
    ClipInfo info(std::int64_t index) const override
    {
        const Frames& clip = m_clips[static_cast<std::size_t>(index)];
        return {.name = std::to_string(index), .frames = clip.count(), .height = clip.height(), .width = clip.width(), .frameRateHz = m_rate};
    }
    const std::vector<LabelColumn>& labelColumns() const override
    {
        static const std::vector<LabelColumn> none;
        return none;
    }
    Frames frames(std::int64_t index, const FrameWindow&) const override { return m_clips[static_cast<std::size_t>(index)]; }

private:
    const std::vector<Frames>& m_clips;
    double m_rate;
};

std::string quoted(const std::string& text)
{
    if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
    std::string out = "\"";
    for (const char c : text) out += c == '"' ? std::string("\"\"") : std::string(1, c);
    return out + '"';
}

std::string escapedLatex(const std::string& text)
{
    std::string out;
    for (const char c : text) switch (c) {
        case '\\': out += "\\textbackslash{}"; break;
        case '~': out += "\\textasciitilde{}"; break;
        case '^': out += "\\textasciicircum{}"; break;
        case '&': case '%': case '$': case '#': case '_': case '{': case '}': out += '\\'; out += c; break;
        default: out += c;
        }
    return out;
}

std::string decimal(double value, int digits)
{
    char text[64];
    std::snprintf(text, sizeof text, "%.*f", digits, value);
    return text;
}
}  // namespace

struct Study::Clips {
    std::shared_ptr<const ClipSource> source;
};

int StudyDesign::trials() const
{
    const int count = static_cast<int>(systems.size());
    return count * (count - 1) / 2 * clips + repeats;
}

fs::path studyClipFile(const fs::path& study)
{
    std::string name = study.filename().string();
    for (const std::string_view ending : {".json", ".study"})
        if (name.ends_with(ending)) name.resize(name.size() - ending.size());
    return study.parent_path() / (name + ".clips.safetensors");
}

Study Study::create(const fs::path& file, StudyDesign design, const std::vector<Frames>& clips)
{
    check(design);
    if (clips.size() != design.systems.size() * static_cast<std::size_t>(design.clips))
        throw Error(ErrorCode::ShapeMismatch, "a study of " + std::to_string(design.systems.size()) + " systems with " + std::to_string(design.clips) + " clips each was given " + std::to_string(clips.size()) + " clips", "clips");
    for (const Frames& clip : clips)
        if (clip.empty() || clip.count() != clips[0].count() || clip.height() != clips[0].height() || clip.width() != clips[0].width())
            throw Error(ErrorCode::ShapeMismatch, "the clips of a study have one length and one size, or a rater would know them by that", "clips");
    const fs::path clipFile = studyClipFile(file);
    for (const fs::path& target : {file, clipFile})
        if (fs::exists(target)) throw Error(ErrorCode::CannotWrite, "exists already; a study and its answers are never written over", target.string());
    std::vector<std::int64_t> all(clips.size());
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::int64_t>(i);
    writeSafetensorsClips(ClipList(clips, design.frameRateHz), all, clipFile);
    Study study;
    study.m_file = file;
    study.m_design = std::move(design);
    study.m_created = now();
    study.m_clipHash = sha256File(clipFile);
    study.m_id = sha256(kinora::toJson(study.m_design).dump() + study.m_clipHash);
    try {
        writeFile(file, study.toJson().dump(1) + '\n');
    } catch (...) {
        std::error_code ignored;
        fs::remove(clipFile, ignored);  // clips without a study are of no use
        throw;
    }
    return open(file);
}

Study Study::read(const fs::path& file)
{
    const auto damaged = [&](const std::string& text) { return Error(ErrorCode::Damaged, text, file.string()); };
    const json root = parseJson(readFile(file, kMaxFile), 16);
    if (root.is_discarded()) throw damaged("is no study: its text is no JSON, or nested too deep");
    if (!root.is_object() || !root.contains("kinora_study")) throw damaged("is no study of Kinora");
    Study study;
    study.m_file = file;
    try {
        if (const int format = root.at("kinora_study").get<int>(); format != kFormat) throw Error(ErrorCode::Incompatible, "is a study of format " + std::to_string(format) + "; this Kinora reads format " + std::to_string(kFormat), file.string());
        study.m_design = designFromJson(root.at("design"));
        root.at("id").get_to(study.m_id);
        root.at("clips_sha256").get_to(study.m_clipHash);
        root.at("created").get_to(study.m_created);
        if (study.m_id != sha256(kinora::toJson(study.m_design).dump() + study.m_clipHash)) throw damaged("its design was changed after it was made; answers to another design mean nothing");
        for (const json& rater : root.at("raters")) {
            std::vector<StudyAnswer>& answers = study.m_raters[checkedName(rater.at("name").get<std::string>())];
            for (const json& entry : rater.at("answers")) {
                const StudyAnswer answer = answerFromJson(entry, study.m_design);
                if (std::ranges::any_of(answers, [&](const StudyAnswer& other) { return other.trial.sameQuestion(answer.trial); })) throw damaged("a rater answered a question twice");
                answers.push_back(answer);
            }
        }
    } catch (const json::exception& error) {
        throw damaged(std::string("a field of the study is missing or of the wrong type: ") + error.what());
    } catch (const Error& error) {
        if (error.subject() == file.string()) throw;
        throw Error(error.code() == ErrorCode::Usage ? ErrorCode::Damaged : error.code(), error.what(), file.string());
    }
    return study;
}

Study Study::open(const fs::path& file)
{
    Study study = read(file);
    const fs::path clipFile = studyClipFile(file);
    auto source = openSafetensorsClips(clipFile);
    if (source->size() != static_cast<std::int64_t>(study.m_design.systems.size()) * study.m_design.clips || sha256File(clipFile) != study.m_clipHash)
        throw Error(ErrorCode::Incompatible, "these are not the clips of " + file.filename().string(), clipFile.string());
    study.m_clips = std::make_shared<const Clips>(std::move(source));
    return study;
}

json Study::toJson() const
{
    json raters = json::array();
    for (const auto& [name, answers] : m_raters) {
        json list = json::array();
        for (const StudyAnswer& answer : answers) list.push_back(kinora::toJson(answer));
        raters.push_back({{"name", name}, {"answers", std::move(list)}});
    }
    return {{"kinora_study", kFormat}, {"id", m_id}, {"created", m_created}, {"clips_sha256", m_clipHash}, {"design", kinora::toJson(m_design)}, {"raters", std::move(raters)}};
}

/// Applies a change to what the file holds now and writes it.
template <class Change>
void Study::change(Change change)
{
    std::unique_ptr<FileLock> lock;
    for (int attempt = 0; !lock; ++attempt) {
        try {
            lock = std::make_unique<FileLock>(fs::path(m_file) += ".lock", "the study is", "try again");
        } catch (const Error& error) {
            if (error.code() != ErrorCode::Locked || attempt >= 100) throw;
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
    }
    Study fresh = read(m_file);
    if (fresh.m_id != m_id) throw Error(ErrorCode::Incompatible, "was replaced by another study while this one was open", m_file.string());
    change(fresh.m_raters);
    writeFile(m_file, fresh.toJson().dump(1) + '\n');
    m_raters = std::move(fresh.m_raters);
}

std::vector<std::string> Study::raters() const
{
    std::vector<std::string> names;
    for (const auto& [name, answers] : m_raters) names.push_back(name);
    return names;
}

Frames Study::clip(int system, int item) const { return m_clips->source->frames(static_cast<std::int64_t>(system) * m_design.clips + item); }

std::vector<StudyTrial> Study::trials(const std::string& rater) const
{
    Random random(m_design.seed, streamOf(trimmed(rater)));
    std::vector<StudyTrial> trials;
    const int systems = static_cast<int>(m_design.systems.size());
    for (int first = 0; first < systems; ++first)
        for (int second = first + 1; second < systems; ++second) {
            // half of a pair's questions have it one way round; which half is chance, and so is the odd one
            std::vector<char> left(static_cast<std::size_t>(m_design.clips));
            const bool odd = random.below(2) == 1;
            for (std::size_t i = 0; i < left.size(); ++i) left[i] = static_cast<char>((i % 2 == 1) != odd);
            shuffle(left, random);
            for (int item = 0; item < m_design.clips; ++item) trials.push_back({first, second, item, false, left[static_cast<std::size_t>(item)] != 0});
        }
    shuffle(trials, random);
    // what is asked twice comes again behind the middle, out of the first half, so that other pairs lie between
    const std::size_t questions = trials.size();
    std::vector<StudyTrial> again(trials.begin(), trials.end());
    const std::size_t half = std::max<std::size_t>(static_cast<std::size_t>(m_design.repeats), (questions + 1) / 2);
    again.resize(std::min(half, questions));
    shuffle(again, random);
    again.resize(static_cast<std::size_t>(m_design.repeats));
    for (StudyTrial& trial : again) {
        trial.repeat = true;
        trial.firstOnLeft = !trial.firstOnLeft;
        const auto original = std::ranges::find_if(trials, [&](const StudyTrial& other) { return other.first == trial.first && other.second == trial.second && other.item == trial.item && !other.repeat; });
        const std::size_t from = std::max<std::size_t>(static_cast<std::size_t>(original - trials.begin()) + 1, (questions + 1) / 2);
        trials.insert(trials.begin() + static_cast<std::ptrdiff_t>(from + static_cast<std::size_t>(random.below(static_cast<std::int64_t>(trials.size() - from + 1)))), trial);
    }
    return trials;
}

const std::vector<StudyAnswer>& Study::answers(const std::string& rater) const
{
    static const std::vector<StudyAnswer> none;
    const auto found = m_raters.find(trimmed(rater));
    return found == m_raters.end() ? none : found->second;
}

int Study::next(const std::string& rater) const
{
    const std::vector<StudyTrial> asked = trials(rater);
    const std::vector<StudyAnswer>& given = answers(rater);
    const auto open = std::ranges::find_if(asked, [&](const StudyTrial& trial) { return std::ranges::none_of(given, [&](const StudyAnswer& answer) { return answer.trial.sameQuestion(trial); }); });
    return static_cast<int>(open - asked.begin());
}

void Study::addRater(const std::string& rater)
{
    const std::string name = checkedName(rater);
    change([&](Raters& raters) { raters[name]; });
}

void Study::record(const std::string& rater, const StudyAnswer& answer)
{
    const std::string name = checkedName(rater);
    const std::vector<StudyTrial> asked = trials(name);
    if (std::ranges::none_of(asked, [&](const StudyTrial& trial) { return trial.sameQuestion(answer.trial) && trial.firstOnLeft == answer.trial.firstOnLeft; }))
        throw Error(ErrorCode::Usage, "this question is none of the rater's", name);
    if (answer.preference == Preference::Tie && !m_design.ties) throw Error(ErrorCode::Usage, "this study takes no ties", name);
    change([&](Raters& raters) {
        std::vector<StudyAnswer>& answers = raters[name];
        std::erase_if(answers, [&](const StudyAnswer& other) { return other.trial.sameQuestion(answer.trial); });
        answers.push_back(answer);
    });
}

std::optional<int> Study::takeBack(const std::string& rater)
{
    const std::string name = checkedName(rater);
    std::optional<StudyTrial> taken;
    change([&](Raters& raters) {
        const auto found = raters.find(name);
        if (found == raters.end() || found->second.empty()) return;
        taken = found->second.back().trial;
        found->second.pop_back();
    });
    if (!taken) return std::nullopt;
    const std::vector<StudyTrial> asked = trials(name);
    return static_cast<int>(std::ranges::find_if(asked, [&](const StudyTrial& trial) { return trial.sameQuestion(*taken); }) - asked.begin());
}

int Study::merge(const fs::path& other)
{
    const Study theirs = read(other);
    if (theirs.m_id != m_id) throw Error(ErrorCode::Incompatible, "holds answers to another study, or to other clips", other.string());
    int taken = 0;
    change([&](Raters& raters) {
        for (const auto& [name, answers] : theirs.m_raters) {
            std::vector<StudyAnswer>& ours = raters[name];
            for (const StudyAnswer& answer : answers)
                if (std::ranges::none_of(ours, [&](const StudyAnswer& mine) { return mine.trial.sameQuestion(answer.trial); })) {
                    ours.push_back(answer);
                    ++taken;
                }
        }
    });
    return taken;
}

void Study::reload()
{
    Study fresh = read(m_file);
    if (fresh.m_id != m_id) throw Error(ErrorCode::Incompatible, "was replaced by another study while this one was open", m_file.string());
    m_raters = std::move(fresh.m_raters);
}

StudyResults Study::results() const
{
    StudyResults results;
    results.systems = m_design.systems;
    const std::size_t systems = m_design.systems.size();
    std::vector<std::vector<double>> wins(systems, std::vector<double>(systems, 0.0));
    Ratings ratings;
    for (int first = 0; first < static_cast<int>(systems); ++first)
        for (int second = first + 1; second < static_cast<int>(systems); ++second) {
            PairResult pair{.first = first, .second = second};
            std::vector<std::vector<int>> units(static_cast<std::size_t>(m_design.clips));
            for (const auto& [name, answers] : m_raters)
                for (const StudyAnswer& answer : answers) {
                    if (answer.trial.first != first || answer.trial.second != second || answer.trial.repeat) continue;
                    ++(answer.preference == Preference::First ? pair.wins : answer.preference == Preference::Second ? pair.losses : pair.ties);
                    units[static_cast<std::size_t>(answer.trial.item)].push_back(static_cast<int>(answer.preference));
                }
            const double preferred = pair.wins + 0.5 * pair.ties;
            if (pair.answers() > 0) pair.share = preferred / pair.answers();
            pair.interval = wilson(preferred, pair.answers());
            pair.p = binomialTest(pair.wins, pair.losses);
            wins[static_cast<std::size_t>(first)][static_cast<std::size_t>(second)] = preferred;
            wins[static_cast<std::size_t>(second)][static_cast<std::size_t>(first)] = pair.answers() - preferred;
            results.pairs.push_back(pair);
            ratings.insert(ratings.end(), units.begin(), units.end());
        }
    if (systems > 2) results.strengths = bradleyTerry(wins);
    results.units = static_cast<int>(std::ranges::count_if(ratings, [](const auto& unit) { return unit.size() >= 2; }));
    results.fleiss = fleissKappa(ratings, 3);
    results.alpha = krippendorffAlpha(ratings, 3);
    for (const auto& [name, answers] : m_raters) {
        RaterResult rater{.name = name, .answered = static_cast<int>(answers.size())};
        int left = 0, decided = 0;
        std::vector<double> seconds;
        for (const StudyAnswer& answer : answers) {
            seconds.push_back(answer.seconds);
            if (answer.preference != Preference::Tie) {
                ++decided;
                left += (answer.preference == Preference::First) == answer.trial.firstOnLeft;
            }
            if (!answer.trial.repeat) continue;
            const auto before = std::ranges::find_if(answers, [&](const StudyAnswer& other) {
                return !other.trial.repeat && other.trial.first == answer.trial.first && other.trial.second == answer.trial.second && other.trial.item == answer.trial.item;
            });
            if (before == answers.end()) continue;
            ++rater.repeats;
            rater.steady += before->preference == answer.preference;
        }
        if (decided > 0) rater.leftShare = static_cast<double>(left) / decided;
        if (!seconds.empty()) {
            std::ranges::sort(seconds);
            const std::size_t middle = seconds.size() / 2;
            rater.medianSeconds = seconds.size() % 2 == 1 ? seconds[middle] : (seconds[middle - 1] + seconds[middle]) / 2;
        }
        results.raters.push_back(rater);
    }
    return results;
}

std::string Study::resultsCsv() const
{
    std::string out = "first,second,answers,first_preferred,ties,second_preferred,share_percent,low_percent,high_percent,p\n";
    for (const PairResult& pair : results().pairs)
        out += quoted(m_design.systems[static_cast<std::size_t>(pair.first)]) + ',' + quoted(m_design.systems[static_cast<std::size_t>(pair.second)]) + ',' + std::to_string(pair.answers()) + ',' + std::to_string(pair.wins) + ',' +
               std::to_string(pair.ties) + ',' + std::to_string(pair.losses) + ',' + decimal(100 * pair.share, 4) + ',' + decimal(100 * pair.interval.low, 4) + ',' + decimal(100 * pair.interval.high, 4) + ',' + formatNumber(pair.p) + '\n';
    return out;
}

std::string Study::answersCsv() const
{
    std::string out = "rater,number,first,second,clip,repeat,left,preferred,seconds,plays\n";
    for (const auto& [name, answers] : m_raters) {
        int number = 0;
        for (const StudyAnswer& answer : answers) {
            const std::string& first = m_design.systems[static_cast<std::size_t>(answer.trial.first)];
            const std::string& second = m_design.systems[static_cast<std::size_t>(answer.trial.second)];
            const std::string preferred = answer.preference == Preference::First ? quoted(first) : answer.preference == Preference::Second ? quoted(second) : std::string();
            out += quoted(name) + ',' + std::to_string(++number) + ',' + quoted(first) + ',' + quoted(second) + ',' + std::to_string(answer.trial.item) + ',' + (answer.trial.repeat ? '1' : '0') + ',' +
                   quoted(answer.trial.firstOnLeft ? first : second) + ',' + preferred + ',' + decimal(answer.seconds, 3) + ',' + std::to_string(answer.plays) + '\n';
        }
    }
    return out;
}

std::string Study::resultsLatex() const
{
    const StudyResults all = results();
    int answers = 0;
    for (const PairResult& pair : all.pairs) answers += pair.answers();
    std::string out = "% " + std::to_string(all.raters.size()) + " raters, " + std::to_string(answers) + " answers; intervals: Wilson, 95 %; p: two-sided binomial test without ties\n";
    out += "\\begin{tabular}{llrrrrcr}\n\\toprule\n$A$ & $B$ & $n$ & $A$ & Tie & $B$ & $A$ preferred [\\%] & $p$ \\\\\n\\midrule\n";
    for (const PairResult& pair : all.pairs)
        out += escapedLatex(all.systems[static_cast<std::size_t>(pair.first)]) + " & " + escapedLatex(all.systems[static_cast<std::size_t>(pair.second)]) + " & " + std::to_string(pair.answers()) + " & " + std::to_string(pair.wins) + " & " +
               std::to_string(pair.ties) + " & " + std::to_string(pair.losses) + " & " +
               (pair.answers() == 0 ? "--- & ---" : decimal(100 * pair.share, 1) + " [" + decimal(100 * pair.interval.low, 1) + ", " + decimal(100 * pair.interval.high, 1) + "] & " + (pair.p < 0.001 ? "$<0.001$" : decimal(pair.p, 3))) + " \\\\\n";
    out += "\\bottomrule\n\\end{tabular}\n";
    if (all.alpha) out += "% Krippendorff's alpha " + decimal(*all.alpha, 3) + (all.fleiss ? ", Fleiss' kappa " + decimal(*all.fleiss, 3) : std::string()) + " over " + std::to_string(all.units) + " pairs of clips\n";
    return out;
}

}  // namespace kinora
