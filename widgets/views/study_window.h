#pragma once
#include <QElapsedTimer>
#include <QWidget>
#include <optional>
#include <vector>

#include "core/study/study.h"
#include "core/util/outcome.h"
#include "widgets/clip_view/clip_clock.h"

class ClipView;
class MessageBar;
class QLabel;
class QLineEdit;
class QListWidget;
class QPushButton;
class QStackedWidget;
class QTableWidget;

/// A blind preference study: a rater says who they are, answers question after question by keyboard or mouse, and may leave at any time; then the results.
///
/// While somebody rates nothing in the window names a system or a file. Left and Right prefer a clip, Down says that there is no difference, Backspace takes the
/// latest answer back, Space pauses, R plays from the first frame, Escape leaves. Every answer is in the file before the next question is shown.
class StudyWindow final : public QWidget {
    Q_OBJECT
public:
    explicit StudyWindow(kinora::Study study, QWidget* parent = nullptr);
    const kinora::Study& study() const { return m_study; }
    bool rating() const;
    bool showsResults() const;

public Q_SLOTS:
    void startRating(const QString& rater);
    void showResults();
    void leave();  ///< Back to the first page.

protected:
    void keyPressEvent(QKeyEvent* event) override;
    void hideEvent(QHideEvent* event) override;

private:
    QWidget* makeWelcome();
    QWidget* makeRating();
    QWidget* makeResults();
    void refreshWelcome();
    void showTrial(int trial);
    void answer(kinora::Preference preference);
    void answerSide(bool left);
    void takeBack();
    void playsChanged();
    int playsSeen() const;
    void fillResults();
    void save(const QString& suffix, const QString& filter, const std::string& text);
    void addAnswers();
    /// Runs what may fail and shows why it did. \returns true if it did not
    template <class Work>
    bool tried(Work work);

    kinora::Study m_study;
    ClipClock m_clock;
    QString m_rater;
    std::vector<kinora::StudyTrial> m_trials;
    int m_trial = 0;
    int m_frames = 1;
    int m_played = 0;  // whole plays before the clock was set back
    QElapsedTimer m_since;

    MessageBar* m_message = nullptr;
    QStackedWidget* m_stack = nullptr;
    QLineEdit* m_name = nullptr;
    QListWidget* m_raters = nullptr;
    QPushButton *m_start = nullptr, *m_toResults = nullptr, *m_leftButton = nullptr, *m_tieButton = nullptr, *m_rightButton = nullptr, *m_backButton = nullptr;
    QLabel *m_question = nullptr, *m_progress = nullptr, *m_hint = nullptr, *m_summary = nullptr;
    ClipView *m_left = nullptr, *m_right = nullptr;
    QTableWidget *m_pairs = nullptr, *m_raterTable = nullptr;
};
