// SPDX-License-Identifier: GPL-2.0
/*
 * tslab-bench: one run of the module
 *
 * The write of the options returns when the run is over, so a child does it.
 * A signal ends it early.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "front.h"

#define TICK_MS		100

static volatile sig_atomic_t child;

static int path_make(char *path, size_t size, const char *dir,
		     const char *name, struct fault *fault)
{
	if (snprintf(path, size, "%s/%s", dir, name) >= (int)size)
		return fault_set(fault, "%s: path too long", dir);
	return 0;
}

/* The whole of a file that has no size, with a NUL at its end. */
int file_read(char **text, size_t *len, const char *dir, const char *name,
	      struct fault *fault)
{
	char path[PATH_MAX];
	size_t size = 0;
	ssize_t got;
	int fd;

	*text = NULL;
	*len = 0;
	if (path_make(path, sizeof(path), dir, name, fault))
		return -1;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return fault_set(fault, "%s: %s", path, strerror(errno));
	do {
		char *grown;

		if (size - *len < 2) {
			size = size ? 2 * size : 65536;
			grown = realloc(*text, size);
			if (!grown) {
				close(fd);
				return fault_set(fault, "out of memory");
			}
			*text = grown;
		}
		got = read(fd, *text + *len, size - *len - 1);
		if (got > 0)
			*len += got;
	} while (got > 0);
	if (got < 0) {
		fault_set(fault, "%s: %s", path, strerror(errno));
		close(fd);
		return -1;
	}
	close(fd);
	(*text)[*len] = '\0';
	return 0;
}

/* === The child === */

/* Ends with the errno of the write as exit status. */
static void child_write(const struct run *run, int fd)
{
	ssize_t len = strlen(run->line);

	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	_exit(write(fd, run->line, len) == len ? 0 : errno);
}

static void pass_on(int sig)
{
	if (child > 0)
		kill(child, sig);
}

/* === Meanwhile === */

static uint64_t slab_number(const struct run *run, const char *name)
{
	struct fault fault;
	uint64_t value = 0;
	char *text;
	size_t len;

	/* The cache is there from when the run has begun. */
	if (!file_read(&text, &len, run->slab_root, name, &fault))
		value = strtoull(text, NULL, 10);
	free(text);
	return value;
}

static uint64_t slab_pages(const struct run *run)
{
	return slab_number(run, "slabs") << (slab_number(run, "order") & 31);
}

static void progress_show(const struct run *run)
{
	struct fault fault;
	char *text;
	size_t len;

	if (!file_read(&text, &len, run->root, "progress", &fault)) {
		unsigned long long ms, requests, allocs;

		if (sscanf(text, "running %llu %llu %llu", &ms, &requests,
			   &allocs) == 3)
			fprintf(stderr, "\r%6.1f s %14llu requests %16llu objects",
				ms / 1000.0, requests, allocs);
	}
	free(text);
}

/* Return: wait status of the child. */
static int watch(struct run *run, int over)
{
	struct pollfd pollfd = { .fd = over };
	unsigned int tick;
	int status;

	for (tick = 0; poll(&pollfd, 1, TICK_MS) <= 0; tick++) {
		if (run->polls_slab) {
			uint64_t pages = slab_pages(run);

			run->pages.end = pages;
			if (pages > run->pages.peak)
				run->pages.peak = pages;
		}
		if (run->show_progress && tick % 2)
			progress_show(run);
	}
	if (run->show_progress)
		fputs("\r\033[K", stderr);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

/* === A run === */

static int explain(struct run *run, int err, struct fault *fault)
{
	struct fault ignored;
	char *text = NULL;
	size_t len;

	if (err == EINVAL &&
	    !file_read(&text, &len, run->root, "error", &ignored) && len) {
		run->refused = true;
		text[strcspn(text, "\n")] = '\0';
		fault_set(fault, "%s", text);
	} else if (err == EUCLEAN) {
		fault_set(fault, "the run left objects or pages behind");
	} else {
		fault_set(fault, "%s/run: %s", run->root, strerror(err));
	}
	free(text);
	return -1;
}

static int run_open(const struct run *run, struct fault *fault)
{
	char path[PATH_MAX];
	int fd;

	if (path_make(path, sizeof(path), run->root, "run", fault))
		return -1;
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd >= 0)
		return fd;
	if (errno == EACCES || errno == EPERM)
		return fault_set(fault, "%s: %s; only root may run it", path,
				 strerror(errno));
	if (errno == ENOENT)
		return fault_set(fault, "%s: not there; is tslab_bench.ko loaded, and debugfs mounted?",
				 path);
	return fault_set(fault, "%s: %s", path, strerror(errno));
}

int run_go(struct run *run, struct fault *fault)
{
	struct sigaction action = { .sa_handler = pass_on };
	int over[2];
	int status;
	int fd;

	fd = run_open(run, fault);
	if (fd < 0)
		return -1;
	if (pipe2(over, O_CLOEXEC)) {
		close(fd);
		return fault_set(fault, "pipe: %s", strerror(errno));
	}
	fflush(NULL);
	child = fork();
	if (!child)
		child_write(run, fd);
	/* The read end hangs up when the child is gone. */
	close(over[1]);
	close(fd);
	if (child < 0) {
		close(over[0]);
		return fault_set(fault, "fork: %s", strerror(errno));
	}
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	status = watch(run, over[0]);
	close(over[0]);
	child = 0;
	if (run->polls_slab)
		run->pages.after = slab_pages(run);
	run->interrupted = WIFSIGNALED(status) ||
			   WEXITSTATUS(status) == EINTR;
	if (run->interrupted || !WEXITSTATUS(status))
		return 0;
	return explain(run, WEXITSTATUS(status), fault);
}
