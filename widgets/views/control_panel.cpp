#include "widgets/views/control_panel.h"

#include <QClipboard>
#include <QComboBox>
#include <QGroupBox>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QMenu>
#include <QRandomGenerator>
#include <QSignalBlocker>
#include <QSpinBox>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>
#include <nlohmann/json.hpp>

#include "widgets/text.h"
#include "widgets/views/direction_text.h"
#include "widgets/views/latent_slider.h"
#include "widgets/views/picture_well.h"

using kinora::Control;
using kinora::ControlKind;
using kinora::ControlRole;

namespace {
constexpr int kRawPerPage = 32;

QToolButton* toolButton(QWidget* parent, const QString& icon, const QString& name, const QString& tip)
{
    auto* button = new QToolButton(parent);
    button->setIcon(themedIcon(icon));
    button->setAccessibleName(name);
    button->setToolTip(tip);
    button->setMinimumSize(28, 28);
    button->setFocusPolicy(Qt::StrongFocus);
    return button;
}
}  // namespace

ControlPanel::ControlPanel(QWidget* parent) : QScrollArea(parent)
{
    setWidgetResizable(true);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setFrameShape(QFrame::NoFrame);
    setFocusPolicy(Qt::NoFocus);
    setAccessibleName(tr("Controls"));
    setModel(nullptr);
}

ControlPanel::Section* ControlPanel::section(const std::string& id)
{
    const auto found = std::ranges::find_if(m_sections, [&](const auto& entry) { return entry->id == id; });
    return found == m_sections.end() ? nullptr : found->get();
}

int ControlPanel::stepOf(const Section& section) const { return section.step ? section.step->currentIndex() - 1 : LatentModel::kAllSteps; }

void ControlPanel::setModel(LatentModel* model)
{
    m_model = model;
    m_groups.clear();
    m_sections.clear();
    auto* inside = new QWidget;
    auto* layout = new QVBoxLayout(inside);
    layout->setContentsMargins(2, 2, 8, 2);
    if (m_model)
        for (const ControlRole role : m_model->roles()) buildGroup(layout, role);
    layout->addStretch(1);
    delete takeWidget();
    setWidget(inside);
    if (m_model) refresh();
}

