#pragma once

#include "messages/message_types.hpp"

#include <caf/fwd.hpp>
#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>

namespace rrdflow {

// The actors' interfaces: the architecture on one page; actors/README.md
// explains it. The atoms are in messages/message_types.hpp.
//
// What threads share besides messages:
//
// - journal (actors/journal/journal.hpp): paho's receiving thread appends
//   messages; JOURNAL_KEEPER, SETTINGS, SUPERVISOR and, at the start, main
//   append requests. JOURNAL_KEEPER syncs, but with sync = "always" each of
//   them what it appends. DECODER reads its messages/journal_feed.hpp.
// - file_names (actors/base/file_names.hpp): CATALOG adds; every actor reads
//   the names of ids that it learned through a message.
// - metric_registry (actors/base/metrics.hpp): each owner counts in its own
//   thread; HTTP_SERVER and JANITOO_NODE read.
// - node_queue (actors/base/node_queue.hpp): paho's thread to JANITOO_NODE.
// - decode_progress (messages/decode_progress.hpp): DECODER writes; SUPERVISOR
//   reads after an actor ended.
// - reloadable_settings (runtime/service): SETTINGS writes; a starting flow
//   reads.

/// The RRD_WRITER: owns the RRD files of one shard. Detached: librrd blocks.
using rrd_writer_actor = caf::typed_actor<
  // Writes rows, one job per file. The answer is the credit for the next.
  caf::replies_to<atom::write,
                  std::vector<write_job>>::with<std::vector<write_outcome>>,
  // From here on headers go into this marker's undo log. Answered at once: what
  // was asked before is in the files.
  caf::replies_to<atom::marker, uint64_t>::with<uint64_t>,
  // What `rrdtool fetch` would give for each function had the waiting rows been
  // written. Sent by the file's shard.
  caf::replies_to<atom::read, read_request>::with<std::vector<fetch_result>>,
  // The bytes of a file, between two writes of it.
  caf::replies_to<atom::copy, file_id>::with<file_copy>,
  // Says what the files are.
  caf::replies_to<atom::describe,
                  std::vector<file_id>>::with<std::vector<file_info>>,
  // Deletes files.
  caf::replies_to<atom::remove, std::vector<file_id>>::with<caf::ok_atom>,
  // Gives a file another step, other archives and sources.
  caf::replies_to<atom::reshape, reshape_job>::with<reshape_outcome>,
  // This CATALOG is told when a file is not what its rows are made for.
  caf::reacts_to<atom::subscribe, caf::strong_actor_ptr>>;

/// The CACHE_SHARD: turns the samples of its files into rows and keeps these
/// until its RRD_WRITER confirms them. open, name_rules, due, put, second,
/// marker, flush, retire and release come from the DECODER, in the journal's
/// order.
using cache_shard_actor = caf::typed_actor<
  // Announces files before their first sample, and new definitions of files.
  caf::reacts_to<atom::open, std::vector<file_binding>>,
  // Announces the names of all rules so far; a rule_id is an index.
  caf::reacts_to<atom::name_rules, std::vector<std::string>>,
  // From here on files are due so many seconds after the first reading that
  // waits came.
  caf::reacts_to<atom::due, int64_t>,
  // Applies samples. The answer, their number, is the DECODER's credit; it is
  // held back while too many sealed rows are not confirmed.
  caf::replies_to<atom::put, sample_batch>::with<uint64_t>,
  // Time has come to this second, and the journal to this position.
  caf::reacts_to<atom::second, int64_t, position>,
  // Packs its state for a snapshot, and sends it there.
  caf::reacts_to<atom::marker, uint64_t, position, caf::strong_actor_ptr>,
  // Seals all rows of one file (or all files, if there is none in the list)
  // whose slot is over; tells JOURNAL_KEEPER when they are written.
  caf::reacts_to<atom::flush, uint64_t, std::vector<file_id>>,
  // Forgets those of the files that had no reading since, once written.
  caf::reacts_to<atom::retire, std::vector<file_id>, int64_t>,
  // Writes all rows of the files, the running slot included, forgets the files
  // and, if asked, has them deleted. Answers when all is done; those that cannot
  // be written stay, unless they are to be deleted.
  caf::replies_to<atom::release, std::vector<file_id>,
                  bool>::with<request_outcome>,
  // The journal is safe on disk up to here: rows that old may be written.
  caf::reacts_to<atom::synced, position>,
  // Answers when all rows that are sealed by now are written.
  caf::replies_to<atom::caught_up>::with<caf::ok_atom>,
  // Lists the files without a reading since that second.
  caf::replies_to<atom::idle, int64_t>::with<std::vector<uint32_t>>,
  // Adds what waits for the file, and has its RRD_WRITER answer.
  caf::replies_to<atom::read, read_request>::with<std::vector<fetch_result>>,
  // Shows the newest readings of files.
  caf::replies_to<atom::last,
                  std::vector<uint32_t>>::with<std::vector<last_value>>,
  // What of these files was not stored, and why; without any file: the last of
  // each reason.
  caf::replies_to<atom::why,
                  std::vector<uint32_t>>::with<std::vector<unstored>>,
  // INTERNAL: goes on with packing, handing over, or a retry.
  caf::reacts_to<atom::work>>;

/// The CATALOG: knows which series exist. Detached: it writes its file.
using catalog_actor = caf::typed_actor<
  // Answers for each series in order; what it says is on disk before.
  caf::replies_to<atom::resolve,
                  std::vector<new_series>>::with<std::vector<resolution>>,
  // These files leave the index, but stay in lists.
  caf::reacts_to<atom::retire, std::vector<file_id>>,
  // Which files have a series that matches the glob; or, for the pattern of a
  // reshape_request, its file if the shard must let go of it first.
  caf::replies_to<atom::forget, std::string>::with<std::vector<series_info>>,
  // Frees the names of these files, or does what the reshape_request asked.
  caf::replies_to<atom::release, std::vector<file_id>>::with<caf::ok_atom>,
  // Compares the files of series with what their rules want of them.
  caf::replies_to<atom::describe, std::vector<new_series>>::with<caf::ok_atom>,
  // The files that differ from their rules and have a series that matches the
  // glob, in the order of their paths.
  caf::replies_to<atom::reshape,
                  std::string>::with<std::vector<differing_file>>,
  // A writer found that a file is not what its rows are made for.
  caf::reacts_to<atom::changed, file_id>,
  // INTERNAL: writes index.txt after changes, and what a full disk held up.
  caf::reacts_to<atom::tick>,
  // A page of series; of one level of the tree that their names make.
  caf::replies_to<atom::list, series_query>::with<std::vector<series_info>>,
  caf::replies_to<atom::list, tree_query>::with<std::vector<tree_node>>,
  // The series that come of a topic, and that of this name.
  caf::replies_to<atom::why, std::string>::with<std::vector<series_info>>,
  // The first series of the file at this path, `series_info::file`.
  caf::replies_to<atom::find, std::string>::with<series_info>,
  // What is in index.txt, or will be in a moment.
  caf::replies_to<atom::index>::with<std::string>>;

/// The DECODER: reads the journal, makes samples of messages, and tells every
/// shard how time passes. Detached: it reads a mapped file.
using decoder_actor = caf::typed_actor<
  // The journal has more.
  caf::reacts_to<atom::more>,
  // A second of the wall clock is over; passes on only if the journal is
  // drained.
  caf::reacts_to<atom::tick>,
  // Puts a marker between two records into every shard's stream, sends its own
  // part of the snapshot to the asker, answers the position.
  caf::replies_to<atom::marker, uint64_t>::with<uint64_t>,
  // Answers when the journal was drained once and every shard caught up.
  caf::replies_to<atom::caught_up>::with<caf::ok_atom>,
  // What the rules say of series that exist.
  caf::replies_to<atom::describe,
                  std::vector<series_info>>::with<std::vector<new_series>>,
  // What of these topics is not stored, and why; without any topic: the last of
  // each reason.
  caf::replies_to<atom::why,
                  std::vector<std::string>>::with<std::vector<unstored>>,
  // The last messages that could not be decoded, newest first.
  caf::replies_to<atom::dead>::with<std::vector<dead_message>>,
  // INTERNAL: goes on with decoding.
  caf::reacts_to<atom::work>>;

/// The JOURNAL_KEEPER: syncs, rolls and deletes segments. Detached: it syncs.
using journal_keeper_actor = caf::typed_actor<
  // INTERNAL: syncs, rolls; ends a stall when there is room again.
  caf::reacts_to<atom::tick>,
  // A committed snapshot covers the journal up to here: older segments may go.
  caf::reacts_to<atom::covered, position>,
  // Where the journal ends.
  caf::replies_to<atom::last>::with<position>,
  // Append a request. Answered when the flow has done it.
  caf::replies_to<atom::append, rules_request>::with<request_outcome>,
  caf::replies_to<atom::append, flush_request>::with<request_outcome>,
  caf::replies_to<atom::append, retire_request>::with<request_outcome>,
  caf::replies_to<atom::append, forget_request>::with<request_outcome>,
  caf::replies_to<atom::append, replay_request>::with<request_outcome>,
  // A share of the work for a request is done: the first number is the request,
  // the second how many such shares there are.
  caf::reacts_to<atom::done, uint64_t, uint32_t, request_outcome>,
  // These shards are told what is synced.
  caf::reacts_to<atom::subscribe, std::vector<cache_shard_actor>>>;

/// The SNAPSHOTTER: a consistent cut of everything. Detached: it syncs files.
using snapshotter_actor = caf::typed_actor<
  // INTERNAL: begins a snapshot when it is time and gives up an overdue one.
  caf::reacts_to<atom::tick>,
  // A piece of a snapshot.
  caf::reacts_to<atom::part, snapshot_part>,
  // From now on a snapshot is due so many milliseconds after the one before.
  caf::reacts_to<atom::due, int64_t>,
  // Takes a snapshot now; answers its marker once it is committed.
  caf::replies_to<atom::snapshot>::with<uint64_t>>;

/// The MQTT_SOURCE: owns the paho client, whose callback appends to the
/// journal.
using mqtt_source_actor = caf::typed_actor<
  // INTERNAL: connects, and looks after the connection.
  caf::reacts_to<atom::tick>,
  // Connect anew after a stall.
  caf::reacts_to<atom::resume>,
  // These filters are wanted now; others are unsubscribed.
  caf::reacts_to<atom::subscribe, std::vector<subscription>>,
  // Publishes a topic and a payload at QoS 0, not retained; dropped and counted
  // while there is no connection or too much waits.
  caf::reacts_to<atom::publish, std::string, std::string>,
  // Takes no more messages.
  caf::replies_to<atom::stop>::with<caf::ok_atom>>;

/// The ROTATOR: the wall clock. Tells the DECODER that a second is over.
using rotator_actor = caf::typed_actor<
  // INTERNAL: once a second.
  caf::reacts_to<atom::tick>>;

/// The REAPER: has expired series retired.
using reaper_actor = caf::typed_actor<
  // INTERNAL: looks for idle files.
  caf::reacts_to<atom::tick>,
  // From now on a file expires after so many seconds without a reading.
  caf::reacts_to<atom::due, int64_t>>;

/// The actors of a flow, for those that answer requests from outside. A restart
/// of the flow makes new ones.
struct flow_handles {
  mqtt_source_actor source;
  journal_keeper_actor keeper;
  decoder_actor decoder;
  catalog_actor catalog;
  snapshotter_actor snapshotter;
  reaper_actor reaper;

