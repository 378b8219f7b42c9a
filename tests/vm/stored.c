/*
 * Services whose descriptors are kept by systemd's descriptor store, over their own end and over `systemctl kexec`; see
 * the job `store`.
 *
 *   stored own             makes a session of its own and stores it
 *   stored given           uses the session that LUOSession=nic0 gives it, and may not open /dev/liveupdate
 *   stored several         stores memfds; at its later starts says what it was passed, and takes one out
 *   stored hold NAME       holds a session NAME and stores nothing
 *   stored retrieve NAME   no service: exits 0 when the session NAME, with its memfd, is in this kernel
 */
#define _GNU_SOURCE
#include "service.h"

#include <sys/pidfd.h>

#define GIVEN "nic0"
#define MAX_STORED 3 /* FileDescriptorStoreMax= of several.service */

/* A session made by this process. */
static int create(const char *name)
{
	struct liveupdate_ioctl_create_session create = { .size = sizeof(create) };
	int liveupdate = open("/dev/liveupdate", O_RDWR | O_CLOEXEC);

	/* One process at a time may have it open. */
	for (int tries = 0; liveupdate < 0 && errno == EBUSY && tries < 600; tries++) {
		usleep(100000);
		liveupdate = open("/dev/liveupdate", O_RDWR | O_CLOEXEC);
	}
	snprintf((char *)create.name, sizeof(create.name), "%s", name);
	if (liveupdate < 0 || ioctl(liveupdate, LIVEUPDATE_IOCTL_CREATE_SESSION, &create))
		die("CREATE_SESSION");
	close(liveupdate);
	return create.fd;
}

/* The number in the memfd of a session that came over a kexec, 0 for a session that did not. */
static unsigned generation_of(int session)
{
	unsigned generation = 0;
	char content[64] = "";
	int file = retrieve(session);

	if (file == -EINVAL) /* as the kernel refuses to retrieve from a session that has not been through a kexec */
		return 0;
	errno = -file;
	if (file < 0 || pread(file, content, sizeof(content) - 1, 0) < 0 ||
	    sscanf(content, "generation %u", &generation) != 1)
		die("retrieve the memfd");
	close(file);
	return generation;
}

/* Puts a memfd with a number into a session. */
static void preserve_generation(int session, unsigned generation)
{
	char content[64];

	snprintf(content, sizeof(content), "generation %u", generation);
	errno = preserve(session, memfd(content, 1 << 20));
	if (errno)
		die("PRESERVE_FD");
}

/* What holds of a session that came over a kexec; it is taken out of the store, since it is of no more use. */
static void retire(const char *service, const char *stored_as, int session, unsigned generation)
{
	char name[LIVEUPDATE_SESSION_NAME_LENGTH], test[64];
	int busy;

	snprintf(test, sizeof(test), "kexec-%u.%s", generation, service);
	report(test, is_session(session, name) && passed_count() == 1, "session %s, LISTEN_FDNAMES=%s", name,
	       getenv("LISTEN_FDNAMES"));
	finish(session);
	busy = preserve(session, memfd("again", 4096));
	snprintf(test, sizeof(test), "kexec-%u.%s.takes-nothing-more", generation, service);
	report(test, busy == EINVAL, "PRESERVE_FD into the session that came: %s", strerrorname_np(busy));
	unstore(stored_as);
	close(session);
}

/* Writes a file of the service's StateDirectory=, which survives the kexec. */
static void write_state(const char *name, const void *content, size_t length)
{
	int file;

	if (chdir(getenv("STATE_DIRECTORY") ?: "/nonexistent"))
		die("STATE_DIRECTORY");
	file = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);
	if (file < 0 || write(file, content, length) != (ssize_t)length || fsync(file) || close(file))
		die("write a file of the state");
}

static void own(void)
{
	unsigned generation = 0;
	char name[32];
	int session = passed("own");

	if (session >= 0) {
		generation = generation_of(session);
		retire("own", "own", session, generation);
	}
	snprintf(name, sizeof(name), "own-%u", generation + 1);
	session = create(name);
	preserve_generation(session, generation + 1);
	store(session, "own");
	report("barrier", barrier(), "after it the store has what was sent before");
}

