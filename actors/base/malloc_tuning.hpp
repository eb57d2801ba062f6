#pragma once

namespace rrdflow {

/// Has the heap take each block of a MiB or more from the system and give it
/// back, for good. glibc would raise this bound, up to 32 MiB, to whatever was
/// freed last: arrays that grew with a million series would leave holes of
/// their former sizes.
///
/// To be called once, before there are threads.
void return_large_blocks() noexcept;

} // namespace rrdflow
