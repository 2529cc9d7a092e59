#pragma once
// The window's end of docs/protocol.md: starts the engine, sends requests, brings answers back, and starts another engine when one dies.
#include <QObject>
#include <QString>
#include <QStringList>
#include <QThread>
#include <QTimer>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/clip/frames.h"
#include "core/control/control.h"
#include "core/describe/describe.h"
#include "core/util/outcome.h"

/// What starts an engine: the program beside ours, or a line such as `ssh host kinora serve --stdio`.
struct EngineCommand {
    QString program;
    QStringList arguments;
    /// Behind a link that may be slow or fail: frames travel compactly, the engine is asked for signs of life, and a lost link is tried again for as long as it takes.
    bool remote = false;
    /// The engine beside the running program.
    static EngineCommand local();
    /// A command line as a person types it; quotes as in a shell. It counts as remote unless it begins with a program of ours. Empty: local().
    static EngineCommand fromLine(const QString& line);
};

/// What `hello` said.
struct EngineInfo {
    QString version, device, cuda;
    QStringList devices;
    QStringList codings;  ///< Of frames, that it can send; empty: raw alone.
    qint64 pid = 0;
};

/// What `describe` said: everything that lists, forms and help texts are made of.
struct Catalogue {
    std::vector<kinora::SystemDescription> systems;
    std::vector<kinora::DatasetDescription> datasets;
    std::vector<kinora::MetricDescription> metrics;
    std::vector<kinora::OptionField> training;
    bool empty() const { return systems.empty(); }
    const kinora::SystemDescription* system(const std::string& id) const;
};

/// An opened checkpoint. The handle is the client's own and stays valid when the engine is replaced.
struct OpenedCheckpoint {
    int handle = 0;
    QString path, hash, dataset;
    QString weights;  ///< "raw" or "averaged".
    QString plan = QStringLiteral("auto");  ///< What generates: "fp32", "bf16", "off"; recipes and states name it, so that they make the same again.
    qint64 step = 0;
    double frameRateHz = 10;
    qint64 parameters = 0;     ///< Of the networks that generate; 0: not known.
    qint64 weightBytes = 0;    ///< That they and their buffers take in memory; 0: not known.
    kinora::SystemDescription system;
};

/// A `generate` request. Pictures and maps of control values travel in the payload.
struct GenerateRequest {
    int checkpoint = 0;  ///< A handle.
    std::vector<kinora::ControlValues> clips;
    int frames = 16;
    std::uint64_t seed = 0;
    std::string channel;           ///< A newer request on the same channel overtakes an older one.
    std::string range = "fixed";   ///< Or "batch_minmax".
    bool measure = false;          ///< The answer says how much memory it took.
    std::string view;              ///< A further output of the system; empty: the clip.
    bool preview = false;          ///< Less exact frames will do, if the link is a slow one.
};
struct GeneratedClips {
    std::vector<std::shared_ptr<const kinora::Frames>> clips;
    double milliseconds = 0;      ///< That the engine computed.
    double roundTripMs = 0;       ///< From the request to its arrival here.
    bool exact = true;            ///< False: coded as a preview.
    qint64 peakBytes = 0;         ///< Most memory that tensors took beside the weights; 0: not measured.
};

/// An `invert` request: codes are looked for whose clip is near this one.
struct InvertRequest {
    int checkpoint = 0;  ///< A handle.
    std::shared_ptr<const kinora::Frames> clip;
    int steps = 300, starts = 8;
    std::uint64_t seed = 0;
};
/// After every step of it.
struct InversionStep {
    int step = 0, steps = 0, starts = 0;
    double loss = 0, psnr = 0;                     ///< Of the best start so far.
    std::shared_ptr<const kinora::Frames> clip;    ///< What it draws; now and then.
};
struct InvertedClip {
    kinora::ControlValues values;
    int frames = 0;
    double psnr = 0;          ///< dB.
    double motionEnergy = 0;  ///< As a share of the clip's.
    std::vector<float> curve;
    std::shared_ptr<const kinora::Frames> clip;
};

/// What a judge read off clips, docs/metrics.md.
struct JudgedFactor {
    std::string name, role;               ///< Role "appearance" or "motion".
    std::vector<std::string> categories;  ///< Not empty: a class.
    double skill = 0, spread = 1, floor = 0;
};
struct JudgedClips {
    std::string dataset;
    std::vector<JudgedFactor> factors;
    std::vector<std::vector<double>> readings;  ///< For each clip one of each factor.
};

struct PrincipalDirections {
    std::string control;
    std::vector<std::vector<float>> vectors;  ///< Unit vectors of the control's size.
    std::vector<float> explained;             ///< Share of the variance, descending.
    std::vector<float> deviation;             ///< Latent standard deviations that +1 on a slider means.
};

