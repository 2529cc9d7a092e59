#include "widgets/views/study_window.h"

#include <QAction>
#include <QClipboard>
#include <QFileDialog>
#include <QFileInfo>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QLocale>
#include <QPushButton>
#include <QStackedWidget>
#include <QTableWidget>
#include <QVBoxLayout>

#include "core/util/file.h"
#include "widgets/clip_view/clip_view.h"
#include "widgets/message_bar.h"
#include "widgets/text.h"

using kinora::Preference;

namespace {
constexpr int kWelcome = 0, kRating = 1, kResults = 2;

QString percent(double share) { return QLocale().toString(100 * share, 'f', 1); }
QString system(const kinora::StudyResults& results, int number) { return QString::fromStdString(results.systems[static_cast<std::size_t>(number)]); }

QTableWidget* makeTable(const QStringList& headers, const QString& name, QWidget* parent)
{
    auto* table = new QTableWidget(0, static_cast<int>(headers.size()), parent);
    table->setHorizontalHeaderLabels(headers);
    table->setEditTriggers(QAbstractItemView::NoEditTriggers);
    table->setSelectionBehavior(QAbstractItemView::SelectRows);
    table->verticalHeader()->hide();
    table->setShowGrid(false);
    table->setAlternatingRowColors(true);
    table->setAccessibleName(name);
    table->horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
    return table;
}

void addRow(QTableWidget& table, const QStringList& cells, int texts)
{
    const int row = table.rowCount();
    table.insertRow(row);
    for (int column = 0; column < cells.size(); ++column) {
        auto* item = new QTableWidgetItem(cells[column]);
        item->setTextAlignment((column < texts ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter);
        table.setItem(row, column, item);
    }
}
}  // namespace

StudyWindow::StudyWindow(kinora::Study study, QWidget* parent) : QWidget(parent, Qt::Window), m_study(std::move(study))
{
    setWindowTitle(tr("Preference Study"));
    setFocusPolicy(Qt::StrongFocus);
    auto* layout = new QVBoxLayout(this);
    m_message = new MessageBar(this);
    layout->addWidget(m_message);
    m_stack = new QStackedWidget(this);
    m_stack->addWidget(makeWelcome());
    m_stack->addWidget(makeRating());
    m_stack->addWidget(makeResults());
    layout->addWidget(m_stack, 1);
    m_clock.setFrameRateHz(m_study.design().frameRateHz);
    connect(&m_clock, &ClipClock::moved, this, &StudyWindow::playsChanged);
    resize(900, 620);
    leave();
}

QWidget* StudyWindow::makeWelcome()
{
    auto* page = new QWidget;
    auto* layout = new QVBoxLayout(page);
    layout->addStretch(1);
    auto* text = new QLabel(tr("Two clips play side by side. Say which one you prefer, with the keys ← and →."), page);
    if (m_study.design().ties) text->setText(text->text() + QLatin1Char('\n') + tr("If you see no difference, press ↓."));
    text->setText(text->text() + QLatin1Char('\n') + tr("You can stop at any time and go on later under the same name."));
    text->setAlignment(Qt::AlignCenter);
    text->setWordWrap(true);
    layout->addWidget(text);
    auto* row = new QHBoxLayout;
    row->addStretch(1);
    auto* label = new QLabel(tr("Your &name or number"), page);
    m_name = new QLineEdit(page);
    m_name->setMaxLength(64);
    m_name->setToolTip(tr("Answers are kept under this name; a number does as well"));
    label->setBuddy(m_name);
    m_start = new QPushButton(tr("&Start"), page);
    m_start->setToolTip(tr("Shows the first question that you have not answered"));
    m_start->setDefault(true);
    row->addWidget(label);
    row->addWidget(m_name);
    row->addWidget(m_start);
    row->addStretch(1);
    layout->addLayout(row);
    m_raters = new QListWidget(page);
    m_raters->setAccessibleName(tr("Raters so far"));
    m_raters->setToolTip(tr("Raters so far; choose one to go on"));
    m_raters->setMaximumHeight(160);
    layout->addWidget(m_raters);
    layout->addStretch(1);
    auto* bottom = new QHBoxLayout;
    bottom->addStretch(1);
    m_toResults = new QPushButton(tr("&Results…"), page);
    m_toResults->setToolTip(tr("For whoever runs the study: this page names the systems"));
    bottom->addWidget(m_toResults);
    layout->addLayout(bottom);
    connect(m_start, &QPushButton::clicked, this, [this] { startRating(m_name->text()); });
    connect(m_name, &QLineEdit::returnPressed, this, [this] { startRating(m_name->text()); });
    connect(m_name, &QLineEdit::textChanged, this, [this](const QString& name) { m_start->setEnabled(!name.trimmed().isEmpty()); });
    connect(m_raters, &QListWidget::currentItemChanged, this, [this](const QListWidgetItem* item) {
        if (item) m_name->setText(item->data(Qt::UserRole).toString());
    });
    connect(m_toResults, &QPushButton::clicked, this, &StudyWindow::showResults);
    return page;
}

QWidget* StudyWindow::makeRating()
{
    auto* page = new QWidget;
    auto* layout = new QVBoxLayout(page);
    m_question = new QLabel(QString::fromStdString(m_study.design().question), page);
    QFont font = m_question->font();
    font.setPointSizeF(font.pointSizeF() * 1.4);
    m_question->setFont(font);
    m_question->setAlignment(Qt::AlignCenter);
    m_question->setWordWrap(true);
    layout->addWidget(m_question);
    auto* clips = new QHBoxLayout;
    const auto view = [&](const QString& name) {
        auto* made = new ClipView(page);
        made->setClock(&m_clock);
        made->setFocusPolicy(Qt::NoFocus);  // the arrow keys answer
        made->setAccessibleName(name);
        made->setToolTip(QString());
        made->setDragName(tr("clip"));
        made->setAttribute(Qt::WA_TransparentForMouseEvents);  // nothing to drag out while rating
        clips->addWidget(made, 1);
        return made;
    };
    m_left = view(tr("Left clip"));
    m_right = view(tr("Right clip"));
    layout->addLayout(clips, 1);
    auto* row = new QHBoxLayout;
    const auto button = [&](const QString& text, const QString& tip) {
        auto* made = new QPushButton(text, page);
        made->setFocusPolicy(Qt::NoFocus);
        made->setToolTip(tip);
        made->setMinimumHeight(32);
        row->addWidget(made, 1);
        return made;
    };
    m_leftButton = button(tr("← Left"), tr("Prefer the left clip (←)"));
    m_tieButton = button(tr("↓ No difference"), tr("Neither is better (↓)"));
    m_tieButton->setVisible(m_study.design().ties);
    m_rightButton = button(tr("Right →"), tr("Prefer the right clip (→)"));
    layout->addLayout(row);
    auto* bottom = new QHBoxLayout;
    m_backButton = new QPushButton(tr("Take Back"), page);
    m_backButton->setFocusPolicy(Qt::NoFocus);
    m_backButton->setToolTip(tr("Asks the latest question again (Backspace)"));
    auto* stop = new QPushButton(tr("Stop"), page);
    stop->setFocusPolicy(Qt::NoFocus);
    stop->setToolTip(tr("Leaves; all answers are kept, and you can go on later (Esc)"));
    m_progress = new QLabel(page);
    m_hint = new QLabel(page);
    m_hint->setAlignment(Qt::AlignCenter);
    bottom->addWidget(m_backButton);
    bottom->addWidget(m_hint, 1);
    bottom->addWidget(m_progress);
    bottom->addWidget(stop);
    layout->addLayout(bottom);
    connect(m_leftButton, &QPushButton::clicked, this, [this] { answerSide(true); });
    connect(m_rightButton, &QPushButton::clicked, this, [this] { answerSide(false); });
    connect(m_tieButton, &QPushButton::clicked, this, [this] { answer(Preference::Tie); });
    connect(m_backButton, &QPushButton::clicked, this, &StudyWindow::takeBack);
    connect(stop, &QPushButton::clicked, this, &StudyWindow::leave);
    return page;
}

QWidget* StudyWindow::makeResults()
{
    auto* page = new QWidget;
    auto* layout = new QVBoxLayout(page);
    m_summary = new QLabel(page);
    m_summary->setWordWrap(true);
    m_summary->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    layout->addWidget(m_summary);
    m_pairs = makeTable({tr("A"), tr("B"), tr("Answers"), tr("A better"), tr("No difference"), tr("B better"), tr("A preferred [%]"), tr("95 % interval"), tr("p")}, tr("Results of every two systems"), page);
    m_pairs->horizontalHeaderItem(6)->setToolTip(tr("(A better + half of no difference) / answers"));
    m_pairs->horizontalHeaderItem(7)->setToolTip(tr("Wilson's score interval"));
    m_pairs->horizontalHeaderItem(8)->setToolTip(tr("Two-sided exact binomial test of A better against B better"));
    layout->addWidget(m_pairs, 2);
    m_raterTable = makeTable({tr("Rater"), tr("Answered"), tr("Chose left [%]"), tr("Same answer twice"), tr("Seconds an answer")}, tr("Raters"), page);
    m_raterTable->horizontalHeaderItem(2)->setToolTip(tr("Far from 50: a habit of the rater, not of the clips"));
    m_raterTable->horizontalHeaderItem(3)->setToolTip(tr("Of the pairs that were asked twice"));
    m_raterTable->horizontalHeaderItem(4)->setToolTip(tr("The median"));
    layout->addWidget(m_raterTable, 1);
    auto* row = new QHBoxLayout;
    const auto button = [&](const QString& text, const QString& tip, auto slot) {
        auto* made = new QPushButton(text, page);
        made->setToolTip(tip);
        row->addWidget(made);
        connect(made, &QPushButton::clicked, this, slot);
        return made;
    };
    button(tr("Save &Table…"), tr("Writes the results as comma-separated values"), [this] { save(QStringLiteral("-results.csv"), tr("Comma-separated values (*.csv)"), m_study.resultsCsv()); });
    button(tr("Save A&nswers…"), tr("Writes every single answer as comma-separated values"), [this] { save(QStringLiteral("-answers.csv"), tr("Comma-separated values (*.csv)"), m_study.answersCsv()); });
    button(tr("Save &LaTeX…"), tr("Writes a table for a paper; it needs the package booktabs"), [this] { save(QStringLiteral("-results.tex"), tr("LaTeX (*.tex)"), m_study.resultsLatex()); });
    button(tr("&Copy LaTeX"), tr("Copies the table for a paper"), [this] { QGuiApplication::clipboard()->setText(QString::fromStdString(m_study.resultsLatex())); });
    button(tr("&Add Answers…"), tr("Takes the raters of another copy of this study's file"), [this] { addAnswers(); });
    row->addStretch(1);
    button(tr("&Back"), tr("Back to the raters' page, which names nothing (Esc)"), [this] { leave(); });
    layout->addLayout(row);
    return page;
}

template <class Work>
bool StudyWindow::tried(Work work)
{
    const auto outcome = kinora::attempt([&] {
        work();
        return true;
    });
    if (outcome) return true;
    m_message->showMessage(errorText(outcome.error()));
    return false;
}

bool StudyWindow::rating() const { return m_stack->currentIndex() == kRating; }
bool StudyWindow::showsResults() const { return m_stack->currentIndex() == kResults; }

void StudyWindow::refreshWelcome()
{
    m_raters->clear();
    const int total = m_study.design().trials();
    for (const std::string& name : m_study.raters()) {
        const int answered = static_cast<int>(m_study.answers(name).size());
        auto* item = new QListWidgetItem(tr("%1: %2 of %3 answered").arg(QString::fromStdString(name)).arg(answered).arg(total), m_raters);
        item->setData(Qt::UserRole, QString::fromStdString(name));
    }
    m_raters->setVisible(m_raters->count() > 0);
    m_start->setEnabled(!m_name->text().trimmed().isEmpty());
}

void StudyWindow::leave()
{
    m_clock.pause();
    m_left->setClip(nullptr);
    m_right->setClip(nullptr);
    m_rater.clear();
    m_name->clear();
    tried([this] { m_study.reload(); });
    refreshWelcome();
    m_stack->setCurrentIndex(kWelcome);
    m_name->setFocus();
}

void StudyWindow::startRating(const QString& rater)
{
    const std::string name = rater.trimmed().toStdString();
    m_message->clear();
    if (!tried([&] { m_study.addRater(name); })) return;
    m_rater = rater.trimmed();
    m_trials = m_study.trials(name);
    m_stack->setCurrentIndex(kRating);
    setFocus();
    showTrial(m_study.next(name));
}

void StudyWindow::showTrial(int trial)
{
    m_trial = trial;
    const int total = static_cast<int>(m_trials.size()), answered = static_cast<int>(m_study.answers(m_rater.toStdString()).size());
    m_progress->setText(tr("%1 of %2").arg(std::min(answered + 1, total)).arg(total));
    m_backButton->setEnabled(answered > 0);
    if (trial >= total) {
        const QString name = m_rater;
        leave();
        m_message->showNote(tr("All questions are answered, %1. Thank you!").arg(name));
        return;
    }
    const kinora::StudyTrial& shown = m_trials[static_cast<std::size_t>(trial)];
    const bool read = tried([&] {
        const auto first = std::make_shared<const kinora::Frames>(m_study.clip(shown.first, shown.item)), second = std::make_shared<const kinora::Frames>(m_study.clip(shown.second, shown.item));
        m_left->setClip(shown.firstOnLeft ? first : second);
        m_right->setClip(shown.firstOnLeft ? second : first);
        m_frames = std::max(1, first->count());
    });
    if (!read) {
        const QString text = m_message->text();
        leave();
        m_message->showMessage(text);
        return;
    }
    m_played = 0;
    m_clock.rewind();
    m_clock.play();
    m_since.start();
    playsChanged();
}

int StudyWindow::playsSeen() const { return m_played + static_cast<int>(m_clock.position() / m_frames); }

void StudyWindow::playsChanged()
{
    if (!rating()) return;
    const bool may = playsSeen() >= m_study.design().plays;
    if (may == m_leftButton->isEnabled() && !m_hint->text().isEmpty()) return;
    for (QPushButton* button : {m_leftButton, m_tieButton, m_rightButton}) button->setEnabled(may);
    m_hint->setText(may ? tr("Space: pause · R: from the beginning · Backspace: take back · Esc: stop") : tr("Watch both clips first …"));
}

void StudyWindow::answerSide(bool left)
{
    const bool firstOnLeft = m_trials[static_cast<std::size_t>(m_trial)].firstOnLeft;
    answer(left == firstOnLeft ? Preference::First : Preference::Second);
}

void StudyWindow::answer(Preference preference)
{
    if (!rating() || playsSeen() < m_study.design().plays) return;
    const std::string name = m_rater.toStdString();
    const kinora::StudyAnswer given{m_trials[static_cast<std::size_t>(m_trial)], preference, static_cast<double>(m_since.nsecsElapsed()) * 1e-9, playsSeen()};
    // the question stays until its answer is on the disk
    if (!tried([&] { m_study.record(name, given); })) return;
    m_message->clear();
    showTrial(m_study.next(name));
}

void StudyWindow::takeBack()
{
    std::optional<int> trial;
    if (tried([&] { trial = m_study.takeBack(m_rater.toStdString()); }) && trial) showTrial(*trial);
}

void StudyWindow::showResults()
{
    tried([this] { m_study.reload(); });
    fillResults();
    m_stack->setCurrentIndex(kResults);
    m_pairs->setFocus();
}

void StudyWindow::fillResults()
{
    const kinora::StudyResults results = m_study.results();
    m_pairs->setRowCount(0);
    int answers = 0;
    for (const kinora::PairResult& pair : results.pairs) {
        answers += pair.answers();
        const bool any = pair.answers() > 0;
        addRow(*m_pairs,
               {system(results, pair.first), system(results, pair.second), QString::number(pair.answers()), QString::number(pair.wins), QString::number(pair.ties), QString::number(pair.losses),
                any ? percent(pair.share) : QStringLiteral("–"), any ? QStringLiteral("%1 – %2").arg(percent(pair.interval.low), percent(pair.interval.high)) : QStringLiteral("–"),
                any ? QLocale().toString(pair.p, 'g', 3) : QStringLiteral("–")},
               2);
    }
    m_raterTable->setRowCount(0);
    for (const kinora::RaterResult& rater : results.raters)
        addRow(*m_raterTable,
               {QString::fromStdString(rater.name), tr("%1 of %2").arg(rater.answered).arg(m_study.design().trials()), percent(rater.leftShare),
                rater.repeats > 0 ? tr("%1 of %2").arg(rater.steady).arg(rater.repeats) : QStringLiteral("–"), QLocale().toString(rater.medianSeconds, 'f', 1)},
               1);
    const auto agreement = [](const std::optional<double>& value) { return value ? QLocale().toString(*value, 'f', 3) : tr("not defined"); };
    QString text = tr("%1\n%2 answers by %3 raters. Agreement over %4 pairs that several raters judged: Krippendorff's alpha %5, Fleiss' kappa %6.")
                       .arg(QString::fromStdString(m_study.design().question))
                       .arg(answers)
                       .arg(results.raters.size())
                       .arg(results.units)
                       .arg(agreement(results.alpha), agreement(results.fleiss));
    if (!results.strengths.empty()) {
        QStringList strengths;
        for (std::size_t i = 0; i < results.strengths.size(); ++i) strengths << QStringLiteral("%1 %2").arg(QString::fromStdString(results.systems[i]), QLocale().toString(results.strengths[i], 'f', 3));
        text += QLatin1Char('\n') + tr("Bradley-Terry strengths: %1").arg(strengths.join(QStringLiteral(", ")));
    }
    if (answers == 0) text += QLatin1Char('\n') + tr("Nobody has answered yet: go back, and let raters begin.");
    m_summary->setText(text);
}

void StudyWindow::save(const QString& suffix, const QString& filter, const std::string& text)
{
    QString name = QFileInfo(toQString(m_study.file())).absoluteFilePath();
    name.chop(name.endsWith(QLatin1String(".study.json")) ? 11 : 0);
    auto* dialog = new QFileDialog(this, tr("Save"), QFileInfo(name).path(), filter);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->selectFile(QFileInfo(name).fileName() + suffix);
    connect(dialog, &QFileDialog::fileSelected, this, [this, text](const QString& path) { tried([&] { kinora::writeFile(toPath(path), text); }); });
    dialog->open();
}

void StudyWindow::addAnswers()
{
    auto* dialog = new QFileDialog(this, tr("Add Answers"), QFileInfo(toQString(m_study.file())).path(), tr("Studies (*.study.json)"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::ExistingFiles);
    connect(dialog, &QFileDialog::filesSelected, this, [this](const QStringList& files) {
        int taken = 0;
        bool all = true;
        for (const QString& file : files) all = tried([&] { taken += m_study.merge(toPath(file)); }) && all;
        fillResults();
        if (all) m_message->showNote(tr("%n answer(s) came in.", nullptr, taken));
    });
    dialog->open();
}

void StudyWindow::keyPressEvent(QKeyEvent* event)
{
    if (event->key() == Qt::Key_Escape) {
        m_stack->currentIndex() == kWelcome ? static_cast<void>(close()) : leave();
        return;
    }
    if (!rating() || event->isAutoRepeat() || event->modifiers() & (Qt::ControlModifier | Qt::AltModifier | Qt::MetaModifier)) return QWidget::keyPressEvent(event);
    switch (event->key()) {
    case Qt::Key_Left: answerSide(true); break;
    case Qt::Key_Right: answerSide(false); break;
    case Qt::Key_Down:
        if (m_study.design().ties) answer(Preference::Tie);
        break;
    case Qt::Key_Backspace: takeBack(); break;
    case Qt::Key_Space: m_clock.toggle(); break;
    case Qt::Key_R:
        m_played = playsSeen();
        m_clock.rewind();
        m_clock.play();
        break;
    default: QWidget::keyPressEvent(event);
    }
}

void StudyWindow::hideEvent(QHideEvent* event)
{
    m_clock.pause();
    QWidget::hideEvent(event);
}
