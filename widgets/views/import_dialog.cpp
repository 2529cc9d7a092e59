#include "widgets/views/import_dialog.h"

#include <QComboBox>
#include <QDir>
#include <QDragEnterEvent>
#include <QFileDialog>
#include <QFileInfo>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QJsonArray>
#include <QLabel>
#include <QLineEdit>
#include <QLocale>
#include <QMimeData>
#include <QPushButton>
#include <QScrollArea>
#include <QSplitter>
#include <QTabWidget>
#include <QToolButton>
#include <QTreeWidget>
#include <QVBoxLayout>
#include <algorithm>

#include "widgets/text.h"
#include "widgets/views/data_card_view.h"
#include "widgets/views/facet_panel.h"
#include "widgets/views/option_form.h"

using namespace kinora;

namespace {
constexpr const char* kAuto = "auto";
constexpr qsizetype kMaxListed = 2000;  // skipped files in the preview

/// Where the options that all kinds share begin: a kind lists its own first, then those, and "crop" is the first of them.
std::ptrdiff_t ownOptions(const std::vector<OptionField>& options)
{
    return std::find_if(options.begin(), options.end(), [](const OptionField& field) { return field.key == "crop"; }) - options.begin();
}
}  // namespace

ImportDatasetDialog::ImportDatasetDialog(const DatasetLibrary& library, QString program, const std::vector<DatasetDescription>& kinds, QWidget* parent)
    : DatasetJobDialog(library, std::move(program), parent)
{
    setWindowTitle(tr("Import Clips"));
    setAcceptDrops(true);
    for (const DatasetDescription& kind : kinds)
        if (!kind.builtin) m_kinds.push_back(kind);
    m_source = new QLineEdit;
    m_source->setPlaceholderText(tr("Folder or file with the clips, as its owners ship it"));
    m_source->setAccessibleName(tr("Folder or file with the clips"));
    auto* folder = new QPushButton(tr("&Folder…"));
    auto* file = new QPushButton(tr("Fil&e…"));
    for (QPushButton* button : {folder, file}) button->setAutoDefault(false);
    auto* line = new QHBoxLayout;
    line->addWidget(m_source, 1);
    line->addWidget(folder);
    line->addWidget(file);
    m_kind = new QComboBox;
    m_kind->setAccessibleName(tr("Kind"));
    m_kind->setToolTip(tr("How the folder is laid out"));
    m_kind->addItem(tr("Find out"), QString::fromLatin1(kAuto));
    for (const DatasetDescription& kind : m_kinds) m_kind->addItem(catalogueText(kind.name), QString::fromStdString(kind.id));
    m_preset = new QComboBox;
    m_preset->setAccessibleName(tr("Preset"));
    m_preset->setToolTip(tr("Settings that belong together, such as those of a paper; what is set below comes on top"));
    auto* top = new QFormLayout;
    auto* sourceLabel = new QLabel(tr("&Source:"));
    sourceLabel->setBuddy(m_source);
    top->addRow(sourceLabel, line);
    top->addRow(tr("&Kind:"), m_kind);
    m_presetLine = new QWidget;
    auto* presetLayout = new QFormLayout(m_presetLine);
    presetLayout->setContentsMargins(0, 0, 0, 0);
    presetLayout->addRow(tr("P&reset:"), m_preset);
    m_summary = new QLabel;
    m_summary->setWordWrap(true);

    auto* optionsBody = new QWidget;
    auto* optionsLayout = new QVBoxLayout(optionsBody);
    m_own = new OptionForm;
    m_own->setPresetsShown(false);
    m_fold = new QToolButton;
    m_fold->setText(tr("Preprocessing"));
    m_fold->setToolTip(tr("Crop, size, frame step, clip length: what is done to the frames"));
    m_fold->setCheckable(true);
    m_fold->setArrowType(Qt::RightArrow);
    m_fold->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    m_fold->setAutoRaise(true);
    m_fold->setFocusPolicy(Qt::StrongFocus);
    m_fold->setMinimumHeight(24);
    m_preprocessing = new OptionForm;
    m_preprocessing->setPresetsShown(false);
    m_preprocessing->hide();
    optionsLayout->addWidget(m_presetLine);
    optionsLayout->addWidget(m_own);
    optionsLayout->addWidget(m_fold);
    optionsLayout->addWidget(m_preprocessing);
    optionsLayout->addStretch();
    auto* optionsScroll = new QScrollArea;
    optionsScroll->setWidget(optionsBody);
    optionsScroll->setWidgetResizable(true);
    optionsScroll->setFrameShape(QFrame::NoFrame);
    optionsScroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);

    auto* previewBody = new QWidget;
    auto* previewLayout = new QVBoxLayout(previewBody);
    auto* previewTop = new QHBoxLayout;
    m_look = new QPushButton(tr("&Look Again"));
    m_look->setToolTip(tr("List what would be imported with these settings; nothing is decoded or written"));
    m_look->setAutoDefault(false);
    m_lookState = new QLabel;
    m_lookState->setWordWrap(true);
    m_lookState->setTextInteractionFlags(Qt::TextSelectableByMouse);
    previewTop->addWidget(m_lookState, 1);
    previewTop->addWidget(m_look);
    m_preview = new QTreeWidget;
    m_preview->setColumnCount(2);
    m_preview->setHeaderLabels({tr("What would be imported"), tr("Number")});
    m_preview->setAccessibleName(tr("What would be imported"));
    m_preview->setUniformRowHeights(true);
    m_preview->header()->setStretchLastSection(true);
    m_preview->header()->resizeSection(0, 24 * fontMetrics().averageCharWidth() * 2);
    m_preview->setTextElideMode(Qt::ElideMiddle);
    previewLayout->addLayout(previewTop);
    previewLayout->addWidget(m_preview, 1);

    auto* cardScroll = new QScrollArea;
    m_card = new DataCardView;
    auto* cardBody = new QWidget;
    auto* cardLayout = new QVBoxLayout(cardBody);
    cardLayout->addWidget(m_card);
    cardLayout->addStretch();
    cardScroll->setWidget(cardBody);
    cardScroll->setWidgetResizable(true);
    cardScroll->setFrameShape(QFrame::NoFrame);

    auto* tabs = new QTabWidget;
    tabs->addTab(previewBody, tr("What &Would Be Imported"));
    tabs->addTab(optionsScroll, tr("&Options"));
    tabs->addTab(cardScroll, tr("&About the Data"));
    auto* form = new QWidget;
    auto* layout = new QVBoxLayout(form);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addLayout(top);
    layout->addWidget(m_summary);
    layout->addWidget(tabs, 1);

    connect(m_kind, &QComboBox::currentIndexChanged, this, [this] {
        m_found.clear();
        showKind();
        m_lookSoon.start();
    });
    for (OptionForm* options : {m_own, m_preprocessing})
        connect(options, &OptionForm::edited, this, [this] {
            if (m_preview->topLevelItemCount() > 0) m_lookState->setText(tr("The settings have changed since this was listed."));
            judge();
        });
    connect(m_fold, &QToolButton::toggled, this, [this](bool open) {
        m_fold->setArrowType(open ? Qt::DownArrow : Qt::RightArrow);
        m_preprocessing->setVisible(open);
    });
    connect(m_preset, &QComboBox::activated, this, &ImportDatasetDialog::applyPreset);
    connect(folder, &QPushButton::clicked, this, [this] { browse(true); });
    connect(file, &QPushButton::clicked, this, [this] { browse(false); });
    connect(m_source, &QLineEdit::textChanged, this, &ImportDatasetDialog::sourceChanged);
    connect(m_look, &QPushButton::clicked, this, &ImportDatasetDialog::look);
    m_lookSoon.setSingleShot(true);
    m_lookSoon.setInterval(400);
    connect(&m_lookSoon, &QTimer::timeout, this, &ImportDatasetDialog::look);
    connect(&m_looker, &JobProcess::progressed, this, [this](const JobProgress& progress) {
        m_lookState->setText(tr("Looking… %1").arg(progress.total > 0 ? tr("%1 of %2").arg(QLocale().toString(progress.done), QLocale().toString(progress.total)) : QLocale().toString(progress.done)));
    });
    connect(&m_looker, &JobProcess::succeeded, this, [this](const QJsonObject& report) {
        if (std::exchange(m_lookAgain, false)) return look();
        showPreview(report);
    });
    connect(&m_looker, &JobProcess::failed, this, [this](const QString& problem) {
        if (std::exchange(m_lookAgain, false)) return look();
        clearPreview();
        m_lookState->setText(QStringLiteral("⚠ ") + problem);
        judge();
    });
    connect(&m_looker, &JobProcess::canceled, this, [this] {
        if (std::exchange(m_lookAgain, false)) return look();
        m_lookState->clear();
    });
    setForm(form, tr("&Import"));
    showKind();
    clearPreview();
    setMinimumWidth(520);
    resize(640, 620);
}