void ControlPanel::buildGroup(QVBoxLayout* into, ControlRole role)
{
    Group group;
    group.role = role;
    group.title = role == ControlRole::Appearance ? tr("Appearance") : role == ControlRole::Motion ? tr("Motion") : tr("Appearance and motion");
    auto* box = new QGroupBox(group.title);
    box->setToolTip(role == ControlRole::Appearance ? tr("Who and what is seen") : role == ControlRole::Motion ? tr("How it moves") : tr("What this system does not separate"));
    auto* layout = new QVBoxLayout(box);
    layout->setSpacing(3);
    auto* row = new QHBoxLayout;
    auto* label = new QLabel(tr("Seed"), box);
    group.seed = new QSpinBox(box);
    group.seed->setRange(0, 2147483647);
    group.seed->setGroupSeparatorShown(false);
    group.seed->setKeyboardTracking(false);
    group.seed->setAccessibleName(tr("Seed of %1").arg(group.title));
    group.seed->setToolTip(tr("The same seed gives the same codes, here and on the command line"));
    label->setBuddy(group.seed);
    const QString key = role == ControlRole::Appearance ? QStringLiteral("A") : role == ControlRole::Motion ? QStringLiteral("M") : QStringLiteral("R");
    group.draw = toolButton(box, QStringLiteral("dice"), tr("Draw new: %1").arg(group.title), tr("Draw at random (%1)").arg(key));
    group.lock = toolButton(box, QStringLiteral("unlock"), tr("Lock: %1").arg(group.title), tr("Keep this while others are drawn, also in the matrix"));
    group.lock->setCheckable(true);
    auto* reset = toolButton(box, QStringLiteral("reset"), tr("Reset: %1").arg(group.title), tr("Back to what the seed gave"));
    auto* mean = toolButton(box, QStringLiteral("once"), tr("Mean: %1").arg(group.title), tr("The mean of the prior: the average clip"));
    mean->setIcon({});
    mean->setText(QStringLiteral("μ"));
    row->addWidget(label);
    row->addWidget(group.seed, 1);
    for (QToolButton* button : {group.draw, group.lock, reset, mean}) row->addWidget(button);
    layout->addLayout(row);

    connect(group.seed, &QSpinBox::valueChanged, this, [this, role, title = group.title](int seed) {
        m_model->draw(role, static_cast<std::uint64_t>(seed));
        refresh();
        Q_EMIT edited(tr("%1: seed %2").arg(title).arg(seed), 0);
    });
    connect(group.draw, &QToolButton::clicked, this, [this, role] { drawNew(role); });
    connect(group.lock, &QToolButton::toggled, this, [this, role, title = group.title](bool locked) {
        m_model->setLocked(role, locked);
        refresh();
        Q_EMIT edited(locked ? tr("Lock %1").arg(title) : tr("Unlock %1").arg(title), 0);
    });
    connect(reset, &QToolButton::clicked, this, [this, role, title = group.title] {
        m_model->reset(role);
        refresh();
        Q_EMIT edited(tr("Reset %1").arg(title), 0);
    });
    connect(mean, &QToolButton::clicked, this, [this, role, title = group.title] {
        m_model->neutral(role);
        refresh();
        Q_EMIT edited(tr("Mean of %1").arg(title), 0);
    });
    m_groups.push_back(group);

    int count = 0;
    for (const Control& control : m_model->system().controls) count += control.role == role;
    for (const Control& control : m_model->system().controls) {
        if (control.role != role) continue;
        const bool sameName = QString::fromStdString(control.name).compare(QString::fromStdString(std::string(kinora::controlRoleName(role))), Qt::CaseInsensitive) == 0;
        if (count > 1 || !(sameName || catalogueText(control.name) == group.title)) {
            auto* name = new QLabel(QStringLiteral("<b>%1</b>").arg(catalogueText(control.name).toHtmlEscaped()), box);
            name->setToolTip(catalogueText(control.help));
            layout->addWidget(name);
        } else if (!control.help.empty()) {
            box->setToolTip(catalogueText(control.help));
        }
        buildSection(layout, control);
    }
    into->addWidget(box);
}