/// Pictures for a control that has no prior: the first ones of clips of a dataset.
struct GivenPictures {
    QString dataset;
    std::vector<std::shared_ptr<const kinora::Frames>> clips;
    std::vector<std::string> names;     ///< Of the clips in the dataset.
    std::vector<std::int64_t> numbers;  ///< The same.
};

using Stamp = std::uint64_t;

/// The engine as the window sees it. All functions return at once; replies are called in the GUI thread, later, exactly once, unless the receiver is gone.
///
/// When the engine dies, the client starts another after a short, growing wait, opens the checkpoints again and repeats what was unanswered; nobody else has to
/// know. A request that two engines died of answers with EngineLost. After four deaths shortly after their starts it gives up until restart().
class EngineClient final : public QObject {
    Q_OBJECT
public:
    enum class State {
        Off,       ///< Not started, or shut down.
        Starting,  ///< Until hello is answered.
        Ready,
        Lost,    ///< It died; another will be started.
        Failed,  ///< It died again and again, or cannot be started; restart() tries anew.
    };
    Q_ENUM(State)
    template <class T>
    using Reply = std::function<void(const kinora::Outcome<T>&)>;

    explicit EngineClient(EngineCommand command, QObject* parent = nullptr);
    ~EngineClient() override;

    State state() const { return m_state; }
    const EngineInfo& info() const { return m_info; }
    QString problem() const { return m_problem; }  ///< Why it was lost or failed, with the last lines that it printed.
    /// From the cache of an earlier start until the engine has answered. Empty at the very first start.
    const Catalogue& catalogue() const { return m_catalogue; }
    int restarts() const { return m_restarts; }
    bool remote() const;
    double roundTripMs() const { return m_roundTripMs; }        ///< Of the latest sign of life; 0: none yet.
    double clipsPerSecond() const { return m_clipsPerSecond; }  ///< Of the latest clips, as the engine says; 0: none yet.
    qint64 bytesReceived() const;                               ///< From all engines so far.

    void start();
    void restart();  ///< Stops the engine if there is one and starts another; resets the count of deaths.
    void setCommand(const EngineCommand& command);  ///< Used from the next start on.
    /// How often a ready engine is asked for a sign of life, after how long without any byte a remote one counts as lost, and the longest wait between two tries. For tests.
    void setSignsOfLife(int everyMs, int silentMs, int retryMs);

    Stamp open(const QString& path, QObject* receiver, Reply<OpenedCheckpoint> reply);
    void close(int checkpoint);
    Stamp generate(const GenerateRequest& request, QObject* receiver, Reply<GeneratedClips> reply);
    /// Takes minutes; what else is asked meanwhile goes first. \param progress  called after every step; may be empty
    Stamp invert(const InvertRequest& request, QObject* receiver, std::function<void(const InversionStep&)> progress, Reply<InvertedClip> reply);
    Stamp draw(int checkpoint, kinora::ControlRole role, std::uint64_t seed, int frames, int count, QObject* receiver, Reply<std::vector<kinora::ControlValues>> reply);
    Stamp matrix(int checkpoint, std::uint64_t appearanceSeed, std::uint64_t motionSeed, int rows, int columns, int frames, QObject* receiver,
                 Reply<std::vector<kinora::ControlValues>> reply);
    /// \param dataset  as --dataset spells it, on the engine's machine; empty: what the checkpoint was trained on
    Stamp given(int checkpoint, const std::string& control, const QString& dataset, int count, QObject* receiver, Reply<GivenPictures> reply);
    Stamp directions(int checkpoint, const std::string& control, int count, int samples, std::uint64_t seed, QObject* receiver, Reply<PrincipalDirections> reply,
                     const std::string& kind = "principal");
    /// Factors of clips of one size and length, read by the judge of the checkpoint's dataset. Fails with Incompatible where there is none.
    Stamp judge(int checkpoint, const std::vector<std::shared_ptr<const kinora::Frames>>& clips, QObject* receiver, Reply<JudgedClips> reply);
    void cancel(Stamp stamp);

Q_SIGNALS:
    void stateChanged(EngineClient::State state);
    void catalogueChanged();
    void progress(quint64 stamp, qint64 done, qint64 total);
    void linkMeasured();  ///< roundTripMs() or clipsPerSecond() is new.

private:
    struct Private;
    std::unique_ptr<Private> d;
    State m_state = State::Off;
    EngineInfo m_info;
    QString m_problem;
    Catalogue m_catalogue;
    int m_restarts = 0;
    double m_roundTripMs = 0, m_clipsPerSecond = 0;
};
