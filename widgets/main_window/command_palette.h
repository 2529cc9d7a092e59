#pragma once
#include <QDialog>
#include <QIcon>
#include <QString>
#include <functional>
#include <vector>

class QLabel;
class QLineEdit;
class QListView;
class QStandardItemModel;

/// Something that the palette offers.
struct PaletteEntry {
    QString text;    ///< What it does, or the name of what is opened.
    QString kind;    ///< Where it stands: "Edit", "View › Theme", "Recent", "Dataset".
    QString keys;    ///< Its shortcut, as the desktop writes it.
    QString detail;  ///< One sentence more.
    QIcon icon;
    std::function<void()> run;
};

/// How well a text fits what was typed. All words must be found, each as it is or letter by letter in order; the start of the text or of one of its words counts most, neighbouring letters more
/// than scattered ones, short texts more than long ones.
/// \returns  negative: not at all
int fuzzyScore(const QString& typed, const QString& text);

/// A line to type in and what fits it: everything that the window can do and open, without the mouse. Enter does it, Escape closes.
class CommandPalette final : public QDialog {
    Q_OBJECT
public:
    CommandPalette(std::vector<PaletteEntry> entries, QWidget* parent);
    QLineEdit* line() const { return m_line; }
    QListView* list() const { return m_list; }
    QStringList shown() const;  ///< Texts of what fits, best first.

public Q_SLOTS:
    void accept() override;  ///< Closes, then does what is chosen.

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void filter();
    void showDetail();

    std::vector<PaletteEntry> m_entries;
    QLineEdit* m_line = nullptr;
    QListView* m_list = nullptr;
    QLabel* m_detail = nullptr;
    QStandardItemModel* m_model = nullptr;
};