void ControlPanel::buildSection(QVBoxLayout* into, const Control& control)
{
    auto made = std::make_unique<Section>();
    Section* entry = made.get();
    entry->id = control.id;
    entry->name = catalogueText(control.name);
    m_sections.push_back(std::move(made));
    switch (control.kind) {
    case ControlKind::Category: {
        entry->category = new QComboBox;
        entry->category->setAccessibleName(entry->name);
        entry->category->setToolTip(catalogueText(control.help));
        for (const std::string& name : control.categories) entry->category->addItem(catalogueText(name));
        connect(entry->category, &QComboBox::activated, this, [this, entry](int index) {
            m_model->setCategory(entry->id, index);
            Q_EMIT edited(entry->name, 0);
        });
        auto* row = new QHBoxLayout;
        row->addWidget(entry->category, 1);
        row->addWidget(buildMenu(*entry, control));
        into->addLayout(row);
        return;
    }
    case ControlKind::Image:
    case ControlKind::Frames:
    case ControlKind::MapSequence:
        entry->picture = new PictureWell(control, m_model->system().height, m_model->system().width);
        connect(entry->picture, &PictureWell::loaded, this, [this, entry](const kinora::ControlValue& value) {
            m_model->setPicture(entry->id, value);
            Q_EMIT edited(entry->name, 0);
        });
        connect(entry->picture, &PictureWell::failed, this, [this](const kinora::Error& error) { Q_EMIT failed(errorText(error)); });
        into->addWidget(entry->picture);
        return;
    case ControlKind::GaussianSequence:
    case ControlKind::GaussianVector: break;
    }
    if (control.kind == ControlKind::GaussianSequence) {
        auto* row = new QHBoxLayout;
        entry->step = new QComboBox;
        entry->step->setAccessibleName(tr("Step of %1").arg(entry->name));
        entry->step->setToolTip(tr("Which step of the sequence the sliders move"));
        row->addWidget(entry->step, 1);
        into->addLayout(row);
        connect(entry->step, &QComboBox::activated, this, &ControlPanel::refresh);
    }
    if (control.fixed) {  // a setting: nothing to draw, so no directions; its few numbers are simply there
        entry->rawBox = new QWidget;
        into->addWidget(entry->rawBox);
        buildRaw(*entry);
        return;
    }
    entry->directionsBox = new QWidget;
    auto* directions = new QVBoxLayout(entry->directionsBox);
    directions->setContentsMargins(0, 0, 0, 0);
    directions->setSpacing(1);
    entry->kind = new QComboBox;
    entry->kind->setAccessibleName(tr("Directions of %1").arg(entry->name));
    entry->kind->setToolTip(tr("Principal: along which the code's features vary most. Closed form: which the first layer's weights enlarge most. Saved: those that you kept"));
    entry->kind->hide();
    connect(entry->kind, &QComboBox::activated, this, [this, id = entry->id] { showDirections(id); });
    directions->addWidget(entry->kind);
    entry->note = new QLabel(tr("Looking for the principal directions…"));
    entry->note->setWordWrap(true);
    entry->note->setEnabled(false);
    directions->addWidget(entry->note);
    into->addWidget(entry->directionsBox);
    auto* under = new QHBoxLayout;
    entry->truncation = new LatentSlider(tr("Truncation"), 0, 1.5, 1);
    entry->truncation->setName(tr("Truncation"), tr("How far the drawn code stays from the prior's mean: 1 as it was drawn, 0 the average clip, in between nearer to it. Movements of the sliders are added afterwards."));
    entry->truncation->slider()->setAccessibleName(tr("%1, truncation").arg(entry->name));
    connect(entry->truncation, &LatentSlider::edited, this, [this, entry](double value) {
        m_model->setTruncation(entry->id, static_cast<float>(value));
        if (entry->disclosure->isChecked()) refresh();
        Q_EMIT edited(tr("%1, truncation").arg(entry->name), entry->truncation->dragId());
    });
    under->addWidget(entry->truncation, 1);
    under->addWidget(buildMenu(*entry, control));
    into->addLayout(under);

    entry->disclosure = new QToolButton;
    entry->disclosure->setText(tr("All %n number(s)", nullptr, control.size));
    entry->disclosure->setToolTip(tr("The code itself, number by number"));
    entry->disclosure->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    entry->disclosure->setIcon(themedIcon(QStringLiteral("expand")));
    entry->disclosure->setCheckable(true);
    entry->disclosure->setAutoRaise(true);
    entry->disclosure->setFocusPolicy(Qt::StrongFocus);
    entry->rawBox = new QWidget;
    entry->rawBox->setVisible(false);
    into->addWidget(entry->disclosure);
    into->addWidget(entry->rawBox);
    connect(entry->disclosure, &QToolButton::toggled, this, [this, entry](bool open) {
        if (open && entry->raw.empty()) buildRaw(*entry);
        entry->rawBox->setVisible(open);
        entry->disclosure->setIcon(themedIcon(open ? QStringLiteral("collapse") : QStringLiteral("expand")));
        if (open) refresh();
    });
    if (m_model->directions(control.id).size() > 0) showDirections(control.id);
}

