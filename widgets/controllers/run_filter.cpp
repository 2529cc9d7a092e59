#include "widgets/controllers/run_filter.h"

#include <QFileInfo>
#include <QRegularExpression>
#include <algorithm>

#include "widgets/controllers/run_list_model.h"

using namespace kinora;

namespace {
std::optional<double> numberOf(const OptionValue& value)
{
    if (const auto* integer = std::get_if<std::int64_t>(&value)) return static_cast<double>(*integer);
    if (const auto* real = std::get_if<double>(&value)) return *real;
    return std::nullopt;
}
}  // namespace

std::optional<OptionValue> runValue(const RunSnapshot& run, const std::string& key)
{
    if (key == "step") return run.step();
    if (key == "dataset") return run.config.dataset;
    if (auto value = configValue(run.config, key)) return value;
    for (const std::string& tag : {key, "metric/" + key})
        if (const auto best = run.summary.best.find(tag); best != run.summary.best.end()) return best->second.value;
    for (const std::string& tag : {key, "metric/" + key})
        if (const auto latest = run.summary.latest.find(tag); latest != run.summary.latest.end()) return latest->second.value;
    return std::nullopt;
}

RunFilter::RunFilter(const QString& text)
{
    static const QRegularExpression words(QStringLiteral("(-?)(?:\"([^\"]*)\"?|([^\\s\"]*\"[^\"]*\"|[^\\s\"]+))"));
    static const QRegularExpression comparison(QStringLiteral("^([\\w/.]+)(<=|>=|!=|=|<|>)(.+)$"));
    for (auto found = words.globalMatch(text); found.hasNext();) {
        const QRegularExpressionMatch match = found.next();
        Term term;
        term.negated = !match.captured(1).isEmpty();
        const bool quoted = match.capturedLength(2) > 0;
        QString word = quoted ? match.captured(2) : match.captured(3).remove(QLatin1Char('"'));
        if (word.isEmpty()) continue;
        if (!quoted && word.startsWith(QLatin1String("tag:"))) {
            term.kind = Term::Kind::Tag;
            word = word.mid(4);
        } else if (!quoted && word.startsWith(QLatin1String("state:"))) {
            term.kind = Term::Kind::State;
            word = word.mid(6);
        } else if (const auto parts = comparison.match(word); !quoted && parts.hasMatch()) {
            term.kind = Term::Kind::Compare;
            term.key = parts.captured(1);
            term.operation = parts.captured(2);
            word = parts.captured(3);
        }
        term.word = word.toLower();
        // "tag:" alone is being typed still
        if (!term.word.isEmpty()) m_terms.push_back(term);
    }
}

bool RunFilter::accepts(const RunSnapshot& run) const
{
    return std::all_of(m_terms.begin(), m_terms.end(), [&](const Term& term) { return holds(term, run) != term.negated; });
}

bool RunFilter::holds(const Term& term, const RunSnapshot& run)
{
    const auto has = [&](const QString& text) { return text.contains(term.word, Qt::CaseInsensitive); };
    switch (term.kind) {
    case Term::Kind::Text: {
        if (has(run.name()) || has(QFileInfo(run.folder).fileName()) || has(QString::fromStdString(run.summary.notes)) || has(QString::fromStdString(run.config.system)) ||
            has(QString::fromStdString(run.config.dataset)))
            return true;
        return std::any_of(run.summary.tags.begin(), run.summary.tags.end(), [&](const std::string& tag) { return has(QString::fromStdString(tag)); });
    }
    case Term::Kind::Tag:
        return std::any_of(run.summary.tags.begin(), run.summary.tags.end(), [&](const std::string& tag) { return QString::fromStdString(tag).compare(term.word, Qt::CaseInsensitive) == 0; });
    case Term::Kind::State: {
        if (term.word == QLatin1String("queued")) return run.queued();
        if (term.word == QLatin1String("archived")) return run.summary.archived;
        if (term.word == QLatin1String("alarm")) return !run.summary.alarms.empty();
        const std::string_view name = runConditionName(run.condition);
        return QString::fromUtf8(name.data(), static_cast<qsizetype>(name.size())).startsWith(term.word) || conditionText(run.condition).startsWith(term.word, Qt::CaseInsensitive);
    }
    case Term::Kind::Compare: {
        const auto value = runValue(run, term.key.toStdString());
        if (!value) return term.operation == QLatin1String("!=");
        bool isNumber = false;
        const double wanted = term.word.toDouble(&isNumber);
        const auto number = numberOf(*value);
        if (isNumber && number) {
            if (term.operation == QLatin1String("=")) return *number == wanted;
            if (term.operation == QLatin1String("!=")) return *number != wanted;
            if (term.operation == QLatin1String("<")) return *number < wanted;
            if (term.operation == QLatin1String("<=")) return *number <= wanted;
            if (term.operation == QLatin1String(">")) return *number > wanted;
            return *number >= wanted;
        }
        const bool equal = QString::fromStdString(optionText(*value)).compare(term.word, Qt::CaseInsensitive) == 0;
        if (term.operation == QLatin1String("=")) return equal;
        return term.operation == QLatin1String("!=") && !equal;
    }
    }
    return true;
}
