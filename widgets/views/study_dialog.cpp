#include "widgets/views/study_dialog.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDialogButtonBox>
#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSpinBox>
#include <QVBoxLayout>

#include "widgets/text.h"

namespace {
constexpr int kSecondsAnswer = 6;  // what an answer takes, about: to tell how long a study is
}

QStringList distinctNames(const QStringList& names)
{
    QStringList result;
    for (const QString& name : names) {
        QString distinct = name;
        for (int number = 2; result.contains(distinct); ++number) distinct = QStringLiteral("%1 (%2)").arg(name).arg(number);
        result << distinct;
    }
    return result;
}

StudyDialog::StudyDialog(const QStringList& systems, const QString& folder, QWidget* parent) : QDialog(parent), m_systems(distinctNames(systems))
{
    setWindowTitle(tr("New Blind Preference Study"));
    auto* layout = new QVBoxLayout(this);
    auto* text = new QLabel(tr("Raters see two clips without names, in random order and on random sides, and say which they prefer.\nTaking part: %1").arg(m_systems.join(QStringLiteral(", "))), this);
    text->setWordWrap(true);
    layout->addWidget(text);
    auto* form = new QFormLayout;
    m_question = new QComboBox(this);
    m_question->setEditable(true);
    m_question->addItems({tr("Which clip looks more realistic?"), tr("Which clip moves more naturally?"), tr("Which clip do you prefer?")});
    m_question->setToolTip(tr("What raters read over the clips. Ask one thing: two questions at once become one"));
    m_question->setMinimumContentsLength(36);
    form->addRow(tr("&Question"), m_question);
    const auto spin = [&](const QString& label, int minimum, int maximum, int value, const QString& tip) {
        auto* box = new QSpinBox(this);
        box->setRange(minimum, maximum);
        box->setValue(value);
        box->setToolTip(tip);
        form->addRow(label, box);
        connect(box, &QSpinBox::valueChanged, this, &StudyDialog::check);
        return box;
    };
    m_clips = spin(tr("&Clips of each"), 1, 1000, 20, tr("Clip number k of one is shown beside clip number k of another: from the same codes or seeds"));
    m_repeats = spin(tr("&Repeated pairs"), 0, 1000, 4, tr("So many pairs come a second time with the sides changed; they show how steady a rater is and count in nothing else"));
    m_plays = spin(tr("&Plays before an answer"), 0, 10, 1, tr("How often both clips must have played before a rater can answer"));
    m_ties = new QCheckBox(tr("\"No &difference\" is an answer"), this);
    m_ties->setChecked(true);
    m_ties->setToolTip(tr("Ties count as half a preference for each"));
    form->addRow(QString(), m_ties);
    auto* fileRow = new QHBoxLayout;
    m_file = new QLineEdit(this);
    m_file->setAccessibleName(tr("File of the study"));
    m_file->setToolTip(tr("Every answer is written into this file at once; the clips go beside it. Raters do not see its name"));
    auto* browseButton = new QPushButton(tr("&Browse…"), this);
    browseButton->setToolTip(tr("Chooses where the study is written"));
    fileRow->addWidget(m_file);
    fileRow->addWidget(browseButton);
    auto* fileLabel = new QLabel(tr("&File"), this);
    fileLabel->setBuddy(m_file);
    form->addRow(fileLabel, fileRow);
    layout->addLayout(form);
    m_note = new QLabel(this);
    m_note->setWordWrap(true);
    layout->addWidget(m_note);
    m_buttons = new QDialogButtonBox(this);
    auto* make = m_buttons->addButton(tr("Make Study"), QDialogButtonBox::AcceptRole);
    make->setToolTip(tr("Generates the clips and opens the study"));
    m_buttons->addButton(tr("Cancel"), QDialogButtonBox::RejectRole);
    layout->addWidget(m_buttons);
    connect(m_buttons, &QDialogButtonBox::accepted, this, &QDialog::accept);
    connect(m_buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    connect(browseButton, &QPushButton::clicked, this, &StudyDialog::browse);
    connect(m_file, &QLineEdit::textChanged, this, &StudyDialog::check);
    connect(m_question, &QComboBox::editTextChanged, this, &StudyDialog::check);
    QString name = folder + QStringLiteral("/study.study.json");
    for (int number = 2; QFileInfo::exists(name); ++number) name = folder + QStringLiteral("/study-%1.study.json").arg(number);
    m_file->setText(QDir::toNativeSeparators(name));
    check();
}

kinora::StudyDesign StudyDialog::design() const
{
    kinora::StudyDesign design;
    design.question = m_question->currentText().trimmed().toStdString();
    for (const QString& system : m_systems) design.systems.push_back(system.toStdString());
    design.clips = m_clips->value();
    design.repeats = m_repeats->value();
    design.plays = m_plays->value();
    design.ties = m_ties->isChecked();
    return design;
}

QString StudyDialog::file() const
{
    QString path = QDir::fromNativeSeparators(m_file->text().trimmed());
    if (!path.isEmpty() && !path.endsWith(QLatin1String(".study.json"))) path = (path.endsWith(QLatin1String(".json")) ? path.chopped(5) : path) + QStringLiteral(".study.json");
    return path.isEmpty() ? path : QFileInfo(path).absoluteFilePath();
}

void StudyDialog::setFile(const QString& path) { m_file->setText(path); }

void StudyDialog::setDesign(const kinora::StudyDesign& design)
{
    m_question->setCurrentText(QString::fromStdString(design.question));
    m_clips->setValue(design.clips);
    m_repeats->setValue(design.repeats);
    m_plays->setValue(design.plays);
    m_ties->setChecked(design.ties);
}

void StudyDialog::browse()
{
    const QString chosen = QFileDialog::getSaveFileName(this, tr("File of the Study"), file(), tr("Studies (*.study.json)"), nullptr, QFileDialog::DontConfirmOverwrite);
    if (!chosen.isEmpty()) m_file->setText(QDir::toNativeSeparators(chosen));
}

void StudyDialog::check()
{
    const kinora::StudyDesign wanted = design();
    const int questions = wanted.trials(), pairs = questions - wanted.repeats;
    QString problem;
    const QString path = file();
    if (wanted.question.empty())
        problem = tr("Write the question that raters answer.");
    else if (wanted.repeats > pairs)
        problem = tr("There are only %1 pairs to repeat.").arg(pairs);
    else if (path.isEmpty())
        problem = tr("Say where the study is to be written.");
    else if (!QFileInfo(QFileInfo(path).path()).isDir())
        problem = tr("There is no folder \"%1\".").arg(QDir::toNativeSeparators(QFileInfo(path).path()));
    else if (QFileInfo::exists(path) || QFileInfo::exists(toQString(kinora::studyClipFile(toPath(path)))))
        problem = tr("There is a study of this name. Choose another: answers are never written over.");
    m_note->setText(problem.isEmpty() ? tr("%n question(s) to each rater", nullptr, questions) + tr(", about %n minute(s).", nullptr, std::max(1, (questions * kSecondsAnswer + 30) / 60)) : problem);
    m_buttons->buttons().front()->setEnabled(problem.isEmpty());
}
