#include "widgets/views/option_form.h"

#include <QCheckBox>
#include <QComboBox>
#include <QFormLayout>
#include <QFrame>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QLocale>
#include <QSignalBlocker>
#include <QToolButton>
#include <QVBoxLayout>
#include <QWheelEvent>
#include <algorithm>
#include <cmath>

#include "core/util/outcome.h"
#include "core/util/text.h"
#include "widgets/text.h"

using namespace kinora;

namespace {
constexpr std::size_t kManyFields = 15;  // from here on there is a line to find one
const QString kFindName = QStringLiteral("find an option");
const char* const kFound = "found by";  // property of a row: what its words are

QString groupText(const std::string& group)
{
    if (group == "system") return OptionForm::tr("Model");
    if (group == "training") return OptionForm::tr("Training");
    return keyText(group);
}

/// Without an exponent where that is readable: 0.0002, not 2e-04.
QString plainNumber(double value)
{
    const QString text = QString::number(value, 'g', 15);
    return text.toDouble() == value ? text : QString::fromStdString(formatNumber(value));
}

/// What stands in the editor of a field.
QString editText(const OptionValue& value)
{
    const double* real = std::get_if<double>(&value);
    return real ? plainNumber(*real) : QString::fromStdString(optionText(value));
}

/// Equal as values, although an integer may stand for a real.
bool same(const OptionField& field, const OptionValue& a, const OptionValue& b)
{
    const auto x = attempt([&] { return checkedOption(field, a); });
    const auto y = attempt([&] { return checkedOption(field, b); });
    return x && y && x.value() == y.value();
}

}  // namespace

QString limitsText(const OptionField& field)
{
    const auto& low = field.limits.minimum;
    const auto& high = field.limits.maximum;
    if (!field.limits.choices.empty()) {
        QStringList names;
        for (const std::string& name : field.limits.choices) names.append(QString::fromStdString(name));
        return OptionForm::tr("one of: %1").arg(names.join(OptionForm::tr(", ")));
    }
    switch (field.type) {
    case OptionType::Boolean: return OptionForm::tr("yes or no");
    case OptionType::Integer:
        if (low && high) return OptionForm::tr("a whole number from %1 to %2").arg(plainNumber(*low), plainNumber(*high));
        if (low) return OptionForm::tr("a whole number, at least %1").arg(plainNumber(*low));
        if (high) return OptionForm::tr("a whole number, at most %1").arg(plainNumber(*high));
        return OptionForm::tr("a whole number");
    case OptionType::Real:
        if (low && high) return OptionForm::tr("a number from %1 to %2").arg(plainNumber(*low), plainNumber(*high));
        if (low) return OptionForm::tr("a number, at least %1").arg(plainNumber(*low));
        if (high) return OptionForm::tr("a number, at most %1").arg(plainNumber(*high));
        return OptionForm::tr("a number");
    case OptionType::Text: return OptionForm::tr("a text");
    }
    return {};
}

NumberEdit::NumberEdit(const OptionField& field, QWidget* parent) : QAbstractSpinBox(parent), m_field(field)
{
    setFocusPolicy(Qt::StrongFocus);
    connect(lineEdit(), &QLineEdit::textChanged, this, &NumberEdit::textChanged);
}

QString NumberEdit::text() const { return lineEdit()->text().trimmed(); }
void NumberEdit::setText(const QString& text) { lineEdit()->setText(text); }

void NumberEdit::stepBy(int steps)
{
    bool ok = false;
    double value = text().toDouble(&ok);
    if (!ok) return;
    if (m_field.type == OptionType::Integer)
        value += steps;
    else {
        // a tenth of the leading digit's unit at most: 0.0002 goes by 0.00001, 1.5 by 0.1
        const double size = std::abs(value) > 0 ? std::pow(10.0, std::floor(std::log10(std::abs(value))) - 1) : 0.1;
        value = std::round(value / size + steps) * size;
        if (std::abs(value) < size / 2) value = 0;
    }
    if (m_field.limits.minimum) value = std::max(value, *m_field.limits.minimum);
    if (m_field.limits.maximum) value = std::min(value, *m_field.limits.maximum);
    lineEdit()->setText(m_field.type == OptionType::Integer ? QString::number(static_cast<qlonglong>(std::llround(value))) : QString::number(value, 'g', 12));
    lineEdit()->selectAll();
}