const DatasetDescription* ImportDatasetDialog::kind() const
{
    std::string id = m_kind->currentData().toString().toStdString();
    if (id == kAuto) id = m_found;
    const auto known = std::find_if(m_kinds.begin(), m_kinds.end(), [&](const DatasetDescription& kind) { return kind.id == id; });
    return known == m_kinds.end() ? nullptr : &*known;
}

void ImportDatasetDialog::showKind()
{
    const DatasetDescription* description = kind();
    const bool automatic = m_kind->currentData().toString() == QLatin1String(kAuto);
    const QString id = description ? QString::fromStdString(description->id) : QString();
    m_summary->setText(description ? (automatic ? tr("Read as: %1").arg(catalogueText(description->name)) + QStringLiteral(". ") : QString()) + catalogueText(description->summary)
                                   : tr("Choose a source: Kinora looks what it is."));
    if (id != m_shownKind || !description) {
        m_shownKind = id;
        const std::vector<OptionField> options = description ? description->options : std::vector<OptionField>();
        const auto own = ownOptions(options);
        m_own->setFields({options.begin(), options.begin() + own});
        m_preprocessing->setFields({options.begin() + own, options.end()});
        m_own->setVisible(own > 0);
        m_fold->setVisible(own < std::ssize(options));
        m_preprocessing->setVisible(m_fold->isChecked() && own < std::ssize(options));
        m_preset->clear();
        m_preset->addItem(tr("Recommended"));
        if (description)
            for (const OptionPreset& preset : description->presets) m_preset->addItem(catalogueText(preset.name), QString::fromStdString(preset.id));
        m_presetLine->setVisible(m_preset->count() > 1);
        m_card->setCard(description ? catalogueText(description->name) : QString(), description ? description->card : DataCard());
    }
    judge();
}

