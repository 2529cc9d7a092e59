#include "widgets/controllers/direction_finder.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/util/file.h"
#include "core/util/json_text.h"

using kinora::Control;
using kinora::ControlKind;

namespace {
constexpr int kDirections = 8;
constexpr int kSamples = 256;  // for principal ones

PrincipalDirections fromCache(const std::filesystem::path& file)
{
    const nlohmann::json json = kinora::parseJson(kinora::readFile(file, 64u << 20));
    PrincipalDirections found;
    found.vectors = json.at("vectors").get<std::vector<std::vector<float>>>();
    found.explained = json.at("explained").get<std::vector<float>>();
    found.deviation = json.at("deviation").get<std::vector<float>>();
    if (found.explained.size() != found.vectors.size() || found.deviation.size() != found.vectors.size()) throw kinora::Error(kinora::ErrorCode::Damaged, "sizes differ", file.string());
    return found;
}
}  // namespace

DirectionFinder::DirectionFinder(EngineClient& engine, QObject* parent) : QObject(parent), m_engine(engine) {}

void DirectionFinder::stop()
{
    ++m_turn;
    m_wanted.clear();
}

void DirectionFinder::start(const OpenedCheckpoint& checkpoint)
{
    stop();
    m_checkpoint = checkpoint;
    for (const DirectionKind kind : {DirectionKind::Principal, DirectionKind::ClosedForm})
        for (const Control& control : checkpoint.system.controls)
            if ((control.kind == ControlKind::GaussianVector || control.kind == ControlKind::GaussianSequence) && !control.fixed) m_wanted.push_back({control.id, control.size, control.deviation, kind});
    next(0);
}

std::filesystem::path DirectionFinder::cacheFile(const Wanted& wanted) const
{
    const std::string key = m_checkpoint.hash.toStdString() + '/' + wanted.control + '/' + std::to_string(kDirections) + '/' + (wanted.kind == DirectionKind::ClosedForm ? "closed_form" : std::to_string(kSamples));
    return kinora::Places::cache() / "directions" / (kinora::sha256(key).substr(0, 32) + ".json");
}

/// One after the other, so that their order is the same every time.
void DirectionFinder::next(std::size_t place)
{
    if (place >= m_wanted.size()) {
        findSaved();
        return;
    }
    const Wanted wanted = m_wanted[place];
    m_jobs.run([file = cacheFile(wanted)](std::stop_token) { return fromCache(file); },
               [this, wanted, place, turn = m_turn](const kinora::Outcome<PrincipalDirections>& kept) {
                   if (turn != m_turn) return;
                   if (kept) {
                       take(wanted, kept.value());
                       next(place + 1);
                       return;
                   }
                   const auto answered = [this, wanted, place, turn](const kinora::Outcome<PrincipalDirections>& outcome) {
                       if (turn != m_turn) return;
                       if (outcome) {
                           take(wanted, outcome.value());
                           m_jobs.run(
                               [file = cacheFile(wanted), found = outcome.value()](std::stop_token) {
                                   std::filesystem::create_directories(file.parent_path());
                                   kinora::writeFile(file, nlohmann::json{{"vectors", found.vectors}, {"explained", found.explained}, {"deviation", found.deviation}}.dump());
                                   return true;
                               },
                               [](const kinora::Outcome<bool>& written) {
                                   if (!written) qWarning("%s", written.error().what());
                               });
                       } else if (wanted.kind == DirectionKind::Principal) {
                           Q_EMIT failed(wanted.control, outcome.error());
                       }
                       next(place + 1);
                   };
                   const int count = std::min(kDirections, wanted.size);
                   m_engine.directions(m_checkpoint.handle, wanted.control, count, kSamples, 0, this, answered, wanted.kind == DirectionKind::ClosedForm ? "closed_form" : "principal");
               });
}

void DirectionFinder::take(const Wanted& wanted, const PrincipalDirections& directions)
{
    DirectionSet set;
    set.explained = directions.explained;
    set.kinds.assign(directions.vectors.size(), wanted.kind);
    for (std::size_t k = 0; k < directions.vectors.size(); ++k) {
        std::vector<float> vector = directions.vectors[k];
        for (float& number : vector) number *= directions.deviation[k] * static_cast<float>(wanted.deviation);
        set.vectors.push_back(std::move(vector));
    }
    Q_EMIT found(wanted.control, set);
}

void DirectionFinder::findSaved()
{
    m_jobs.run([](std::stop_token) { return readDirections(savedDirectionsFolder()); },
               [this, turn = m_turn](const kinora::Outcome<std::vector<SavedDirection>>& outcome) {
                   if (turn != m_turn || !outcome) return;
                   for (const Control& control : m_checkpoint.system.controls) {
                       DirectionSet set;
                       for (const SavedDirection& direction : outcome.value()) {
                           if (!direction.fits(m_checkpoint.system.id, control)) continue;
                           set.vectors.push_back(direction.vector);
                           set.names.push_back(direction.name);
                           set.kinds.push_back(DirectionKind::Saved);
                       }
                       if (set.size() > 0) Q_EMIT found(control.id, set);
                   }
               });
}
