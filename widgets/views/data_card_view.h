#pragma once
#include <QWidget>

#include "core/describe/describe.h"
#include "widgets/controllers/dataset_library.h"

class QLabel;
class QPushButton;
class QVBoxLayout;

/// A data card: who made a dataset, its licence, how to obtain it, how to cite it. Kinora downloads nothing.
class DataCardView final : public QWidget {
    Q_OBJECT
public:
    explicit DataCardView(QWidget* parent = nullptr);
    void setCard(const QString& name, const kinora::DataCard& card);
    QString bibtex() const { return m_bibtex; }
    QPushButton* copyButton() const { return m_copy; }

Q_SIGNALS:
    void said(const QString& text);  ///< For the status bar.

private:
    QLabel* m_text = nullptr;
    QLabel* m_citation = nullptr;
    QPushButton* m_copy = nullptr;
    QString m_bibtex;
};

/// What a dataset file says of itself: its data card, if its kind has one, and how it was made.
class AboutDatasetView final : public QWidget {
    Q_OBJECT
public:
    explicit AboutDatasetView(QWidget* parent = nullptr);
    void setContents(const std::shared_ptr<const DatasetContents>& contents);
    void setDescriptions(const std::vector<kinora::DatasetDescription>& descriptions);
    DataCardView* card() const { return m_card; }

Q_SIGNALS:
    void said(const QString& text);

private:
    void refresh();
    std::shared_ptr<const DatasetContents> m_contents;
    std::vector<kinora::DatasetDescription> m_descriptions;
    DataCardView* m_card = nullptr;
    QLabel* m_made = nullptr;
};

/// The description of the kind that \p contents was imported as; nullptr if it is not known.
const kinora::DatasetDescription* kindOf(const DatasetContents& contents, const std::vector<kinora::DatasetDescription>& descriptions);
