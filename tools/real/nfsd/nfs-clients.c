// SPDX-License-Identifier: GPL-2.0
/*
 * As many clients of NFSv4.1 as one likes, over one connection to a server at
 * 127.0.0.1: what a client of the kernel does to open and lock files, without its
 * memory and its threads. Reads commands, one a line, and answers each with a line
 * "done", or ends:
 *
 *   clients N                  N clients, each with a session of one slot
 *   open FILES RUN             FILES files for each, which it opens and locks, in turns
 *                              of RUN files of each client
 *   leave STAY                 all close their files and go, but each STAY-th; or 0
 *   churn COUNT                the first client opens, locks and closes a file
 */
#include <arpa/inet.h>
#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {	/* operations of RFC 8881 */
	CLOSE = 4, LOCK = 12, LOOKUP = 15, OPEN = 18, PUTROOTFH = 24, EXCHANGE_ID = 42,
	CREATE_SESSION = 43, DESTROY_SESSION = 44, SEQUENCE = 53, DESTROY_CLIENTID = 57,
	RECLAIM_COMPLETE = 58
};
#define STATEID	16	/* bytes */
#define SESSION	16

struct client {
	uint32_t id[2];
	unsigned char session[SESSION];
	uint32_t sequence;
	unsigned char (*opens)[STATEID];
};

static struct client *clients;
static unsigned int nr_clients, nr_files;
static int server;
static uint32_t out[1024], in[4096];
static unsigned int at;			/* in out */
static unsigned int ops, ops_at;	/* of the compound; where it says so */
static unsigned int from;		/* in in */

static void put(uint32_t word)
{
	out[at++] = htonl(word);
}

static void put_bytes(const void *bytes, unsigned int len)
{
	out[at + len / 4] = 0;
	memcpy(out + at, bytes, len);
	at += (len + 3) / 4;
}

static void put_opaque(const void *bytes, unsigned int len)
{
	put(len);
	put_bytes(bytes, len);
}

static void put_string(const char *format, unsigned int a, unsigned int b)
{
	char text[40];

	put_opaque(text, snprintf(text, sizeof(text), format, a, b));
}

static void put_id(struct client *client)
{
	put(client->id[0]);
	put(client->id[1]);
}

static void op(uint32_t number)
{
	put(number);
	ops++;
}

static uint32_t get(void)
{
	return ntohl(in[from++]);
}

static void get_bytes(void *bytes, unsigned int len)
{
	memcpy(bytes, in + from, len);
	from += len / 4;
}

static void skip(unsigned int words)
{
	from += words;
}

/* The result of the next operation follows. */
static void expect(uint32_t number)
{
	uint32_t found = get(), status = get();

	if (found != number || status)
		errx(1, "operation %u, of %u: error %u", found, number, status);
}

/* Up to the operations; with the one that each starts with, if there is a session. */
static void begin(struct client *client)
{
	static uint32_t xid;

	at = 1;
	put(++xid);
	put(0);				/* call */
	put(2);
	put(100003);
	put(4);
	put(1);				/* compound */
	put(1);				/* AUTH_SYS: */
	put(20);
	for (int i = 0; i < 5; i++)	/* of root */
		put(0);
	put(0);
	put(0);
	put(0);				/* no tag */
	put(1);				/* minor version */
	ops_at = at++;
	ops = 0;
	if (client) {
		op(SEQUENCE);
		put_bytes(client->session, SESSION);
		put(++client->sequence);
		put(0);
		put(0);
		put(0);
	}
}

static void read_all(void *bytes, size_t len)
{
	for (ssize_t got; len; bytes += got, len -= got) {
		got = read(server, bytes, len);
		if (got <= 0)
			err(1, "read");
	}
}

static void call(struct client *client)
{
	uint32_t len;

	out[0] = htonl((at - 1) * 4 | 0x80000000);
	out[ops_at] = htonl(ops);
	if (write(server, out, at * 4) != at * 4)
		err(1, "write");
	read_all(&len, 4);
	len = ntohl(len) & 0x7fffffff;
	if (len > sizeof(in))
		errx(1, "an answer of %u bytes", len);
	read_all(in, len);
	/* Of the header; its status, a tag and the number of operations. */
	from = 6;
	if (len < 36 || in[2] || in[5])
		errx(1, "call refused");
	skip(1);
	skip((get() + 3) / 4);
	skip(1);
	if (client) {
		expect(SEQUENCE);
		skip(9);
	}
}

static void put_channel(void)
{
	put(0);
	put(8192);
	put(8192);
	put(4096);
	put(16);
	put(1);
	put(0);
}