  /// `writers[i]` owns the files of `shards[i]`.
  std::vector<cache_shard_actor> shards;
  std::vector<rrd_writer_actor> writers;
};

/// The SUPERVISOR: starts the flow, restarts it when an actor dies, stops it in
/// order.
using supervisor_actor = caf::typed_actor<
  // INTERNAL: looks after a flow that starts, stops or is to be restarted.
  caf::reacts_to<atom::tick>,
  // Stops intake, writes what it should, takes a last snapshot, ends the flow.
  caf::replies_to<atom::stop>::with<caf::ok_atom>,
  // The handles of the flow as it is now.
  caf::replies_to<atom::flow>::with<flow_handles>>;

/// The HTTP_SERVER: answers the requests that libmicrohttpd takes.
using http_server_actor = caf::typed_actor<
  // The flow to ask from now on.
  caf::reacts_to<atom::flow, flow_handles>,
  // The flow is down (and why), or ready (empty): what /readyz says.
  caf::reacts_to<atom::flow, std::string>,
  // INTERNAL: answers requests that the daemon's thread has queued.
  caf::reacts_to<atom::work>, caf::reacts_to<atom::tick>>;

/// The SETTINGS: keeps the values that were set at run time, and applies them.
using settings_actor = caf::typed_actor<
  // Checks, keeps and applies a value; answers the value in force as JSON, or
  // an error if it is not valid.
  caf::replies_to<atom::set, setting_request>::with<std::string>,
  // All that are set.
  caf::replies_to<atom::get>::with<std::vector<setting_request>>>;

/// The JANITOO_NODE: our nodes of a Janitoo network. Survives the flows.
using janitoo_node_actor = caf::typed_actor<
  // The flow to ask from now on.
  caf::reacts_to<atom::flow, flow_handles>,
  // The actor that keeps the values which requests set.
  caf::reacts_to<atom::flow, settings_actor>,
  // The configuration has changed, values that are set included.
  caf::reacts_to<atom::configure, config_ptr>,
  // There are messages in the line from MQTT_SOURCE, or the connection is new.
  caf::reacts_to<atom::work>,
  // INTERNAL: heartbeats and polled values.
  caf::reacts_to<atom::tick>,
  // Says OFFLINE for every node; answers when MQTT_SOURCE has that.
  caf::replies_to<atom::stop>::with<caf::ok_atom>>;

} // namespace rrdflow

