#include "widgets/views/saved_directions_dialog.h"

#include <QDialogButtonBox>
#include <QFileDialog>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QInputDialog>
#include <QLabel>
#include <QPushButton>
#include <QTreeWidget>
#include <algorithm>

#include "widgets/message_bar.h"
#include "widgets/text.h"

SavedDirectionsDialog::SavedDirectionsDialog(const std::string& system, const std::vector<kinora::Control>& controls, const std::string& checkpointHash, QWidget* parent)
    : QDialog(parent), m_system(system), m_hash(checkpointHash), m_controls(controls)
{
    setWindowTitle(tr("Saved Directions"));
    resize(560, 360);
    auto* layout = new QVBoxLayout(this);
    m_message = new MessageBar(this);
    layout->addWidget(m_message);
    m_list = new QTreeWidget(this);
    m_list->setRootIsDecorated(false);
    m_list->setHeaderLabels({tr("Name"), tr("System"), tr("Code"), tr("Here")});
    m_list->setAccessibleName(tr("Saved directions"));
    m_list->header()->setStretchLastSection(true);
    layout->addWidget(m_list, 1);
    m_empty = new QLabel(tr("None yet. Move a code along sliders, then choose \"Save Movement as Direction\" in the menu beside it."), this);
    m_empty->setWordWrap(true);
    m_empty->setEnabled(false);
    layout->addWidget(m_empty);
    auto* row = new QHBoxLayout;
    const auto button = [&](const QString& text, const QString& tip, bool ofOne, auto slot) {
        auto* made = new QPushButton(text, this);
        made->setToolTip(tip);
        made->setAutoDefault(false);
        connect(made, &QPushButton::clicked, this, slot);
        if (ofOne) m_ofOne.push_back(made);
        row->addWidget(made);
    };
    button(tr("&Rename…"), tr("Gives the chosen direction another name"), true, [this] {
        const SavedDirection* direction = chosen();
        if (!direction) return;
        auto* ask = new QInputDialog(this);
        ask->setAttribute(Qt::WA_DeleteOnClose);
        ask->setWindowTitle(tr("Rename Direction"));
        ask->setLabelText(tr("Name:"));
        ask->setTextValue(QString::fromStdString(direction->name));
        connect(ask, &QInputDialog::textValueSelected, this, &SavedDirectionsDialog::rename);
        ask->open();
    });
    button(tr("&Delete"), tr("Removes the file of the chosen direction; codes that were moved along it stay where they are"), true, &SavedDirectionsDialog::remove);
    button(tr("E&xport…"), tr("Writes the chosen direction to a file to give away"), true, [this] {
        const SavedDirection* direction = chosen();
        if (!direction) return;
        auto* ask = new QFileDialog(this, tr("Export Direction"));
        ask->setAttribute(Qt::WA_DeleteOnClose);
        ask->setAcceptMode(QFileDialog::AcceptSave);
        ask->setNameFilters({tr("Directions (*.json)")});
        ask->setDefaultSuffix(QStringLiteral("json"));
        ask->selectFile(toQString(direction->file.filename()));
        connect(ask, &QFileDialog::fileSelected, this, &SavedDirectionsDialog::exportTo);
        ask->open();
    });
    button(tr("&Import…"), tr("Takes a direction from a file"), false, [this] {
        auto* ask = new QFileDialog(this, tr("Import Direction"));
        ask->setAttribute(Qt::WA_DeleteOnClose);
        ask->setFileMode(QFileDialog::ExistingFile);
        ask->setNameFilters({tr("Directions (*.json)"), tr("All files (*)")});
        connect(ask, &QFileDialog::fileSelected, this, &SavedDirectionsDialog::importFile);
        ask->open();
    });
    row->addStretch(1);
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close, this);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    row->addWidget(buttons);
    layout->addLayout(row);
    const auto choice = [this] {
        for (QPushButton* each : m_ofOne) each->setEnabled(chosen());
    };
    connect(m_list, &QTreeWidget::currentItemChanged, this, choice);
    choice();
    load();
}

