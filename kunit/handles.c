// SPDX-License-Identifier: GPL-2.0
/* Handles: valid, stale, doubled, foreign, malformed, random. */
#include <linux/prandom.h>

#include "../tslab/handle.h"
#include "common.h"

#define SERIAL_MAX		(HANDLE_SERIAL_MAX - 1)
#define ID_SHIFT		__bf_shf(HANDLE_SLAB)

static tslab_handle_t flip(tslab_handle_t handle, u64 bits)
{
	return (__force tslab_handle_t)((__force u64)handle ^ bits);
}

static void handle_names_its_object(struct kunit *test)
{
	struct tslab *ts = tslab_test_create_tier(test);
	unsigned int i, n = TSLAB_NR_CLASSES * 40;
	tslab_handle_t *handles;
	u32 *obj;

	handles = kunit_kcalloc(test, n, sizeof(*handles), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, handles);
	for (i = 0; i < n; i++) {
		size_t size = tslab_geometry[i % TSLAB_NR_CLASSES].size;

		handles[i] = tslab_alloc_handle(ts, TSLAB_EPOCH_NONE, size,
						GFP_KERNEL);
		KUNIT_ASSERT_NE(test, (__force u64)handles[i], 0);
		obj = tslab_handle_to_obj(ts, handles[i]);
		KUNIT_ASSERT_FALSE(test, IS_ERR(obj));
		KUNIT_EXPECT_EQ(test, tslab_obj_size(ts, obj), size);
		*obj = i;
	}
	for (i = 0; i < n; i++) {
		obj = tslab_handle_to_obj(ts, handles[i]);
		KUNIT_ASSERT_FALSE(test, IS_ERR(obj));
		KUNIT_EXPECT_EQ(test, *obj, i);
		KUNIT_EXPECT_EQ(test, tslab_free_handle(ts, handles[i]), 0);
	}
	KUNIT_EXPECT_EQ(test, tslab_test_refusals(tslab_test_stats(test, ts,
								   0)), 0);
	tslab_test_finish(test, ts);
}

static void handle_of_a_freed_object(struct kunit *test)
{
	struct tslab *ts = tslab_test_create_tier(test);
	tslab_handle_t handle = tslab_alloc_handle(ts, TSLAB_EPOCH_NONE, 64,
						   GFP_KERNEL);

	KUNIT_ASSERT_NE(test, (__force u64)handle, 0);
	KUNIT_EXPECT_EQ(test, tslab_free_handle(ts, handle), 0);
	KUNIT_EXPECT_EQ(test, tslab_free_handle(ts, handle), -ENOENT);
	KUNIT_EXPECT_EQ(test, PTR_ERR(tslab_handle_to_obj(ts, handle)),
			-ENOENT);
	KUNIT_EXPECT_EQ(test, tslab_test_stats(test, ts, 0)->handle_invalid,
			2);
	/* The slab goes with its epoch. */
	KUNIT_EXPECT_GE(test, tslab_epoch_close(ts, tslab_epoch_current(ts)),
			1);
	KUNIT_EXPECT_EQ(test, tslab_free_handle(ts, handle), -ESTALE);
	KUNIT_EXPECT_EQ(test, PTR_ERR(tslab_handle_to_obj(ts, handle)),
			-ESTALE);
	KUNIT_EXPECT_EQ(test, tslab_test_stats(test, ts, 0)->handle_stale, 2);
	tslab_test_finish(test, ts);
}

