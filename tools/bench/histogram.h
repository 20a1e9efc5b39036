/* SPDX-License-Identifier: GPL-2.0 */
/* Log2-linear histograms: 16 buckets for each power of two. */
#ifndef _TSLAB_HISTOGRAM_H
#define _TSLAB_HISTOGRAM_H

#include <linux/bitops.h>
#include <linux/minmax.h>

#define HISTOGRAM_BUCKETS	640	/* up to 2^41 */
#define HISTOGRAM_LINEAR_BITS	4
#define HISTOGRAM_LINEAR	BIT(HISTOGRAM_LINEAR_BITS)

static inline unsigned int histogram_bucket(u64 value)
{
	unsigned int shift;

	if (value < HISTOGRAM_LINEAR)
		return value;
	shift = fls64(value) - 1 - HISTOGRAM_LINEAR_BITS;
	return min_t(unsigned int,
		     (shift << HISTOGRAM_LINEAR_BITS) + (value >> shift),
		     HISTOGRAM_BUCKETS - 1);
}

/* The least value that is beyond a bucket. */
static inline u64 histogram_bucket_end(unsigned int bucket)
{
	unsigned int shift;

	if (bucket < HISTOGRAM_LINEAR)
		return bucket + 1;
	shift = (bucket >> HISTOGRAM_LINEAR_BITS) - 1;
	return ((bucket & (HISTOGRAM_LINEAR - 1)) + HISTOGRAM_LINEAR + 1)
	       << shift;
}

#endif /* _TSLAB_HISTOGRAM_H */
