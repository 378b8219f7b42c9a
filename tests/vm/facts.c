/*
 * What Holdfast relies on beyond the documented behaviour of /dev/liveupdate, asked of the running kernel, before and
 * after a kexec. Run by guest/facts, which replaces the kernel in between; finds out where it is by asking for its
 * session. After the kexec it executes itself anew, to show that a session outlives execve.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/liveupdate.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#ifndef MFD_EXEC
#define MFD_EXEC 0x10U
#endif
#define NAME "facts"
#define MEGABYTE (1L << 20)
#define TMPFS 0x01021994L
#define HUGETLBFS 0x958458f6L

static FILE *results;

/* Reports one test: it is ok when seen == expected, otherwise the message says both. */
static void fact(const char *name, long seen, long expected)
{
	const char *verdict = seen == expected ? "ok" : "failed";

	fprintf(results, "HOLDFAST-TEST %s %s", name, verdict);
	printf("%s %s", name, verdict);
	if (seen != expected) {
		fprintf(results, " saw %ld, expected %ld", seen, expected);
		printf(" saw %ld, expected %ld", seen, expected);
	}
	fprintf(results, "\n");
	printf("\n");
	fflush(results);
	fflush(stdout);
}

/* Every call answers as the kernel does: at least 0, or the negated errno. */
static long answer(long result)
{
	return result < 0 ? -errno : result;
}

static long create(int liveupdate, const char *name)
{
	struct liveupdate_ioctl_create_session create = { .size = sizeof(create) };

	strncpy((char *)create.name, name, sizeof(create.name) - 1);
	return ioctl(liveupdate, LIVEUPDATE_IOCTL_CREATE_SESSION, &create) ? -errno : create.fd;
}

static long retrieve(int liveupdate, const char *name)
{
	struct liveupdate_ioctl_retrieve_session retrieve = { .size = sizeof(retrieve) };

	strncpy((char *)retrieve.name, name, sizeof(retrieve.name) - 1);
	return ioctl(liveupdate, LIVEUPDATE_IOCTL_RETRIEVE_SESSION, &retrieve) ? -errno : retrieve.fd;
}

static long preserve(int session, int fd, uint64_t token)
{
	struct liveupdate_session_preserve_fd preserve = { .size = sizeof(preserve), .fd = fd, .token = token };

	return answer(ioctl(session, LIVEUPDATE_SESSION_PRESERVE_FD, &preserve));
}

static long retrieve_file(int session, uint64_t token)
{
	struct liveupdate_session_retrieve_fd retrieve = { .size = sizeof(retrieve), .token = token };

	return ioctl(session, LIVEUPDATE_SESSION_RETRIEVE_FD, &retrieve) ? -errno : retrieve.fd;
}

static long finish(int session)
{
	struct liveupdate_session_finish finish = { .size = sizeof(finish) };

	return answer(ioctl(session, LIVEUPDATE_SESSION_FINISH, &finish));
}

/* 1 when the kernel tells the name the session was made with. */
static long named(int session)
{
	struct liveupdate_session_get_name get = { .size = sizeof(get) };

	if (ioctl(session, LIVEUPDATE_SESSION_GET_NAME, &get))
		return -errno;
	return strcmp((char *)get.name, NAME) == 0;
}

static long inode(int fd)
{
	struct stat stat;

	return fstat(fd, &stat) ? -errno : (long)stat.st_ino;
}

static long file_system(int fd)
{
	struct statfs statfs;

	return fstatfs(fd, &statfs) ? -errno : (long)statfs.f_type;
}

/* 1 when /proc/self/fd shows this target. */
static long linked(int fd, const char *target)
{
	char path[64], text[128] = "";

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return readlink(path, text, sizeof(text) - 1) < 0 ? -errno : strcmp(text, target) == 0;
}

static int filled(unsigned flags, long size)
{
	int fd = memfd_create("fact", flags);
	char *memory;

	if (fd < 0 || ftruncate(fd, size))
		return fd;
	memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (memory != MAP_FAILED)
		memset(memory, 0x5a, size);
	return fd;
}

/* 1 when the first megabyte is as it was filled and the second is zero. */
static long grown_content(int fd)
{
	unsigned char *memory = mmap(NULL, 2 * MEGABYTE, PROT_READ, MAP_SHARED, fd, 0);

	if (memory == MAP_FAILED)
		return -errno;
	for (long i = 0; i < 2 * MEGABYTE; i++)
		if (memory[i] != (i < MEGABYTE ? 0x5a : 0))
			return 0;
	return 1;
}

