#pragma once

#include "actors/serve/api/file_response.hpp"
#include "actors/serve/api/routes.hpp"
#include "messages/interfaces.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace rrdflow {

/// Serves what the original did below /rrd/: the index, and the files as they
/// are after a flush of their rows.
///
/// Operation: a file takes a round: CATALOG knows it by its path (no path comes
/// near the disk otherwise), JOURNAL_KEEPER has it flushed, its RRD_WRITER
/// copies it between two writes. All requests for the file that came before a
/// round share its copy; later ones wait for the next round, which flushes once
/// for all of them: so a file is flushed by one round at a time, however many
/// requests there are. The index works alike.
/// Concurrency: a member of HTTP_SERVER's state, used by its thread only.
/// Limitations: beyond `max_rounds` files at a time, or while `max_held` bytes
/// wait for slow clients, the answer is 503.
class file_handler {
public:
  /// Files in rounds at a time.
  static constexpr size_t max_rounds = 64;

  /// Copies being made at a time.
  static constexpr unsigned max_copying = 4;

  /// Bytes of copies that have not left: beyond it no copy is begun.
  static constexpr size_t max_held = 64 << 20;

  /// GET /rrd/rrds/PATH.rrd: asks CATALOG, JOURNAL_KEEPER, then the writer.
  void answer_file(route_context x);

  /// GET /rrd/rrds/index.txt and the page /rrd/: asks CATALOG.
  void answer_index(route_context x);

private:
  struct round;
  using round_ptr = std::shared_ptr<round>;
  using contexts = std::vector<route_context>;

  /// Sends a request of a round; an error becomes its response.
  template <class Handle, class F, class... Ts>
  void ask(const round_ptr& x, const Handle& actor,
           std::chrono::seconds timeout, F done, Ts&&... request);

  void begin(const std::string& path, contexts wanted);
  void flush(const round_ptr& x);
  void copy_next();
  void copy(const round_ptr& x);
  void show(const round_ptr& x, file_copy& copy);
  void refuse(const round_ptr& x, const caf::error& why);
  void refuse(const round_ptr& x, const http_response& why);
  void finish(const round_ptr& x);

  void ask_index();
  void show_index(contexts& wanted, std::string& text);

  /// Bytes of responses that are on their way.
  size_t held();

  /// Files in rounds, and the requests for the next round of each.
  std::unordered_map<std::string, contexts> rounds_;

  /// Rounds that wait to be copied.
  std::deque<round_ptr> flushed_;
  unsigned copying_ = 0;

  /// Requests for the index that its next answer serves.
  contexts index_wanted_;
  bool asking_index_ = false;

  std::vector<std::weak_ptr<const std::string>> out_;
};

} // namespace rrdflow
