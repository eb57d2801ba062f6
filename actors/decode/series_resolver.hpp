#pragma once

#include "actors/base/definition_table.hpp"
#include "actors/base/recent_map.hpp"
#include "actors/decode/decoder_output.hpp"
#include "actors/decode/message_decoder.hpp"
#include "messages/catalog_values.hpp"
#include "messages/error.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rrdflow {

/// What the shards know of each file: its definition.
class bound_files {
public:
  /// @returns whether the shard knew another definition, or none
  bool bind(file_id file, const definition_ptr& definition);

  void forget(file_id file);

private:
  static constexpr uint32_t unbound = 0xffffffff;

  void release(uint32_t number);

  definition_table definitions_;

  /// By file_id: these are dense.
  std::vector<uint32_t> numbers_;
};

/// Asks the CATALOG for the series of fields, many at once, binds the fields to
/// what it answers, and announces the files to their shards.
class series_resolver {
public:
  series_resolver(uint32_t shards, message_decoder& decoder,
                  decoder_output& output)
    : shards_{shards}, decoder_{decoder}, output_{output} {
    // nop
  }

  /// Adds those series of a message to the request that were not asked for.
  void collect(const message_plan& plan);

  /// Whether the request should take no more.
  bool is_full() const noexcept;

  /// Sends the request. Until `resolved` the topic table must stay as it is.
  void ask();

  bool waiting() const noexcept {
    return waiting_;
  }

  /// Takes the answer. Samples of before must be on their way.
  /// @returns an error if it is no answer to what was asked.
  caf::error resolved(const std::vector<resolution>& xs);

  /// Why the CATALOG refused a series; empty if it is too long ago.
  std::string_view why_refused(std::string_view series) const;

  /// These files are to be announced again before their next sample.
  void forget(const std::vector<file_id>& files);

private:
  struct asked_binding {
    topic_entry* entry;
    field_map* fields;
    uint32_t index;
  };

  static constexpr size_t max_refused = 1000;

  uint32_t shards_;
  message_decoder& decoder_;
  decoder_output& output_;
  bound_files bound_;
  bool waiting_ = false;

  /// What was said of refused series.
  recent_map<std::string> refused_{max_refused};

  /// The request, and the bindings that wait for its answers.
  std::vector<new_series> request_;
  std::vector<asked_binding> asked_;
};

} // namespace rrdflow
