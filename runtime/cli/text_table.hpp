#pragma once

#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace rrdflow {

/// Rows of text in aligned columns.
class text_table {
public:
  /// @param right the columns that are aligned to the right, by their index.
  explicit text_table(std::vector<std::string> head,
                      std::vector<size_t> right = {});

  void add(std::vector<std::string> row) {
    rows_.push_back(std::move(row));
  }

  bool empty() const noexcept {
    return rows_.empty();
  }

  /// Prints head and rows; the last column is not padded.
  void print(std::ostream& out) const;

private:
  std::vector<std::string> head_;
  std::vector<size_t> right_;
  std::vector<std::vector<std::string>> rows_;
};

/// A number as short as possible, e.g. "21.5", "1000000".
std::string print_number(double x);

/// A time span for people, e.g. "12s", "3h 5m", "2d 1h".
std::string print_age(double seconds);

} // namespace rrdflow