static void handles_turn_stale_at_discard(struct kunit *test)
{
	struct tslab *ts = tslab_test_create_tier(test);
	tslab_epoch_t epoch = tslab_epoch_open(ts, NULL);
	tslab_handle_t handles[200];
	unsigned int i;

	TSLAB_TEST_ASSERT_EPOCH(test, epoch);
	for (i = 0; i < ARRAY_SIZE(handles); i++) {
		handles[i] = tslab_alloc_handle(ts, epoch, 192, GFP_KERNEL);
		KUNIT_ASSERT_NE(test, (__force u64)handles[i], 0);
	}
	KUNIT_EXPECT_EQ(test, tslab_test_epoch(test, ts, epoch)->pages,
			tslab_epoch_discard(ts, epoch));
	for (i = 0; i < ARRAY_SIZE(handles); i++)
		KUNIT_EXPECT_EQ(test, tslab_free_handle(ts, handles[i]),
				-ESTALE);
	/* Also once their slab ids name other slabs. */
	epoch = tslab_epoch_open(ts, NULL);
	TSLAB_TEST_ASSERT_EPOCH(test, epoch);
	for (i = 0; i < ARRAY_SIZE(handles); i++)
		KUNIT_ASSERT_NE(test, (__force u64)
				tslab_alloc_handle(ts, epoch, 192, GFP_KERNEL),
				0);
	for (i = 0; i < ARRAY_SIZE(handles); i++)
		KUNIT_EXPECT_EQ(test, PTR_ERR(tslab_handle_to_obj(ts,
								  handles[i])),
				-ESTALE);
	KUNIT_EXPECT_GT(test, tslab_epoch_discard(ts, epoch), 0);
	tslab_test_finish(test, ts);
}

static void handle_with_any_bit_flipped(struct kunit *test)
{
	struct tslab *ts = tslab_test_create_tier(test);
	struct tslab *other = tslab_test_create(test, NULL);
	tslab_handle_t handle = tslab_alloc_handle(ts, TSLAB_EPOCH_NONE, 8192,
						   GFP_KERNEL);
	unsigned int bit;

	KUNIT_ASSERT_NE(test, (__force u64)handle, 0);
	for (bit = 0; bit < 64; bit++)
		KUNIT_EXPECT_NE(test,
				tslab_free_handle(ts, flip(handle, BIT_ULL(bit))),
				0);
	KUNIT_EXPECT_EQ(test, tslab_free_handle(ts, TSLAB_HANDLE_NONE),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, tslab_free_handle(other, handle), -EINVAL);
	/* A serial number that never was. */
	KUNIT_EXPECT_EQ(test, tslab_free_handle(ts, flip(handle,
							 BIT_ULL(ID_SHIFT - 1))),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, tslab_free_handle(ts, handle), 0);
	tslab_test_finish(test, other);
	tslab_test_finish(test, ts);
}

/*
 * Refused with the errno by both calls that take a handle; raises what the
 * counters are to be then.
 */
static void expect_refused(struct kunit *test, struct tslab *ts, u64 bits,
			   int err, struct tslab_stats *want)
{
	tslab_handle_t handle = (__force tslab_handle_t)bits;

	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(tslab_handle_to_obj(ts, handle)),
			err);
	KUNIT_EXPECT_EQ(test, tslab_free_handle(ts, handle), err);
	if (err == -ESTALE)
		want->handle_stale += 2;
	else
		want->handle_invalid += 2;
}

/* The refusals have been counted, and nothing else has happened. */
static void expect_stats(struct kunit *test, struct tslab *ts,
			 const struct tslab_stats *want)
{
	KUNIT_EXPECT_MEMEQ(test, tslab_test_stats(test, ts, 0), want,
			   sizeof(*want));
}

static u64 with_field(u64 bits, u64 field, u64 value)
{
	return (bits & ~field) | value << __bf_shf(field);
}

#define WITH_VERSION(bits, value)	with_field(bits, HANDLE_VERSION, value)
#define WITH_SLOT(bits, value)		with_field(bits, HANDLE_SLOT, value)
#define WITH_SERIAL(bits, value)	with_field(bits, HANDLE_SERIAL, value)
#define WITH_ID(bits, value)		with_field(bits, HANDLE_SLAB, value)

