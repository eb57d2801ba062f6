#pragma once

#include "config/file_definition.hpp"
#include "messages/error.hpp"
#include "messages/writer_values.hpp"

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include <cstdint>
#include <string>
#include <vector>

/// The adapter of librrd: all calls into it are here. Files are named by file
/// descriptors that are open, hence nobody can put another file in their place
/// between the check and the call, and no name of ours gets into librrd, which
/// takes some as formats. May be called by several threads, not for the same
/// file.
namespace rrdflow::librrd {

/// Takes RRDCACHED_ADDRESS, which redirects librrd's calls, out of the
/// environment. Call it before threads start that read the environment.
void initialise();

/// The bits that librrd writes for an unknown value.
double unknown();

/// Makes the file `name` in the folder behind `folder`, with its last update at
/// `last_update`. Heartbeat, min and max are left to the caller: librrd rounds
/// them. Leaves no file behind on failure, except after a kill.
caf::error create(int folder, const std::string& name,
                  const file_definition& definition, int64_t last_update);

/// Appends rows ("TIME:VALUE:..."). A failure may come after some of them are
/// in the file.
caf::error update(int fd, const std::vector<const char*>& rows);

/// `rrdtool fetch FILE CF -s from -e to -r resolution`.
/// @pre read_header(fd) is ok; the caller bounded the range
caf::expected<fetch_result> fetch(int fd, consolidation function, int64_t from,
                                  int64_t to, int64_t resolution);

} // namespace rrdflow::librrd
