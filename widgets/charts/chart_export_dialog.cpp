#include "widgets/charts/chart_export_dialog.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDialogButtonBox>
#include <QDoubleSpinBox>
#include <QFileDialog>
#include <QFormLayout>
#include <QPushButton>
#include <QSignalBlocker>
#include <QSpinBox>
#include <QVBoxLayout>

namespace {
/// What was chosen last, in this session.
struct Last {
    FigureOptions options;
    int format = 2;
    QString folder;
};
Last& last()
{
    static Last value;
    return value;
}
const char* const kEndings[] = {"png", "svg", "pdf", "csv"};
}  // namespace

ChartExportDialog::ChartExportDialog(const QString& tag, QWidget* parent) : QDialog(parent), m_tag(tag)
{
    setWindowTitle(tr("Export Charts"));
    const FigureOptions& before = last().options;
    m_which = new QComboBox;
    if (!tag.isEmpty()) m_which->addItem(tag, tag);
    m_which->addItem(tr("All charts in open sections"), QString());
    m_format = new QComboBox;
    m_format->addItems({tr("Picture (PNG)"), tr("Vector picture (SVG)"), tr("Document (PDF)"), tr("Table of all points (CSV)")});
    m_format->setCurrentIndex(last().format);
    const auto number = [](double value, double least, double most, double step, int decimals, const QString& suffix) {
        auto* box = new QDoubleSpinBox;
        box->setDecimals(decimals);
        box->setRange(least, most);
        box->setSingleStep(step);
        box->setValue(value);
        box->setSuffix(suffix);
        return box;
    };
    m_preset = new QComboBox;
    m_preset->addItem(tr("Other"));
    m_preset->addItem(tr("One column (3.25 in)"), 8.255);
    m_preset->addItem(tr("Two columns (6.875 in)"), 17.4625);
    m_preset->addItem(tr("Slide (25 cm)"), 25.0);
    m_width = number(before.widthCm, 1, 100, 0.5, 2, tr(" cm"));
    m_height = number(before.heightCm, 1, 100, 0.5, 2, tr(" cm"));
    m_height->setToolTip(tr("Of one row of charts"));
    m_columns = new QSpinBox;
    m_columns->setRange(0, 12);
    m_columns->setSpecialValueText(tr("Automatic"));
    m_columns->setValue(before.columns);
    m_font = number(before.fontPt, 4, 48, 0.5, 1, tr(" pt"));
    m_line = number(before.lineWidthPt, 0.1, 10, 0.1, 2, tr(" pt"));
    m_dpi = new QSpinBox;
    m_dpi->setRange(50, 1200);
    m_dpi->setValue(before.dpi);
    m_dpi->setSuffix(tr(" dpi"));
    m_legend = new QCheckBox(tr("Le&gend"));
    m_legend->setChecked(before.legend);
    m_titles = new QCheckBox(tr("&Name above each chart"));
    m_titles->setChecked(before.titles);
    m_raw = new QCheckBox(tr("&Raw curves behind smoothed ones"));
    m_raw->setChecked(before.rawBehind);
    auto* form = new QFormLayout;
    form->addRow(tr("&Charts:"), m_which);
    form->addRow(tr("&Format:"), m_format);
    form->addRow(tr("&Size:"), m_preset);
    form->addRow(tr("&Width:"), m_width);
    form->addRow(tr("&Height:"), m_height);
    form->addRow(tr("C&harts in a row:"), m_columns);
    form->addRow(tr("F&ont:"), m_font);
    form->addRow(tr("&Line width:"), m_line);
    form->addRow(tr("&Resolution:"), m_dpi);
    form->addRow(m_legend);
    form->addRow(m_titles);
    form->addRow(m_raw);
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Cancel);
    QPushButton* exportButton = buttons->addButton(tr("&Export…"), QDialogButtonBox::AcceptRole);
    auto* layout = new QVBoxLayout(this);
    layout->addLayout(form);
    layout->addWidget(buttons);
    exportButton->setDefault(true);  // once it is in the dialog, or Cancel is

    const auto enable = [this] {
        const QString ending = QString::fromLatin1(kEndings[m_format->currentIndex()]);
        const bool figure = ending != QLatin1String("csv");
        for (QWidget* widget : std::initializer_list<QWidget*>{m_preset, m_width, m_height, m_columns, m_font, m_line, m_legend, m_titles, m_raw}) widget->setEnabled(figure);
        m_dpi->setEnabled(ending == QLatin1String("png"));
    };
    const auto presetOfWidth = [this] {
        const QSignalBlocker blocker(m_preset);
        int index = 0;
        for (int i = 1; i < m_preset->count(); ++i)
            if (std::abs(m_preset->itemData(i).toDouble() - m_width->value()) < 0.006) index = i;
        m_preset->setCurrentIndex(index);
    };
    connect(m_format, &QComboBox::currentIndexChanged, this, enable);
    connect(m_preset, &QComboBox::currentIndexChanged, this, [this](int index) {
        if (index > 0) m_width->setValue(m_preset->itemData(index).toDouble());
    });
    connect(m_width, &QDoubleSpinBox::valueChanged, this, presetOfWidth);
    connect(buttons, &QDialogButtonBox::accepted, this, &ChartExportDialog::askPath);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    enable();
    presetOfWidth();
}

FigureOptions ChartExportDialog::options() const
{
    return {m_width->value(), m_height->value(), m_columns->value(), m_font->value(), m_line->value(), m_legend->isChecked(), m_titles->isChecked(), m_raw->isChecked(), m_dpi->value()};
}

void ChartExportDialog::askPath()
{
    last().options = options();
    last().format = m_format->currentIndex();
    const QString ending = QString::fromLatin1(kEndings[m_format->currentIndex()]);
    auto* dialog = new QFileDialog(this, tr("Export Charts"), last().folder);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setNameFilter(ending.toUpper() + QStringLiteral(" (*.") + ending + QLatin1Char(')'));
    dialog->setDefaultSuffix(ending);
    QString name = m_which->currentData().toString();
    name.replace(QLatin1Char('/'), QLatin1Char('_'));
    dialog->selectFile((name.isEmpty() ? QStringLiteral("curves") : name) + QLatin1Char('.') + ending);
    connect(dialog, &QFileDialog::fileSelected, this, [this, dialog](const QString& path) {
        last().folder = dialog->directory().absolutePath();
        Q_EMIT chosen(path, m_which->currentData().toString(), options());
        accept();
    });
    dialog->open();
}
