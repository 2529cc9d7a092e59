#include "widgets/controllers/compare_table_model.h"

#include <QDir>
#include <QFileInfo>
#include <QLocale>
#include <cmath>

#include "core/run/run_directory.h"

namespace {
QString bytesText(qint64 bytes) { return QLocale().formattedDataSize(bytes, 1, QLocale::DataSizeSIFormat); }
QString significant(double value) { return QLocale().toString(value, 'g', 4); }

QString escapedLatex(const QString& text)
{
    QString out;
    for (const QChar c : text) {
        if (c == QLatin1Char('\\'))
            out += QLatin1String("\\textbackslash{}");
        else if (c == QLatin1Char('~') || c == QLatin1Char('^'))
            out += QLatin1Char('\\') + QString(c) + QLatin1String("{}");
        else if (QStringLiteral("&%$#_{}").contains(c))
            out += QLatin1Char('\\') + QString(c);
        else
            out += c;
    }
    return out;
}
QString quoted(QString text)
{
    if (!text.contains(QLatin1Char(',')) && !text.contains(QLatin1Char('"')) && !text.contains(QLatin1Char('\n'))) return text;
    return QLatin1Char('"') + text.replace(QLatin1Char('"'), QLatin1String("\"\"")) + QLatin1Char('"');
}
}  // namespace

void CompareTableModel::setFacts(const std::vector<CompareFacts>& facts)
{
    beginResetModel();
    m_facts = facts;
    std::map<QString, int> names;
    for (const CompareFacts& row : facts)
        for (const auto& [name, measured] : row.metrics) ++names[name];
    m_metrics.clear();
    for (const auto& [name, count] : names) m_metrics << name;
    endResetModel();
}

QVariant CompareTableModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || (role != Qt::DisplayRole && role != Qt::ToolTipRole)) return {};
    const bool tip = role == Qt::ToolTipRole;
    switch (section) {
    case Name: return tip ? tr("The checkpoint's run or file, or the dataset") : tr("Name");
    case System: return tip ? tr("The published system that the checkpoint belongs to") : tr("System");
    case Parameters: return tip ? tr("Parameters of the networks that are needed to generate") : tr("Parameters");
    case ClipsPerSecond: return tip ? tr("Clips that the engine made in a second of computing, at this length and one at a time") : tr("Clips/s");
    case Memory: return tip ? tr("Weights, and the most that tensors took beside them while a clip was made") : tr("Memory");
    case Step: return tip ? tr("Training steps of the checkpoint") : tr("Step");
    default: break;
    }
    const int metric = section - FirstMetric;
    if (metric < 0 || metric >= m_metrics.size()) return {};
    return tip ? tr("%1, as the run measured it at or before the checkpoint's step").arg(m_metrics[metric]) : m_metrics[metric];
}

QVariant CompareTableModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid() || index.row() >= static_cast<int>(m_facts.size())) return {};
    if (role == Qt::TextAlignmentRole) return index.column() <= System ? QVariant(Qt::AlignLeft | Qt::AlignVCenter) : QVariant(Qt::AlignRight | Qt::AlignVCenter);
    const CompareFacts& row = m_facts[static_cast<std::size_t>(index.row())];
    const bool tip = role == Qt::ToolTipRole;
    if (role != Qt::DisplayRole && !tip) return {};
    const QString none = tip ? tr("Not known") : QStringLiteral("–");
    switch (index.column()) {
    case Name: return row.name;
    case System: return row.system;
    case Parameters:
        if (!row.parameters) return none;
        return tip || *row.parameters < 10000 ? QLocale().toString(*row.parameters) : tr("%1 M", "millions of parameters").arg(QLocale().toString(static_cast<double>(*row.parameters) * 1e-6, 'f', 2));
    case ClipsPerSecond: return row.clipsPerSecond ? QLocale().toString(*row.clipsPerSecond, 'f', *row.clipsPerSecond < 10 ? 2 : 1) : none;
    case Memory:
        if (!row.weightBytes && !row.peakBytes) return none;
        if (!row.peakBytes) return tip ? tr("Weights %1; not yet measured while generating").arg(bytesText(*row.weightBytes)) : bytesText(*row.weightBytes);
        return tip ? tr("Weights %1, %2 more while a clip is made").arg(bytesText(row.weightBytes.value_or(0)), bytesText(*row.peakBytes)) : bytesText(row.weightBytes.value_or(0) + *row.peakBytes);
    case Step: return row.step ? QLocale().toString(*row.step) : none;
    default: break;
    }
    const int metric = index.column() - FirstMetric;
    const auto found = metric < m_metrics.size() ? row.metrics.find(m_metrics[metric]) : row.metrics.end();
    if (found == row.metrics.end()) return none;
    return tip ? tr("Measured at step %1").arg(QLocale().toString(found->second.step)) : significant(found->second.value);
}