static void each_field_is_validated(struct kunit *test)
{
	struct tslab *ts = tslab_test_create_tier(test);
	struct tslab *other = tslab_test_create_tier(test);
	const struct tslab_geometry *geo = tslab_test_geometry(test);
	tslab_epoch_t epoch = tslab_epoch_open(ts, NULL);
	struct tslab_stats *want, *want_other;
	unsigned int slot, version;
	u64 bits, serial;
	u8 *obj;

	/* One slab id at least has been used by now. */
	TSLAB_TEST_ASSERT_EPOCH(test, epoch);
	bits = (__force u64)tslab_alloc_handle(ts, epoch, geo->size,
					       GFP_KERNEL);
	KUNIT_ASSERT_NE(test, bits, 0);
	KUNIT_EXPECT_GT(test, tslab_epoch_discard(ts, epoch), 0);
	want = tslab_test_stats(test, ts, 0);
	expect_refused(test, ts, bits, -ESTALE, want);
	expect_stats(test, ts, want);

	bits = (__force u64)tslab_alloc_handle(ts, TSLAB_EPOCH_NONE, geo->size,
					       GFP_KERNEL);
	KUNIT_ASSERT_NE(test, bits, 0);
	obj = tslab_handle_to_obj(ts, (__force tslab_handle_t)bits);
	KUNIT_ASSERT_FALSE(test, IS_ERR(obj));
	memset(obj, 0x6b, geo->size);
	want = tslab_test_stats(test, ts, 0);
	want_other = tslab_test_stats(test, other, 0);

	for (version = 0; version < 4; version++)
		if (version != (bits & 3))
			expect_refused(test, ts, WITH_VERSION(bits, version),
				       -EINVAL, want);
	/* All slots but the first of the slab are free. */
	for (slot = 0; slot <= FIELD_MAX(HANDLE_SLOT); slot++)
		if (slot != FIELD_GET(HANDLE_SLOT, bits))
			expect_refused(test, ts, WITH_SLOT(bits, slot),
				       slot < geo->span && slot % 64 != 63 ?
				       -ENOENT : -EINVAL, want);
	serial = FIELD_GET(HANDLE_SERIAL, bits);
	KUNIT_EXPECT_GT(test, serial, 0);
	expect_refused(test, ts, WITH_SERIAL(bits, serial - 1), -ESTALE, want);
	expect_refused(test, ts, WITH_SERIAL(bits, 0), -ESTALE, want);
	expect_refused(test, ts, WITH_SERIAL(bits, serial + 1), -EINVAL, want);
	expect_refused(test, ts, WITH_SERIAL(bits, SERIAL_MAX), -EINVAL, want);
	/* No slab, and one that nobody has had yet. */
	expect_refused(test, ts, WITH_ID(bits, 0), -EINVAL, want);
	expect_refused(test, ts, WITH_ID(bits, FIELD_MAX(HANDLE_SLAB)), -EINVAL, want);
	expect_refused(test, ts, ~bits, -EINVAL, want);
	expect_refused(test, other, bits, -EINVAL, want_other);
	expect_refused(test, other, 0, -EINVAL, want_other);
	expect_stats(test, ts, want);
	expect_stats(test, other, want_other);

	KUNIT_EXPECT_NULL(test, memchr_inv(obj, 0x6b, geo->size));
	KUNIT_EXPECT_EQ(test, tslab_free_handle(ts, (__force tslab_handle_t)
						bits), 0);
	want = tslab_test_stats(test, ts, 0);
	expect_refused(test, ts, bits, -ENOENT, want);
	expect_stats(test, ts, want);
	tslab_test_finish(test, other);
	tslab_test_finish(test, ts);
}

#define LIVE	64

static bool is_live(const tslab_handle_t *handles, u64 bits)
{
	unsigned int i;

	for (i = 0; i < LIVE; i++)
		if ((__force u64)handles[i] == bits)
			return true;
	return false;
}

static u64 random_u64(struct rnd_state *rnd)
{
	u64 high = prandom_u32_state(rnd);

	return high << 32 | prandom_u32_state(rnd);
}

