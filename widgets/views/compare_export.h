#pragma once
#include <QObject>
#include <QStringList>
#include <vector>

#include "core/export/comparison.h"
#include "widgets/clip_view/clip_view.h"
#include "widgets/controllers/export_controller.h"

/// A column of the Compare page as it is saved.
struct ComparedColumn {
    kinora::ComparedSource source;               ///< Less hashes of clips and pictures: they are found while the file is written.
    std::vector<ClipPtr> clips;                  ///< Of every row.
    std::vector<std::vector<ClipPtr>> pictures;  ///< As source.given.
};

/// Saves what the Compare page shows: the clips, or every column against one of them, with a recipe that `kinora generate --recipe` makes the same file of.
class CompareExport final : public QObject {
    Q_OBJECT
public:
    /// What is on the page.
    struct Shown {
        std::vector<ComparedColumn> columns;
        QStringList rows;                ///< Their names.
        kinora::ComparisonView view;     ///< As it is shown; the dialog offers the other views beside it.
        std::uint64_t appearanceSeed = 0, motionSeed = 0;
        double frameRateHz = 10;
    };

    explicit CompareExport(QWidget* page);
    /// Asks for a file and writes it in the background.
    void save(const Shown& shown);

Q_SIGNALS:
    void statusMessage(const QString& text, int milliseconds);
    void failed(const kinora::Error& error);

private:
    QWidget* m_page;
    ExportController m_export;
};
