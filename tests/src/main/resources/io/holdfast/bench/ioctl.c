/*
 * The loop of IoctlBenchmark in C. For each line on its standard input it makes CALLS ioctls and answers with the
 * nanoseconds they took and how many were refused.
 *
 * usage: ioctl PATH|memfd REQUEST CALLS THREADS BYTE...
 *
 * With THREADS 2 there is a second thread, which does nothing: once a process has two, the kernel has to count each use
 * of a descriptor (fdget in fs/file.c). The BYTEs are the struct that the calls are given.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static long long nanos(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static void *idle(void *unused)
{
	pause();
	return unused;
}

int main(int argc, char **argv)
{
	_Alignas(8) unsigned char argument[64] = { 0 };
	unsigned long request;
	long calls;
	pthread_t second;
	char line[16];
	int fd;

	if (argc < 5 || argc - 5 > (int)sizeof(argument))
		return 2;
	fd = strcmp(argv[1], "memfd") ? open(argv[1], O_RDWR | O_CLOEXEC) : memfd_create("bench", MFD_CLOEXEC);
	if (fd < 0)
		return 3;
	request = strtoul(argv[2], NULL, 0);
	calls = strtol(argv[3], NULL, 0);
	if (atoi(argv[4]) > 1 && pthread_create(&second, NULL, idle, NULL))
		return 4;
	for (int i = 5; i < argc; i++)
		argument[i - 5] = (unsigned char)atoi(argv[i]);

	while (fgets(line, sizeof(line), stdin)) {
		long refused = 0;
		long long start = nanos();

		for (long i = 0; i < calls; i++)
			if (ioctl(fd, request, argument) < 0)
				refused++;
		printf("%lld %ld\n", nanos() - start, refused);
		fflush(stdout);
	}
	return 0;
}
