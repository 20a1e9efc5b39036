// SPDX-License-Identifier: GPL-2.0
/*
 * tslabstat: the directory of files, in debugfs, procfs or saved
 *
 * The module may be unloaded, or the instance destroyed, at any time while
 * this reads. Half a set of classes would look like a whole one, so a file
 * that is gone is an error and not skipped.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "stat.h"

#define DEBUGFS		"/sys/kernel/debug/tslab"
#define PROCFS		"/proc/tslab"
#define MODULE		"/sys/module/tslab"
#define SUM_MAX_BYTES	(1 << 16)	/* a class file has less than 4096 */
#define PARTS_MAX_BYTES	(1 << 28)	/* 8192 CPUs have less */

/* === Errors with a path === */

static int path_fault(struct fault *fault, const char *path, int err)
{
	if (err == EACCES || err == EPERM)
		return fault_set(fault, "%s: permission denied (not root?)",
				 path);
	return fault_set(fault, "%s: %s", path, strerror(err));
}

/*
 * Who is not root may see that there is a module, and not whether it has
 * debugfs. Return: -ENOENT if it is not loaded, or -1.
 */
static int place_fault(struct fault *fault, const char *place, int err)
{
	if (access(MODULE, F_OK) && access(PROCFS, F_OK)) {
		fault_set(fault, "the tslab module is not loaded (modprobe tslab)");
		return -ENOENT;
	}
	if (err != ENOENT)
		return path_fault(fault, place, err);
	return fault_set(fault, "neither " DEBUGFS " nor " PROCFS
			 " is there (mount -t debugfs none /sys/kernel/debug)");
}

/* === Where the module has its files === */

/*
 * The first place of which a file can be opened: what keeps debugfs closed may
 * leave its directories open. Return: 0, -ENOENT if the module is not loaded, or
 * -1.
 */
static int place_find(struct tree *tree, struct fault *fault)
{
	static const struct {
		const char *dir;
		const char *file;
	} places[] = {
		{ DEBUGFS, DEBUGFS "/summary" },
		{ PROCFS, PROCFS "/summary" },
	};
	const char *place = NULL;
	int err = ENOENT;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(places); i++) {
		int fd = open(places[i].file, O_RDONLY | O_CLOEXEC);

		if (fd >= 0) {
			close(fd);
			tree->root = places[i].dir;
			tree->is_fallback = i > 0;
			return 0;
		}
		if (errno != ENOENT) {
			err = errno;
			place = places[i].dir;
		}
	}
	return place_fault(fault, place, err);
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

/* A file of the module that is removed while open answers EIO. */
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

static int missing_fault(struct fault *fault, const char *name)
{
	return fault_set(fault,
			 "%s: not there, this tslab module does not have it",
			 name);
}

/* What the names in a tree are in. */
struct text {
	struct text *next;
	char chars[];
};

char *tree_keep_text(struct tree *tree, const char *chars, struct fault *fault)
{
	const size_t size = strlen(chars) + 1;
	struct text *text = malloc(sizeof(*text) + size);

	if (!text) {
		fault_set(fault, "out of memory");
		return NULL;
	}
	memcpy(text->chars, chars, size);
	text->next = tree->texts;
	tree->texts = text;
	return text->chars;
}

/* Files of the module have no size. Return: NULL and errno set, or the text. */
static struct text *text_read(int fd, size_t max, size_t *len)
{
	struct text *text = NULL, *larger;
	size_t size = 16384;
	ssize_t n;

	for (*len = 0;; size *= 2) {
		if (size > max)
			size = max + 1;
		larger = realloc(text, sizeof(*text) + size + 1);
		if (!larger)
			break;
		text = larger;
		n = read_all(fd, text->chars + *len, size - *len);
		if (n < 0)
			break;
		*len += n;
		if (*len > max) {
			errno = EFBIG;
			break;
		}
		if (*len < size) {
			text->chars[*len] = '\0';
			return text;
		}
	}
	free(text);
	return NULL;
}

/* Return: 0, -1 with a fault, or -ENOENT without one. */
static int file_text(struct tree *tree, int dir, const char *name, size_t max,
		     char **chars, size_t *len, struct fault *fault)
{
	struct text *text;
	struct stat st;
	int fd, err;

	/* Should a saved copy hold a FIFO: do not wait for its writer. */
	fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 && errno == ENOENT)
		return -ENOENT;
	if (fd < 0)
		return file_fault(fault, dir, name, errno);
	if (fstat(fd, &st) || !S_ISREG(st.st_mode)) {
		close(fd);
		return fault_set(fault, "%s: not a regular file", name);
	}

	text = text_read(fd, max, len);
	err = errno;
	close(fd);
	if (!text && err == EFBIG)
		return fault_set(fault, "%s: larger than %zu bytes", name, max);
	if (!text)
		return file_fault(fault, dir, name, err);

	text->next = tree->texts;
	tree->texts = text;
	*chars = text->chars;
	return 0;
}

