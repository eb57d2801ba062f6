#pragma once

#include "messages/interfaces.hpp"
#include "messages/journal_feed.hpp"
#include "messages/writer_values.hpp"

#include <caf/mailbox_element.hpp>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <mutex>
#include <new>
#include <stdexcept>
#include <string>

namespace rrdflow {

/// Where the program throws, from a text like "decoder:7,cache-shard=0.5":
/// once, in the handling of an actor's n-th message; or each time it meets
/// a topic (DECODER), a series (CATALOG) or a value (CACHE_SHARD, RRD_WRITER).
/// "hungry=0.5": a CACHE_SHARD runs out of memory over a value, three times.
///
/// Thread-safe.
class throw_points {
public:
  explicit throw_points(const std::string& text) {
    for (size_t begin = 0; begin < text.size();) {
      auto end = std::min(text.find(',', begin), text.size());
      auto item = text.substr(begin, end - begin);
      auto sign = item.find_first_of(":=");
      auto value = item.substr(sign + 1);
      if (item[sign] == ':')
        left_[item.substr(0, sign)] = std::stoul(value);
      else
        poison_[item.substr(0, sign)] = value;
      begin = end + 1;
    }
  }

  void message(const std::string& actor, const caf::mailbox_element& x) {
    count(actor);
    auto& content = x.content();
    auto is_shard = actor == "cache-shard"
                    && poison_.count("cache-shard") + poison_.count("hungry");
    if (is_shard && content.match_elements<atom::put, sample_batch>()) {
      for (auto& y : content.get_as<sample_batch>(1).samples)
        meet(y.value);
    } else if (is_poison(actor, "catalog")
               && content
                    .match_elements<atom::resolve, std::vector<new_series>>()) {
      for (auto& y : content.get_as<std::vector<new_series>>(1))
        if (y.name == poison_["catalog"])
          raise("the series " + y.name);
    }
  }

  void record(const journal_record& x) {
    auto i = poison_.find("decoder");
    if (i != poison_.end() && x.topic == i->second)
      raise("the topic " + i->second);
  }

  void job(const write_job& x) {
    if (poison_.count("rrd-writer") == 0)
      return;
    for (auto& y : x.rows.cells)
      if (y.value.as_double() == std::atof(poison_["rrd-writer"].c_str()))
        raise("a value");
  }

private:
  [[noreturn]] static void raise(const std::string& what) {
    throw std::runtime_error{"thrown by a test over " + what};
  }

  void count(const std::string& actor) {
    std::lock_guard guard{mutex_};
    auto i = left_.find(actor);
    if (i != left_.end() && i->second > 0 && --i->second == 0)
      raise("a message");
  }

  bool is_poison(const std::string& actor, const char* where) const {
    return actor == where && poison_.count(where) > 0;
  }

  void meet(value_bits x) {
    std::lock_guard guard{mutex_};
    auto is = [&](const char* what) {
      return poison_.count(what) > 0
             && x.as_double() == std::atof(poison_[what].c_str());
    };
    if (is("cache-shard"))
      raise("a value");
    if (is("hungry") && hungry_-- > 0)
      throw std::bad_alloc{};
  }

  std::mutex mutex_;
  std::map<std::string, unsigned long> left_;
  std::map<std::string, std::string> poison_;
  int hungry_ = 3;
};

} // namespace rrdflow