CAF_BEGIN_TYPE_ID_BLOCK(rrdflow_interfaces, caf::id_block::rrdflow::end)

  CAF_ADD_TYPE_ID(rrdflow_interfaces, (rrdflow::rrd_writer_actor))
  CAF_ADD_TYPE_ID(rrdflow_interfaces, (rrdflow::cache_shard_actor))
  CAF_ADD_TYPE_ID(rrdflow_interfaces, (std::vector<rrdflow::cache_shard_actor>))
  CAF_ADD_TYPE_ID(rrdflow_interfaces, (rrdflow::catalog_actor))
  CAF_ADD_TYPE_ID(rrdflow_interfaces, (rrdflow::decoder_actor))
  CAF_ADD_TYPE_ID(rrdflow_interfaces, (rrdflow::journal_keeper_actor))
  CAF_ADD_TYPE_ID(rrdflow_interfaces, (rrdflow::snapshotter_actor))
  CAF_ADD_TYPE_ID(rrdflow_interfaces, (rrdflow::mqtt_source_actor))
  CAF_ADD_TYPE_ID(rrdflow_interfaces, (rrdflow::http_server_actor))
  CAF_ADD_TYPE_ID(rrdflow_interfaces, (rrdflow::supervisor_actor))
  CAF_ADD_TYPE_ID(rrdflow_interfaces, (rrdflow::settings_actor))
  CAF_ADD_TYPE_ID(rrdflow_interfaces, (rrdflow::janitoo_node_actor))

CAF_END_TYPE_ID_BLOCK(rrdflow_interfaces)
