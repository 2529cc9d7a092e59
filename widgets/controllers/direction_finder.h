#pragma once
#include <QObject>
#include <QString>
#include <filesystem>
#include <string>
#include <vector>

#include "core/control/control.h"
#include "widgets/controllers/engine_client.h"
#include "widgets/controllers/job_runner.h"
#include "widgets/controllers/latent_state.h"
#include "widgets/controllers/saved_directions.h"

/// Brings the directions of an opened checkpoint's Gaussian controls: for each control the principal ones, then those in closed form, then saved ones that fit.
///
/// Directions of a checkpoint do not change: what the engine found is kept in the cache, under the checkpoint's hash.
class DirectionFinder final : public QObject {
    Q_OBJECT
public:
    explicit DirectionFinder(EngineClient& engine, QObject* parent = nullptr);
    /// Replaces what was being found.
    void start(const OpenedCheckpoint& checkpoint);
    void stop();
    /// Looks at the folder of saved directions again and gives all that fit; a LatentModel keeps those that it has.
    void findSaved();

Q_SIGNALS:
    void found(const std::string& control, const DirectionSet& directions);
    /// A control has no principal directions; without those in closed form nothing is said: not every system names its weights.
    void failed(const std::string& control, const kinora::Error& error);

private:
    struct Wanted {
        std::string control;
        int size = 0;
        double deviation = 1;
        DirectionKind kind = DirectionKind::Principal;
    };
    void next(std::size_t place);
    void take(const Wanted& wanted, const PrincipalDirections& directions);
    std::filesystem::path cacheFile(const Wanted& wanted) const;

    EngineClient& m_engine;
    OpenedCheckpoint m_checkpoint;
    std::vector<Wanted> m_wanted;
    quint64 m_turn = 0;
    JobRunner m_jobs;
};
