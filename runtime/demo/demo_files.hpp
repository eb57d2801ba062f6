#pragma once

#include "config/http_config.hpp"
#include "runtime/cli/command_line.hpp"

#include <caf/expected.hpp>

#include <string>

namespace rrdflow {

/// The folder of a demo: its configuration and its store. A temporary one goes
/// with the object.
class demo_files {
public:
  /// Makes the folder and writes the configuration.
  static caf::expected<demo_files> make(const demo_options& options);

  demo_files(demo_files&& x) noexcept
    : folder_{std::move(x.folder_)}, temporary_{x.temporary_}, http_{std::move(
                                                                 x.http_)} {
    x.temporary_ = false;
  }

  demo_files& operator=(demo_files&&) = delete;
  ~demo_files();

  /// The configuration's file.
  std::string configuration() const {
    return folder_ + "/rrdflow.toml";
  }

  /// Where the RRD files are.
  std::string rrd_folder() const {
    return folder_ + "/store/rrd";
  }

  /// Where the embedded broker listens, once the service is ready.
  std::string broker_address() const;

  const http_config& http() const noexcept {
    return http_;
  }

private:
  demo_files() = default;

  std::string folder_;
  bool temporary_ = false;
  http_config http_;
};

} // namespace rrdflow