void NumberEdit::wheelEvent(QWheelEvent* event)
{
    // a form is scrolled with the wheel: only the field that is being edited takes it
    if (hasFocus())
        QAbstractSpinBox::wheelEvent(event);
    else
        event->ignore();
}

QSize NumberEdit::sizeHint() const
{
    QSize size = lineEdit()->sizeHint();
    size.setWidth(fontMetrics().horizontalAdvance(QStringLiteral("0000000000000")) + 2 * size.height());
    return size;
}

OptionForm::OptionForm(QWidget* parent) : QWidget(parent)
{
    m_layout = new QVBoxLayout(this);
    m_layout->setContentsMargins(0, 0, 0, 0);
    m_presetRow = new QWidget;
    auto* presets = new QHBoxLayout(m_presetRow);
    presets->setContentsMargins(0, 0, 0, 0);
    auto* label = new QLabel(tr("&Preset:"));
    m_preset = new QComboBox;
    m_preset->setAccessibleName(tr("Preset"));
    m_preset->setToolTip(tr("Values that belong together; fields that a preset does not name go back to their defaults"));
    label->setBuddy(m_preset);
    auto* defaults = new QToolButton;
    defaults->setText(tr("Reset all"));
    defaults->setToolTip(tr("Put every field back to its default"));
    presets->addWidget(label);
    presets->addWidget(m_preset, 1);
    presets->addWidget(defaults);
    m_layout->addWidget(m_presetRow);
    m_unknownLabel = new QLabel;
    m_unknownLabel->setWordWrap(true);
    m_unknownLabel->hide();
    m_layout->addWidget(m_unknownLabel);
    auto* find = new QLineEdit;
    find->setObjectName(kFindName);
    find->setPlaceholderText(tr("Find an option"));
    find->setAccessibleName(find->placeholderText());
    find->setToolTip(tr("Shows the options with these words in their name or explanation alone"));
    find->setClearButtonEnabled(true);
    find->hide();
    m_layout->addWidget(find);
    connect(find, &QLineEdit::textChanged, this, [this](const QString& text) {
        if (!m_body) return;
        for (QWidget* line : m_body->findChildren<QWidget*>(QString(), Qt::FindDirectChildrenOnly))
            line->setVisible(text.isEmpty() || line->property(kFound).toString().contains(text.trimmed(), Qt::CaseInsensitive));
    });
    connect(defaults, &QToolButton::clicked, this, &OptionForm::reset);
    connect(m_preset, &QComboBox::activated, this, [this](int index) { applyPreset(index - 1); });
}

void OptionForm::setFields(const std::vector<OptionField>& fields, const std::vector<OptionPreset>& presets)
{
    m_fields = fields;
    m_presets = presets;
    m_unknown.clear();
    m_rows.clear();
    delete m_body;
    m_body = new QWidget;
    auto* body = new QVBoxLayout(m_body);
    body->setContentsMargins(0, 0, 0, 0);
    m_layout->addWidget(m_body);

    {
        const QSignalBlocker blocker(m_preset);
        m_preset->clear();
        m_preset->addItem(tr("Defaults"));
        for (const OptionPreset& preset : presets) m_preset->addItem(catalogueText(preset.name));
    }
    m_presetRow->setVisible(m_presetsShown && !fields.empty());
    auto* find = findChild<QLineEdit*>(kFindName, Qt::FindDirectChildrenOnly);
    find->clear();
    find->setVisible(fields.size() >= kManyFields);
    std::string group;
    bool first = true;
    m_rows.reserve(fields.size());
    const bool groups = std::any_of(fields.begin(), fields.end(), [&](const OptionField& field) { return field.group != fields.front().group; });
    for (const OptionField& field : fields) {
        if (groups && (first || field.group != group)) {
            auto* heading = new QLabel(groupText(field.group));
            QFont font = heading->font();
            font.setBold(true);
            heading->setFont(font);
            heading->setContentsMargins(0, first ? 0 : 8, 0, 0);
            body->addWidget(heading);
        }
        group = field.group;
        first = false;
        addRow(field, body);
    }
    body->addStretch();
    judgeAll();
}