/* Return: as file_text(). */
static int file_read(struct tree *tree, struct set *set, enum file file,
		     int dir, const char *name, struct fault *fault)
{
	const bool is_sum = file == FILE_CLASSES || file == FILE_SUMMARY;
	struct fault inner;
	char *chars;
	size_t len;
	int ret;

	ret = file_text(tree, dir, name,
			is_sum ? SUM_MAX_BYTES : PARTS_MAX_BYTES, &chars, &len,
			fault);
	if (!ret && file_parse(set, file, chars, len, &inner))
		ret = fault_set(fault, "%s: %s", name, inner.text);
	return ret;
}

/* === The classes === */

static bool class_name_parse(const char *name, uint64_t *size)
{
	const char *prefix = file_name(FILE_CLASSES);
	const size_t len = strlen(prefix);

	return !strncmp(name, prefix, len) && name[len] != '0' &&
	       !u64_parse(name + len, size);
}

static int tree_add_class(struct tree *tree, int dir, const char *name,
			  uint64_t size, struct fault *fault)
{
	struct stats *row = set_new_row(&tree->sets[FILE_CLASSES], fault);
	struct set set = { };
	int ret;

	if (!row)
		return -1;
	ret = file_read(tree, &set, FILE_CLASSES, dir, name, fault);
	if (ret == -ENOENT)
		file_fault(fault, dir, name, ENOENT);
	if (!ret && set.rows->size != size)
		ret = fault_set(fault, "%s: holds class %" PRIu64, name,
				set.rows->size);
	if (!ret) {
		*row = *set.rows;
		set.nr = 0;
	}
	set_free(&set);
	return ret;
}

static int tree_read_classes(struct tree *tree, DIR *dir, struct fault *fault)
{
	struct set *classes = &tree->sets[FILE_CLASSES];
	struct dirent *entry;
	uint64_t size;

	for (;;) {
		errno = 0;
		entry = readdir(dir);
		if (!entry)
			break;
		if (class_name_parse(entry->d_name, &size) &&
		    tree_add_class(tree, dirfd(dir), entry->d_name, size,
				   fault))
			return -1;
	}
	if (errno)
		return fault_set(fault, "%s", strerror(errno));
	if (!classes->nr)
		return fault_set(fault, "no class files");
	classes->present = true;
	set_sort(classes);
	return 0;
}

/* === The instances, and what the kernel has === */

static int instance_add(struct tree *tree, const char *name,
			const struct stats *summary, struct fault *fault)
{
	struct stats *row = set_new_row(&tree->sets[SET_INSTANCES], fault);

	if (!row)
		return -1;
	row->instance = tree_keep_text(tree, name, fault);
	return row->instance ? stats_add(row, summary, fault) : -1;
}

static int instance_read(struct tree *tree, int instances, const char *name,
			 struct fault *fault)
{
	const char *file = file_name(FILE_SUMMARY);
	struct set summary = { };
	struct fault inner;
	int dir, ret;

	dir = openat(instances, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir >= 0) {
		ret = file_read(tree, &summary, FILE_SUMMARY, dir, file,
				&inner);
		if (ret == -ENOENT)
			file_fault(&inner, dir, file, ENOENT);
		close(dir);
	} else {
		ret = path_fault(&inner, name, errno);
	}
	if (!ret)
		ret = instance_add(tree, name, summary.rows, &inner);
	set_free(&summary);
	/* Other than a file, one that has gone meanwhile is not missed. */
	if (ret && faccessat(instances, name, F_OK, 0) && errno == ENOENT)
		return 0;
	return ret ? fault_set(fault, "instances/%s: %s", name, inner.text) : 0;
}

