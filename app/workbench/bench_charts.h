#pragma once
#include <QStringList>

/// `kinora bench charts`: pans and zooms over curves of a million points each and measures every frame; opens a run of a million scalars. Makes its own QApplication.
/// \param arguments  what stands behind "bench charts"
/// \returns the exit code
int benchCharts(int argc, char** argv, const QStringList& arguments);
