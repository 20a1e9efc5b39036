// SPDX-License-Identifier: GPL-2.0
/* Everything at once on all CPUs: allocation, free, epochs, interrupts. */
#include <kunit/test.h>
#include <linux/cpu.h>
#include <linux/delay.h>
#include <linux/irq_work.h>
#include <linux/kthread.h>
#include <linux/prandom.h>
#include <linux/tslab.h>

#include "tslab.h"

#define SLOTS	2000
#define ROUNDS	200000

struct storm {
	struct tslab *ts;
	void **slot;
	bool stop;
	atomic_t errors;
	atomic_t running;
	struct completion done;
};

struct storm_irq {
	struct irq_work work;
	struct tslab *ts;
	void *held[8];
	unsigned int n;
};

static void storm_irq_fn(struct irq_work *work)
{
	struct storm_irq *si = container_of(work, struct storm_irq, work);
	void *obj = tslab_alloc(si->ts, 128, GFP_ATOMIC);

	if (si->held[si->n % 8])
		tslab_free(si->ts, si->held[si->n % 8]);
	si->held[si->n++ % 8] = obj;
}

static int storm_thread(void *data)
{
	static const u16 sizes[] = { 64, 100, 128, 200, 384, 1024, 3000, 8192 };
	struct storm_irq *si = kzalloc(sizeof(*si), GFP_KERNEL);
	struct storm *s = data;
	struct rnd_state rnd;
	unsigned int i, n;

	init_irq_work(&si->work, storm_irq_fn);
	si->ts = s->ts;
	prandom_seed_state(&rnd, (unsigned long)current);
	for (i = 0; i < ROUNDS && !READ_ONCE(s->stop); i++) {
		u32 r = prandom_u32_state(&rnd);
		unsigned int slot = r % SLOTS;
		u64 *obj = xchg(&s->slot[slot], NULL);

		if (obj) {
			if (obj[0] != slot || obj[1] != ~(u64)slot)
				atomic_inc(&s->errors);
			obj[0] = obj[1] = 0xdead;
			tslab_free(s->ts, obj);
			continue;
		}
		n = sizes[(r >> 16) % ARRAY_SIZE(sizes)];
		obj = tslab_alloc(s->ts, n, GFP_KERNEL);
		if (!obj) {
			atomic_inc(&s->errors);
			continue;
		}
		obj[0] = slot;
		obj[1] = ~(u64)slot;
		obj = xchg(&s->slot[slot], obj);
		if (obj) {
			obj[0] = obj[1] = 0xdead;
			tslab_free(s->ts, obj);
		}
		if (!(i % 16)) {
			irq_work_queue(&si->work);
		}
		if (!(i % 256))
			cond_resched();
	}
	irq_work_sync(&si->work);
	for (i = 0; i < 8; i++)
		tslab_free(s->ts, si->held[i]);
	kfree(si);
	if (atomic_dec_and_test(&s->running))
		complete(&s->done);
	return 0;
}

static void storm(struct kunit *test)
{
	unsigned int flags, i, cpu;

	for (flags = 0; flags < 2; flags++) {
		struct tslab_params params = { .epochs = 64, .flags = flags };
		struct storm s = {};
		struct tslab_stats st;
		unsigned int advances = 0, busy = 0;

		s.ts = tslab_create("storm", &params);
		KUNIT_ASSERT_FALSE(test, IS_ERR(s.ts));
		s.slot = kvcalloc(SLOTS, sizeof(void *), GFP_KERNEL);
		init_completion(&s.done);
		atomic_set(&s.running, num_online_cpus());
		i = 0;
		for_each_online_cpu(cpu) {
			struct task_struct *t = kthread_create(storm_thread, &s, "storm/%u", cpu);
			kthread_bind(t, cpu);
			wake_up_process(t);
		}
		while (!try_wait_for_completion(&s.done)) {
			tslab_epoch_t e = tslab_epoch_advance(s.ts);

			advances++;
			if (tslab_epoch_err(e))
				busy++;
			if (flags == 0 && advances % 16 == 0) {
				if (cpu_online(3))
					remove_cpu(3);
				else
					add_cpu(3);
			}
			usleep_range(200, 400);
		}
		if (!cpu_online(3))
			add_cpu(3);
		for (i = 0; i < SLOTS; i++)
			tslab_free(s.ts, s.slot[i]);
		kvfree(s.slot);
		KUNIT_EXPECT_GT(test, tslab_epoch_close(s.ts, tslab_epoch_current(s.ts)), -1);
		tslab_global_stats(s.ts, &st);
		kunit_info(test, "flags %u advances %u busy %u allocs %llu hits %llu remote %llu slabs %llu released %llu cas %llu/%llu lock %llu/%llu\n",
			flags, advances, busy, st.alloc_objects, st.cpu_hits, st.remote_free, st.new_slab_count, st.pages_released,
			st.bitmap_alloc_cas_retries, st.bitmap_alloc_attempts, st.lock_contended, st.lock_fast_acquire);
		KUNIT_EXPECT_EQ(test, atomic_read(&s.errors), 0);
		KUNIT_EXPECT_EQ(test, st.live_objects, 0);
		KUNIT_EXPECT_EQ(test, st.alloc_objects, st.free_objects);
		KUNIT_EXPECT_EQ(test, st.committed_bytes, 0);
		KUNIT_EXPECT_EQ(test, st.free_double + st.free_invalid + st.free_foreign, 0);
		KUNIT_EXPECT_EQ(test, tslab_destroy(s.ts), 0);
	}
}

static struct kunit_case smoke_cases[] = {
	KUNIT_CASE(storm),
	{}
};

static struct kunit_suite smoke_suite = {
	.name = "tslab_smoke",
	.test_cases = smoke_cases,
};
kunit_test_suite(smoke_suite);
MODULE_LICENSE("GPL");