/* Bits of any kind, or those of a live handle with a field or two changed. */
static u64 random_handle(struct rnd_state *rnd, const tslab_handle_t *handles,
			 unsigned int i)
{
	u64 bits = random_u64(rnd), live, mask = 0;

	if (i % 2)
		return bits;
	live = (__force u64)handles[bits % LIVE];
	bits = random_u64(rnd);
	if (i & 2)	/* of the slots, and what is next to them */
		mask |= FIELD_PREP(HANDLE_SLOT, 63);
	if (i & 4)	/* serial numbers nearby */
		mask |= FIELD_PREP(HANDLE_SERIAL, 15);
	if (i & 8)	/* slabs nearby */
		mask |= FIELD_PREP(HANDLE_SLAB, 15);
	return live ^ (bits & mask);
}

static void a_million_random_handles(struct kunit *test)
{
	struct tslab *ts = tslab_test_create_tier(test);
	unsigned int i, tried = 0, invalid = 0, free = 0, stale = 0;
	struct tslab_stats *stats;
	tslab_handle_t *handles;
	struct rnd_state rnd;

	handles = kunit_kcalloc(test, LIVE, sizeof(*handles), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, handles);
	for (i = 0; i < LIVE; i++) {
		handles[i] = tslab_alloc_handle(ts, TSLAB_EPOCH_NONE,
						64 << (i % 8), GFP_KERNEL);
		KUNIT_ASSERT_NE(test, (__force u64)handles[i], 0);
	}
	prandom_seed_state(&rnd, 42);
	for (i = 0; tried < 1000000; i++) {
		u64 bits = random_handle(&rnd, handles, i);
		tslab_handle_t handle = (__force tslab_handle_t)bits;
		int ret;

		/* By chance one that is right. */
		if (is_live(handles, bits)) {
			if (IS_ERR(tslab_handle_to_obj(ts, handle)))
				KUNIT_FAIL(test, "live handle %llx", bits);
			continue;
		}
		ret = tried++ % 4 ? tslab_free_handle(ts, handle) :
		      PTR_ERR_OR_ZERO(tslab_handle_to_obj(ts, handle));
		if (ret == -ESTALE)
			stale++;
		else if (ret == -ENOENT)
			free++;
		else if (ret == -EINVAL)
			invalid++;
		else
			KUNIT_FAIL(test, "handle %llx: %d", bits, ret);
	}
	/* Each way of being refused was there. */
	KUNIT_EXPECT_GT(test, invalid, 0);
	KUNIT_EXPECT_GT(test, free, 0);
	KUNIT_EXPECT_GT(test, stale, 0);
	stats = tslab_test_stats(test, ts, 0);
	KUNIT_EXPECT_EQ(test, stats->handle_invalid, invalid + free);
	KUNIT_EXPECT_EQ(test, stats->handle_stale, stale);
	KUNIT_EXPECT_EQ(test, tslab_test_refusals(stats), tried);
	KUNIT_EXPECT_EQ(test, stats->live_objects, LIVE);
	for (i = 0; i < LIVE; i++)
		KUNIT_EXPECT_EQ(test, tslab_free_handle(ts, handles[i]), 0);
	tslab_test_finish(test, ts);
}

/* As if a slab's id had been used that often. */
static void serials_use_up(void *obj)
{
	struct tslab_slab *slab;

	preempt_disable();
	slab = tslab_slab_of(obj);
	atomic64_set(&slab->next_handle,
		     WITH_SERIAL(atomic64_read(&slab->next_handle),
				 HANDLE_SERIAL_MAX));
	preempt_enable();
}

