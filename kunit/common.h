/* SPDX-License-Identifier: GPL-2.0 */
/* What the suites share: instances, both tiers as parameter, balance. */
#ifndef _TSLAB_KUNIT_COMMON_H
#define _TSLAB_KUNIT_COMMON_H

#include <kunit/test.h>
#include <linux/mm.h>
#include <linux/sched/task.h>
#include <linux/tslab.h>

#include "tslab.h"
#include "find.h"
#include "lock.h"

/* Parameters of a test that holds for both tiers: struct tslab_params. */
TSLAB_KUNIT_GENERATOR(tslab_test_tiers);

/* Parameter of a test that holds for each class in both tiers. */
struct tslab_test_class {
	struct tslab_params params;	/* first: for tslab_test_create_tier() */
	unsigned int class;
};

TSLAB_KUNIT_GENERATOR(tslab_test_classes);
const struct tslab_geometry *tslab_test_geometry(struct kunit *test);

struct tslab *tslab_test_create(struct kunit *test,
				const struct tslab_params *params);
struct tslab *tslab_test_create_tier(struct kunit *test);
void tslab_test_close_all(struct tslab *ts);
void tslab_test_finish(struct kunit *test, struct tslab *ts);
struct tslab_stats *tslab_test_stats(struct kunit *test, struct tslab *ts,
				     size_t size);
struct tslab_timing *tslab_test_timing(struct kunit *test, struct tslab *ts,
				       size_t size);
void tslab_test_lock_times(struct kunit *test,
			   const struct tslab_timing *timing,
			   const struct tslab_stats *stats);
struct tslab_epoch_stats *tslab_test_epoch(struct kunit *test,
					   struct tslab *ts,
					   tslab_epoch_t epoch);
u64 tslab_test_refusals(const struct tslab_stats *stats);
void tslab_test_on_all_cpus(struct kunit *test, int (*fn)(void *data),
			    void *data);
unsigned int tslab_test_while_advancing(struct kunit *test, struct tslab *ts,
					int (*fn)(struct tslab *ts));
unsigned int tslab_test_first_cpu(void);
unsigned int tslab_test_other_cpu(struct kunit *test);

/* Is within rcu_read_lock() on another CPU. */
struct tslab_test_reader {
	struct completion inside;
	struct task_struct *task;
	bool leave;
	bool left;
};

void tslab_test_read(struct kunit *test, struct tslab_test_reader *reader);
void tslab_test_read_end(struct tslab_test_reader *reader);
void tslab_test_rendezvous(atomic_t *here, unsigned int n);
u64 tslab_test_epoch_of(const void *obj);
void *tslab_test_slab_base(const void *obj);

/* An id is valid, an error is not. */
#define TSLAB_TEST_ASSERT_EPOCH(test, epoch) \
	KUNIT_ASSERT_EQ(test, tslab_epoch_err(epoch), 0)

#endif /* _TSLAB_KUNIT_COMMON_H */
