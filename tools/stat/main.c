// SPDX-License-Identifier: GPL-2.0
/*
 * tslabstat: report the counters of the tslab allocator
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "stat.h"

#define PROGRAM		"tslabstat"

#define EXIT_USAGE	2

/* Monitoring reads standard output, and knows a status for "no idea". */
static int complain(const struct options *options, int status, const char *text)
{
	if (options->mode == MODE_CHECK) {
		check_print_unknown(text);
		fflush(stdout);
		return LEVEL_UNKNOWN;
	}
	fprintf(stderr, PROGRAM ": %s\n", text);
	return status;
}

static int write_check(struct fault *fault)
{
	errno = 0;
	if (!fflush(stdout) && !ferror(stdout))
		return 0;
	return fault_set(fault, "write error: %s",
			 errno ? strerror(errno) : "output incomplete");
}

/* A full disk must not go unseen. */
static int finish(const struct options *options, int status)
{
	struct fault fault;

	if (write_check(&fault))
		return complain(options, EXIT_FAILURE, fault.text);
	errno = 0;
	if (close(STDOUT_FILENO)) {
		fault_set(&fault, "write error: %s", strerror(errno));
		return complain(options, EXIT_FAILURE, fault.text);
	}
	return status;
}

static bool stdout_has_colour(void)
{
	const char *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && term && *term && strcmp(term, "dumb");
}

/* Return: 0 if it is not a terminal, or one too narrow for pictures. */
static int stdout_width(void)
{
	const int min_width = 80;
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || size.ws_col < min_width)
		return 0;
	return size.ws_col;
}

static void print_heading(const struct session *session)
{
	const struct tree *report = session->report;
	time_t now = time(NULL);
	char text[32] = "";
	struct tm tm;

	if (localtime_r(&now, &tm))
		strftime(text, sizeof(text), "%FT%T%z", &tm);
	printf("%s%s  ", session->reports > 1 ? "\n" : "", text);
	if (report->restarted)
		puts("counters fell (module reloaded or instance made anew): all since then");
	else if (report->seconds > 0)
		printf("last %.3f s\n", report->seconds);
	else
		puts("since load");
}

static int print(const struct options *options, const struct session *session,
		 struct fault *fault)
{
	const bool colour = stdout_has_colour();
	const struct view_options view = {
		.view = options->view,
		.all = options->all,
		.rates = options->interval > 0,
		.letters = !colour,
		.width = stdout_width(),
	};

	switch (options->mode) {
	case MODE_JSON:
		return json_print(session->report, options->interval > 0,
				  fault);
	default:
		if (session->reports == 1 && session->report->is_fallback)
			fprintf(stderr, PROGRAM ": reading %s\n",
				session->report->root);
		if (options->interval > 0)
			print_heading(session);
		return table_print(session->report, &view, colour, fault);
	}
}

static int report(const struct options *options, struct session *session,
		  struct fault *fault)
{
	do {
		if (session_read(session, fault) ||
		    print(options, session, fault) || write_check(fault))
			return -1;
	} while (options->interval > 0 && session->reports != options->count &&
		 session_wait(session, options->interval, -1) != WAIT_STOP);
	return 0;
}

/* That nothing is there to be monitored is something to be monitored. */
static int prometheus(const struct options *options, struct session *session,
		      struct fault *fault)
{
	int ret;

	if (options->output)
		return collect(session, options->output, options->view, fault);
	ret = session_read(session, fault);
	if (ret && ret != -ENOENT)
		return ret;
	return prometheus_print(stdout, ret ? NULL : session->report,
				options->source.instance, options->view, fault);
}

static int check(const struct options *options, struct session *session,
		 int *status, struct fault *fault)
{
	enum level level;

	if (session_read(session, fault))
		return -1;
	if (options->interval > 0) {
		if (session_wait(session, options->interval, -1) == WAIT_STOP)
			return fault_set(fault, "interrupted");
		if (session_read(session, fault))
			return -1;
	}
	if (check_print(session->report, &options->limits, &level, fault))
		return -1;
	*status = level;
	return 0;
}

static int top(const struct options *options, struct session *session,
	       struct fault *fault)
{
	const double default_interval = 2;
	const struct view_options view = {
		.view = options->view,
		.all = options->all,
		.rates = true,
	};

	return top_run(session, &view,
		       options->interval > 0 ? options->interval :
					       default_interval,
		       options->count, fault);
}

static int run(const struct options *options)
{
	struct session session;
	struct fault fault;
	int status = EXIT_SUCCESS, ret;

	session_begin(&session, &options->source,
		      options->interval > 0 || options->mode == MODE_TOP);
	if (options->mode == MODE_CHECK)
		ret = check(options, &session, &status, &fault);
	else if (options->mode == MODE_TOP)
		ret = top(options, &session, &fault);
	else if (options->mode == MODE_PROMETHEUS)
		ret = prometheus(options, &session, &fault);
	else
		ret = report(options, &session, &fault);
	session_end(&session);
	return ret ? complain(options, EXIT_FAILURE, fault.text) :
		     finish(options, status);
}

int main(int argc, char **argv)
{
	struct fault fault, second;
	struct options options;

	if (options_parse(&options, argc, argv, &fault)) {
		if (options.output)
			collect_failed(options.output, options.source.instance,
				       &second);
		return complain(&options, EXIT_USAGE, fault.text);
	}
	switch (options.mode) {
	case MODE_HELP:
		fputs(usage, stdout);
		return finish(&options, EXIT_SUCCESS);
	case MODE_VERSION:
		puts(PROGRAM " " TSLAB_VERSION);
		return finish(&options, EXIT_SUCCESS);
	default:
		return run(&options);
	}
}