static void slab_id_retires_with_its_last_serial(struct kunit *test)
{
	struct tslab *ts = tslab_test_create(test, NULL);
	u64 last_id = 0, id;
	unsigned int i, round;

	for (round = 0; round < 40; round++) {
		tslab_epoch_t epoch = tslab_epoch_open(ts, NULL);
		tslab_handle_t handle;

		TSLAB_TEST_ASSERT_EPOCH(test, epoch);
		handle = tslab_alloc_handle(ts, epoch, 64, GFP_KERNEL);
		KUNIT_ASSERT_NE(test, (__force u64)handle, 0);
		id = (__force u64)handle >> ID_SHIFT;
		if (last_id)
			KUNIT_EXPECT_NE(test, id, last_id);
		last_id = 0;
		if (round % 4 == 3) {
			serials_use_up(tslab_handle_to_obj(ts, handle));
			last_id = id;
		}
		KUNIT_EXPECT_EQ(test, tslab_epoch_discard(ts, epoch), 1);
		if (last_id) {
			struct tslab_stats *want = tslab_test_stats(test, ts,
								    0);
			u64 bits = (__force u64)handle;

			expect_refused(test, ts, WITH_SERIAL(bits, 0), -ESTALE,
				       want);
			expect_refused(test, ts, WITH_SERIAL(bits, SERIAL_MAX),
				       -ESTALE, want);
			expect_stats(test, ts, want);
		}
		for (i = 0; last_id && i < 8; i++) {
			epoch = tslab_epoch_open(ts, NULL);
			TSLAB_TEST_ASSERT_EPOCH(test, epoch);
			handle = tslab_alloc_handle(ts, epoch, 64, GFP_KERNEL);
			KUNIT_EXPECT_NE(test, (__force u64)handle >> ID_SHIFT,
					last_id);
			KUNIT_EXPECT_EQ(test, tslab_epoch_discard(ts, epoch),
					1);
		}
	}
	tslab_test_finish(test, ts);
}

/* A slab that lives on when its id has none left gets another one. */
static void slab_outlives_its_serials(struct kunit *test)
{
	struct tslab *ts = tslab_test_create_tier(test);
	tslab_handle_t handle[20];
	unsigned int i;
	void *obj;

	for (i = 0; i < ARRAY_SIZE(handle); i++) {
		handle[i] = tslab_alloc_handle(ts, TSLAB_EPOCH_NONE, 64,
					       GFP_KERNEL);
		KUNIT_ASSERT_NE(test, (__force u64)handle[i], 0);
		if (i && i % 4 == 0)
			KUNIT_EXPECT_NE(test, (__force u64)handle[i] >> ID_SHIFT,
					(__force u64)handle[i - 1] >> ID_SHIFT);
		obj = tslab_handle_to_obj(ts, handle[i]);
		KUNIT_ASSERT_FALSE(test, IS_ERR(obj));
		if (i % 4 == 3)
			serials_use_up(obj);
	}
	KUNIT_EXPECT_EQ(test, tslab_test_stats(test, ts, 64)->new_slab_count, 1);
	for (i = 0; i < ARRAY_SIZE(handle); i++) {
		KUNIT_EXPECT_FALSE(test, IS_ERR(tslab_handle_to_obj(ts,
								    handle[i])));
		KUNIT_EXPECT_EQ(test, tslab_free_handle(ts, handle[i]), 0);
		/* Of all but the last id nobody knows any more which were live. */
		KUNIT_EXPECT_EQ(test, tslab_free_handle(ts, handle[i]),
				i < 16 ? -ESTALE : -ENOENT);
	}
	tslab_test_close_all(ts);
	for (i = 0; i < ARRAY_SIZE(handle); i++)
		KUNIT_EXPECT_EQ(test, tslab_free_handle(ts, handle[i]), -ESTALE);
	KUNIT_EXPECT_EQ(test, tslab_destroy(ts), 0);
}

