#pragma once
#include <QStringList>

/// `kinora bench browser`: scrolls the window's own page of datasets over many clips and measures every frame. Makes its own QApplication.
/// \param arguments  what stands behind "bench browser"
/// \returns the exit code
int benchBrowser(int argc, char** argv, const QStringList& arguments);