void OptionForm::setPresetsShown(bool shown)
{
    m_presetsShown = shown;
    m_presetRow->setVisible(shown && !m_fields.empty());
}

void OptionForm::addRow(const OptionField& field, QVBoxLayout* layout)
{
    auto* line = new QWidget;
    auto* grid = new QGridLayout(line);
    grid->setContentsMargins(0, 0, 0, 0);
    grid->setVerticalSpacing(1);
    grid->setColumnStretch(0, 4);
    grid->setColumnStretch(1, 5);

    Row row;
    row.field = field;
    const QString name = keyText(field.key);
    row.label = new QLabel(name);
    row.label->setWordWrap(true);
    const QString help = catalogueText(field.help);
    const QString tip = QStringLiteral("<p>%1</p><p>%2<br><tt>%3</tt></p>")
                            .arg(help.toHtmlEscaped(),
                                 tr("%1; default %2").arg(limitsText(field), editText(field.fallback)).toHtmlEscaped(),
                                 QString::fromStdString(field.key).toHtmlEscaped());
    const std::size_t index = m_rows.size();
    const auto changed = [this, index] {
        judge(m_rows[index]);
        if (!m_setting) Q_EMIT edited();
    };
    if (field.type == OptionType::Boolean) {
        auto* box = new QCheckBox;
        row.editor = box;
        row.text = [box] { return box->isChecked() ? QStringLiteral("true") : QStringLiteral("false"); };
        row.setText = [box](const QString& text) { box->setChecked(text == QLatin1String("true")); };
        connect(box, &QCheckBox::toggled, this, changed);
    } else if (!field.limits.choices.empty()) {
        auto* combo = new QComboBox;
        combo->setFocusPolicy(Qt::StrongFocus);
        for (const std::string& choice : field.limits.choices) combo->addItem(choiceText(choice), QString::fromStdString(choice));
        row.editor = combo;
        row.text = [combo] { return combo->currentData().toString(); };
        row.setText = [combo](const QString& text) {
            if (combo->findData(text) < 0) combo->addItem(text, text);  // not allowed, but it is what the file says
            combo->setCurrentIndex(combo->findData(text));
        };
        connect(combo, &QComboBox::currentIndexChanged, this, changed);
    } else if (field.type == OptionType::Text) {
        auto* edit = new QLineEdit;
        row.editor = edit;
        row.text = [edit] { return edit->text(); };
        row.setText = [edit](const QString& text) { edit->setText(text); };
        connect(edit, &QLineEdit::textChanged, this, changed);
    } else {
        auto* edit = new NumberEdit(field);
        row.editor = edit;
        row.text = [edit] { return edit->text(); };
        row.setText = [edit](const QString& text) { edit->setText(text); };
        connect(edit, &NumberEdit::textChanged, this, changed);
    }
    row.editor->setObjectName(QString::fromStdString(field.key));
    row.editor->setAccessibleName(name);
    row.editor->setAccessibleDescription(help);
    row.label->setBuddy(row.editor);
    row.label->setToolTip(tip);
    row.editor->setToolTip(tip);
    row.reset = new QToolButton;
    row.reset->setIcon(themedIcon(QStringLiteral("reset")));
    if (row.reset->icon().isNull()) row.reset->setText(QStringLiteral("↺"));
    row.reset->setAutoRaise(true);
    row.reset->setToolTip(tr("Back to %1").arg(editText(field.fallback)));
    row.reset->setAccessibleName(tr("Reset %1").arg(name));
    QSizePolicy keep = row.reset->sizePolicy();
    keep.setRetainSizeWhenHidden(true);
    row.reset->setSizePolicy(keep);
    row.problem = new QLabel;
    row.problem->setWordWrap(true);
    row.problem->hide();
    grid->addWidget(row.label, 0, 0);
    grid->addWidget(row.editor, 0, 1);
    grid->addWidget(row.reset, 0, 2);
    grid->addWidget(row.problem, 1, 1, 1, 2);
    line->setProperty(kFound, QString(name + QLatin1Char(' ') + help + QLatin1Char(' ') + QString::fromStdString(field.key)));
    layout->addWidget(line);
    connect(row.reset, &QToolButton::clicked, this, [this, index] {
        m_rows[index].setText(editText(m_rows[index].field.fallback));
        m_rows[index].editor->setFocus();
    });
    m_rows.push_back(std::move(row));
    const bool before = std::exchange(m_setting, true);
    m_rows.back().setText(editText(field.fallback));
    m_setting = before;
}