/* However its slot came to be free, and whatever is in it by now. */
static void handle_dies_with_its_object(struct kunit *test)
{
	struct tslab *ts = tslab_test_create_tier(test);
	struct obj {
		struct rcu_head rcu;
	} *obj, *again;
	unsigned int i;

	for (i = 0; i < 300; i++) {
		tslab_handle_t handle, second = TSLAB_HANDLE_NONE;
		int err = -ENOENT;

		handle = tslab_alloc_handle(ts, TSLAB_EPOCH_NONE, sizeof(*obj),
					    GFP_KERNEL);
		obj = tslab_handle_to_obj(ts, handle);
		KUNIT_ASSERT_FALSE(test, IS_ERR(obj));
		if (i % 3 == 0) {
			tslab_free(ts, obj);
		} else if (i % 3 == 1) {
			KUNIT_EXPECT_EQ(test, tslab_free_handle(ts, handle), 0);
		} else {
			tslab_free_rcu(ts, obj, &obj->rcu);
			/* It is gone for its handle at once. */
			KUNIT_EXPECT_EQ(test, tslab_free_handle(ts, handle),
					-ENOENT);
			rcu_barrier();
		}
		if (i & 1) {
			second = tslab_alloc_handle(ts, TSLAB_EPOCH_NONE,
						    sizeof(*obj), GFP_KERNEL);
			again = tslab_handle_to_obj(ts, second);
			KUNIT_EXPECT_FALSE(test, IS_ERR(again));
			if (again == obj)
				err = -ESTALE;
		} else {
			again = tslab_alloc(ts, sizeof(*obj), GFP_KERNEL);
		}
		KUNIT_EXPECT_EQ(test, PTR_ERR(tslab_handle_to_obj(ts, handle)),
				err);
		KUNIT_EXPECT_EQ(test, tslab_free_handle(ts, handle), err);
		tslab_free(ts, again);
		if (i & 1)
			KUNIT_EXPECT_EQ(test, tslab_free_handle(ts, second),
					-ENOENT);
	}
	tslab_test_finish(test, ts);
}

static void typed_handles(struct kunit *test)
{
	struct tslab *ts = tslab_test_create_tier(test);
	struct tslab_cache *cache = tslab_cache_create(ts, "handle", 24, NULL);
	tslab_handle_t handle[180];
	unsigned int i;
	u64 *obj;

	KUNIT_ASSERT_FALSE(test, IS_ERR(cache));
	for (i = 0; i < ARRAY_SIZE(handle); i++) {
		handle[i] = tslab_cache_alloc_handle(cache, TSLAB_EPOCH_NONE,
						     GFP_KERNEL);
		obj = tslab_handle_to_obj(ts, handle[i]);
		KUNIT_ASSERT_FALSE(test, IS_ERR(obj));
		*obj = i;
	}
	for (i = 0; i < ARRAY_SIZE(handle); i++) {
		obj = tslab_handle_to_obj(ts, handle[i]);
		KUNIT_ASSERT_FALSE(test, IS_ERR(obj));
		KUNIT_EXPECT_EQ(test, *obj, i);
		if (i & 1)
			tslab_cache_free(cache, obj);
		else
			KUNIT_EXPECT_EQ(test, tslab_free_handle(ts, handle[i]),
					0);
		KUNIT_EXPECT_EQ(test, tslab_free_handle(ts, handle[i]),
				-ENOENT);
	}
	KUNIT_EXPECT_EQ(test, tslab_cache_destroy(cache), 0);
	tslab_test_finish(test, ts);
}

struct reuse {
	struct tslab *ts;
	u64 stale;		/* the first of an id */
	bool done;
	atomic_t reused;
	atomic_t accepted;
};

/* The first CPU gives the id to slab after slab; the others use it. */
static int reuse_fn(void *data)
{
	struct reuse *reuse = data;
	unsigned int round;

	if (smp_processor_id() != cpumask_first(cpu_online_mask)) {
		while (!READ_ONCE(reuse->done)) {
			tslab_handle_t stale = (__force tslab_handle_t)
					       reuse->stale;

			if (!IS_ERR(tslab_handle_to_obj(reuse->ts, stale)))
				atomic_inc(&reuse->accepted);
			cond_resched();
		}
		return 0;
	}
	for (round = 0; round < 2000; round++) {
		tslab_epoch_t epoch = tslab_epoch_open(reuse->ts, NULL);
		u64 bits;

		if (tslab_epoch_err(epoch))
			break;
		bits = (__force u64)tslab_alloc_handle(reuse->ts, epoch, 64,
						       GFP_KERNEL);
		if (bits >> ID_SHIFT == reuse->stale >> ID_SHIFT)
			atomic_inc(&reuse->reused);
		if (tslab_epoch_discard(reuse->ts, epoch) != 1)
			break;
	}
	WRITE_ONCE(reuse->done, true);
	return round == 2000 ? 0 : -EIO;
}

