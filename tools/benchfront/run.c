// SPDX-License-Identifier: GPL-2.0
/*
 * tslab-bench: one run of the module
 *
 * The write of the options returns when the run is over, so a child does it.
 * A signal ends it early.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <linux/magic.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <time.h>
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

/* Ends with the errno of the write as exit status, and with the parent. */
static void child_write(const struct run *run, int fd, const sigset_t *signals)
{
	ssize_t len = strlen(run->line);
	ssize_t done;

	prctl(PR_SET_PDEATHSIG, SIGTERM);
	sigprocmask(SIG_SETMASK, signals, NULL);
	done = write(fd, run->line, len);
	_exit(done == len ? 0 : done < 0 ? errno : EIO);
}

static void pass_on(int sig)
{
	if (child > 0)
		kill(child, sig);
}

/* One that is ignored, as in the background of a script, stays so. */
static void pass_on_signal(int sig)
{
	struct sigaction action = { .sa_handler = pass_on };
	struct sigaction old;

	if (!sigaction(sig, NULL, &old) && old.sa_handler != SIG_IGN)
		sigaction(sig, &action, NULL);
}

/* A signal that comes meanwhile waits until there is a child to get it. */
static int child_start(const struct run *run, int fd, struct fault *fault)
{
	sigset_t passed_on, before;
	int err;

	sigemptyset(&passed_on);
	sigaddset(&passed_on, SIGINT);
	sigaddset(&passed_on, SIGTERM);
	sigprocmask(SIG_BLOCK, &passed_on, &before);
	fflush(NULL);
	child = fork();
	err = errno;
	if (!child)
		child_write(run, fd, &before);
	if (child > 0) {
		pass_on_signal(SIGINT);
		pass_on_signal(SIGTERM);
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	if (child < 0)
		return fault_set(fault, "fork: %s", strerror(err));
	return 0;
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

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000ull + now.tv_nsec / 1000000;
}

static void slab_look(struct run *run, uint64_t started)
{
	struct pages *pages = &run->pages;
	uint64_t count = slab_pages(run);
	struct point *grown;

	if (count > pages->peak)
		pages->peak = count;
	grown = reallocarray(pages->at, pages->nr_at + 1, sizeof(*grown));
	if (!grown)
		return;
	/* The time after the look: what is dated in the run was in it. */
	grown[pages->nr_at++] = (struct point){ now_ms() - started, count };
	pages->at = grown;
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
	uint64_t started = now_ms();
	unsigned int tick;
	int status;

	for (tick = 0; poll(&pollfd, 1, TICK_MS) <= 0; tick++) {
		if (run->polls_slab)
			slab_look(run, started);
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

static const char *why_missing(const struct run *run)
{
	char root[PATH_MAX];
	struct statfs fs;

	snprintf(root, sizeof(root), "%s", run->root);
	if (!access(run->root, F_OK) ||
	    (!statfs(dirname(root), &fs) && fs.f_type == DEBUGFS_MAGIC))
		return "is tslab_bench.ko loaded?";
	return "is debugfs mounted?";
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
		return fault_set(fault, "%s: %s; %s", path, strerror(errno),
				 geteuid() ? "only root may run it" :
				 "is the kernel locked down?");
	if (errno == ENOENT)
		return fault_set(fault, "%s: not there; %s", path,
				 why_missing(run));
	return fault_set(fault, "%s: %s", path, strerror(errno));
}

/*
 * Whether this is what the file shows. A run that a signal ended before it
 * began leaves the result of the last one, and no two took the same time.
 */
static bool result_is(const struct run *run, const char *before)
{
	struct fault ignored;
	bool same = false;
	char *text = NULL;
	size_t len;

	if (before && !file_read(&text, &len, run->root, "result", &ignored))
		same = !strcmp(text, before);
	free(text);
	return same;
}

/* Waits for the child and sees what became of it. */
static int run_wait(struct run *run, int over, const char *before,
		    struct fault *fault)
{
	int status = watch(run, over);

	child = 0;
	if (run->polls_slab)
		run->pages.after = slab_pages(run);
	run->interrupted = WIFSIGNALED(status) ||
			   WEXITSTATUS(status) == EINTR;
	if (run->interrupted && result_is(run, before))
		return fault_set(fault, "interrupted before the run began");
	if (run->interrupted || !WEXITSTATUS(status))
		return 0;
	return explain(run, WEXITSTATUS(status), fault);
}

/* The lock lasts until the program ends: the result is that of the last run. */
int run_go(struct run *run, struct fault *fault)
{
	struct fault ignored;
	char *before = NULL;
	size_t len;
	int over[2];
	int ret;
	int fd;

	fd = run_open(run, fault);
	if (fd < 0)
		return -1;
	flock(fd, LOCK_EX);
	if (pipe2(over, O_CLOEXEC))
		return fault_set(fault, "pipe: %s", strerror(errno));
	if (file_read(&before, &len, run->root, "result", &ignored)) {
		free(before);
		before = NULL;
	}
	ret = child_start(run, fd, fault);
	/* The read end hangs up when the child is gone. */
	close(over[1]);
	if (!ret)
		ret = run_wait(run, over[0], before, fault);
	close(over[0]);
	free(before);
	return ret;
}

void run_free(struct run *run)
{
	free(run->pages.at);
}
