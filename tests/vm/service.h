/*
 * What the services of the job `store` share: reports, systemd's notifications and the descriptors that it passes, and
 * sessions. Written from the kernel's headers and from systemd's sd_notify(3) and sd_listen_fds(3), without their code.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/liveupdate.h>
#include <poll.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U
#endif
#define FIRST_FD 3
#define TOKEN 1

/* Ends the service, which the job then misses. */
__attribute__((noreturn)) static inline void die(const char *what)
{
	fprintf(stderr, "store: %s: %s\n", what, strerrorname_np(errno));
	exit(1);
}

/* Reports one test on standard output, which the units lead to the result line. */
__attribute__((format(printf, 3, 4))) static inline void report(const char *test, int ok, const char *format, ...)
{
	char text[512], line[700];
	va_list arguments;
	int length;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	length = snprintf(line, sizeof(line), "HOLDFAST-TEST %s %s %s\n", test, ok ? "ok" : "failed", text);
	if (write(STDOUT_FILENO, line, length) != length) /* in one piece: other services write there too */
		die("write a result");
}

/* One datagram to the service manager, with a descriptor or -1. */
static inline void notify(const char *message, int fd)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	char control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec text = { (void *)message, strlen(message) };
	struct msghdr datagram = { .msg_name = &address, .msg_iov = &text, .msg_iovlen = 1 };
	int notifications = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (!path || strlen(path) >= sizeof(address.sun_path)) {
		errno = ENOENT;
		die("NOTIFY_SOCKET");
	}
	strcpy(address.sun_path, path);
	if (*path == '@')
		address.sun_path[0] = 0;
	datagram.msg_namelen = offsetof(struct sockaddr_un, sun_path) + strlen(path);
	if (fd >= 0) {
		struct cmsghdr *header;

		datagram.msg_control = control;
		datagram.msg_controllen = sizeof(control);
		header = CMSG_FIRSTHDR(&datagram);
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(header), &fd, sizeof(int));
	}
	if (sendmsg(notifications, &datagram, 0) < 0)
		die("notify the service manager");
	close(notifications);
}

static inline void store(int fd, const char *name)
{
	char message[128];

	snprintf(message, sizeof(message), "FDSTORE=1\nFDNAME=%s", name);
	notify(message, fd);
}

static inline void unstore(const char *name)
{
	char message[128];

	snprintf(message, sizeof(message), "FDSTOREREMOVE=1\nFDNAME=%s", name);
	notify(message, -1);
}

/* Whether the service manager has dealt with everything sent so far: it closes what came with BARRIER=1. */
static inline int barrier(void)
{
	struct pollfd closed = { 0 };
	int ends[2], answer;

	if (pipe2(ends, O_CLOEXEC))
		die("pipe2");
	notify("BARRIER=1", ends[1]);
	close(ends[1]);
	closed.fd = ends[0];
	answer = poll(&closed, 1, 60000);
	close(ends[0]);
	return answer == 1 && (closed.revents & POLLHUP);
}

/* The descriptor that was passed under a name, or -1. */
static inline int passed(const char *name)
{
	const char *names = getenv("LISTEN_FDNAMES");
	size_t length = strlen(name);
	int fd = FIRST_FD;

	for (; names; names = strchr(names, ':') ? strchr(names, ':') + 1 : NULL, fd++)
		if (!strncmp(names, name, length) && (!names[length] || names[length] == ':'))
			return fd;
	return -1;
}

static inline int passed_count(void)
{
	const char *count = getenv("LISTEN_FDS");

	return count ? atoi(count) : 0;
}

static inline int memfd(const char *content, size_t length)
{
	int fd = memfd_create("memory", MFD_CLOEXEC | MFD_EXEC);

	if (fd < 0 || ftruncate(fd, length) || pwrite(fd, content, strlen(content) + 1, 0) < 0)
		die("make a memfd");
	return fd;
}

/* Returns 0, or the error. */
static inline int preserve(int session, int fd)
{
	struct liveupdate_session_preserve_fd preserve = { .size = sizeof(preserve), .fd = fd, .token = TOKEN };

	return ioctl(session, LIVEUPDATE_SESSION_PRESERVE_FD, &preserve) ? errno : 0;
}

/* Returns the file, or the error as a negative number. */
static inline int retrieve(int session)
{
	struct liveupdate_session_retrieve_fd retrieve = { .size = sizeof(retrieve), .token = TOKEN };

	return ioctl(session, LIVEUPDATE_SESSION_RETRIEVE_FD, &retrieve) ? -errno : retrieve.fd;
}

static inline void finish(int session)
{
	struct liveupdate_session_finish finish = { .size = sizeof(finish) };

	if (ioctl(session, LIVEUPDATE_SESSION_FINISH, &finish))
		die("FINISH");
}

/* Whether a descriptor is a session, by procfs, and its name, by itself. */
static inline int is_session(int fd, char name[LIVEUPDATE_SESSION_NAME_LENGTH])
{
	struct liveupdate_session_get_name get = { .size = sizeof(get) };
	char path[32], link[256] = "";

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (readlink(path, link, sizeof(link) - 1) < 0 || strncmp(link, "anon_inode:[luo_session]", 24) != 0)
		return 0;
	if (ioctl(fd, LIVEUPDATE_SESSION_GET_NAME, &get))
		die("GET_NAME");
	memcpy(name, get.name, LIVEUPDATE_SESSION_NAME_LENGTH);
	return 1;
}