void ImportDatasetDialog::applyPreset()
{
    const DatasetDescription* description = kind();
    if (!description) return;
    const int index = m_preset->currentIndex() - 1;
    const OptionValues values = index >= 0 ? description->presets[static_cast<std::size_t>(index)].values : OptionValues();
    for (OptionForm* form : {m_own, m_preprocessing}) {
        OptionValues mine;
        for (const OptionField& field : form->fields()) mine[field.key] = values.contains(field.key) ? values.at(field.key) : field.fallback;
        form->setValues(mine);
    }
    m_lookSoon.start();
}

void ImportDatasetDialog::setSource(const QString& path) { m_source->setText(QDir::toNativeSeparators(path)); }
QString ImportDatasetDialog::source() const { return m_source->text().trimmed(); }

void ImportDatasetDialog::sourceChanged()
{
    const QFileInfo info(QDir::cleanPath(source()));
    suggestName(info.isDir() ? info.fileName() : info.completeBaseName());
    m_found.clear();
    clearPreview();
    showKind();
    m_lookSoon.start();
}

void ImportDatasetDialog::browse(bool folder)
{
    auto* dialog = new QFileDialog(this, folder ? tr("Folder with the clips") : tr("File with the clips"), source());
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(folder ? QFileDialog::Directory : QFileDialog::ExistingFile);
    if (folder) dialog->setOption(QFileDialog::ShowDirsOnly);
    connect(dialog, &QFileDialog::fileSelected, this, &ImportDatasetDialog::setSource);
    dialog->open();
}

void ImportDatasetDialog::dragEnterEvent(QDragEnterEvent* event)
{
    const QList<QUrl> urls = event->mimeData()->urls();
    if (stage() == Stage::Form && urls.size() == 1 && urls.first().isLocalFile()) event->acceptProposedAction();
}

void ImportDatasetDialog::dropEvent(QDropEvent* event)
{
    event->acceptProposedAction();
    setSource(event->mimeData()->urls().first().toLocalFile());
}

QString ImportDatasetDialog::formProblem() const
{
    if (!m_kind || m_kinds.empty()) return tr("Nothing that can be imported is known yet.");
    if (source().isEmpty()) return tr("Choose the folder or file with the clips.");
    if (!QFileInfo::exists(source())) return tr("There is no such folder or file.");
    QStringList problems;
    for (const OptionForm* form : {m_own, m_preprocessing})
        if (!form->valid()) problems += form->problems();
    return problems.join(QLatin1Char('\n'));
}

QStringList ImportDatasetDialog::command() const
{
    const DatasetDescription* description = kind();
    QStringList list{QStringLiteral("datasets"), QStringLiteral("import"), description ? QString::fromStdString(description->id) : QString::fromLatin1(kAuto), source()};
    if (!description) return list;
    OptionValues preset;
    if (const int index = m_preset->currentIndex() - 1; index >= 0) {
        list << QStringLiteral("--preset") << m_preset->currentData().toString();
        preset = description->presets[static_cast<std::size_t>(index)].values;
    }
    // what differs from the preset, where it says something, and from the default elsewhere
    for (const OptionForm* form : {m_own, m_preprocessing}) {
        const OptionValues values = form->values(), changed = form->changedValues();
        for (const auto& [key, value] : values) {
            const auto stated = preset.find(key);
            const bool differs = stated == preset.end() ? changed.contains(key) : optionText(stated->second) != optionText(value);
            if (differs) list << QStringLiteral("--set") << QString::fromStdString(key + "=" + optionText(value));
        }
    }
    return list;
}

void ImportDatasetDialog::busyChanged(bool busy)
{
    if (!busy) return;
    m_lookSoon.stop();
    m_lookAgain = false;
    m_looker.cancel();
}