static void before_the_kexec(int liveupdate)
{
	int session = create(liveupdate, NAME);
	int hugetlb = memfd_create("fact", MFD_HUGETLB);
	int temporary = open("/dev/shm", O_TMPFILE | O_RDWR, 0600);

	fact("outgoing-session-is-close-on-exec", fcntl(session, F_GETFD), FD_CLOEXEC);
	fact("outgoing-session-tells-its-name", named(session), 1);
	fact("procfs-shows-a-session-and-its-name", linked(session, "anon_inode:[luo_session] " NAME), 1);
	fact("preserve-memfd", preserve(session, filled(MFD_EXEC, MEGABYTE), 1), 0);
	fact("preserve-token-0", preserve(session, filled(MFD_EXEC, 4096), 0), 0);
	fact("preserve-greatest-token", preserve(session, filled(MFD_EXEC, 4096), UINT64_MAX), 0);
	fact("preserve-unlinked-tmpfs-file", ftruncate(temporary, 8192) ?: preserve(session, temporary, 2), 0);
	fact("hugetlb-memfd-shows-its-file-system", file_system(hugetlb), HUGETLBFS);
	fact("preserve-hugetlb-memfd", preserve(session, hugetlb, 3), -ENOENT);
	fact("preserve-iommufd", preserve(session, open("/dev/iommu", O_RDWR), 3), -ENOENT);
	fact("preserve-session", preserve(session, session, 3), -ENOENT);
	fact("preserve-nothing", preserve(session, 999, 3), -EBADF);
	fcntl(session, F_SETFD, 0);
	close(liveupdate);
	/* A program that knows nothing of sessions holds it over the kexec. */
	execl("/bin/sleep", "sleep", "60", NULL);
}

static void after_the_kexec(int liveupdate, int session, char *self)
{
	char number[16];

	fact("incoming-session-is-close-on-exec", fcntl(session, F_GETFD), FD_CLOEXEC);
	fact("create-does-not-see-an-incoming-name", create(liveupdate, NAME) >= 0, 1);
	close(liveupdate);
	fcntl(session, F_SETFD, 0);
	snprintf(number, sizeof(number), "%d", session);
	execl(self, self, number, NULL);
}

static void after_exec(int session)
{
	int file = retrieve_file(session, 1), again = retrieve_file(session, 1);

	fact("incoming-session-tells-its-name", named(session), 1);
	fact("session-outlives-execve", file >= 0, 1);
	fact("retrieved-file-is-close-on-exec", fcntl(file, F_GETFD), FD_CLOEXEC);
	fact("retrieved-twice-is-the-same-file", inode(again), inode(file));
	fact("retrieved-file-has-lost-its-name", linked(file, "/ (deleted)"), 1);
	fact("retrieved-file-is-of-tmpfs", file_system(file), TMPFS);
	fact("retrieved-file-grows-before-finish", answer(ftruncate(file, 2 * MEGABYTE)), 0);
	fact("grown-file-is-zero-behind-its-content", grown_content(again), 1);
	fact("retrieve-greatest-token", retrieve_file(session, UINT64_MAX) >= 0, 1);
	fact("finish", finish(session), 0);
	fact("finished-session-tells-its-name", named(session), 1);
	fact("finished-session-takes-nothing", preserve(session, file, 9), -EINVAL);
	fact("retrieved-file-grows-after-finish", answer(ftruncate(file, 4 * MEGABYTE)), 0);
	fact("grown-file-is-preserved-again", preserve(create(open("/dev/liveupdate", O_RDWR), NAME), file, 1), 0);
}

int main(int count, char **arguments)
{
	int liveupdate, session;

	results = fopen("/dev/ttyS1", "a");
	if (!results)
		return 1;
	if (count > 1) {
		after_exec(atoi(arguments[1]));
		return 0;
	}
	liveupdate = open("/dev/liveupdate", O_RDWR);
	session = retrieve(liveupdate, NAME);
	if (session < 0)
		before_the_kexec(liveupdate);
	else
		after_the_kexec(liveupdate, session, arguments[0]);
	return 1;
}
