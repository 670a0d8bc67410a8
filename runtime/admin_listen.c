// SPDX-License-Identifier: Apache-2.0
#include "runtime/admin_listen.h"

#include "base/own.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 32 };

static void own_addrinfo(struct addrinfo **list)
{
	if (*list)
		freeaddrinfo(*list);
}

static int bound(const struct addrinfo *at)
{
	int on = 1, off = 0;
	int fd = socket(at->ai_family, at->ai_socktype | SOCK_CLOEXEC, at->ai_protocol);

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (at->ai_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
	if (bind(fd, at->ai_addr, at->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
		return fd;
	int why = errno;

	close(fd);
	errno = why;
	return -1;
}

static int port_of(int fd)
{
	union {
		struct sockaddr any;
		struct sockaddr_in four;
		struct sockaddr_in6 six;
	} name = {.six = {.sin6_family = AF_UNSPEC}};
	socklen_t size = sizeof name;

	if (getsockname(fd, &name.any, &size) != 0)
		return 0;
	return ntohs(name.any.sa_family == AF_INET6 ? name.six.sin6_port : name.four.sin_port);
}

int admin_listen(const char *host, int port, int *fd, int *got, struct err *err)
{
	bool all = host[0] == 0 || strcmp(host, "*") == 0;
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE, .ai_family = all ? AF_INET6 : AF_UNSPEC};
	OWN(own_addrinfo) struct addrinfo *list = NULL;
	char service[16];

	snprintf(service, sizeof service, "%d", port);
	int rc = getaddrinfo(all ? "::" : host, service, &hints, &list);

	if (rc != 0)
		return err_set(err, ERR_FATAL, "admin_listen", "admin.listen: %s is no address of this machine: %s", host, gai_strerror(rc));
	*fd = -1;
	for (const struct addrinfo *at = list; at && *fd < 0; at = at->ai_next)
		*fd = bound(at);
	if (*fd < 0 && all) // a machine without IPv6
		return admin_listen("0.0.0.0", port, fd, got, err);
	if (*fd < 0)
		return err_set(err, ERR_FATAL, "admin_listen",
			"admin.listen: cannot listen on %s port %d: %s; set another port, or 0 for any free one", host, port, strerror(errno));
	*got = port_of(*fd);
	return 0;
}
