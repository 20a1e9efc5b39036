// SPDX-License-Identifier: GPL-2.0
/*
 * tslabstat: files that take the metrics beside them away
 *
 * node_exporter serves all files of a directory together. Where two differ in
 * the words about a family it keeps those of one and drops the series of the
 * other, and says so nowhere that is watched; and it serves nothing at all
 * where two have the same series. An older version, or an instance that went
 * by another name, leaves such files behind. Whose they are is not known here:
 * they are reported, not removed.
 */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "stat.h"

#define FAMILY_PREFIX	"temporal_slab_"

struct lines {
	size_t nr;
	char **text;
};

static bool is_about_family(const char *line)
{
	const size_t len = strlen("# HELP ");

	return !strncmp(line, "# HELP ", len) || !strncmp(line, "# TYPE ", len);
}

static bool is_ours(const char *line)
{
	if (is_about_family(line))
		line += strlen("# HELP ");
	return !strncmp(line, FAMILY_PREFIX, strlen(FAMILY_PREFIX));
}

/* What two lines must not both say: all but the words, or the value. */
static size_t key_len(const char *line)
{
	const char *end;

	if (is_about_family(line))
		end = strchr(line + strlen("# HELP "), ' ');
	else
		end = strrchr(line, ' ');
	return end ? (size_t)(end - line) : strlen(line);
}

static int keys_compare(const void *a, const void *b)
{
	const char *l = *(char *const *)a, *r = *(char *const *)b;
	const size_t l_len = key_len(l), r_len = key_len(r);
	int order = memcmp(l, r, l_len < r_len ? l_len : r_len);

	return order ? order : (l_len > r_len) - (l_len < r_len);
}

static bool clashes(const struct lines *own, const char *line)
{
	char **same = own->nr ? bsearch(&line, own->text, own->nr,
					sizeof(*own->text), keys_compare) :
				NULL;

	return same && !(is_about_family(line) && !strcmp(*same, line));
}

/* Should there be a FIFO: do not wait for its writer. */
static FILE *metrics_open(int dir, const char *name)
{
	struct stat st;
	FILE *file;
	int fd;

	fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return NULL;
	file = fstat(fd, &st) || !S_ISREG(st.st_mode) ? NULL : fdopen(fd, "r");
	if (!file)
		close(fd);
	return file;
}

/* Return: the length of a line of ours, which *@line has, or -1 at the end. */
static ssize_t line_read(FILE *file, char **line, size_t *size)
{
	ssize_t len;

	do {
		len = getline(line, size, file);
		if (len > 0 && (*line)[len - 1] == '\n')
			(*line)[len - 1] = '\0';
	} while (len >= 0 && !is_ours(*line));
	return len;
}

static int own_read(struct lines *own, int dir, const char *name)
{
	FILE *file = metrics_open(dir, name);
	char *line = NULL;
	size_t size = 0;
	int ret = 0;

	while (file && !ret && line_read(file, &line, &size) >= 0) {
		char **text = reallocarray(own->text, own->nr + 1,
					   sizeof(*text));

		if (text) {
			own->text = text;
			text[own->nr] = strdup(line);
		}
		if (text && text[own->nr])
			own->nr++;
		else
			ret = -1;
	}
	free(line);
	if (file)
		fclose(file);
	return ret;
}

static bool file_clashes(const struct lines *own, int dir, const char *name,
			 const char *path, struct fault *fault)
{
	FILE *file = metrics_open(dir, name);
	char *line = NULL;
	size_t size = 0;
	bool found = false;

	while (file && !found && line_read(file, &line, &size) >= 0)
		found = clashes(own, line);
	if (found)
		fault_set(fault,
			  "%.*s%s: takes figures of %s away (%.*s), left by another version or name? Remove it",
			  (int)(strrchr(path, '/') ? strrchr(path, '/') + 1 -
				path : 0), path, name, path,
			  (int)key_len(line), line);
	free(line);
	if (file)
		fclose(file);
	return found;
}

static bool is_metrics_file(const char *name)
{
	const size_t len = strlen(name), suffix = strlen(METRICS_SUFFIX);

	return len > suffix && !strcmp(name + len - suffix, METRICS_SUFFIX);
}

static const char *base_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static DIR *directory_of(const char *path)
{
	char dir[PATH_MAX];

	snprintf(dir, sizeof(dir), "%.*s.", (int)(base_of(path) - path), path);
	return opendir(dir);
}

/*
 * Counts the files beside @path and @status that clash with these, as far as
 * they can be read; @fault has the last. Return: 0, or -1 with another fault.
 */
int leftovers_count(const char *path, const char *status, unsigned int *nr,
		    struct fault *fault)
{
	struct lines own = { };
	DIR *dir = directory_of(path);
	struct dirent *entry;
	int ret;

	*nr = 0;
	if (!dir)
		return 0;	/* then nothing can be written either */
	ret = own_read(&own, dirfd(dir), base_of(path));
	if (!ret)
		ret = own_read(&own, dirfd(dir), base_of(status));
	if (ret)
		fault_set(fault, "out of memory");
	else if (own.nr)
		qsort(own.text, own.nr, sizeof(*own.text), keys_compare);
	while (!ret && (entry = readdir(dir)))
		if (is_metrics_file(entry->d_name) &&
		    strcmp(entry->d_name, base_of(path)) &&
		    strcmp(entry->d_name, base_of(status)))
			*nr += file_clashes(&own, dirfd(dir), entry->d_name,
					    path, fault);
	closedir(dir);
	while (own.nr)
		free(own.text[--own.nr]);
	free(own.text);
	return ret;
}