static void stale_handle_while_its_id_is_reused(struct kunit *test)
{
	struct reuse reuse = { .ts = tslab_test_create_tier(test) };
	tslab_epoch_t epoch = tslab_epoch_open(reuse.ts, NULL);
	u64 bits;

	/* The lowest id that is free, as the loop will get. */
	TSLAB_TEST_ASSERT_EPOCH(test, epoch);
	bits = (__force u64)tslab_alloc_handle(reuse.ts, epoch, 64,
					       GFP_KERNEL);
	KUNIT_ASSERT_NE(test, bits, 0);
	KUNIT_EXPECT_EQ(test, tslab_epoch_discard(reuse.ts, epoch), 1);
	reuse.stale = WITH_SERIAL(bits, 0);
	tslab_test_on_all_cpus(test, reuse_fn, &reuse);
	KUNIT_EXPECT_EQ(test, atomic_read(&reuse.reused), 2000);
	KUNIT_EXPECT_EQ(test, atomic_read(&reuse.accepted), 0);
	tslab_test_finish(test, reuse.ts);
}

/* Whatever slab has the id by now: of fewer objects, of another instance. */
static void stale_whoever_has_the_id(struct kunit *test)
{
	struct tslab *ts = tslab_test_create_tier(test);
	struct tslab *other = tslab_test_create_tier(test);
	struct tslab_stats *want;
	u64 bits, again;
	unsigned int i;

	for (i = 0; i < 4; i++) {
		struct tslab *next = i & 1 ? other : ts;
		tslab_epoch_t epoch = tslab_epoch_open(ts, NULL);
		tslab_epoch_t then = tslab_epoch_open(next, NULL);
		unsigned int slot;

		TSLAB_TEST_ASSERT_EPOCH(test, epoch);
		TSLAB_TEST_ASSERT_EPOCH(test, then);
		for (slot = 0; slot < 50; slot++)
			bits = (__force u64)tslab_alloc_handle(ts, epoch, 64,
							       GFP_KERNEL);
		KUNIT_ASSERT_NE(test, bits, 0);
		KUNIT_EXPECT_EQ(test, tslab_epoch_discard(ts, epoch), 1);
		again = (__force u64)tslab_alloc_handle(next, then,
							i & 2 ? 64 : 8192,
							GFP_KERNEL);
		KUNIT_EXPECT_EQ(test, again >> ID_SHIFT, bits >> ID_SHIFT);
		want = tslab_test_stats(test, ts, 0);
		expect_refused(test, ts, bits, -ESTALE, want);
		expect_stats(test, ts, want);
		KUNIT_EXPECT_GT(test, tslab_epoch_discard(next, then), 0);
	}
	tslab_test_finish(test, other);
	tslab_test_finish(test, ts);
}

#define KEPT	32
/* A million on four CPUs; KCSAN is not as quick. */
#define EACH	(IS_ENABLED(CONFIG_KCSAN) ? 25000 : 250000)

struct million {
	struct tslab *ts;
	struct tslab_cache *cache;
	atomic_t made;
	atomic_t refused;
};

/* Frees an object by handle, by pointer, or by pointer after a grace period. */
static int million_free(struct million *m, tslab_handle_t handle,
			unsigned int how)
{
	void *obj = tslab_handle_to_obj(m->ts, handle);

	if (IS_ERR(obj))
		return PTR_ERR(obj);
	if (how % 64 == 63)
		tslab_free_rcu(m->ts, obj, (struct rcu_head *)obj);
	else if (how & 1)
		tslab_free(m->ts, obj);
	else
		return tslab_free_handle(m->ts, handle);
	return 0;
}

