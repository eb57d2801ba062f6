#include "actors/writer/rrd_values.hpp"

#include <charconv>
#include <cmath>

namespace rrdflow {

namespace {

template <class T>
void append_number(std::string& text, T x) {
  char buf[32];
  auto end = std::to_chars(buf, buf + sizeof(buf), x).ptr;
  text.append(buf, end);
}

} // namespace

column_map
match_columns(const file_definition& job, const file_definition& file) {
  column_map result;
  std::vector<bool> found(job.sources.size());
  for (const auto& source : file.sources) {
    auto& to = result.columns.emplace_back();
    to.type = source.type;
    for (size_t i = 0; i < job.sources.size(); ++i)
      if (!found[i] && job.sources[i].name == source.name
          && job.sources[i].type == source.type) {
        to.from = static_cast<int>(i);
        found[i] = true;
        result.any = true;
        break;
      }
  }
  for (size_t i = 0; i < found.size(); ++i)
    if (!found[i])
      result.missing += (result.missing.empty() ? "" : ", ")
                        + job.sources[i].name + " ("
                        + to_string(job.sources[i].type) + ")";
  return result;
}

void append_value(std::string& text, const cell& x, source_type type) {
  if (!x.known) {
    text += 'U';
  } else if (type == source_type::counter) {
    append_number(text, x.value.bits);
  } else if (type == source_type::derive) {
    append_number(text, static_cast<int64_t>(x.value.bits));
  } else if (auto value = x.value.as_double(); std::isfinite(value)) {
    append_number(text, value);
  } else {
    text += 'U';
  }
}

update_arguments::update_arguments(const row_block& rows, size_t first,
                                   size_t sources, const column_map& map) {
  constexpr cell unknown;
  auto newest = first > 0 ? rows.times[first - 1] : INT64_MIN;
  begins_.reserve(rows.times.size() - first);
  text_.reserve((rows.times.size() - first) * (12 + 20 * map.columns.size()));
  for (auto i = first; i < rows.times.size(); ++i) {
    if (rows.times[i] <= newest)
      continue;
    newest = rows.times[i];
    begins_.push_back(text_.size());
    append_number(text_, newest);
    auto cells = rows.cells.data() + i * sources;
    for (const auto& column : map.columns) {
      text_ += ':';
      append_value(text_, column.from < 0 ? unknown : cells[column.from],
                   column.type);
    }
    text_ += '\0';
  }
}

std::vector<const char*> update_arguments::argv() const {
  std::vector<const char*> result;
  result.reserve(begins_.size());
  for (auto begin : begins_)
    result.push_back(text_.data() + begin);
  return result;
}

} // namespace rrdflow