/// What can be done with one code alone.
QToolButton* ControlPanel::buildMenu(Section& entry, const Control& control)
{
    entry.menu = toolButton(nullptr, QStringLiteral("more"), tr("More for %1").arg(entry.name), tr("Draw, lock, copy or keep this code alone"));
    entry.menu->setPopupMode(QToolButton::InstantPopup);
    auto* menu = new QMenu(entry.menu);
    const std::string id = control.id;
    const QString name = entry.name;
    const auto change = [this, menu](const QString& text, const QString& history, auto work) {
        return menu->addAction(text, this, [this, history, work] {
            work();
            refresh();
            Q_EMIT edited(history, 0);
        });
    };
    entry.drawAction = change(tr("&New Draw"), tr("New %1").arg(name), [this, id] { m_model->drawControl(id, QRandomGenerator::global()->bounded(100000)); });
    change(tr("&Reset to the Seed's"), tr("Reset %1").arg(name), [this, id] { m_model->resetControl(id); });
    change(tr("&Mean of the Prior"), tr("Mean of %1").arg(name), [this, id] { m_model->neutralControl(id); });
    entry.lockAction = menu->addAction(tr("&Lock"));
    entry.lockAction->setCheckable(true);
    connect(entry.lockAction, &QAction::triggered, this, [this, id, name](bool locked) {
        m_model->setControlLocked(id, locked);
        refresh();
        Q_EMIT edited(locked ? tr("Lock %1").arg(name) : tr("Unlock %1").arg(name), 0);
    });
    menu->addSeparator();
    menu->addAction(tr("&Copy Code"), this, [this, id] {
        const nlohmann::json json = {{"kinora_code", 1}, {"system", m_model->system().id}, {"control", id}, {"value", kinora::toJson(m_model->value(id))}};
        QGuiApplication::clipboard()->setText(QString::fromStdString(json.dump()));
    });
    menu->addAction(tr("&Paste Code"), this, [this, id] { paste(id); });
    if (control.kind != ControlKind::Category) {
        menu->addSeparator();
        menu->addAction(tr("&Save Movement as Direction…"), this, [this, id] { Q_EMIT saveDirectionWanted(id); });
        menu->addAction(tr("Saved &Directions…"), this, &ControlPanel::savedDirectionsWanted);
    }
    entry.menu->setMenu(menu);
    return entry.menu;
}

/// A code that was copied here or elsewhere, or its part of a whole state. The shape decides, not the system: so codes can be carried from one to another.
void ControlPanel::paste(const std::string& id)
{
    const auto taken = kinora::attempt([&] {
        const nlohmann::json json = nlohmann::json::parse(QGuiApplication::clipboard()->text().toStdString(), nullptr, false);
        const nlohmann::json* value = nullptr;
        if (json.is_object() && json.contains("kinora_code") && json.contains("value")) value = &json["value"];
        else if (json.is_object() && json.contains("controls") && json["controls"].is_object() && json["controls"].contains(id)) value = &json["controls"][id];
        if (!value) throw kinora::Error(kinora::ErrorCode::Usage, tr("the clipboard holds no code for this control; copy one first").toStdString());
        m_model->takeControl(id, kinora::controlValueFromJson(*value));
        return true;
    });
    if (!taken) {
        Q_EMIT failed(errorText(taken.error()));
        return;
    }
    refresh();
    Q_EMIT edited(tr("Paste code"), 0);
}

void ControlPanel::buildRaw(Section& entry)
{
    const Control* control = m_model->control(entry.id);
    auto* layout = new QVBoxLayout(entry.rawBox);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(1);
    Section* section = &entry;
    if (control->size > kRawPerPage) {
        entry.rawPage = new QComboBox;
        entry.rawPage->setAccessibleName(tr("Numbers of %1").arg(entry.name));
        for (int first = 0; first < control->size; first += kRawPerPage) entry.rawPage->addItem(tr("%1 to %2").arg(first + 1).arg(std::min(first + kRawPerPage, control->size)), first);
        layout->addWidget(entry.rawPage);
        connect(entry.rawPage, &QComboBox::activated, this, [this, section] {
            section->rawFirst = section->rawPage->currentData().toInt();
            fillRaw(*section);
            refresh();
        });
    }
    const double low = control->bounded() ? control->low : control->mean - 4 * control->deviation, high = control->bounded() ? control->high : control->mean + 4 * control->deviation;
    for (int place = 0; place < std::min(kRawPerPage, control->size); ++place) {
        auto* slider = new LatentSlider(QString::number(place + 1), low, high, control->mean);
        layout->addWidget(slider);
        entry.raw.push_back(slider);
        connect(slider, &LatentSlider::edited, this, [this, section, slider, place](double value) {
            m_model->setNumber(section->id, section->rawFirst + place, static_cast<float>(value), stepOf(*section));
            Q_EMIT edited(tr("%1, number %2").arg(section->name).arg(section->rawFirst + place + 1), slider->dragId());
        });
    }
    fillRaw(entry);
}