static int tree_read_instances(struct tree *tree, int dir, struct fault *fault)
{
	const struct set *summary = &tree->sets[FILE_SUMMARY];
	struct dirent *entry;
	DIR *instances;
	int fd, ret = 0;

	if (tree->instance)
		return summary->present ?
		       instance_add(tree, tree->instance, summary->rows,
				    fault) : -ENOENT;
	fd = openat(dir, "instances", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	instances = fd < 0 ? NULL : fdopendir(fd);
	if (!instances) {
		int err = errno;

		if (fd >= 0)
			close(fd);
		return err == ENOENT ? -ENOENT :
		       path_fault(fault, "instances", err);
	}
	while (!ret && (errno = 0, entry = readdir(instances)))
		if (instance_name_is_valid(entry->d_name))
			ret = instance_read(tree, fd, entry->d_name, fault);
	if (!ret && errno)
		ret = path_fault(fault, "instances", errno);
	closedir(instances);
	return ret;
}

/* Of a saved copy, what was saved with it: this machine may be another one. */
static int tree_read_meminfo(struct tree *tree, const struct source *source,
			     struct fault *fault)
{
	char path[PATH_MAX] = "/proc/meminfo";
	struct fault inner;
	char *chars;
	size_t len;
	int ret;

	if (source->root && snprintf(path, sizeof(path), "%s/meminfo",
				     source->root) >= (int)sizeof(path))
		return path_fault(fault, source->root, ENAMETOOLONG);
	ret = file_text(tree, AT_FDCWD, path, SUM_MAX_BYTES, &chars, &len,
			fault);
	if (ret)
		return ret == -ENOENT ? 0 : ret;
	if (memchr(chars, '\0', len))
		return fault_set(fault, "%s: not a text file", path);
	if (meminfo_parse(&tree->sets[SET_MEMINFO], chars, &inner))
		return fault_set(fault, "%s: %s", path, inner.text);
	return 0;
}

/* === What closed epochs have left === */

/*
 * A kernel that is short of memory may be unable to say; who did not ask for it
 * has all else.
 */
static int tree_read_leaks(struct tree *tree, const struct source *source,
			   int dir, struct fault *fault)
{
	const bool required = source->required & 1U << SET_LEAKS;
	const char *name = "leaks";
	struct fault inner;
	char *chars;
	size_t len;
	int ret;

	if (!required && !(source->wanted & 1U << SET_LEAKS))
		return 0;
	ret = file_text(tree, dir, name, PARTS_MAX_BYTES, &chars, &len, fault);
	if (ret && !required)
		return 0;
	if (ret == -ENOENT)
		return missing_fault(fault, name);
	if (!ret && leaks_parse(&tree->sets[SET_LEAKS], chars, len, &inner))
		ret = fault_set(fault, "%s: %s", name, inner.text);
	return ret;
}

/* === All files but those of the classes === */

static int tree_read_others(struct tree *tree, const struct source *source,
			    int dir, struct fault *fault)
{
	unsigned int i;
	int ret;

	for (i = FILE_CLASSES + 1; i <= SET_INSTANCES; i++) {
		const bool is_file = i < NR_FILES;
		const char *name = is_file ? file_name(i) : "instances";
		struct set *set = &tree->sets[i];

		if (!((source->wanted | source->required) & 1U << i))
			continue;
		ret = is_file ? file_read(tree, set, i, dir, name, fault) :
				tree_read_instances(tree, dir, fault);
		if (ret == -ENOENT && !(source->required & 1U << i))
			continue;
		if (ret == -ENOENT)
			return missing_fault(fault, name);
		if (ret)
			return ret;
		set->present = true;
		set_sort(set);
	}
	return 0;
}

/* === All of them === */

/* Some counters are of no class: only the summary has them in the sum. */
static int tree_sum(struct tree *tree, struct fault *fault)
{
	const struct set *from = &tree->sets[FILE_SUMMARY];
	size_t i;

	if (!from->present)
		from = &tree->sets[FILE_CLASSES];
	for (i = 0; i < from->nr; i++)
		if (stats_add(&tree->total, &from->rows[i], fault))
			return -1;
	tree->total.size = ALL_CLASSES;
	return 0;
}

/*
 * The classes come last: if the module goes away, they are gone as well, and
 * what is missing before is not taken for the work of an older module.
 */
static int tree_read_dir(struct tree *tree, const struct source *source,
			 DIR *dir, struct fault *fault)
{
	if (tree_read_others(tree, source, dirfd(dir), fault) ||
	    tree_read_leaks(tree, source, dirfd(dir), fault) ||
	    tree_read_classes(tree, dir, fault))
		return -1;
	return tree_sum(tree, fault);
}

static int open_dir(const struct source *source, const char *path,
		    struct fault *fault)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
	const char *instance = source->instance;
	int fd, dir, err;

	fd = open(path, flags);
	if (fd < 0)
		return source->root ? path_fault(fault, path, errno) :
				      place_fault(fault, path, errno);
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
	fault_set(fault, "no such instance: %s", instance);
	return err == ENOENT ? -ENOENT : -1;
}

/*
 * Return: 0, or with a fault -ENOENT if the module or the instance is not
 * there, and -1 for all else.
 */
int tree_read(struct tree *tree, const struct source *source,
	      struct fault *fault)
{
	struct fault inner;
	const char *path;
	DIR *dir;
	int fd, ret;

	memset(tree, 0, sizeof(*tree));
	tree->root = source->root;
	tree->instance = source->instance;
	ret = source->root ? 0 : place_find(tree, fault);
	if (ret)
		return ret;
	path = tree->root;

	fd = open_dir(source, path, fault);
	if (fd < 0)
		return fd;
	dir = fdopendir(fd);
	if (!dir) {
		close(fd);
		return path_fault(fault, path, errno);
	}
	ret = tree_read_dir(tree, source, dir, &inner);
	closedir(dir);
	if (ret && source->instance)
		return fault_set(fault, "%s/instances/%s: %s", path,
				 source->instance, inner.text);
	if (ret)
		return fault_set(fault, "%s: %s", path, inner.text);
	cgroups_name(tree, source->root);
	return (source->wanted | source->required) & 1U << SET_MEMINFO ?
	       tree_read_meminfo(tree, source, fault) : 0;
}

void tree_free(struct tree *tree)
{
	struct text *text;
	unsigned int i;

	for (i = 0; i < NR_SETS; i++)
		set_free(&tree->sets[i]);
	stats_free(&tree->total);
	while ((text = tree->texts)) {
		tree->texts = text->next;
		free(text);
	}
}