void ImportDatasetDialog::look()
{
    m_lookSoon.stop();
    if (stage() != Stage::Form || !formProblem().isEmpty()) {
        clearPreview();
        return;
    }
    if (m_looker.running()) {
        m_lookAgain = true;
        m_looker.cancel();
        return;
    }
    m_lookState->setText(tr("Looking…"));
    m_looker.start(program(), command() + QStringList{QStringLiteral("--dry-run"), QStringLiteral("--progress"), QStringLiteral("json"), QStringLiteral("--json")});
}

void ImportDatasetDialog::clearPreview()
{
    m_preview->clear();
    m_lookState->setText(source().isEmpty() ? QString() : formProblem());
}

void ImportDatasetDialog::showPreview(const QJsonObject& report)
{
    if (stage() != Stage::Form) return;
    m_found = report.value(QLatin1String("kind")).toString().toStdString();
    showKind();
    m_preview->clear();
    const QLocale locale;
    const auto number = [&](const QJsonValue& value) { return locale.toString(static_cast<qlonglong>(value.toInteger())); };
    const QJsonArray skipped = report.value(QLatin1String("skipped")).toArray();
    const qint64 clips = report.value(QLatin1String("clips")).toInteger();
    m_lookState->setText(skipped.isEmpty() ? tr("%n recording(s) would be imported.", nullptr, static_cast<int>(clips))
                                           : tr("%n recording(s) would be imported,", nullptr, static_cast<int>(clips)) + QLatin1Char(' ') + tr("%n left out.", nullptr, static_cast<int>(skipped.size())));
    const auto heading = [&](const QString& text, const QString& value = {}) {
        auto* item = new QTreeWidgetItem(m_preview, {text, value});
        QFont bold = item->font(0);
        bold.setBold(true);
        item->setFont(0, bold);
        return item;
    };
    const auto counts = [&](QTreeWidgetItem* under, const std::string& key, const QJsonObject& values) {
        for (auto value = values.begin(); value != values.end(); ++value) new QTreeWidgetItem(under, {facetValueText(key, value.key().toStdString()), number(value.value())});
        under->setExpanded(values.size() <= 24);
    };
    if (const QJsonObject splits = report.value(QLatin1String("splits")).toObject(); !splits.isEmpty()) counts(heading(tr("Split"), locale.toString(splits.size())), "split", splits);
    const QJsonObject classes = report.value(QLatin1String("classes")).toObject();
    for (auto label = classes.begin(); label != classes.end(); ++label)
        counts(heading(keyText(label.key().toStdString()), locale.toString(label.value().toObject().size())), "label:" + label.key().toStdString(), label.value().toObject());
    if (const qint64 groups = report.value(QLatin1String("groups")).toInteger(); groups > 0) heading(tr("Subjects"), locale.toString(groups));
    if (const QJsonObject sizes = report.value(QLatin1String("sizes")).toObject(); !sizes.isEmpty()) counts(heading(tr("Sizes"), locale.toString(sizes.size())), "size", sizes);
    if (const QJsonObject formats = report.value(QLatin1String("formats")).toObject(); !formats.isEmpty()) counts(heading(tr("Formats"), locale.toString(formats.size())), "format", formats);
    for (const QString& key : {QStringLiteral("warnings"), QStringLiteral("notes")}) {
        const QJsonArray lines = report.value(key).toArray();
        if (lines.isEmpty()) continue;
        auto* under = heading(key == QLatin1String("notes") ? tr("Notes") : tr("Warnings"), locale.toString(lines.size()));
        for (const QJsonValue& text : lines) {
            auto* item = new QTreeWidgetItem(under, {text.toString()});
            item->setToolTip(0, text.toString());
            item->setFirstColumnSpanned(true);
        }
        under->setExpanded(lines.size() <= 12);
    }
    if (!skipped.isEmpty()) {
        auto* under = heading(tr("Left out"), locale.toString(skipped.size()));
        for (qsizetype i = 0; i < std::min(skipped.size(), kMaxListed); ++i) {
            const QJsonObject file = skipped[i].toObject();
            auto* item = new QTreeWidgetItem(under, {file.value(QLatin1String("file")).toString(), file.value(QLatin1String("reason")).toString()});
            for (const int column : {0, 1}) item->setToolTip(column, item->text(column));
        }
        if (skipped.size() > kMaxListed) new QTreeWidgetItem(under, {tr("… and %n more", nullptr, static_cast<int>(skipped.size() - kMaxListed))});
        under->setExpanded(skipped.size() <= 24);
    }
    m_preview->resizeColumnToContents(0);
    m_preview->setColumnWidth(0, std::min(m_preview->columnWidth(0), m_preview->viewport()->width() * 2 / 3));
    judge();
}
