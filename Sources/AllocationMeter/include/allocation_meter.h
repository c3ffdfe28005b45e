// Counts the memory that this program's heap holds. Linking the module puts a counter before the C library's allocator.
#ifndef ALLOCATION_METER_H
#define ALLOCATION_METER_H

/// Begins a measurement.
void allocation_meter_reset(void);

/// The most bytes that were allocated at one time since then, beyond those allocated when it began.
long allocation_meter_peak(void);

/// The bytes allocated now.
long allocation_meter_live(void);

#endif