const SavedDirection* SavedDirectionsDialog::chosen() const
{
    const int row = m_list->indexOfTopLevelItem(m_list->currentItem());
    return row >= 0 && row < static_cast<int>(m_directions.size()) ? &m_directions[static_cast<std::size_t>(row)] : nullptr;
}

void SavedDirectionsDialog::load()
{
    m_jobs.run(
        [](std::stop_token) {
            std::vector<std::string> problems;
            std::vector<SavedDirection> directions = readDirections(savedDirectionsFolder(), &problems);
            return std::pair{std::move(directions), std::move(problems)};
        },
        [this](const kinora::Outcome<std::pair<std::vector<SavedDirection>, std::vector<std::string>>>& outcome) {
            if (!outcome) return m_message->showMessage(errorText(outcome.error()));
            show(outcome.value().first);
            if (!outcome.value().second.empty()) m_message->showMessage(QString::fromStdString(outcome.value().second.front()));
        });
}

void SavedDirectionsDialog::show(const std::vector<SavedDirection>& directions)
{
    const int row = m_list->indexOfTopLevelItem(m_list->currentItem());
    m_directions = directions;
    m_list->clear();
    for (const SavedDirection& direction : m_directions) {
        const auto control = std::ranges::find_if(m_controls, [&](const kinora::Control& each) { return direction.fits(m_system, each); });
        const bool fits = control != m_controls.end();
        const QString here = !fits ? tr("does not fit") : direction.checkpointHash == m_hash ? tr("of this checkpoint") : tr("of another checkpoint");
        auto* item = new QTreeWidgetItem(m_list, {QString::fromStdString(direction.name), QString::fromStdString(direction.system), fits ? catalogueText(control->name) : QString::fromStdString(direction.control), here});
        item->setToolTip(3, fits ? tr("Its shape fits; in another checkpoint it may mean something else") : tr("The open checkpoint has no code of this shape, or none is open"));
    }
    for (int column = 0; column < 3; ++column) m_list->resizeColumnToContents(column);
    if (!m_directions.empty()) m_list->setCurrentItem(m_list->topLevelItem(std::clamp(row, 0, static_cast<int>(m_directions.size()) - 1)));
    m_empty->setVisible(m_directions.empty());
}

/// Does something to the files, off the GUI thread, and shows what there is then.
template <class Work>
void SavedDirectionsDialog::change(Work work, std::function<void()> done)
{
    m_jobs.run(
        [work = std::move(work)](std::stop_token) {
            work();
            return true;
        },
        [this, done = std::move(done)](const kinora::Outcome<bool>& outcome) {
            if (!outcome) return m_message->showMessage(errorText(outcome.error()));
            m_message->clear();
            if (done) done();
            load();
        });
}

void SavedDirectionsDialog::importFile(const QString& file)
{
    change([path = toPath(file)] { keepDirection(savedDirectionsFolder(), readDirection(path)); }, [this] { Q_EMIT imported(); });
}

void SavedDirectionsDialog::exportTo(const QString& file)
{
    if (const SavedDirection* direction = chosen()) change([path = toPath(file), direction = *direction] { writeDirection(path, direction); }, {});
}

void SavedDirectionsDialog::rename(const QString& name)
{
    const SavedDirection* direction = chosen();
    if (!direction || name.trimmed().isEmpty()) return;
    const QString control = QString::fromStdString(direction->control), from = QString::fromStdString(direction->name), to = name.trimmed();
    change([direction = *direction, text = to.toStdString()] { renameDirection(savedDirectionsFolder(), direction, text); }, [this, control, from, to] { Q_EMIT renamed(control, from, to); });
}

void SavedDirectionsDialog::remove()
{
    const SavedDirection* direction = chosen();
    if (!direction) return;
    const QString control = QString::fromStdString(direction->control), name = QString::fromStdString(direction->name);
    change([direction = *direction] { removeDirection(direction); }, [this, control, name] { Q_EMIT removed(control, name); });
}
