#pragma once

#include "config/config_ptr.hpp"
#include "messages/cache_values.hpp"
#include "messages/catalog_values.hpp"
#include "messages/request.hpp"
#include "messages/sample.hpp"
#include "messages/setting.hpp"
#include "messages/unstored.hpp"
#include "messages/writer_values.hpp"

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/fwd.hpp>
#include <caf/type_id.hpp>

namespace rrdflow {
struct flow_handles;
} // namespace rrdflow

// Values with a definition inside are shared, not copied; they never leave the
// process.
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(std::vector<rrdflow::new_series>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(std::vector<rrdflow::resolution>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(std::vector<rrdflow::file_binding>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(std::vector<rrdflow::write_job>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(std::vector<rrdflow::write_outcome>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rrdflow::reshape_job)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rrdflow::read_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rrdflow::file_copy)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(std::vector<rrdflow::file_info>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rrdflow::flow_handles)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rrdflow::config_ptr)

// All types of messages, and their atoms.

CAF_BEGIN_TYPE_ID_BLOCK(rrdflow, caf::first_custom_type_id)

  CAF_ADD_TYPE_ID(rrdflow, (rrdflow::sample_batch))
  CAF_ADD_TYPE_ID(rrdflow, (std::vector<rrdflow::new_series>))
  CAF_ADD_TYPE_ID(rrdflow, (std::vector<rrdflow::resolution>))
  CAF_ADD_TYPE_ID(rrdflow, (std::vector<rrdflow::file_binding>))
  CAF_ADD_TYPE_ID(rrdflow, (std::vector<rrdflow::write_job>))
  CAF_ADD_TYPE_ID(rrdflow, (std::vector<rrdflow::write_outcome>))
  CAF_ADD_TYPE_ID(rrdflow, (rrdflow::reshape_job))
  CAF_ADD_TYPE_ID(rrdflow, (rrdflow::reshape_outcome))
  CAF_ADD_TYPE_ID(rrdflow, (std::vector<rrdflow::differing_file>))
  CAF_ADD_TYPE_ID(rrdflow, (rrdflow::read_request))
  CAF_ADD_TYPE_ID(rrdflow, (std::vector<rrdflow::fetch_result>))
  CAF_ADD_TYPE_ID(rrdflow, (rrdflow::file_copy))
  CAF_ADD_TYPE_ID(rrdflow, (std::vector<rrdflow::file_info>))
  CAF_ADD_TYPE_ID(rrdflow, (std::vector<rrdflow::last_value>))
  CAF_ADD_TYPE_ID(rrdflow, (std::vector<rrdflow::dead_message>))
  CAF_ADD_TYPE_ID(rrdflow, (std::vector<rrdflow::unstored>))
  CAF_ADD_TYPE_ID(rrdflow, (rrdflow::snapshot_part))
  CAF_ADD_TYPE_ID(rrdflow, (rrdflow::series_query))
  CAF_ADD_TYPE_ID(rrdflow, (rrdflow::series_info))
  CAF_ADD_TYPE_ID(rrdflow, (std::vector<rrdflow::series_info>))
  CAF_ADD_TYPE_ID(rrdflow, (rrdflow::tree_query))
  CAF_ADD_TYPE_ID(rrdflow, (std::vector<rrdflow::tree_node>))
  CAF_ADD_TYPE_ID(rrdflow, (rrdflow::rules_request))
  CAF_ADD_TYPE_ID(rrdflow, (rrdflow::flush_request))
  CAF_ADD_TYPE_ID(rrdflow, (rrdflow::retire_request))
  CAF_ADD_TYPE_ID(rrdflow, (rrdflow::forget_request))
  CAF_ADD_TYPE_ID(rrdflow, (rrdflow::replay_request))
  CAF_ADD_TYPE_ID(rrdflow, (rrdflow::request_outcome))
  CAF_ADD_TYPE_ID(rrdflow, (std::vector<rrdflow::subscription>))
  CAF_ADD_TYPE_ID(rrdflow, (std::vector<uint32_t>))
  CAF_ADD_TYPE_ID(rrdflow, (std::vector<std::string>))
  CAF_ADD_TYPE_ID(rrdflow, (rrdflow::flow_handles))
  CAF_ADD_TYPE_ID(rrdflow, (rrdflow::config_ptr))
  CAF_ADD_TYPE_ID(rrdflow, (rrdflow::setting_request))
  CAF_ADD_TYPE_ID(rrdflow, (std::vector<rrdflow::setting_request>))

  CAF_ADD_ATOM(rrdflow, rrdflow::atom, append, "append")
  CAF_ADD_ATOM(rrdflow, rrdflow::atom, caught_up, "caught_up")
  CAF_ADD_ATOM(rrdflow, rrdflow::atom, changed, "changed")
  CAF_ADD_ATOM(rrdflow, rrdflow::atom, configure, "configure")
  CAF_ADD_ATOM(rrdflow, rrdflow::atom, copy, "copy")
  CAF_ADD_ATOM(rrdflow, rrdflow::atom, covered, "covered")
  CAF_ADD_ATOM(rrdflow, rrdflow::atom, dead, "dead")
  CAF_ADD_ATOM(rrdflow, rrdflow::atom, describe, "describe")
  CAF_ADD_ATOM(rrdflow, rrdflow::atom, done, "done")
  CAF_ADD_ATOM(rrdflow, rrdflow::atom, due, "due")
  CAF_ADD_ATOM(rrdflow, rrdflow::atom, find, "find")
  CAF_ADD_ATOM(rrdflow, rrdflow::atom, flow, "flow")
  CAF_ADD_ATOM(rrdflow, rrdflow::atom, flush, "flush")
  CAF_ADD_ATOM(rrdflow, rrdflow::atom, forget, "forget")
  CAF_ADD_ATOM(rrdflow, rrdflow::atom, get, "get")
  CAF_ADD_ATOM(rrdflow, rrdflow::atom, idle, "idle")
  CAF_ADD_ATOM(rrdflow, rrdflow::atom, index, "index")
  CAF_ADD_ATOM(rrdflow, rrdflow::atom, last, "last")
  CAF_ADD_ATOM(rrdflow, rrdflow::atom, list, "list")
  CAF_ADD_ATOM(rrdflow, rrdflow::atom, marker, "marker")
  CAF_ADD_ATOM(rrdflow, rrdflow::atom, more, "more")
  CAF_ADD_ATOM(rrdflow, rrdflow::atom, name_rules, "name_rules")
  CAF_ADD_ATOM(rrdflow, rrdflow::atom, open, "open")
  CAF_ADD_ATOM(rrdflow, rrdflow::atom, part, "part")
  CAF_ADD_ATOM(rrdflow, rrdflow::atom, publish, "publish")
  CAF_ADD_ATOM(rrdflow, rrdflow::atom, put, "put")
  CAF_ADD_ATOM(rrdflow, rrdflow::atom, read, "read")
  CAF_ADD_ATOM(rrdflow, rrdflow::atom, release, "release")
  CAF_ADD_ATOM(rrdflow, rrdflow::atom, reload, "reload")
  CAF_ADD_ATOM(rrdflow, rrdflow::atom, remove, "remove")
  CAF_ADD_ATOM(rrdflow, rrdflow::atom, reshape, "reshape")
  CAF_ADD_ATOM(rrdflow, rrdflow::atom, resolve, "resolve")
  CAF_ADD_ATOM(rrdflow, rrdflow::atom, resume, "resume")
  CAF_ADD_ATOM(rrdflow, rrdflow::atom, retire, "retire")
  CAF_ADD_ATOM(rrdflow, rrdflow::atom, second, "second")
  CAF_ADD_ATOM(rrdflow, rrdflow::atom, set, "set")
  CAF_ADD_ATOM(rrdflow, rrdflow::atom, snapshot, "snapshot")
  CAF_ADD_ATOM(rrdflow, rrdflow::atom, stop, "stop")
  CAF_ADD_ATOM(rrdflow, rrdflow::atom, subscribe, "subscribe")
  CAF_ADD_ATOM(rrdflow, rrdflow::atom, synced, "synced")
  CAF_ADD_ATOM(rrdflow, rrdflow::atom, tick, "tick")
  CAF_ADD_ATOM(rrdflow, rrdflow::atom, why, "why")
  CAF_ADD_ATOM(rrdflow, rrdflow::atom, work, "work")
  CAF_ADD_ATOM(rrdflow, rrdflow::atom, write, "write")

CAF_END_TYPE_ID_BLOCK(rrdflow)
