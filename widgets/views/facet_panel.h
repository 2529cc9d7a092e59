#pragma once
#include <QAbstractItemModel>
#include <QWidget>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "widgets/controllers/dataset_library.h"

class QLabel;
class QToolButton;
class QTreeView;

/// The facets of a dataset with their values, how many clips each would show, and which are picked. Two levels; ten thousand classes cost no more than ten.
class FacetModel final : public QAbstractItemModel {
    Q_OBJECT
public:
    using QAbstractItemModel::QAbstractItemModel;
    QModelIndex index(int row, int column, const QModelIndex& parent = {}) const override;
    QModelIndex parent(const QModelIndex& index) const override;
    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& = {}) const override { return 2; }
    QVariant data(const QModelIndex& index, int role) const override;
    bool setData(const QModelIndex& index, const QVariant& value, int role) override;
    Qt::ItemFlags flags(const QModelIndex& index) const override;

    void setContents(std::shared_ptr<const DatasetContents> contents);
    void setCounts(const std::vector<std::vector<std::int64_t>>& counts);
    void setChosen(const std::map<std::string, std::set<std::string>>& chosen);
    const std::map<std::string, std::set<std::string>>& chosen() const { return m_chosen; }
    qlonglong clips() const { return m_contents ? static_cast<qlonglong>(m_contents->clips.size()) : 0; }
    /// The index of a value, for tests. Invalid if there is none.
    QModelIndex find(const std::string& key, const std::string& value) const;

Q_SIGNALS:
    void chosenChanged();  ///< By the person, not by setChosen().

private:
    const FacetColumn& facet(int row) const { return m_contents->facets[static_cast<std::size_t>(row)]; }
    std::shared_ptr<const DatasetContents> m_contents;
    std::vector<std::vector<std::int64_t>> m_counts;
    std::map<std::string, std::set<std::string>> m_chosen;
};

/// The facets as a tree of check boxes.
class FacetPanel final : public QWidget {
    Q_OBJECT
public:
    explicit FacetPanel(QWidget* parent = nullptr);
    void setContents(const std::shared_ptr<const DatasetContents>& contents);
    void setCounts(const std::vector<std::vector<std::int64_t>>& counts) { m_model->setCounts(counts); }
    void setChosen(const std::map<std::string, std::set<std::string>>& chosen);
    const std::map<std::string, std::set<std::string>>& chosen() const { return m_model->chosen(); }
    FacetModel* model() const { return m_model; }
    QTreeView* tree() const { return m_tree; }

Q_SIGNALS:
    void edited();
    void cleared();  ///< "Clear all" was pressed.

private:
    void refresh();
    FacetModel* m_model = nullptr;
    QTreeView* m_tree = nullptr;
    QToolButton* m_clear = nullptr;
};

/// How a facet is called: a label's name, "Split", "Subject".
QString facetText(const std::string& key);
/// A facet's value in words; an unknown one has words too.
QString facetValueText(const std::string& key, const std::string& value);
