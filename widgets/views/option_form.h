#pragma once
#include <QAbstractSpinBox>
#include <QList>
#include <QWidget>
#include <functional>
#include <vector>

#include "core/describe/describe.h"
#include "core/options/options.h"

class QComboBox;
class QLabel;
class QToolButton;
class QVBoxLayout;

/// A number that a person types or steps; anything can be typed, and what it says is judged by whoever asks for it.
class NumberEdit final : public QAbstractSpinBox {
    Q_OBJECT
public:
    explicit NumberEdit(const kinora::OptionField& field, QWidget* parent = nullptr);
    QString text() const;
    void setText(const QString& text);
    void stepBy(int steps) override;
    QValidator::State validate(QString&, int&) const override { return QValidator::Acceptable; }
    QSize sizeHint() const override;

Q_SIGNALS:
    void textChanged(const QString& text);

protected:
    StepEnabled stepEnabled() const override { return StepUpEnabled | StepDownEnabled; }
    void wheelEvent(QWheelEvent* event) override;

private:
    kinora::OptionField m_field;
};

/// A form made from described options: an editor for each field, its default, its limits and its help. It knows no option by name.
///
/// A value that is not allowed stays as typed and is explained under its field; a key that nobody described is named above the form.
class OptionForm final : public QWidget {
    Q_OBJECT
public:
    explicit OptionForm(QWidget* parent = nullptr);

    /// Makes the form anew, with every field at its default.
    void setFields(const std::vector<kinora::OptionField>& fields, const std::vector<kinora::OptionPreset>& presets = {});
    const std::vector<kinora::OptionField>& fields() const { return m_fields; }
    /// Whether the line with the presets and "Reset all" stands above the fields, which it does by default.
    void setPresetsShown(bool shown);
    /// Every field's value; a field that is not valid is left out.
    kinora::OptionValues values() const;
    /// Those that differ from their defaults.
    kinora::OptionValues changedValues() const;
    bool valid() const;
    /// The problems that are shown, one line each.
    QStringList problems() const;
    /// The editor of a field, for tests and focus; nullptr for an unknown key.
    QWidget* editor(const std::string& key) const;

public Q_SLOTS:
    /// Sets the fields that \p values names; others keep what they have. Unknown keys are shown above the form until the next reset.
    void setValues(const kinora::OptionValues& values);
    void reset();
    void applyPreset(int index);  ///< -1: the defaults.

Q_SIGNALS:
    void edited();

private:
    struct Row {
        kinora::OptionField field;
        QLabel* label = nullptr;
        QWidget* editor = nullptr;
        QToolButton* reset = nullptr;
        QLabel* problem = nullptr;
        std::function<QString()> text;
        std::function<void(const QString&)> setText;
        bool ok = true;
    };
    void addRow(const kinora::OptionField& field, QVBoxLayout* layout);
    void judge(Row& row);
    void judgeAll();

    std::vector<kinora::OptionField> m_fields;
    std::vector<kinora::OptionPreset> m_presets;
    std::vector<Row> m_rows;
    std::vector<std::string> m_unknown;
    QVBoxLayout* m_layout = nullptr;
    QWidget* m_body = nullptr;
    QComboBox* m_preset = nullptr;
    QWidget* m_presetRow = nullptr;
    QLabel* m_unknownLabel = nullptr;
    bool m_setting = false;
    bool m_presetsShown = true;
};

/// What a field takes, as a sentence: "a whole number from 1 to 512".
QString limitsText(const kinora::OptionField& field);
