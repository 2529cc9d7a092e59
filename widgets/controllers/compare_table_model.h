#pragma once
#include <QAbstractTableModel>
#include <QString>
#include <QStringList>
#include <map>
#include <optional>
#include <vector>

/// What is known of one column of a comparison.
struct CompareFacts {
    QString name, system;
    std::optional<qint64> parameters, weightBytes, peakBytes, step;
    std::optional<double> clipsPerSecond;
    struct Measured {
        double value = 0;
        qint64 step = 0;  ///< Of the measurement.
    };
    std::map<QString, Measured> metrics;  ///< By name, of the checkpoint's run.
};

/// The facts of a comparison, one row a checkpoint or dataset; one column more for every metric that any of them has.
class CompareTableModel final : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column { Name, System, Parameters, ClipsPerSecond, Memory, Step, FirstMetric };
    using QAbstractTableModel::QAbstractTableModel;

    void setFacts(const std::vector<CompareFacts>& facts);
    const std::vector<CompareFacts>& facts() const { return m_facts; }

    int rowCount(const QModelIndex& parent = {}) const override { return parent.isValid() ? 0 : static_cast<int>(m_facts.size()); }
    int columnCount(const QModelIndex& parent = {}) const override { return parent.isValid() ? 0 : FirstMetric + static_cast<int>(m_metrics.size()); }
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

    /// The table for a spreadsheet, numbers in the C locale and in full.
    QString csv() const;
    /// The table for a paper, as it is shown; needs the package booktabs.
    QString latex() const;

private:
    std::vector<CompareFacts> m_facts;
    QStringList m_metrics;
};

/// Metrics that a run measured up to a checkpoint's step, each from the measurement nearest to it. Empty if \p checkpoint lies in no run.
/// Reads files: call it off the GUI thread. \throws Error (CannotRead, Damaged)
std::map<QString, CompareFacts::Measured> measuredMetrics(const QString& checkpoint, qint64 step);
