#include "widgets/controllers/matrix_codes.h"

#include <QCoreApplication>
#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/util/error.h"
#include "core/util/outcome.h"

using kinora::Control;
using kinora::ControlKind;
using kinora::ControlRole;
using kinora::ControlValue;
using kinora::ControlValues;

namespace {
/// What a side's codes are made of: settings stay as the person set them, and pictures have no prior.
bool belongs(const Control& control, MatrixSide side) { return (control.role == ControlRole::Motion) == (side == MatrixSide::Columns) && !control.fixed && !kinora::givenControl(control.kind); }

QString text(const char* source) { return QCoreApplication::translate("MatrixCodes", source); }
}  // namespace

MatrixCodes::MatrixCodes(int rowCount, int columnCount, std::uint64_t appearance, std::uint64_t motion) : appearanceSeed(appearance), motionSeed(motion) { setShape(rowCount, columnCount); }

void MatrixCodes::setShape(int rowCount, int columnCount)
{
    const auto fit = [](std::vector<MatrixCode>& codes, int count, std::uint64_t first) {
        const std::size_t before = codes.size();
        codes.resize(static_cast<std::size_t>(std::max(0, count)));
        for (std::size_t i = before; i < codes.size(); ++i) codes[i].seed = first + i;
    };
    fit(rows, rowCount, appearanceSeed);
    fit(columns, columnCount, motionSeed);
}

void MatrixCodes::setSeed(MatrixSide side, std::uint64_t first)
{
    (side == MatrixSide::Rows ? appearanceSeed : motionSeed) = first;
    std::vector<MatrixCode>& codes = of(side);
    for (std::size_t i = 0; i < codes.size(); ++i) codes[i] = {first + i, {}, {}};
}

void MatrixCodes::swap(MatrixSide side, int first, int second) { std::swap(of(side).at(static_cast<std::size_t>(first)), of(side).at(static_cast<std::size_t>(second))); }

void MatrixCodes::copy(MatrixSide side, int from, int to) { of(side).at(static_cast<std::size_t>(to)) = of(side).at(static_cast<std::size_t>(from)); }

void MatrixCodes::breed(MatrixSide side, int into, int other, const LatentModel& model, kinora::Random& random)
{
    const ControlValues first = values(side, into, model), second = values(side, other, model);
    ControlValues child = first;
    for (auto& [id, value] : child) {
        const Control* control = model.control(id);
        const auto found = second.find(id);
        if (!control || found == second.end()) continue;
        if (control->kind == ControlKind::Category) {
            if (random.below(2) == 1) value.category = found->second.category;
            continue;
        }
        const auto size = static_cast<std::size_t>(std::max(1, control->size));
        for (std::size_t number = 0; number < size; ++number) {
            if (random.below(2) == 0) continue;
            for (std::size_t at = number; at < value.numbers.size() && at < found->second.numbers.size(); at += size) value.numbers[at] = found->second.numbers[at];
        }
    }
    QString name = QStringLiteral("%1×%2").arg(label(side, into), label(side, other));
    if (name.size() > 24) name = text(QT_TRANSLATE_NOOP("MatrixCodes", "bred"));
    MatrixCode& code = of(side).at(static_cast<std::size_t>(into));
    code.values = std::move(child);
    code.name = name;
}

void MatrixCodes::take(MatrixSide side, int index, const LatentModel& model, const QString& name)
{
    MatrixCode& code = of(side).at(static_cast<std::size_t>(index));
    ControlValues taken = model.values();
    std::erase_if(taken, [&](const auto& entry) {
        const Control* control = model.control(entry.first);
        return !control || !belongs(*control, side);
    });
    const ControlRole role = side == MatrixSide::Columns ? ControlRole::Motion : ControlRole::Appearance;
    code = {model.seed(role), std::nullopt, {}};
    if (values(side, index, model) == taken) return;  // a plain draw keeps its seed's name
    code.values = std::move(taken);
    code.name = name;
}

void MatrixCodes::redraw(MatrixSide side, int index, std::uint64_t seed) { of(side).at(static_cast<std::size_t>(index)) = {seed, {}, {}}; }

QString MatrixCodes::label(MatrixSide side, int index) const
{
    const MatrixCode& code = of(side).at(static_cast<std::size_t>(index));
    if (code.values) return code.name;
    return text(side == MatrixSide::Rows ? QT_TRANSLATE_NOOP("MatrixCodes", "A %1") : QT_TRANSLATE_NOOP("MatrixCodes", "M %1")).arg(code.seed);
}

