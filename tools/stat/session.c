// SPDX-License-Identifier: GPL-2.0
/*
 * tslabstat: one reading after the other
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <time.h>

#include "stat.h"

#define NSEC_PER_SEC	1000000000ULL

static volatile sig_atomic_t stopped;

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * NSEC_PER_SEC + ts.tv_nsec;
}

static void stop(int unused)
{
	(void)unused;
	stopped = 1;
}

/* Signals come while waiting and at no other time. */
static void catch_signals(sigset_t *outside)
{
	static const int signals[] = { SIGINT, SIGTERM };
	struct sigaction action = { .sa_handler = stop };
	sigset_t set;
	size_t i;

	sigemptyset(&set);
	sigaddset(&set, SIGWINCH);	/* whose handler is that of ncurses */
	for (i = 0; i < ARRAY_SIZE(signals); i++) {
		sigaction(signals[i], &action, NULL);
		sigaddset(&set, signals[i]);
	}
	sigprocmask(SIG_BLOCK, &set, outside);
}

/* Only who @waits can be stopped between two readings. */
void session_begin(struct session *session, const struct source *source,
		   bool waits)
{
	memset(session, 0, sizeof(*session));
	session->source = *source;
	if (waits)
		catch_signals(&session->signals);
}

/* A delta needs the text of what it is of: both change at once. */
static void session_replace(struct session *session, const struct tree *now,
			    const struct tree *delta)
{
	tree_free(&session->delta);
	tree_free(&session->before);
	session->before = session->now;
	session->now = *now;
	session->delta = *delta;
	session->report = session->reports++ ? &session->delta : &session->now;
}

int session_read(struct session *session, struct fault *fault)
{
	struct tree now, delta = { };
	uint64_t read_ns = now_ns();
	int ret;

	ret = tree_read(&now, &session->source, fault);
	if (!ret && session->reports)
		ret = tree_delta(&delta, &session->now, &now, fault);
	if (ret) {
		tree_free(&delta);
		tree_free(&now);
		return ret;
	}
	if (session->reports && !delta.restarted)
		delta.seconds = (double)(read_ns - session->read_ns) /
				NSEC_PER_SEC;
	session_replace(session, &now, &delta);
	session->read_ns = read_ns;
	return 0;
}

/*
 * Waits until @seconds after the last such time, or for input on @fd, -1 for
 * none. Signals that change the screen count as input; those that stop the
 * program and the end of the terminal do not.
 */
enum wait session_wait(struct session *session, double seconds, int fd)
{
	struct pollfd pollfd = { .fd = fd, .events = POLLIN };
	uint64_t period = seconds * NSEC_PER_SEC;
	uint64_t now = now_ns(), left;
	struct timespec ts;
	int ret;

	if (!session->deadline_ns)
		session->deadline_ns = now + period;
	left = session->deadline_ns > now ? session->deadline_ns - now : 0;
	ts.tv_sec = left / NSEC_PER_SEC;
	ts.tv_nsec = left % NSEC_PER_SEC;
	ret = ppoll(&pollfd, 1, &ts, &session->signals);
	if (stopped)
		return WAIT_STOP;
	if (ret < 0 && fd < 0)
		return session_wait(session, seconds, fd);
	if (pollfd.revents & (POLLHUP | POLLERR | POLLNVAL))
		return WAIT_STOP;
	if (ret)
		return WAIT_INPUT;
	/* After a long stop, as by SIGSTOP, do not make up for it. */
	now = now_ns();
	while (session->deadline_ns <= now)
		session->deadline_ns += period;
	return WAIT_OVER;
}

void session_end(struct session *session)
{
	tree_free(&session->delta);
	tree_free(&session->now);
	tree_free(&session->before);
}
