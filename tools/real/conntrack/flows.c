// SPDX-License-Identifier: GPL-2.0
/*
 * Makes flows, with little work of its own: does what the lines of its input say, and
 * answers each with "ok" when it is done, or "failed" and why.
 *
 * namespaces N      flows are then made in N new network namespaces
 * flows TCP UDP RUN so many connections, and so many flows of one datagram each, in each
 *                   namespace; RUN of one kind in one namespace come after each other
 * keep K            ends the connections and namespaces but those of each Kth
 * flush             has the kernel forget all connections of the namespace it began in
 * verify SECONDS    sends datagrams to 10.9.0.0/16, which nft makes 10.10.0.0/16, and
 *                   fails if an answer comes from another address than its connection's
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netlink.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PORT	9

/* fds: what keeps it alive, the first of them its file in /proc */
struct namespace {
	int to, listener;
	int *fds;
	unsigned int count, room;
};

static struct namespace *spaces;
static unsigned int nr_spaces;
static int entered;

static void fail(const char *what)
{
	printf("failed %s: %s\n", what, strerror(errno));
	fflush(stdout);
	exit(1);
}

static int keep(struct namespace *ns, int fd, const char *what)
{
	if (fd < 0)
		fail(what);
	if (ns->count == ns->room) {
		ns->room = 2 * ns->room + 16;
		ns->fds = realloc(ns->fds, ns->room * sizeof(int));
		if (!ns->fds)
			fail("memory");
	}
	ns->fds[ns->count++] = fd;
	return fd;
}

static struct sockaddr_in at(unsigned int address)
{
	return (struct sockaddr_in) {
		.sin_family = AF_INET,
		.sin_port = htons(PORT),
		.sin_addr.s_addr = htonl(address),
	};
}

static int bound(int type, unsigned int address)
{
	struct sockaddr_in here = at(address);
	int fd = socket(AF_INET, type, 0), on = 1;

	if ((type == SOCK_STREAM &&
	     setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on))) ||
	    bind(fd, (struct sockaddr *)&here, sizeof(here)))
		fail("bind");
	return fd;
}

static void set_up(struct namespace *ns)
{
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };

	keep(ns, open("/proc/self/ns/net", O_RDONLY), "/proc/self/ns/net");
	ns->to = keep(ns, socket(AF_INET, SOCK_DGRAM, 0), "socket");
	if (ioctl(ns->to, SIOCSIFFLAGS, &lo))
		fail("lo");
	/* Nobody reads what comes, but it must not be answered by an ICMP error. */
	keep(ns, bound(SOCK_DGRAM, INADDR_ANY), "socket");
	ns->listener = keep(ns, bound(SOCK_STREAM, INADDR_ANY), "socket");
	if (listen(ns->listener, 1))
		fail("listen");
}

static void add_namespaces(unsigned int n)
{
	unsigned int i;

	spaces = calloc(n + 1, sizeof(*spaces));
	if (!spaces)
		fail("memory");
	for (i = 0; i < n; i++) {
		if (unshare(CLONE_NEWNET))
			fail("unshare");
		set_up(&spaces[i]);
	}
	nr_spaces = n;
	entered = n - 1;
}

static void enter(unsigned int i)
{
	if (entered == (int)i)
		return;
	if (setns(spaces[i].fds[0], CLONE_NEWNET))
		fail("setns");
	entered = i;
}

/* Each flow has an address of its own. */
static void flow(unsigned int space, unsigned int i, int tcp)
{
	struct namespace *ns = &spaces[space];
	struct sockaddr_in there = at((127 << 24) + (1 << 16) + i);

	if (tcp) {
		int fd;

		enter(space);
		fd = keep(ns, socket(AF_INET, SOCK_STREAM, 0), "socket");
		if (connect(fd, (struct sockaddr *)&there, sizeof(there)))
			fail("connect");
		keep(ns, accept(ns->listener, NULL, NULL), "accept");
	} else if (sendto(ns->to, "flow", 4, 0, (struct sockaddr *)&there,
			  sizeof(there)) != 4) {
		fail("sendto");
	}
}

static void make_flows(unsigned int tcp, unsigned int udp, unsigned int run)
{
	unsigned int all = tcp + udp, first, space, i;

	for (first = 0; first < all; first += run) {
		unsigned long chunk = first / run;
		int of_tcp = (chunk + 1) * tcp / all != chunk * tcp / all;

		for (space = 0; space < nr_spaces; space++)
			for (i = first; i < first + run && i < all; i++)
				flow(space, i, of_tcp);
	}
}

static void keep_each(unsigned int k)
{
	unsigned int i;

	for (i = 0; i < nr_spaces; i++) {
		if ((i + 1) % k == 0)
			continue;
		while (spaces[i].count)
			close(spaces[i].fds[--spaces[i].count]);
	}
	/* Whoever is in it keeps a namespace, too: the last one stays in any case. */
	enter(nr_spaces - 1);
}