ControlValues MatrixCodes::values(MatrixSide side, int index, const LatentModel& model) const
{
    const MatrixCode& code = of(side).at(static_cast<std::size_t>(index));
    ControlValues drawn;
    for (const ControlRole role : {ControlRole::Appearance, ControlRole::Motion, ControlRole::Both})
        if ((role == ControlRole::Motion) == (side == MatrixSide::Columns)) kinora::drawRole(model.system().controls, role, code.seed, model.state().frames, drawn);
    std::erase_if(drawn, [&](const auto& entry) {
        const Control* control = model.control(entry.first);
        return !control || !belongs(*control, side);
    });
    if (code.values)
        for (const auto& [id, value] : *code.values) {
            const Control* control = model.control(id);
            if (!control || !belongs(*control, side)) continue;
            kinora::Random further(code.seed);  // continues a sequence at another length, always alike
            drawn[id] = kinora::resizedControl(*control, value, model.state().frames, further);
        }
    return drawn;
}

void MatrixCodes::place(LatentModel& model, int row, int column) const
{
    if (!model.splits()) return model.takeCell(row, column, static_cast<int>(columns.size()), appearanceSeed, motionSeed);
    for (const ControlRole role : model.roles()) {
        if (model.locked(role)) continue;
        const MatrixSide side = role == ControlRole::Motion ? MatrixSide::Columns : MatrixSide::Rows;
        const int index = side == MatrixSide::Columns ? column : row;
        const MatrixCode& code = of(side).at(static_cast<std::size_t>(index));
        model.draw(role, code.seed);
        if (!code.values) continue;
        ControlValues own = values(side, index, model);
        std::erase_if(own, [&](const auto& entry) { return model.control(entry.first)->role != role || model.state().lockedControls.contains(entry.first); });
        model.take(own, model.state().frames);
    }
}

ControlValues MatrixCodes::cell(const LatentModel& model, int row, int column) const
{
    LatentModel copy = model;
    place(copy, row, column);
    return copy.values();
}

bool MatrixCodes::onlySeeds() const
{
    const auto plain = [](const std::vector<MatrixCode>& codes, std::uint64_t first) {
        for (std::size_t i = 0; i < codes.size(); ++i)
            if (codes[i].values || codes[i].seed != first + i) return false;
        return true;
    };
    return plain(rows, appearanceSeed) && plain(columns, motionSeed);
}

nlohmann::json MatrixCodes::toJson() const
{
    const auto list = [](const std::vector<MatrixCode>& codes) {
        nlohmann::json json = nlohmann::json::array();
        for (const MatrixCode& code : codes) {
            nlohmann::json one{{"seed", code.seed}};
            if (code.values) one.update({{"name", code.name.toStdString()}, {"values", kinora::toJson(*code.values)}});
            json.push_back(std::move(one));
        }
        return json;
    };
    return {{"appearance_seed", appearanceSeed}, {"motion_seed", motionSeed}, {"rows", list(rows)}, {"columns", list(columns)}};
}

MatrixCodes MatrixCodes::fromJson(const nlohmann::json& json)
{
    try {
        const auto list = [](const nlohmann::json& from) {
            std::vector<MatrixCode> codes;
            for (const nlohmann::json& one : from) {
                MatrixCode code;
                code.seed = one.at("seed").get<std::uint64_t>();
                if (one.contains("values")) {
                    code.values = kinora::controlValuesFromJson(one["values"]);
                    code.name = QString::fromStdString(one.value("name", ""));
                }
                codes.push_back(std::move(code));
            }
            return codes;
        };
        MatrixCodes codes;
        codes.appearanceSeed = json.at("appearance_seed").get<std::uint64_t>();
        codes.motionSeed = json.at("motion_seed").get<std::uint64_t>();
        codes.rows = list(json.at("rows"));
        codes.columns = list(json.at("columns"));
        return codes;
    } catch (const nlohmann::json::exception& error) {
        throw kinora::Error(kinora::ErrorCode::Usage, std::string("these are no codes of a matrix: ") + error.what());
    }
}

bool MatrixCodes::fits(const LatentModel& model) const
{
    for (const MatrixSide side : {MatrixSide::Rows, MatrixSide::Columns})
        for (const MatrixCode& code : of(side)) {
            if (!code.values) continue;
            for (const auto& [id, value] : *code.values) {
                const Control* control = model.control(id);
                if (!control || !belongs(*control, side)) return false;
                ControlValue sized = value;
                if (control->kind == ControlKind::GaussianSequence && sized.steps * control->size != static_cast<int>(sized.numbers.size())) return false;
                kinora::Random further(code.seed);
                const auto checked = kinora::attempt([&] {
                    kinora::checkControl(*control, kinora::resizedControl(*control, sized, model.state().frames, further), model.state().frames);
                    return true;
                });
                if (!checked) return false;
            }
        }
    return true;
}