static int million_fn(void *data)
{
	tslab_handle_t live[KEPT] = {}, stale[KEPT] = {};
	struct million *m = data;
	unsigned int i;

	for (i = 0; i < EACH + KEPT; i++) {
		tslab_handle_t *place = &live[i % KEPT];
		unsigned int how = i / KEPT + i;
		int err;

		if (i % 512 == 0)
			cond_resched();
		if (*place != TSLAB_HANDLE_NONE) {
			err = million_free(m, *place, how);
			if (err)
				return err;
			stale[i % KEPT] = *place;
			*place = TSLAB_HANDLE_NONE;
		}
		if (i < EACH) {
			*place = how & 4 ?
				 tslab_cache_alloc_handle(m->cache,
							  TSLAB_EPOCH_NONE,
							  GFP_KERNEL) :
				 tslab_alloc_handle(m->ts, TSLAB_EPOCH_NONE,
						    24 + how % 40, GFP_KERNEL);
			if (*place == TSLAB_HANDLE_NONE)
				return -ENOMEM;
			atomic_inc(&m->made);
		}
		/* One that has just died, and one that has been dead for long. */
		if (i < KEPT)
			continue;
		if (!IS_ERR(tslab_handle_to_obj(m->ts, stale[i % KEPT])) ||
		    !tslab_free_handle(m->ts, stale[(i + 1) % KEPT]))
			return -EEXIST;
		atomic_add(2, &m->refused);
	}
	return 0;
}

static void a_million_handles_go_stale(struct kunit *test)
{
	struct million m = { .ts = tslab_test_create_tier(test) };
	unsigned int cpus = num_online_cpus();

	m.cache = tslab_cache_create(m.ts, "million", 40, NULL);
	KUNIT_ASSERT_FALSE(test, IS_ERR(m.cache));
	tslab_test_on_all_cpus(test, million_fn, &m);
	KUNIT_EXPECT_EQ(test, atomic_read(&m.made), EACH * cpus);
	KUNIT_EXPECT_EQ(test, tslab_test_refusals(tslab_test_stats(test, m.ts,
								   0)),
			atomic_read(&m.refused));
	rcu_barrier();
	KUNIT_EXPECT_EQ(test, tslab_cache_destroy(m.cache), 0);
	tslab_test_finish(test, m.ts);
}

static struct kunit_case handles_cases[] = {
	KUNIT_CASE_PARAM(handle_names_its_object, tslab_test_tiers),
	KUNIT_CASE_PARAM(handle_of_a_freed_object, tslab_test_tiers),
	KUNIT_CASE_PARAM(handles_turn_stale_at_discard, tslab_test_tiers),
	KUNIT_CASE_PARAM(handle_with_any_bit_flipped, tslab_test_tiers),
	KUNIT_CASE_PARAM(each_field_is_validated, tslab_test_classes),
	KUNIT_CASE_PARAM(a_million_random_handles, tslab_test_tiers),
	KUNIT_CASE_PARAM(stale_handle_while_its_id_is_reused,
			 tslab_test_tiers),
	KUNIT_CASE(slab_id_retires_with_its_last_serial),
	KUNIT_CASE_PARAM(slab_outlives_its_serials, tslab_test_tiers),
	KUNIT_CASE_PARAM(handle_dies_with_its_object, tslab_test_tiers),
	KUNIT_CASE_PARAM(typed_handles, tslab_test_tiers),
	KUNIT_CASE_PARAM(stale_whoever_has_the_id, tslab_test_tiers),
	KUNIT_CASE_PARAM(a_million_handles_go_stale, tslab_test_tiers),
	{}
};

static struct kunit_suite handles_suite = {
	.name = "tslab_handles",
	.test_cases = handles_cases,
};

kunit_test_suite(handles_suite);
