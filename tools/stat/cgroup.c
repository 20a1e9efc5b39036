// SPDX-License-Identifier: GPL-2.0
/*
 * tslabstat: the paths of memory cgroups, of which the kernel has the inodes
 *
 * Cgroups come and go while this looks, and one that is gone may still be charged
 * for an epoch: what is not found is no error.
 */
#include <errno.h>
#include <ftw.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>

#include "stat.h"

#define CGROUPS		"/sys/fs/cgroup"
#define MAX_FILES	32	/* open at a time */
#define MAX_WALKS	4

/* nftw() has no argument for it. */
static struct {
	struct tree *tree;
	size_t prefix;		/* of each path: where it was looked for */
	size_t nr_missing;
} walk;

/* Names may have anything in them, also what a terminal obeys. */
static void make_printable(char *path)
{
	for (; *path; path++)
		if ((unsigned char)*path <= ' ' || (unsigned char)*path > '~')
			*path = '?';
}

static void row_name(struct stats *row, const char *path)
{
	struct fault unused;
	char *name = tree_keep_text(walk.tree, *path ? path : "/", &unused);

	if (!name)
		return;
	make_printable(name);
	row->cgroup = name;
	walk.nr_missing--;
}

static int directory_take(const char *path, const struct stat *st, int type,
			  struct FTW *unused)
{
	struct set *cgroups = &walk.tree->sets[FILE_CGROUPS];
	size_t i;

	(void)unused;
	if (type != FTW_D)
		return 0;
	for (i = 0; i < cgroups->nr; i++) {
		struct stats *row = &cgroups->rows[i];

		if (!row->cgroup && stats_value(row, "cgroup") == st->st_ino)
			row_name(row, path + walk.prefix);
	}
	return !walk.nr_missing;
}

/* In a hierarchy of version 1, or in none, an inode may be of anything. */
static bool is_cgroup2(const char *path)
{
	struct statfs fs;

	return !statfs(path, &fs) && fs.f_type == CGROUP2_SUPER_MAGIC;
}

/* Of a saved copy, what was saved with it: this machine may be another one. */
void cgroups_name(struct tree *tree, const char *root)
{
	const int flags = FTW_PHYS | FTW_MOUNT;
	char path[PATH_MAX] = CGROUPS;
	unsigned int i;
	int ret = -1;

	walk.nr_missing = tree->sets[FILE_CGROUPS].nr;
	if (!walk.nr_missing)
		return;
	if (root && snprintf(path, sizeof(path), "%s/cgroup", root) >=
		    (int)sizeof(path))
		return;
	if (!root && !is_cgroup2(path))
		return;
	walk.tree = tree;
	walk.prefix = strlen(path);
	/* A cgroup that goes meanwhile ends a walk. */
	for (i = 0; i < MAX_WALKS && ret < 0; i++) {
		ret = nftw(path, directory_take, MAX_FILES, flags);
		if (ret < 0 && errno != ENOENT)
			return;
	}
}
