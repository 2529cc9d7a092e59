#pragma once
#include <QFrame>

class QLabel;
class QPushButton;

/// A line over a page's content that says what went wrong, with the details to copy and, where it makes sense, something to do about it. Hidden until it has something to say.
class MessageBar final : public QFrame {
    Q_OBJECT
public:
    explicit MessageBar(QWidget* parent = nullptr);
    QString text() const;

public Q_SLOTS:
    /// \param action  text of a button; empty: none. Pressing it emits triggered() and hides the bar
    void showMessage(const QString& text, const QString& action = {});
    void showNote(const QString& text);  ///< Good news: without a warning sign, and with nothing to copy.
    void clear();

Q_SIGNALS:
    void triggered();

private:
    QLabel* m_text = nullptr;
    QLabel* m_sign = nullptr;
    QPushButton* m_copy = nullptr;
    QPushButton* m_action = nullptr;
};