/* The number of the kexec that the service restored from last, 0 for none. */
static unsigned kexecs(void)
{
	unsigned number = 0;
	int file;

	if (chdir(getenv("STATE_DIRECTORY") ?: "/nonexistent"))
		die("STATE_DIRECTORY");
	file = open("kexecs", O_RDONLY);
	if (file >= 0 && read(file, &number, sizeof(number)) != sizeof(number))
		die("read the number of the last kexec");
	close(file);
	return number;
}

static void given(void)
{
	int liveupdate = open("/dev/liveupdate", O_RDWR), session = passed(GIVEN);
	char name[LIVEUPDATE_SESSION_NAME_LENGTH];
	unsigned generation = 0;

	report("given.unprivileged", getuid() && liveupdate < 0 && errno == EACCES, "uid %d, /dev/liveupdate: %s",
	       getuid(), strerrorname_np(errno));
	if (session < 0) {
		report("given.session", 0, "none was passed");
		return;
	}
	generation = generation_of(session);
	if (generation) {
		write_state("kexecs", &generation, sizeof(generation));
		retire("given", GIVEN, session, generation);
	} else {
		preserve_generation(session, kexecs() + 1);
		snprintf(name, sizeof(name), "?");
		report("given.session", is_session(session, name) && strcmp(name, GIVEN) != 0,
		       "systemd calls %s in the kernel %s", GIVEN, name);
	}
}

/* What LISTEN_PIDFDID is by sd_listen_fds(3): the inode number of a pidfd of this process. */
static void compare_pidfdid(void)
{
	const char *pid = getenv("LISTEN_PID"), *id = getenv("LISTEN_PIDFDID");
	struct stat self = { 0 };
	int pidfd = pidfd_open(getpid(), 0);

	if (pidfd < 0 || fstat(pidfd, &self))
		die("pidfd_open");
	report("listen-pidfdid", pid && id && atoi(pid) == getpid() && strtoull(id, NULL, 10) == self.st_ino,
	       "LISTEN_PID=%s LISTEN_PIDFDID=%s of process %d, pidfd inode %ju", pid, id, getpid(), (uintmax_t)self.st_ino);
	close(pidfd);
}

/* The names and contents that were passed, as one text: "a=a b=b". */
static void passed_text(char *text, size_t length)
{
	char *names = strdup(getenv("LISTEN_FDNAMES") ?: ""), *rest = names, *name;
	size_t used = 0;

	text[0] = 0;
	for (int fd = FIRST_FD; fd < FIRST_FD + passed_count() && (name = strsep(&rest, ":")); fd++) {
		char content[16] = "";

		if (pread(fd, content, sizeof(content) - 1, 0) < 0)
			die("read what was passed");
		used += snprintf(text + used, length - used, "%s%s=%s", used ? " " : "", name, content);
	}
	free(names);
}

static void several(void)
{
	static const char *const stored[] = { "apple", "zebra", "mango", "beyond-the-limit" };
	char text[256];

	if (!passed_count()) {
		for (unsigned i = 0; i <= MAX_STORED; i++)
			store(memfd(stored[i], 4096), stored[i]);
		return;
	}
	compare_pidfdid();
	passed_text(text, sizeof(text));
	write_state("passed", text, strlen(text));
	unstore("zebra");
}

static void hold(const char *name)
{
	preserve_generation(create(name), 1);
}

static int retrieved(const char *name)
{
	struct liveupdate_ioctl_retrieve_session retrieve = { .size = sizeof(retrieve) };
	int liveupdate = open("/dev/liveupdate", O_RDWR | O_CLOEXEC);

	if (liveupdate < 0)
		die("open /dev/liveupdate");
	snprintf((char *)retrieve.name, sizeof(retrieve.name), "%s", name);
	if (ioctl(liveupdate, LIVEUPDATE_IOCTL_RETRIEVE_SESSION, &retrieve)) {
		printf("%s: %s\n", name, strerrorname_np(errno));
		return 1;
	}
	return generation_of(retrieve.fd) != 1;
}

int main(int count, char **arguments)
{
	const char *role = count > 1 ? arguments[1] : "";

	if (!strcmp(role, "own") && count == 2)
		own();
	else if (!strcmp(role, "given") && count == 2)
		given();
	else if (!strcmp(role, "several") && count == 2)
		several();
	else if (!strcmp(role, "hold") && count == 3)
		hold(arguments[2]);
	else if (!strcmp(role, "retrieve") && count == 3)
		return retrieved(arguments[2]);
	else
		return 2;
	notify("READY=1", -1);
	for (;;)
		pause();
}
