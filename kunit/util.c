// SPDX-License-Identifier: GPL-2.0
/* Copies, formatted strings, secrets, cleanup, sizes that the compiler knows. */
#include <linux/sizes.h>
#include <linux/string.h>

#include "common.h"

static void copies(struct kunit *test)
{
	struct tslab *ts = tslab_test_create_tier(test);
	u8 source[300];
	char *name;
	void *obj;

	memset(source, 0x5a, sizeof(source));
	obj = tslab_memdup(ts, source, sizeof(source), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, obj);
	KUNIT_EXPECT_MEMEQ(test, obj, source, sizeof(source));
	tslab_free(ts, obj);

	name = tslab_strdup(ts, "eth0", GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, name);
	KUNIT_EXPECT_STREQ(test, name, "eth0");
	tslab_free(ts, name);
	name = tslab_strndup(ts, "eth0", 3, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, name);
	KUNIT_EXPECT_STREQ(test, name, "eth");
	tslab_free(ts, name);
	name = tslab_strndup(ts, "eth0", 64, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, name);
	KUNIT_EXPECT_STREQ(test, name, "eth0");
	tslab_free(ts, name);
	name = tslab_strndup(ts, "eth0", 0, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, name);
	KUNIT_EXPECT_STREQ(test, name, "");
	tslab_free(ts, name);

	KUNIT_EXPECT_NULL(test, tslab_strdup(ts, NULL, GFP_KERNEL));
	KUNIT_EXPECT_NULL(test, tslab_strndup(ts, NULL, 8, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, tslab_test_stats(test, ts, 0)->size_rejected, 0);
	/* Nothing is no object. */
	KUNIT_EXPECT_NULL(test, tslab_memdup(ts, source, 0, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, tslab_test_stats(test, ts, 0)->size_rejected, 1);
	tslab_test_finish(test, ts);
}

static void formatted_strings(struct kunit *test)
{
	struct tslab *ts = tslab_test_create_tier(test);
	char *text = tslab_asprintf(ts, GFP_KERNEL, "%s-%u", "queue", 12);

	KUNIT_ASSERT_NOT_NULL(test, text);
	KUNIT_EXPECT_STREQ(test, text, "queue-12");
	tslab_free(ts, text);
	tslab_test_finish(test, ts);
}

static void longest_string(struct kunit *test)
{
	struct tslab *ts;
	char *text;

	if (TSLAB_MAX_SIZE > SZ_8M)
		kunit_skip(test, "no field of printf() is as long");
	ts = tslab_test_create_tier(test);
	text = tslab_asprintf(ts, GFP_KERNEL, "%*s", (int)TSLAB_MAX_SIZE - 1,
			      "x");
	KUNIT_ASSERT_NOT_NULL(test, text);
	KUNIT_EXPECT_EQ(test, strlen(text), TSLAB_MAX_SIZE - 1);
	tslab_free(ts, text);
	KUNIT_EXPECT_NULL(test, tslab_asprintf(ts, GFP_KERNEL, "%*s",
					       (int)TSLAB_MAX_SIZE, "x"));
	KUNIT_EXPECT_EQ(test, tslab_test_stats(test, ts, 0)->size_rejected, 1);
	tslab_test_finish(test, ts);
}

static void secrets_are_zeroed(struct kunit *test)
{
	struct tslab *ts = tslab_test_create_tier(test);
	u8 *key = tslab_alloc(ts, 512, GFP_KERNEL), *kept;
	static u8 foreign[64];

	/* A neighbour keeps the page. */
	kept = tslab_alloc(ts, 512, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, key);
	KUNIT_ASSERT_NOT_NULL(test, kept);
	memset(key, 0xa5, 512);
	memset(kept, 0x5a, 512);
	OPTIMIZER_HIDE_VAR(key);
	tslab_free_sensitive(ts, key);
	KUNIT_EXPECT_NULL(test, memchr_inv(key, 0, 512));
	KUNIT_EXPECT_NULL(test, memchr_inv(kept, 0x5a, 512));

	tslab_free_sensitive(ts, NULL);
	KUNIT_EXPECT_EQ(test, tslab_test_refusals(tslab_test_stats(test, ts, 0)),
			0);
	/* What is not ours is not written to. */
	memset(foreign, 0x11, sizeof(foreign));
	tslab_free_sensitive(ts, foreign);
	KUNIT_EXPECT_NULL(test, memchr_inv(foreign, 0x11, sizeof(foreign)));
	tslab_free_sensitive(ts, kept + 8);
	KUNIT_EXPECT_NULL(test, memchr_inv(kept, 0x5a, 512));
	tslab_free_sensitive(ts, key);
	KUNIT_EXPECT_EQ(test, tslab_test_stats(test, ts, 0)->free_foreign, 1);
	KUNIT_EXPECT_EQ(test, tslab_test_stats(test, ts, 0)->free_invalid, 1);
	KUNIT_EXPECT_EQ(test, tslab_test_stats(test, ts, 0)->free_double, 1);
	tslab_free(ts, kept);
	tslab_test_finish(test, ts);
}

static struct tslab *cleanup_ts;
DEFINE_TSLAB_FREE(cleanup_free, cleanup_ts)

static void *half_done(bool succeeds)
{
	void *first __free(cleanup_free) = tslab_alloc(cleanup_ts, 64,
						       GFP_KERNEL);
	void *second __free(cleanup_free) = NULL;

	if (!succeeds)
		return NULL;
	return no_free_ptr(first);
}

static void cleanup(struct kunit *test)
{
	void *obj;

	cleanup_ts = tslab_test_create_tier(test);
	KUNIT_EXPECT_NULL(test, half_done(false));
	KUNIT_EXPECT_EQ(test, tslab_test_stats(test, cleanup_ts, 0)->live_objects,
			0);
	obj = half_done(true);
	KUNIT_EXPECT_NOT_NULL(test, obj);
	KUNIT_EXPECT_EQ(test, tslab_test_stats(test, cleanup_ts, 0)->live_objects,
			1);
	tslab_free(cleanup_ts, obj);
	tslab_test_finish(test, cleanup_ts);
}

/* What FORTIFY and the checks of bounds go by. */
static void compiler_knows_sizes(struct kunit *test)
{
	struct tslab *ts = tslab_test_create_tier(test);
	void *obj = tslab_alloc(ts, 40, GFP_KERNEL);
	void *zeroed = tslab_zalloc(ts, 40, GFP_KERNEL);
	void *in_epoch = tslab_alloc_epoch(ts, tslab_epoch_current(ts), 40,
					   GFP_KERNEL);
	void *array = tslab_alloc_array(ts, 4, 10, GFP_KERNEL);
	void *resized = tslab_realloc(ts, NULL, 40, GFP_KERNEL);

	KUNIT_EXPECT_EQ(test, __builtin_object_size(obj, 0), 40);
	KUNIT_EXPECT_EQ(test, __builtin_object_size(zeroed, 0), 40);
	KUNIT_EXPECT_EQ(test, __builtin_object_size(in_epoch, 0), 40);
	KUNIT_EXPECT_EQ(test, __builtin_object_size(array, 0), 40);
	KUNIT_EXPECT_EQ(test, __builtin_object_size(resized, 0), 40);
	tslab_free(ts, obj);
	tslab_free(ts, zeroed);
	tslab_free(ts, in_epoch);
	tslab_free(ts, array);
	tslab_free(ts, resized);
	tslab_test_finish(test, ts);
}

static struct kunit_case util_cases[] = {
	KUNIT_CASE_PARAM(copies, tslab_test_tiers),
	KUNIT_CASE_PARAM(formatted_strings, tslab_test_tiers),
	KUNIT_CASE_PARAM(longest_string, tslab_test_tiers),
	KUNIT_CASE_PARAM(secrets_are_zeroed, tslab_test_tiers),
	KUNIT_CASE_PARAM(cleanup, tslab_test_tiers),
	KUNIT_CASE_PARAM(compiler_knows_sizes, tslab_test_tiers),
	{}
};

static struct kunit_suite util_suite = {
	.name = "tslab_util",
	.test_cases = util_cases,
};

kunit_test_suite(util_suite);
