#include "config/rule_values.hpp"

#include "config/addresses.hpp"

#include <cmath>
#include <limits>
#include <string_view>

namespace rrdflow {

namespace {

using kind = toml_value::kind;
using janitoo_address = rrd_source_config::janitoo_address;

std::optional<janitoo_address> parse_triple(std::string_view x) {
  auto first = x.find('|');
  auto last = x.rfind('|');
  if (first == last)
    return std::nullopt;
  janitoo_address result{std::string{x.substr(0, first)},
                         std::string{x.substr(first + 1, last - first - 1)},
                         std::string{x.substr(last + 1)}};
  auto digits
    = !result.index.empty()
      && result.index.find_first_not_of("0123456789") == std::string::npos;
  if (!is_janitoo_address(result.hadd) || result.uuid.empty() || !digits
      || result.uuid.find('|') != std::string::npos)
    return std::nullopt;
  return result;
}

} // namespace

value_type<double> limit() {
  value_type<double> result;
  result.read = [](auto& issues, auto& name, auto& x, double& out) {
    auto none = x.type == kind::string && x.text == "U";
    out = none ? std::numeric_limits<double>::quiet_NaN() : x.real;
    return none
           || ((x.type == kind::real || x.type == kind::integer)
               && std::isfinite(out))
           || issues.error(x.at,
                           name + " must be a number, or \"U\" for no limit");
  };
  result.print
    = [](double x) { return std::isnan(x) ? "\"U\"" : toml_number(x); };
  return result;
}

value_type<std::chrono::seconds> duration_or_auto(std::chrono::seconds max) {
  auto plain = seconds(std::chrono::seconds{1}, max);
  auto result = plain;
  result.read = [plain](auto& issues, auto& name, auto& x, auto& out) {
    if (x.type == kind::string && x.text == "auto") {
      out = std::chrono::seconds{0};
      return true;
    }
    return plain.read(issues, name, x, out);
  };
  result.print
    = [plain](auto& x) { return x.count() == 0 ? "\"auto\"" : plain.print(x); };
  return result;
}

value_type<const toml_value*> archive_list() {
  value_type<const toml_value*> result;
  result.read = [](auto& issues, auto& name, auto& x, auto& out) {
    out = &x;
    if (x.type != kind::array)
      return issues.error(x.at,
                          name + " must be an array, not " + to_string(x.type));
    return !x.items.empty() || issues.error(x.at, name + " must not be empty");
  };
  return result;
}

value_type<payload_format> formats() {
  std::vector<std::pair<std::string, payload_format>> all;
  for (auto name : payload_format_names)
    all.emplace_back(name, static_cast<payload_format>(all.size()));
  return words(std::move(all), {std::begin(planned_payload_formats),
                                std::end(planned_payload_formats)});
}

std::string about_formats() {
  std::string result = "What payloads look like: ";
  for (std::string name : payload_format_names)
    result += (result.back() == '"' ? ", \"" : "\"") + name + '"';
  return result + '.';
}

value_type<word_map> words_and_numbers() {
  value_type<word_map> result;
  result.read = [](auto& issues, auto& name, auto& x, auto& out) {
    if (!is_table(issues, name, x))
      return false;
    out.clear();
    for (auto& [word, at, y] : x.members)
      if (y.type == kind::real || y.type == kind::integer)
        out.emplace_back(word, y.real);
      else if (y.type == kind::string && y.text == "U")
        out.emplace_back(word, std::numeric_limits<double>::quiet_NaN());
      else
        issues.error(y.at, name + ": \"" + word
                             + "\" must stand for a number or \"U\", not "
                             + (y.type == kind::string ? '"' + y.text + '"'
                                                       : to_string(y.type)));
    return true;
  };
  result.print = [](auto& xs) {
    std::string list;
    for (auto& [word, y] : xs)
      list += (list.empty() ? "" : ", ") + word + " = "
              + (std::isnan(y) ? "\"U\"" : toml_number(y));
    return list.empty() ? "{}" : "{ " + list + " }";
  };
  return result;
}

value_type<std::optional<janitoo_address>> triple() {
  value_type<std::optional<janitoo_address>> result;
  result.read = [](auto& issues, auto& name, auto& x, auto& out) {
    std::string plain;
    if (!text().read(issues, name, x, plain))
      return false;
    out = parse_triple(plain);
    return out
           || issues.error(x.at,
                           name + ": \"" + plain
                             + "\" is not like \"0048/0004|memory_rss|0\": "
                               "address, value, index");
  };
  return result;
}

} // namespace rrdflow
