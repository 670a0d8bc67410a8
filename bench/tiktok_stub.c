// SPDX-License-Identifier: Apache-2.0
// TikTok's API for benchmarks: takes every request, says at once that all is well, and counts the events. One thread, HTTP/1.1, connections that stay.
//   tiktok_stub [ANSWER_AFTER_MS]     prints "listening on PORT"; at SIGTERM "requests N events N bytes N cpu_ms N", and ends
// It knows the sender's requests (a length, no chunks, no pipelining) and ends at any other.
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

enum { CONNECTIONS = 1024, READ = 1 << 18, HEAD_MAX = 16384, BODY_MAX = 64 << 20, EVENTS = 64 };

static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 75\r\n\r\n"
							 "{\"code\":0,\"message\":\"OK\",\"request_id\":\"202611210000000000000001\",\"data\":{}}";

struct connection {
	char *p;
	size_t n, room;
	size_t wanted;     // of the whole request; 0: its head is not there yet
	int64_t answer_ms; // steady; 0: nothing to be answered
};

static struct connection connections[CONNECTIONS]; // by descriptor
static uint64_t requests, events, bytes;
static int64_t answer_after_ms;

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "tiktok_stub: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int64_t steady_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

// ---- one request

static uint64_t count_events(const char *p, size_t n)
{
	static const char name[] = "\"event_id\":";
	uint64_t found = 0;

	for (const char *end = p + n, *at; (at = memmem(p, (size_t)(end - p), name, sizeof name - 1)); p = at + sizeof name - 1)
		found++;
	return found;
}

// Bytes of the whole request, once its head is there.
static size_t length_of(const struct connection *c)
{
	const char *end = memmem(c->p, c->n < HEAD_MAX ? c->n : HEAD_MAX, "\r\n\r\n", 4);

	if (!end)
		return 0;
	const char *field = strcasestr(c->p, "\r\ncontent-length:");
	size_t body = field && field < end ? strtoul(field + strlen("\r\ncontent-length:"), NULL, 10) : 0;
	if (body == 0 || body > BODY_MAX)
		die("a request without a length, or too long");
	return (size_t)(end - c->p) + 4 + body;
}

static void answer_now(int fd)
{
	if (write(fd, answer, sizeof answer - 1) != sizeof answer - 1)
		die("write");
}

static void take_request(int fd, struct connection *c)
{
	requests++;
	bytes += c->wanted;
	events += count_events(c->p, c->wanted);
	c->n = c->wanted = 0;
	if (answer_after_ms)
		c->answer_ms = steady_ms() + answer_after_ms;
	else
		answer_now(fd);
}

// ---- connections

static void make_room(struct connection *c)
{
	size_t room = (c->wanted > c->n ? c->wanted : c->n + READ) + 1;

	if (room <= c->room)
		return;
	c->p = realloc(c->p, room);
	if (!c->p)
		die("memory");
	c->room = room;
}

static void forget(int fd)
{
	close(fd);
	connections[fd].n = connections[fd].wanted = 0;
	connections[fd].answer_ms = 0;
}

static void take_bytes(int fd)
{
	struct connection *c = &connections[fd];

	make_room(c);
	ssize_t n = read(fd, c->p + c->n, c->room - 1 - c->n);
	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0) {
		forget(fd);
		return;
	}
	c->n += (size_t)n;
	c->p[c->n] = '\0';
	if (!c->wanted)
		c->wanted = length_of(c);
	if (c->wanted && c->n > c->wanted)
		die("two requests at once");
	if (c->n == c->wanted)
		take_request(fd, c);
}

static void add(int epoll, int fd)
{
	if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &(struct epoll_event){.events = EPOLLIN, .data.fd = fd}) != 0)
		die("epoll_ctl");
}

static void take_connection(int epoll, int listener)
{
	int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC), on = 1;

	if (fd < 0 || fd >= CONNECTIONS)
		die("accept");
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	add(epoll, fd);
}

static int listen_any(void)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof at;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&at, n) != 0 || listen(fd, 128) != 0 || getsockname(fd, (struct sockaddr *)&at, &n) != 0)
		die("listen");
	printf("listening on %d\n", ntohs(at.sin_port));
	fflush(stdout);
	return fd;
}

// ---- life

static int watch_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

static _Noreturn void report(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	printf("requests %" PRIu64 " events %" PRIu64 " bytes %" PRIu64 " cpu_ms %" PRId64 "\n", requests, events, bytes,
		(int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000);
	exit(0);
}

static void answer_due(int64_t now)
{
	for (int fd = 0; fd < CONNECTIONS; fd++) {
		if (connections[fd].answer_ms == 0 || connections[fd].answer_ms > now)
			continue;
		connections[fd].answer_ms = 0;
		answer_now(fd);
	}
}

int main(int argc, char **argv)
{
	int epoll = epoll_create1(EPOLL_CLOEXEC), signals = watch_signals(), listener = listen_any();
	struct epoll_event due[EVENTS];

	answer_after_ms = argc > 1 ? atoll(argv[1]) : 0;
	add(epoll, signals);
	add(epoll, listener);
	for (;;) {
		int n = epoll_wait(epoll, due, EVENTS, answer_after_ms ? 1 : -1);

		for (int i = 0; i < n; i++) {
			if (due[i].data.fd == signals)
				report();
			else if (due[i].data.fd == listener)
				take_connection(epoll, listener);
			else
				take_bytes(due[i].data.fd);
		}
		if (answer_after_ms)
			answer_due(steady_ms());
	}
}
