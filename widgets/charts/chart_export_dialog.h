#pragma once
#include <QDialog>

#include "widgets/charts/chart_export.h"

class QCheckBox;
class QComboBox;
class QDoubleSpinBox;
class QSpinBox;

/// Asks how charts are to be written and where to. What was chosen last is offered again.
class ChartExportDialog final : public QDialog {
    Q_OBJECT
public:
    /// \param tag  the chart that is offered first; empty: all that are shown
    explicit ChartExportDialog(const QString& tag, QWidget* parent = nullptr);
    FigureOptions options() const;

Q_SIGNALS:
    void chosen(const QString& path, const QString& tag, const FigureOptions& options);

private:
    void askPath();

    QString m_tag;
    QComboBox* m_which = nullptr;
    QComboBox* m_format = nullptr;
    QComboBox* m_preset = nullptr;
    QDoubleSpinBox* m_width = nullptr;
    QDoubleSpinBox* m_height = nullptr;
    QSpinBox* m_columns = nullptr;
    QDoubleSpinBox* m_font = nullptr;
    QDoubleSpinBox* m_line = nullptr;
    QSpinBox* m_dpi = nullptr;
    QCheckBox* m_legend = nullptr;
    QCheckBox* m_titles = nullptr;
    QCheckBox* m_raw = nullptr;
};
