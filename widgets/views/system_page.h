#pragma once
#include <QDialog>

#include "core/describe/describe.h"

class QTextBrowser;

/// A system's page of the documentation, as it lies in docs/systems/; without one, what the system says of itself: summary, paper, controls, options.
class SystemPage final : public QDialog {
    Q_OBJECT
public:
    explicit SystemPage(const kinora::SystemDescription& description, QWidget* parent = nullptr);
    QTextBrowser* text() const { return m_text; }

    /// Opens it beside the window; it deletes itself when it is closed.
    static SystemPage* open(const kinora::SystemDescription& description, QWidget* parent);

private:
    QTextBrowser* m_text = nullptr;
};

/// What a description says, as Markdown.
QString systemMarkdown(const kinora::SystemDescription& description);
