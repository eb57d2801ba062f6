#include "actors/serve/api/prometheus_text.hpp"

#include <string_view>

namespace rrdflow {

namespace {

struct entry {
  std::string_view name;
  std::string_view help;
};

constexpr entry entries[] = {
  {"rrdflow_messages_taken_total", "Messages appended to the journal."},
  {"rrdflow_messages_decoded_total", "Messages that became samples."},
  {"rrdflow_messages_ignored_total", "Messages without a value, by reason."},
  {"rrdflow_messages_dead_total", "Messages that cannot be read, by reason."},
  {"rrdflow_journal_waiting_messages", "Messages that wait in the journal."},
  {"rrdflow_journal_bytes", "Size of the journal in bytes."},
  {"rrdflow_journal_gap_messages_total",
   "Messages that the start found lost to damaged bytes or missing segments."},
  {"rrdflow_journal_torn_bytes", "Bytes cut off the journal at the start."},
  {"rrdflow_journal_sync_seconds", "Duration of one sync of the journal."},
  {"rrdflow_samples_total", "Samples, by rule."},
  {"rrdflow_samples_merged_total", "Samples merged into rows, by rule."},
  {"rrdflow_samples_late_total", "Samples at or before what is sealed."},
  {"rrdflow_samples_refused_total", "Samples refused, by rule and reason."},
  {"rrdflow_rows_opened_total", "Rows that samples began."},
  {"rrdflow_rows_written_total", "Rows written to their files."},
  {"rrdflow_rows_waiting", "Rows that wait to be written."},
  {"rrdflow_rows_past_total",
   "Rows left out, of those written: after a start the files had them, or "
   "another program wrote newer ones."},
  {"rrdflow_rows_abandoned_total", "Rows that cannot be written, by reason."},
  {"rrdflow_rule_last_message_seconds",
   "When a rule took its last message, in seconds since the epoch."},
  {"rrdflow_cache_bytes", "Memory of the rows that wait."},
  {"rrdflow_series", "Series known."},
  {"rrdflow_files", "RRD files known."},
  {"rrdflow_files_differ", "Files with another step or other archives than "
                           "their rule asks for."},
  {"rrdflow_files_created_total", "Files created."},
  {"rrdflow_undo_records_total", "File headers put into undo logs."},
  {"rrdflow_files_quarantined", "Damaged files that were set aside."},
  {"rrdflow_rrd_update_seconds", "Duration of one update of an RRD file."},
  {"rrdflow_updates_by_librrd_total",
   "Updates of RRD files left to librrd: files of an unusual kind."},
  {"rrdflow_oldest_waiting_row_seconds", "Age of the oldest waiting row."},
  {"rrdflow_stalls_total", "Stalls of the intake, by reason."},
  {"rrdflow_stalled", "1 while intake is stalled, by reason."},
  {"rrdflow_mqtt_connected", "1 while connected to the broker and subscribed."},
  {"rrdflow_mqtt_reconnects_total", "Connections after the first."},
  {"rrdflow_mqtt_callback_errors_total", "Errors in the MQTT callback."},
  {"rrdflow_mqtt_subscriptions_refused_total",
   "Topic filters that the broker refused."},
  {"rrdflow_mqtt_sessions_lost_total",
   "Connections to a broker that no longer had our session."},
  {"rrdflow_mqtt_published_total", "Messages that we published."},
  {"rrdflow_mqtt_unpublished_total",
   "Messages that we dropped: no connection, or too many."},
  {"rrdflow_broker_dropped_messages",
   "Messages the broker dropped for any client since its start, as it says "
   "itself; NaN: it says nothing."},
};

} // namespace

std::string_view metric_help(std::string_view name) {
  for (auto& x : entries)
    if (x.name == name)
      return x.help;
  return "A number of this service.";
}

} // namespace rrdflow
