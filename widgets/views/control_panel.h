#pragma once
#include <QHash>
#include <QScrollArea>
#include <functional>
#include <map>
#include <vector>

#include "widgets/controllers/latent_state.h"

class LatentSlider;
class PictureWell;
class QAction;
class QComboBox;
class QLabel;
class QSpinBox;
class QToolButton;
class QVBoxLayout;

/// Sliders, boxes and wells for every control of a system, made from its description alone: one group per role.
///
/// It edits a LatentModel that the page owns and says what it changed; the page keeps the history and asks for pictures.
class ControlPanel final : public QScrollArea {
    Q_OBJECT
public:
    explicit ControlPanel(QWidget* parent = nullptr);
    /// Builds the panel anew. \param model  is edited; it must live until the next call or the panel's end. nullptr: an empty panel
    void setModel(LatentModel* model);
    /// Shows the model's present state without saying that anything changed.
    void refresh();
    /// Builds the sliders of a control's directions, after the model was given them.
    void showDirections(const std::string& control);
    /// What stands there until directions arrive, or why there are none.
    void setDirectionsNote(const std::string& control, const QString& text);

public Q_SLOTS:
    void drawNew(kinora::ControlRole role);  ///< A new random seed, unless the group is locked.

Q_SIGNALS:
    /// The person changed something. \param text  what, for the undo list; \param group  changes with the same positive number belong together
    void edited(const QString& text, int group);
    void failed(const QString& text);
    void saveDirectionWanted(const std::string& control);  ///< The movement of a code is to be kept as a direction.
    void savedDirectionsWanted();                          ///< To see, rename and delete them.

private:
    struct Group {
        kinora::ControlRole role;
        QString title;
        QSpinBox* seed = nullptr;
        QToolButton* lock = nullptr;
        QToolButton* draw = nullptr;
    };
    struct Section {
        std::string id;
        QString name;
        QWidget* directionsBox = nullptr;
        QLabel* note = nullptr;
        QComboBox* kind = nullptr;  // of directions
        std::vector<LatentSlider*> directions;
        std::vector<std::size_t> places;  // theirs in the model
        LatentSlider* truncation = nullptr;
        QToolButton* menu = nullptr;
        QAction *drawAction = nullptr, *lockAction = nullptr;
        QComboBox* step = nullptr;  // sequences: all steps or one
        QToolButton* disclosure = nullptr;
        QWidget* rawBox = nullptr;  // made when it is first opened
        QComboBox* rawPage = nullptr;
        std::vector<LatentSlider*> raw;
        int rawFirst = 0;
        QComboBox* category = nullptr;
        PictureWell* picture = nullptr;
    };
    void buildGroup(QVBoxLayout* into, kinora::ControlRole role);
    void buildSection(QVBoxLayout* into, const kinora::Control& control);
    QToolButton* buildMenu(Section& section, const kinora::Control& control);
    void paste(const std::string& control);
    void buildRaw(Section& section);
    void fillRaw(Section& section);
    Section* section(const std::string& id);
    int stepOf(const Section& section) const;

    LatentModel* m_model = nullptr;  // not owned
    std::vector<Group> m_groups;
    std::vector<std::unique_ptr<Section>> m_sections;
};
