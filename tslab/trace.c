// SPDX-License-Identifier: GPL-2.0
/* Tracepoints. */
#include "tslab.h"

#define CREATE_TRACE_POINTS
#include <trace/events/tslab.h>