/* As conntrack -F does. */
static void flush(void)
{
	struct {
		struct nlmsghdr header;
		struct nfgenmsg what;
	} request = {
		.header.nlmsg_len = sizeof(request),
		.header.nlmsg_type = NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_DELETE,
		.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK,
		.what.nfgen_family = AF_UNSPEC,
		.what.version = NFNETLINK_V0,
	};
	struct {
		struct nlmsghdr header;
		struct nlmsgerr status;
	} reply = {};
	static int fd = -1;

	if (fd < 0)
		fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER);
	if (send(fd, &request, sizeof(request), 0) < 0 ||
	    recv(fd, &reply, sizeof(reply), 0) < 0)
		fail("flush");
	errno = -reply.status.error;
	if (errno)
		fail("flush");
}

/* Has what came to the server go back from the address that it came to. */
static void answer(int server)
{
	struct sockaddr_in from;
	union {
		char room[CMSG_SPACE(sizeof(struct in_pktinfo))];
		struct cmsghdr align;
	} control;
	unsigned int sent;
	struct iovec data = { &sent, sizeof(sent) };
	struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1, .msg_name = &from };

	for (;;) {
		struct in_pktinfo *info;

		message.msg_namelen = sizeof(from);
		message.msg_control = &control;
		message.msg_controllen = sizeof(control);
		if (recvmsg(server, &message, MSG_DONTWAIT) < 0)
			return;
		info = (void *)CMSG_DATA(CMSG_FIRSTHDR(&message));
		info->ipi_ifindex = 0;
		info->ipi_spec_dst = info->ipi_addr;
		sendmsg(server, &message, 0);
	}
}

static void verify(unsigned int seconds)
{
	unsigned long right = 0, untranslated = 0, lost = 0;
	struct sockaddr_in here = at((10 << 24) + (8 << 16) + 1);
	int server = bound(SOCK_DGRAM, INADDR_ANY);
	int client = socket(AF_INET, SOCK_DGRAM, 0), on = 1;
	time_t end = time(NULL) + seconds;
	unsigned int seed = 1, sent, i;

	here.sin_port = 0;
	if (setsockopt(server, IPPROTO_IP, IP_PKTINFO, &on, sizeof(on)) ||
	    bind(client, (struct sockaddr *)&here, sizeof(here)))
		fail("verify");
	while (time(NULL) < end) {
		for (i = 0; i < 32; i++) {
			struct sockaddr_in there;

			sent = (10 << 24) + (9 << 16) + rand_r(&seed) % 65536;
			there = at(sent);
			/* A connection that cannot be confirmed has it dropped. */
			if (sendto(client, &sent, sizeof(sent), 0,
				   (struct sockaddr *)&there, sizeof(there)) < 0 &&
			    errno != EPERM && errno != ENOBUFS)
				fail("sendto");
		}
		lost += 32;
		answer(server);
		for (;;) {
			struct sockaddr_in from;
			socklen_t length = sizeof(from);
			unsigned int address;

			if (recvfrom(client, &sent, sizeof(sent), MSG_DONTWAIT,
				     (struct sockaddr *)&from, &length) < 0)
				break;
			lost--;
			address = ntohl(from.sin_addr.s_addr);
			if (address == sent) {
				right++;
			} else if (address == sent + (1 << 16)) {
				/* The connection has gone before the answer came. */
				untranslated++;
			} else {
				printf("failed: %08x answered as %08x\n", sent, address);
				exit(1);
			}
		}
	}
	printf("ok right=%lu untranslated=%lu lost=%lu\n", right, untranslated, lost);
}

int main(void)
{
	struct rlimit files = { 1 << 18, 1 << 18 };
	struct namespace here = {};
	unsigned int a, b, c;
	char line[80];

	if (setrlimit(RLIMIT_NOFILE, &files))
		fail("RLIMIT_NOFILE");
	spaces = &here;
	nr_spaces = 1;
	while (fgets(line, sizeof(line), stdin)) {
		if (sscanf(line, "verify %u", &a) == 1) {
			verify(a);
			fflush(stdout);
			continue;
		}
		if (sscanf(line, "namespaces %u", &a) == 1 && a)
			add_namespaces(a);
		else if (sscanf(line, "flows %u %u %u", &a, &b, &c) == 3 && a + b && c) {
			if (!spaces[0].count)
				set_up(spaces);
			make_flows(a, b, c);
		} else if (sscanf(line, "keep %u", &a) == 1 && a && nr_spaces % a == 0)
			keep_each(a);
		else if (!strcmp(line, "flush\n"))
			flush();
		else {
			errno = EINVAL;
			fail(line);
		}
		puts("ok");
		fflush(stdout);
	}
	return 0;
}