QString CompareTableModel::csv() const
{
    QStringList head{QStringLiteral("name"), QStringLiteral("system"), QStringLiteral("parameters"), QStringLiteral("clips_per_second"), QStringLiteral("weight_bytes"), QStringLiteral("peak_bytes"), QStringLiteral("step")};
    for (const QString& metric : m_metrics) head << quoted(metric) << quoted(metric + QStringLiteral("_step"));
    QString out = head.join(QLatin1Char(',')) + QLatin1Char('\n');
    const auto number = [](const auto& value) { return value ? QString::number(*value) : QString(); };
    for (const CompareFacts& row : m_facts) {
        QStringList cells{quoted(row.name), quoted(row.system), number(row.parameters), row.clipsPerSecond ? QString::number(*row.clipsPerSecond, 'g', 6) : QString(), number(row.weightBytes), number(row.peakBytes), number(row.step)};
        for (const QString& metric : m_metrics) {
            const auto found = row.metrics.find(metric);
            cells << (found == row.metrics.end() ? QString() : QString::number(found->second.value, 'g', 17)) << (found == row.metrics.end() ? QString() : QString::number(found->second.step));
        }
        out += cells.join(QLatin1Char(',')) + QLatin1Char('\n');
    }
    return out;
}

QString CompareTableModel::latex() const
{
    QString out = QStringLiteral("\\begin{tabular}{ll%1}\n\\toprule\n").arg(QString(columnCount() - 2, QLatin1Char('r')));
    const auto line = [&](auto cell) {
        QStringList cells;
        for (int column = 0; column < columnCount(); ++column) {
            const QString text = cell(column);
            cells << (text == QStringLiteral("–") ? QStringLiteral("--") : escapedLatex(text));
        }
        out += cells.join(QStringLiteral(" & ")) + QStringLiteral(" \\\\\n");
    };
    line([&](int column) { return headerData(column, Qt::Horizontal, Qt::DisplayRole).toString(); });
    out += QStringLiteral("\\midrule\n");
    for (int row = 0; row < rowCount(); ++row) line([&](int column) { return index(row, column).data().toString(); });
    return out + QStringLiteral("\\bottomrule\n\\end{tabular}\n");
}

std::map<QString, CompareFacts::Measured> measuredMetrics(const QString& checkpoint, qint64 step)
{
    std::map<QString, CompareFacts::Measured> found;
    const QDir folder = QFileInfo(checkpoint).dir();
    if (folder.dirName() != QLatin1String("checkpoints")) return found;
    const std::filesystem::path run = QFileInfo(folder.path()).dir().path().toStdString();
    if (!kinora::RunReader::isRun(run)) return found;
    std::map<QString, std::map<qint64, double>> all;
    for (const nlohmann::json& line : kinora::RunReader(run).history()) {
        if (!line.is_object()) continue;
        // a line of another writer may hold anything
        const auto text = [&](const char* key) { return line.contains(key) && line[key].is_string() ? QString::fromStdString(line[key].get<std::string>()) : QString(); };
        const QString kind = text("kind");
        const qint64 at = line.contains("step") && line["step"].is_number_integer() ? line["step"].get<qint64>() : 0;
        if (kind == QLatin1String("resume") || kind == QLatin1String("roll_back")) {
            // what came after that step is void
            for (auto& [name, values] : all) values.erase(at == 0 ? values.begin() : values.upper_bound(at), values.end());
        } else if (kind == QLatin1String("metric") && line.contains("value") && line["value"].is_number()) {
            all[text("metric")][at] = line["value"].get<double>();
        }
    }
    for (const auto& [name, values] : all)
        if (const auto after = values.upper_bound(step); after != values.begin()) found[name] = {std::prev(after)->second, std::prev(after)->first};
    return found;
}
