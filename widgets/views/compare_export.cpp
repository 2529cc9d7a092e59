#include "widgets/views/compare_export.h"

#include <QDir>
#include <QLocale>
#include <algorithm>
#include <nlohmann/json.hpp>

#include "widgets/text.h"
#include "widgets/views/export_dialog.h"

CompareExport::CompareExport(QWidget* page) : QObject(page), m_page(page)
{
    showExportProgress(m_export, page);
    connect(&m_export, &ExportController::started, this, [this](const QString& target) { Q_EMIT statusMessage(tr("Saving %1 …").arg(target), 0); });
    connect(&m_export, &ExportController::written, this, [this](const QString& target, qint64 bytes) {
        Q_EMIT statusMessage(tr("Saved %1 (%2)").arg(QDir::toNativeSeparators(target), QLocale().formattedDataSize(bytes)), 10000);
    });
    connect(&m_export, &ExportController::failed, this, [this](const QString&, const kinora::Error& error) {
        if (error.code() == kinora::ErrorCode::Cancelled) Q_EMIT statusMessage(tr("Export cancelled; nothing was written."), 10000);
        else Q_EMIT failed(error);
    });
}

void CompareExport::save(const Shown& shown)
{
    kinora::ComparisonRecipe recipe;
    recipe.across = true;
    recipe.samples = static_cast<int>(shown.rows.size());
    recipe.appearanceSeed = shown.appearanceSeed, recipe.motionSeed = shown.motionSeed;
    for (const QString& row : shown.rows) recipe.sampleLabels.push_back(row.toStdString());
    std::vector<std::vector<ClipPtr>> clips;
    int side = 1, frames = 1;
    for (const ComparedColumn& column : shown.columns) {
        recipe.sources.push_back(column.source);
        clips.push_back(column.clips);
        for (const ClipPtr& clip : column.clips)
            if (clip) side = std::max({side, clip->width(), clip->height()}), frames = std::max(frames, clip->count());
    }
    const QString size = QStringLiteral("%1 × %2").arg(recipe.samples).arg(clips.size()), against = QString::fromStdString(recipe.sources[static_cast<std::size_t>(shown.view.against)].label);
    QStringList subjects{tr("The comparison, %1 clips").arg(size)}, names;
    if (clips.size() > 1)
        subjects << tr("Differences from %1, × %2").arg(against, QLocale().toString(shown.view.gain)) << tr("Flicker: every column and %1 in turn").arg(against) << tr("Wipe: every column left of a line, %1 right of it").arg(against);
    for (int index = 0; index < subjects.size(); ++index)
        names << QStringLiteral("comparison%1_za%2_zm%3").arg(index == 0 ? QString() : QLatin1Char('_') + QLatin1String(kinora::kComparisonShows[static_cast<std::size_t>(index)])).arg(shown.appearanceSeed).arg(shown.motionSeed);
    auto* dialog = new ExportDialog(subjects, names, shown.frameRateHz, std::clamp(256 / side, 1, 8), m_page);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    std::vector<kinora::ComparisonView> views;
    std::vector<ExportDialog::Clips> figures;
    for (int index = 0; index < subjects.size(); ++index) {
        kinora::ComparisonView view = shown.view;
        view.show = kinora::kComparisonShows[static_cast<std::size_t>(index)];
        kinora::settle(view, frames, shown.frameRateHz);
        views.push_back(view);
        recipe.view = view;
        figures.push_back([recipe, clips] { return kinora::comparisonFigure(recipe, clips); });
    }
    dialog->setClips(std::move(figures));
    const auto now = std::ranges::find(views, shown.view.show, &kinora::ComparisonView::show);
    dialog->setSubject(now == views.end() ? 0 : static_cast<int>(now - views.begin()));
    dialog->setComment([views, recipe, columns = shown.columns](ExportJob& job, int subject) {
        kinora::ComparisonRecipe taken = recipe;
        taken.view = views[static_cast<std::size_t>(subject)];
        taken.figure = job.figure;
        job.comment = [taken, columns, hashed = false](const kinora::ExportOptions& encoder) mutable {
            taken.encoder = encoder;
            for (std::size_t column = 0; column < columns.size() && !hashed; ++column) {
                kinora::ComparedSource& source = taken.sources[column];
                for (std::size_t row = 0; row < source.clips.size(); ++row) source.clips[row].hash = kinora::hashOf(*columns[column].clips[row]);
                for (std::size_t row = 0; row < source.given.size(); ++row)
                    for (std::size_t one = 0; one < source.given[row].size(); ++one) source.given[row][one].clip.hash = kinora::hashOf(*columns[column].pictures[row][one]);
            }
            hashed = true;
            return kinora::toJson(taken).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
        };
    });
    connect(dialog, &QDialog::accepted, this, [this, dialog] { m_export.write(dialog->job()); });
    dialog->open();
}