static void make_client(struct client *client, unsigned int number)
{
	uint32_t sequence;

	begin(NULL);
	op(EXCHANGE_ID);
	put(number);			/* verifier */
	put(getpid());
	put_string("client %u of %u", number, getpid());
	put(0);
	put(0);
	put(0);
	call(NULL);
	expect(EXCHANGE_ID);
	client->id[0] = get();
	client->id[1] = get();
	sequence = get();

	begin(NULL);
	op(CREATE_SESSION);
	put_id(client);
	put(sequence);
	put(0);
	put_channel();
	put_channel();
	put(0x40000000);
	put(1);				/* callbacks: AUTH_NONE */
	put(0);
	call(NULL);
	expect(CREATE_SESSION);
	get_bytes(client->session, SESSION);

	begin(client);
	op(RECLAIM_COMPLETE);
	put(0);
	call(client);
	expect(RECLAIM_COMPLETE);
}

/* By one owner for all files of a client. */
static void open_file(struct client *client, unsigned int file, unsigned char *open)
{
	begin(client);
	op(PUTROOTFH);
	op(OPEN);
	put(0);
	put(3 | 0x400);			/* read and write, no delegation */
	put(0);
	put_id(client);
	put_string("user %u", 0, 0);
	put(1);				/* create, unchecked, no attributes */
	put(0);
	put(0);
	put(0);
	put(0);				/* by name */
	put_string("%u.%u", client - clients, file);
	call(client);
	expect(PUTROOTFH);
	expect(OPEN);
	get_bytes(open, STATEID);
}

static void look_up(struct client *client, unsigned int file)
{
	begin(client);
	op(PUTROOTFH);
	op(LOOKUP);
	put_string("%u.%u", client - clients, file);
}

/* By an owner for each file. */
static void put_lock(struct client *client, unsigned int file, unsigned char *open)
{
	op(LOCK);
	put(2);				/* write */
	put(0);
	put(0);
	put(0);
	put(0);
	put(100);
	put(1);				/* new owner */
	put(0);
	put_bytes(open, STATEID);
	put(0);
	put_id(client);
	put_string("process %u", file, 0);
}

static void put_close(unsigned char *open)
{
	op(CLOSE);
	put(0);
	put_bytes(open, STATEID);
}

static void look_up_and(struct client *client, uint32_t number)
{
	call(client);
	expect(PUTROOTFH);
	expect(LOOKUP);
	expect(number);
}

static void make_clients(unsigned int n, unsigned int unused)
{
	clients = calloc(n, sizeof(*clients));
	for (nr_clients = 0; nr_clients < n; nr_clients++)
		make_client(clients + nr_clients, nr_clients);
}

static void open_and_lock(struct client *client, unsigned int file)
{
	open_file(client, file, client->opens[file]);
	look_up(client, file);
	put_lock(client, file, client->opens[file]);
	look_up_and(client, LOCK);
}

static void open_all(unsigned int files, unsigned int run)
{
	nr_files = files;
	for (unsigned int i = 0; i < nr_clients; i++)
		clients[i].opens = calloc(files, STATEID);
	for (unsigned int first = 0; first < files; first += run)
		for (unsigned int i = 0; i < nr_clients; i++)
			for (unsigned int j = first; j < first + run && j < files; j++)
				open_and_lock(clients + i, j);
}

static void leave(unsigned int stay, unsigned int unused)
{
	for (unsigned int i = 0; i < nr_clients; i++) {
		if (stay && i % stay == 0)
			continue;
		for (unsigned int j = 0; j < nr_files; j++) {
			look_up(clients + i, j);
			put_close(clients[i].opens[j]);
			look_up_and(clients + i, CLOSE);
		}
		begin(NULL);
		op(DESTROY_SESSION);
		put_bytes(clients[i].session, SESSION);
		call(NULL);
		expect(DESTROY_SESSION);
		begin(NULL);
		op(DESTROY_CLIENTID);
		put_id(clients + i);
		call(NULL);
		expect(DESTROY_CLIENTID);
	}
}

static void churn(unsigned int count, unsigned int unused)
{
	unsigned char open[STATEID];

	for (unsigned int i = 0; i < count; i++) {
		open_file(clients, nr_files + i % 100, open);
		look_up(clients, nr_files + i % 100);
		put_lock(clients, nr_files + i % 100, open);
		put_close(open);
		look_up_and(clients, LOCK);
		skip(STATEID / 4);
		expect(CLOSE);
	}
}

int main(void)
{
	static const struct {
		const char *name;
		void (*run)(unsigned int a, unsigned int b);
	} commands[] = {
		{ "clients", make_clients }, { "open", open_all }, { "leave", leave },
		{ "churn", churn },
	};
	struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = htons(2049),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	unsigned int i, a, b;
	char line[80], name[20];

	server = socket(AF_INET, SOCK_STREAM, 0);
	if (connect(server, (struct sockaddr *)&to, sizeof(to)))
		err(1, "connect");
	while (fgets(line, sizeof(line), stdin)) {
		a = b = 0;
		if (sscanf(line, "%19s %u %u", name, &a, &b) < 2)
			errx(2, "no command: %s", line);
		for (i = 0; i < 4 && strcmp(name, commands[i].name); i++)
			;
		if (i == 4)
			errx(2, "no command: %s", line);
		commands[i].run(a, b);
		puts("done");
		fflush(stdout);
	}
	return 0;
}
