// SPDX-License-Identifier: GPL-2.0
/*
 * How a driver uses tslab: a server whose requests need many small objects
 * that die together, and whose sessions outlive any request.
 *
 *  - each request allocates in an epoch of its own, which is discarded when the
 *    request is done: nothing is freed one by one that the request does not want
 *    to, and no page stays behind;
 *  - sessions live in an epoch that is opened beside and closed at the end.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/err.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/tslab.h>

static unsigned int requests = 1000;
module_param(requests, uint, 0444);
MODULE_PARM_DESC(requests, "Requests to process at load, 1 to 1000000");

#define SESSIONS		64
#define FIELDS_PER_REQUEST	40

struct session {
	struct list_head node;
	char peer[16];
	unsigned int id;
	unsigned long requests;
	u64 bytes;
};

struct field {
	struct field *next;
	char text[100];
};

static struct tslab *ts;
static tslab_epoch_t session_epoch;
static LIST_HEAD(sessions);

/* What a parser would do: objects of several sizes, in the request's epoch. */
static int parse_request(struct session *session, unsigned int request)
{
	struct field *fields = NULL, *field;
	unsigned int i;
	char *reply;

	for (i = 0; i < FIELDS_PER_REQUEST; i++) {
		field = tslab_alloc(ts, sizeof(*field), GFP_KERNEL);
		if (!field)
			return -ENOMEM;
		field->next = fields;
		snprintf(field->text, sizeof(field->text), "field %u of %u", i,
			 request);
		fields = field;
	}
	reply = tslab_alloc(ts, 512, GFP_KERNEL);
	if (!reply)
		return -ENOMEM;
	session->requests++;
	for (field = fields; field; field = field->next)
		session->bytes += scnprintf(reply, 512, "<%s>", field->text);
	return 0;
}

static int process_request(struct session *session, unsigned int request)
{
	struct tslab_domain *domain;
	long pages;
	int err;

	domain = tslab_domain_open(ts, "request");
	if (IS_ERR(domain))
		return PTR_ERR(domain);
	err = parse_request(session, request);
	/* All of the request's objects at once. */
	pages = tslab_domain_discard(domain);
	return pages < 0 ? pages : err;
}

static int open_sessions(void)
{
	struct session *session;
	unsigned int i;

	session_epoch = tslab_epoch_open(ts, "sessions");
	if (tslab_epoch_err(session_epoch))
		return tslab_epoch_err(session_epoch);
	for (i = 0; i < SESSIONS; i++) {
		session = tslab_alloc_epoch(ts, session_epoch, sizeof(*session),
					    GFP_KERNEL | __GFP_ZERO);
		if (!session)
			return -ENOMEM;
		session->id = i;
		snprintf(session->peer, sizeof(session->peer), "peer-%u", i);
		list_add_tail(&session->node, &sessions);
	}
	return 0;
}

static void close_sessions(void)
{
	struct session *session, *next;

	list_for_each_entry_safe(session, next, &sessions, node)
		tslab_free(ts, session);
	INIT_LIST_HEAD(&sessions);
	tslab_epoch_close(ts, session_epoch);
}

static int process_all(void)
{
	struct session *session;
	unsigned int i;
	int err;

	for (i = 0; i < requests; i++) {
		session = list_first_entry(&sessions, struct session, node);
		list_rotate_left(&sessions);
		err = process_request(session, i);
		if (err)
			return err;
	}
	return 0;
}

static void report(void)
{
	struct tslab_epoch_stats of_sessions;
	struct tslab_stats all;

	tslab_global_stats(ts, &all);
	if (tslab_epoch_stats(ts, session_epoch, &of_sessions))
		return;
	pr_info("%u requests: %llu objects allocated, %llu live, %llu in %llu pages of sessions\n",
		requests, all.alloc_objects, all.live_objects,
		of_sessions.live_objects, of_sessions.pages);
	pr_info("%llu slabs made, %llu pages given back, %llu KiB held now\n",
		all.new_slab_count, all.pages_released,
		all.committed_bytes / 1024);
}

static int __init request_sample_init(void)
{
	int err;

	if (!requests || requests > 1000000) {
		pr_err("requests=%u is not 1 to 1000000\n", requests);
		return -EINVAL;
	}
	ts = tslab_create("request_sample", NULL);
	if (IS_ERR(ts))
		return PTR_ERR(ts);
	err = open_sessions();
	if (!err)
		err = process_all();
	if (err) {
		close_sessions();
		tslab_destroy(ts);
		return err;
	}
	report();
	return 0;
}

static void __exit request_sample_exit(void)
{
	close_sessions();
	tslab_destroy(ts);
}

module_init(request_sample_init);
module_exit(request_sample_exit);
MODULE_DESCRIPTION("Sample user of tslab: requests and sessions");
MODULE_AUTHOR("The tslab developers");
MODULE_LICENSE("GPL");