void ControlPanel::fillRaw(Section& entry)
{
    const Control* control = m_model->control(entry.id);
    for (std::size_t place = 0; place < entry.raw.size(); ++place) {
        const int index = entry.rawFirst + static_cast<int>(place);
        entry.raw[place]->setVisible(index < control->size);
        entry.raw[place]->setName(control->size == 1 ? entry.name : QString::number(index + 1), control->size == 1 ? catalogueText(control->help) : QString());
        entry.raw[place]->slider()->setAccessibleName(tr("%1, number %2").arg(entry.name).arg(index + 1));
    }
}

void ControlPanel::showDirections(const std::string& id)
{
    Section* entry = section(id);
    if (!entry || !entry->directionsBox) return;
    const Control* control = m_model->control(id);
    const DirectionSet& set = m_model->directions(id);
    std::vector<std::size_t> offered;
    for (std::size_t k = 0; k < set.size(); ++k)
        if (!set.hidden.contains(k)) offered.push_back(k);
    // the kinds that there are, to choose one
    QList<std::pair<QString, DirectionKind>> kinds;
    for (const auto& [kind, text] : {std::pair{DirectionKind::Principal, tr("Principal directions")}, std::pair{DirectionKind::ClosedForm, tr("Closed-form directions")}, std::pair{DirectionKind::Saved, tr("Saved directions")}})
        if (std::ranges::any_of(offered, [&](std::size_t k) { return set.kind(k) == kind; })) kinds.append({text, kind});
    const QVariant before = entry->kind->currentData();
    entry->kind->clear();
    for (const auto& [text, kind] : kinds) entry->kind->addItem(text, static_cast<int>(kind));
    entry->kind->setCurrentIndex(std::max(0, entry->kind->findData(before)));
    entry->kind->setVisible(kinds.size() > 1);
    entry->note->setVisible(offered.empty());
    std::erase_if(offered, [&](std::size_t k) { return static_cast<int>(set.kind(k)) != entry->kind->currentData().toInt(); });

    const auto nameOf = [&](std::size_t k) {
        const QString name = directionName(set, k);
        if (set.kind(k) == DirectionKind::Saved) return name.size() > 16 ? name.left(15) + QChar(0x2026) : name;
        const double share = 100.0 * static_cast<double>(set.explained[k]);
        return tr("%1 · %2%", "number of a principal direction, share of the variance").arg(set.number(k)).arg(QLocale().toString(share, 'f', share < 9.95 ? 1 : 0));
    };
    // those that are there already stay: one of them may be in a hand
    bool same = offered == entry->places;
    for (std::size_t place = 0; same && place < offered.size(); ++place) same = entry->directions[place]->name() == nameOf(offered[place]);
    if (same) return refresh();
    for (LatentSlider* slider : entry->directions) delete slider;
    entry->directions.clear();
    entry->places = offered;
    for (const std::size_t k : offered) {
        auto* slider = new LatentSlider(nameOf(k), -3, 3, 0);
        const QString percent = QLocale().toString(100.0 * static_cast<double>(set.explained[k]), 'f', 1);
        switch (set.kind(k)) {
        case DirectionKind::Principal:
            slider->setName(slider->name(), tr("Principal direction %1: %2% of what varies when codes are drawn at random. In standard deviations.").arg(set.number(k)).arg(percent));
            slider->slider()->setAccessibleName(tr("%1, direction %2").arg(entry->name).arg(set.number(k)));
            break;
        case DirectionKind::ClosedForm:
            slider->setName(slider->name(), tr("Closed-form direction %1: %2% of the squared weights of the first layers that take the code. In standard deviations.").arg(set.number(k)).arg(percent));
            slider->slider()->setAccessibleName(tr("%1, closed form %2").arg(entry->name).arg(set.number(k)));
            break;
        case DirectionKind::Saved:
            slider->setName(slider->name(), tr("Saved direction \"%1\". In standard deviations.").arg(directionName(set, k)));
            slider->slider()->setAccessibleName(QStringLiteral("%1, %2").arg(entry->name, directionName(set, k)));
            break;
        }
        entry->directionsBox->layout()->addWidget(slider);
        entry->directions.push_back(slider);
        connect(slider, &LatentSlider::edited, this, [this, entry, slider, k, text = directionText(*control, set, k)](double value) {
            m_model->setAmount(entry->id, k, static_cast<float>(value), stepOf(*entry));
            if (entry->disclosure->isChecked()) refresh();
            Q_EMIT edited(text, slider->dragId());
        });
    }
    refresh();
}

