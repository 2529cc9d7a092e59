#pragma once
#include <QStringList>

/// `kinora bench slider`: moves sliders in the real window over the real engine process and measures the time until the new clip has been painted. Makes its own QApplication.
/// \param arguments  what stands behind "bench slider"
/// \returns the exit code
int benchSlider(int argc, char** argv, const QStringList& arguments);