void OptionForm::judge(Row& row)
{
    const auto value = attempt([&] { return parseOption(row.field, row.text().toStdString()); });
    row.ok = static_cast<bool>(value);
    const bool changed = !row.ok || !same(row.field, value.value(), row.field.fallback);
    QFont font = row.label->font();
    font.setBold(changed);
    row.label->setFont(font);
    row.reset->setVisible(changed);
    if (!row.ok) row.problem->setText(QStringLiteral("⚠ ") + tr("This must be %1.").arg(limitsText(row.field)));
    row.problem->setVisible(!row.ok);
}

void OptionForm::judgeAll()
{
    for (Row& row : m_rows) judge(row);
    QStringList lines;
    std::vector<std::string> keys;
    for (const OptionField& field : m_fields) keys.push_back(field.key);
    for (const std::string& key : m_unknown) {
        const QString name = QString::fromStdString(key), near = QString::fromStdString(nearest(key, keys));
        lines.append(QStringLiteral("⚠ ") + (near.isEmpty() ? tr("There is no option '%1'; it is left out.").arg(name)
                                                            : tr("There is no option '%1' (did you mean '%2'?); it is left out.").arg(name, near)));
    }
    m_unknownLabel->setText(lines.join(QLatin1Char('\n')));
    m_unknownLabel->setVisible(!lines.isEmpty());
}

OptionValues OptionForm::values() const
{
    OptionValues values;
    for (const Row& row : m_rows)
        if (const auto value = attempt([&] { return parseOption(row.field, row.text().toStdString()); })) values[row.field.key] = value.value();
    return values;
}

OptionValues OptionForm::changedValues() const
{
    OptionValues changed;
    for (const auto& [key, value] : values()) {
        const auto field = std::find_if(m_fields.begin(), m_fields.end(), [&key = key](const OptionField& described) { return described.key == key; });
        if (field != m_fields.end() && !same(*field, value, field->fallback)) changed[key] = value;
    }
    return changed;
}

bool OptionForm::valid() const
{
    return std::all_of(m_rows.begin(), m_rows.end(), [](const Row& row) { return row.ok; });
}

QStringList OptionForm::problems() const
{
    QStringList list;
    if (!m_unknownLabel->text().isEmpty()) list = m_unknownLabel->text().split(QLatin1Char('\n'));
    for (const Row& row : m_rows)
        if (!row.ok) list.append(row.label->text() + QStringLiteral(": ") + row.problem->text());
    return list;
}

QWidget* OptionForm::editor(const std::string& key) const
{
    for (const Row& row : m_rows)
        if (row.field.key == key) return row.editor;
    return nullptr;
}

void OptionForm::setValues(const OptionValues& values)
{
    m_setting = true;
    m_unknown.clear();
    for (const auto& [key, value] : values) {
        const auto row = std::find_if(m_rows.begin(), m_rows.end(), [&key = key](const Row& candidate) { return candidate.field.key == key; });
        if (row == m_rows.end())
            m_unknown.push_back(key);
        else
            row->setText(editText(value));
    }
    m_setting = false;
    judgeAll();
    Q_EMIT edited();
}

void OptionForm::reset() { applyPreset(-1); }

void OptionForm::applyPreset(int index)
{
    OptionValues values;
    for (const OptionField& field : m_fields) values[field.key] = field.fallback;
    if (index >= 0 && index < static_cast<int>(m_presets.size()))
        for (const auto& [key, value] : m_presets[static_cast<std::size_t>(index)].values) values[key] = value;
    const QSignalBlocker blocker(m_preset);
    m_preset->setCurrentIndex(index + 1);
    setValues(values);
}
