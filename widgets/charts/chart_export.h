#pragma once
// Charts as files: figures for papers, and tables.
#include <QByteArray>
#include <QSizeF>
#include <QString>
#include <stop_token>
#include <vector>

#include "widgets/charts/chart_content.h"

/// Charts that are to be written: snapshots, so that a job may hold them.
struct Figure {
    std::vector<ChartContent> charts;
    ChartViewport view;
};

/// How a figure looks on paper. It is white with black writing whatever the window's theme.
struct FigureOptions {
    double widthCm = 8.5;      ///< Of the whole figure; 8.5 is a column of most two-column journals.
    double heightCm = 6;       ///< Of one row of charts.
    int columns = 0;           ///< Charts beside each other; 0: as many as are at least 6 cm wide.
    double fontPt = 8;
    double lineWidthPt = 1;
    bool legend = true;
    bool titles = true;        ///< The tag above each chart.
    bool rawBehind = true;     ///< With smoothing: the curve itself, pale, behind.
    int dpi = 300;             ///< Of PNG.
};

/// The figure's size in centimetres.
QSizeF figureSizeCm(const Figure& figure, const FigureOptions& options);

/// Writes .png, .svg, .pdf (one page) or .csv, whole or not at all.
/// Dense curves are drawn as what each of 600 columns for every inch covers, so that a figure of a million points stays small.
/// CSV: run, tag, step, epoch, wall_time (seconds since 1970), value; every point of the shown curves, numbers as short as they read back the same; empty where the epoch is not known.
/// Thread: any. \throws Error (Usage for another ending, or an impossible size; NotFound, CannotWrite, DiskFull)
void writeFigure(const QString& path, const Figure& figure, const FigureOptions& options, std::stop_token stop = {});
