#pragma once

#include "actors/base/file_names.hpp"
#include "actors/decode/series_resolver.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace rrdflow {

/// Does what is asked for through the journal: new rules, a flush, a
/// retirement, a forget. One request at a time; the samples of before must be
/// on their way.
class request_processor {
public:
  enum class status : uint8_t {
    /// Done: `take_outcome` has the answer.
    done,
    /// The shards do it and answer.
    passed_on,
    /// An answer must come first: then `found`, `released` and `freed` say so.
    waiting,
  };

  /// @param files Names of files, to find those that are to retire. May be
  ///              null in tests.
  request_processor(uint32_t shards, std::shared_ptr<const file_names> files,
                    message_decoder& decoder, message_counters& counters,
                    series_resolver& resolver, decoder_output& output);

  /// Goes by these rules from now on.
  caf::error use_rules(rules_request x);

  status apply(const journal_record& x);

  /// The request at hand cannot be done.
  void refuse(std::string why) {
    outcome_ = {};
    outcome_.failures.push_back(std::move(why));
  }

  request_outcome take_outcome() {
    return std::exchange(outcome_, {});
  }

  bool waiting() const noexcept {
    return waiting_;
  }

  // -- answers ----------------------------------------------------------------

  status found(const std::vector<series_info>& xs);
  status released(const request_outcome& x);
  status freed();

  // -- what a snapshot keeps --------------------------------------------------

  const rules_request& rules() const noexcept {
    return rules_;
  }

  rule_names& names() noexcept {
    return names_;
  }

private:
  using file_shares = std::vector<std::vector<file_id>>;

  status flush(const journal_record& x);
  status forget(const journal_record& x);
  status retire(const journal_record& x);
  status change_rules(const journal_record& x);

  /// @param what The kind of request.
  status damaged(const char* what);

  status wait() {
    waiting_ = true;
    return status::waiting;
  }

  /// The files of these paths, ascending.
  std::vector<file_id> find_files(const std::vector<std::string>& paths) const;

  uint32_t shards_;
  std::shared_ptr<const file_names> files_;
  message_decoder& decoder_;
  message_counters& counters_;
  series_resolver& resolver_;
  decoder_output& output_;
  rule_names names_;
  rules_request rules_;

  // -- of the request at hand -------------------------------------------------

  bool waiting_ = false;

  /// Its number.
  uint64_t request_ = 0;
  bool is_flush_ = false;
  bool remove_ = false;
  size_t releases_ = 0;
  std::vector<file_id> released_;
  request_outcome outcome_;
};

} // namespace rrdflow
