// SPDX-License-Identifier: GPL-2.0
/*
 * tslabstat: metrics to a file, for the textfile collector of node_exporter
 *
 * A file is replaced as a whole or not at all, and only by what was read
 * without an error. Whether that was so is in a second, small file, as the
 * first then stays as it was: NAME.prom and NAME.collector.prom.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "stat.h"

/* === Replacing a file === */

struct replacement {
	FILE *file;
	const char *path;
	char temporary[PATH_MAX];
	sigset_t signals;		/* blocked before */
};

static int write_fault(struct fault *fault, const char *path)
{
	return fault_set(fault, "%s: %s", path, strerror(errno));
}

/*
 * In the same directory, so that it can be renamed, and with a name that the
 * collector does not read. No signal may leave it behind: they wait.
 */
static int replacement_begin(struct replacement *r, const char *path,
			     struct fault *fault)
{
	const char *slash = strrchr(path, '/');
	const int dir_len = slash ? slash + 1 - path : 0;
	sigset_t all;
	int fd;

	r->path = path;
	if (snprintf(r->temporary, sizeof(r->temporary), "%.*s.%s.XXXXXX",
		     dir_len, path, path + dir_len) >=
	    (int)sizeof(r->temporary)) {
		errno = ENAMETOOLONG;
		return write_fault(fault, path);
	}
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &r->signals);
	fd = mkostemp(r->temporary, O_CLOEXEC);
	r->file = fd < 0 ? NULL : fdopen(fd, "w");
	if (r->file)
		return 0;
	write_fault(fault, path);
	if (fd >= 0) {
		unlink(r->temporary);
		close(fd);
	}
	sigprocmask(SIG_SETMASK, &r->signals, NULL);
	return -1;
}

/* Whoever serves the metrics is not root. */
static int replacement_sync(struct replacement *r)
{
	if (fflush(r->file) || ferror(r->file) ||
	    fchmod(fileno(r->file), 0644) || fsync(fileno(r->file)))
		return -1;
	return 0;
}

/* Puts the file into its place if @ret, of what wrote it, is 0. */
static int replacement_end(struct replacement *r, int ret, struct fault *fault)
{
	if (!ret && replacement_sync(r))
		ret = write_fault(fault, r->path);
	if (fclose(r->file) && !ret)
		ret = write_fault(fault, r->path);
	if (!ret && rename(r->temporary, r->path))
		ret = write_fault(fault, r->path);
	if (ret)
		unlink(r->temporary);
	sigprocmask(SIG_SETMASK, &r->signals, NULL);
	return ret;
}

/* === What is in the files === */

static double now_s(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static int metrics_write(const char *path, const struct tree *tree,
			 const char *instance, enum view view,
			 double started, struct fault *fault)
{
	static const struct name duration = {
		"collector_duration_seconds",
		"Time the collection took.",
		"Of the last good one: a collector that hangs shows by the age of its figures.",
	}, success = {
		"collector_last_success_timestamp_seconds",
		"When the figures beside it were read, since 1970.",
		"node_exporter serves a file for ever: old figures pass for new ones unless this is looked at.",
	};
	struct replacement r;
	int ret;

	if (replacement_begin(&r, path, fault))
		return -1;
	ret = prometheus_print(r.file, tree, instance, view, fault);
	prometheus_print_gauge(r.file, &duration, instance,
			       now_s(CLOCK_MONOTONIC) - started);
	prometheus_print_gauge(r.file, &success, instance,
			       now_s(CLOCK_REALTIME));
	return replacement_end(&r, ret, fault);
}

static int status_path(char status[PATH_MAX], const char *path,
		       struct fault *fault)
{
	const int len = strlen(path) - strlen(METRICS_SUFFIX);

	if (snprintf(status, PATH_MAX, "%.*s.collector" METRICS_SUFFIX, len,
		     path) < PATH_MAX)
		return 0;
	errno = ENAMETOOLONG;
	return write_fault(fault, path);
}

static int status_write(const char *status, const char *instance, bool good,
			unsigned int leftovers, struct fault *fault)
{
	static const struct name success = {
		"collector_success", "1 if the last collection succeeded.",
		"Stays as it is when the collector is not run: look at the time of the attempt.",
	}, attempt = {
		"collector_last_attempt_timestamp_seconds",
		"When the last collection ended, good or not, since 1970.",
		"If this is old, the timer does not run.",
	}, clashing = {
		"collector_leftover_files",
		"Files in the directory that take figures of this collector away.",
		"The exporter says nothing: it drops what is in two files in different words.",
	};
	struct replacement r;

	if (replacement_begin(&r, status, fault))
		return -1;
	prometheus_print_gauge(r.file, &success, instance, good);
	prometheus_print_gauge(r.file, &attempt, instance,
			       now_s(CLOCK_REALTIME));
	prometheus_print_gauge(r.file, &clashing, instance, leftovers);
	return replacement_end(&r, 0, fault);
}

/* Of one that did not come to reading. */
int collect_failed(const char *path, const char *instance, struct fault *fault)
{
	char status[PATH_MAX];

	return status_path(status, path, fault) ?:
	       status_write(status, instance, false, 0, fault);
}

int collect(struct session *session, const char *path, enum view view,
	    struct fault *fault)
{
	const double started = now_s(CLOCK_MONOTONIC);
	const char *instance = session->source.instance;
	struct fault second;
	unsigned int leftovers;
	char status[PATH_MAX];
	int ret;

	/* A limit of file sizes is an error to tell, and no reason to die. */
	signal(SIGXFSZ, SIG_IGN);
	if (status_path(status, path, fault))
		return -1;
	ret = session_read(session, fault);
	if (!ret || ret == -ENOENT)
		ret = metrics_write(path, ret ? NULL : session->report,
				    instance, view, started, fault);
	/* Of two errors the first is the one to tell. */
	if (leftovers_count(path, status, &leftovers, ret ? &second : fault) ||
	    status_write(status, instance, !ret, leftovers,
			 ret || leftovers ? &second : fault))
		return -1;
	return leftovers ? -1 : ret;
}