void ControlPanel::setDirectionsNote(const std::string& id, const QString& text)
{
    Section* entry = section(id);
    if (!entry || !entry->note) return;
    entry->note->setText(text);
    entry->note->setVisible(!text.isEmpty());
}

void ControlPanel::refresh()
{
    if (!m_model) return;
    for (Group& group : m_groups) {
        const QSignalBlocker first(group.seed), second(group.lock);
        group.seed->setValue(static_cast<int>(std::min<std::uint64_t>(m_model->seed(group.role), 2147483647)));
        const bool locked = m_model->locked(group.role);
        group.lock->setChecked(locked);
        group.lock->setIcon(themedIcon(locked ? QStringLiteral("lock") : QStringLiteral("unlock")));
        group.draw->setEnabled(!locked);
    }
    for (const auto& entry : m_sections) {
        const Control* control = m_model->control(entry->id);
        if (entry->step) {
            const int steps = m_model->stepsOf(*control);
            if (entry->step->count() != steps + 1) {
                const int before = entry->step->currentIndex();
                entry->step->clear();
                entry->step->addItem(tr("All %n step(s)", nullptr, steps));
                for (int step = 0; step < steps; ++step) entry->step->addItem(tr("Step %1").arg(step + 1));
                entry->step->setCurrentIndex(before > 0 && before <= steps ? before : 0);
            }
            entry->step->setVisible(steps > 1);
        }
        const int step = stepOf(*entry);
        for (std::size_t place = 0; place < entry->directions.size(); ++place) entry->directions[place]->setValue(m_model->amount(entry->id, entry->places[place], step));
        if (entry->truncation) entry->truncation->setValue(m_model->truncation(entry->id));
        if (entry->menu) {
            const bool alone = m_model->state().lockedControls.contains(entry->id), locked = m_model->controlLocked(entry->id);
            entry->menu->setIcon(themedIcon(alone ? QStringLiteral("lock") : QStringLiteral("more")));
            entry->lockAction->setChecked(alone);
            entry->drawAction->setEnabled(!locked);
        }
        if (!entry->disclosure || entry->disclosure->isChecked())
            for (std::size_t place = 0; place < entry->raw.size(); ++place) entry->raw[place]->setValue(m_model->number(entry->id, entry->rawFirst + static_cast<int>(place), step));
        const auto& controls = m_model->state().controls;
        const auto found = controls.find(entry->id);
        if (found == controls.end()) continue;
        if (entry->category) entry->category->setCurrentIndex(found->second.base.category);
        if (entry->picture) {
            entry->picture->setFrames(m_model->state().frames);
            entry->picture->setValue(found->second.base);
        }
    }
}

void ControlPanel::drawNew(ControlRole role)
{
    if (!m_model || m_model->locked(role)) return;
    const auto group = std::ranges::find_if(m_groups, [role](const Group& entry) { return entry.role == role; });
    if (group == m_groups.end()) return;
    m_model->draw(role, QRandomGenerator::global()->bounded(100000));  // five digits: a person can note it down
    refresh();
    Q_EMIT edited(tr("New %1").arg(group->title), 0);
}
