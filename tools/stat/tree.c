// SPDX-License-Identifier: GPL-2.0
/*
 * tslabstat: the directory of class files, in debugfs or saved
 *
 * The module may be unloaded, or the instance destroyed, at any time while
 * this reads. Half a set of classes would look like a whole one, so a file
 * that is gone is an error and not skipped.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "stat.h"

#define DEBUGFS		"/sys/kernel/debug"
#define DEBUGFS_TSLAB	DEBUGFS "/tslab"
#define CLASS_PREFIX	"class_"
#define FILE_MAX_BYTES	65536	/* a class file has less than 4096 */

/* === Errors with a path === */

static int path_fault(struct fault *fault, const char *path, int err)
{
	if (err == EACCES || err == EPERM)
		return fault_set(fault, "%s: permission denied (not root?)",
				 path);
	return fault_set(fault, "%s: %s", path, strerror(err));
}

static int debugfs_fault(struct fault *fault, int err)
{
	struct statfs fs;

	if (err != ENOENT)
		return path_fault(fault, DEBUGFS_TSLAB, err);
	if (statfs(DEBUGFS, &fs) || fs.f_type != DEBUGFS_MAGIC)
		return fault_set(fault, "debugfs is not mounted on " DEBUGFS
				 " (mount -t debugfs none " DEBUGFS ")");
	return fault_set(fault, "no " DEBUGFS_TSLAB
			 ": the tslab module is not loaded");
}

/* === One file === */

static ssize_t read_all(int fd, char *buf, size_t size)
{
	size_t len = 0;
	ssize_t n;

	while (len < size) {
		n = read(fd, buf + len, size - len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (!n)
			break;
		len += n;
	}
	return len;
}

/* A debugfs file that is removed while open answers EIO. */
static int file_fault(struct fault *fault, int dir, const char *name, int err)
{
	struct stat st;

	if (err == ENOENT ||
	    (err == EIO && fstatat(dir, name, &st, 0) && errno == ENOENT))
		return fault_set(fault,
				 "%s: removed while reading (module unloaded or instance destroyed)",
				 name);
	return path_fault(fault, name, err);
}

static int class_read(struct class_stats *cs, int dir, const char *name,
		      struct fault *fault)
{
	struct fault inner;
	struct stat st;
	ssize_t len;
	char *text;
	int fd, err;

	/* Should a saved copy hold a FIFO: do not wait for its writer. */
	fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return file_fault(fault, dir, name, errno);
	if (fstat(fd, &st) || !S_ISREG(st.st_mode)) {
		close(fd);
		return fault_set(fault, "%s: not a regular file", name);
	}

	text = malloc(FILE_MAX_BYTES + 1);
	if (!text) {
		close(fd);
		return fault_set(fault, "out of memory");
	}
	len = read_all(fd, text, FILE_MAX_BYTES + 1);
	err = errno;
	close(fd);
	if (len < 0 || len > FILE_MAX_BYTES) {
		free(text);
		if (len < 0)
			return file_fault(fault, dir, name, err);
		return fault_set(fault, "%s: larger than %d bytes", name,
				 FILE_MAX_BYTES);
	}

	text[len] = '\0';
	if (class_parse(cs, text, len, &inner))
		return fault_set(fault, "%s: %s", name, inner.text);
	return 0;
}

/* === All of them === */

static bool class_name_parse(const char *name, uint64_t *size)
{
	const size_t prefix = strlen(CLASS_PREFIX);

	return !strncmp(name, CLASS_PREFIX, prefix) && name[prefix] != '0' &&
	       !u64_parse(name + prefix, size);
}

static int tree_add(struct tree *tree, int dir, const char *name, uint64_t size,
		    struct fault *fault)
{
	struct class_stats *cs;

	cs = reallocarray(tree->classes, tree->nr + 1, sizeof(*cs));
	if (!cs)
		return fault_set(fault, "out of memory");
	tree->classes = cs;
	cs += tree->nr;
	memset(cs, 0, sizeof(*cs));
	tree->nr++;

	if (class_read(cs, dir, name, fault))
		return -1;
	if (cs->size != size)
		return fault_set(fault, "%s: holds class %" PRIu64, name,
				 cs->size);
	return 0;
}

static int tree_read_classes(struct tree *tree, DIR *dir, struct fault *fault)
{
	struct dirent *entry;
	uint64_t size;

	for (;;) {
		errno = 0;
		entry = readdir(dir);
		if (!entry)
			break;
		if (class_name_parse(entry->d_name, &size) &&
		    tree_add(tree, dirfd(dir), entry->d_name, size, fault))
			return -1;
	}
	if (errno)
		return fault_set(fault, "%s", strerror(errno));
	if (!tree->nr)
		return fault_set(fault, "no class files");
	return 0;
}

static int compare_size(const void *a, const void *b)
{
	const struct class_stats *l = a, *r = b;

	return (l->size > r->size) - (l->size < r->size);
}

static int total_add(struct class_stats *total, const struct counter *from,
		     struct fault *fault)
{
	struct counter *to = class_find(total, from->name);

	if (!to)
		return class_add_counter(total, from->name, from->value, fault);
	to->value = sum_saturated(to->value, from->value);
	return 0;
}

static int tree_sum(struct tree *tree, struct fault *fault)
{
	const struct class_stats *cs;
	const struct counter *from;

	for (cs = tree->classes; cs < tree->classes + tree->nr; cs++) {
		for (from = cs->counters; from < cs->counters + cs->nr; from++)
			if (total_add(&tree->total, from, fault))
				return -1;
	}
	return 0;
}

static int open_dir(const char *root, const char *path, const char *instance,
		    struct fault *fault)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
	int fd, dir, err;

	fd = open(path, flags);
	if (fd < 0)
		return root ? path_fault(fault, path, errno) :
			      debugfs_fault(fault, errno);
	if (!instance)
		return fd;

	dir = openat(fd, "instances", flags);
	err = errno;
	close(fd);
	if (dir >= 0) {
		fd = openat(dir, instance, flags);
		err = errno;
		close(dir);
		if (fd >= 0)
			return fd;
	}
	if (err == EACCES || err == EPERM)
		return path_fault(fault, path, err);
	return fault_set(fault, "no such instance: %s", instance);
}

/* @root NULL: debugfs. @instance NULL: all instances together. */
int tree_read(struct tree *tree, const char *root, const char *instance,
	      struct fault *fault)
{
	const char *path = root ? root : DEBUGFS_TSLAB;
	struct fault inner;
	DIR *dir;
	int fd, ret;

	memset(tree, 0, sizeof(*tree));

	fd = open_dir(root, path, instance, fault);
	if (fd < 0)
		return -1;
	dir = fdopendir(fd);
	if (!dir) {
		close(fd);
		return path_fault(fault, path, errno);
	}
	ret = tree_read_classes(tree, dir, &inner);
	closedir(dir);
	if (ret)
		return instance ? fault_set(fault, "%s/instances/%s: %s", path,
					    instance, inner.text) :
				  fault_set(fault, "%s: %s", path, inner.text);

	qsort(tree->classes, tree->nr, sizeof(*tree->classes), compare_size);
	return tree_sum(tree, fault);
}

void tree_free(struct tree *tree)
{
	size_t i;

	for (i = 0; i < tree->nr; i++)
		class_free(&tree->classes[i]);
	free(tree->classes);
	class_free(&tree->total);
}
