/*
 * What a live update costs in C, with bare system calls: memory that a device reaches at its physical addresses is set up or
 * brought back, proved to be where it was, and handed to the kernel again. No journal, no names, no plan: the least there is
 * to do, which `tests/vm/run outage` compares Holdfast with.
 *
 *   bare live SETUP SESSION BDF COPY   a driver with COUNT buffers of BYTES each (SETUP is COUNTxBYTES), cut from one memfd of
 *                                      huge pages. Prints `figure SETUP c WHAT NANOSECONDS`; for each line `preserve` or
 *                                      `preserve-first` on its standard input it stops the device and preserves, in this or
 *                                      in the other order, and answers `done`; it ends at `end`. COPY is where the
 *                                      manifest's copy is kept
 *   bare exec COMMAND…                 becomes COMMAND, which finds the time of its exec in HOLDFAST_EXEC_NANOS
 *   bare clock                         prints the processor's counter, which goes on over a kexec, and CLOCK_MONOTONIC
 *   bare time SETUP WHO COMMAND…       runs COMMAND and prints how long it took: `figure SETUP WHO exec-to-exit NANOSECONDS`
 *   bare nothing                       exits
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/iommufd.h>
#include <linux/liveupdate.h>
#include <linux/vfio.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <x86intrin.h>

#ifndef MFD_EXEC
#define MFD_EXEC 0x10U
#endif
#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif
#define HUGE_PAGE (UINT64_C(2) << 20)
#define IOVA (UINT64_C(1) << 32)
#define MEMORY_TOKEN 1
#define MANIFEST_TOKEN 0
#define TRANSFER 2048 /* EduDriver.java says why no more. */

struct extent {
	uint64_t address, length;
};

/* What a later kernel has to know: how many buffers there are, and where all of them lie, one after the other. */
struct manifest {
	uint64_t count, bytes, extents;
	struct extent extent[];
};

static const char *setup, *session_name, *copy;
static uint64_t count, bytes, size;
static int iommufd, device, memory, session = -1;
static uint32_t ioas;
static struct manifest *manifest;
static unsigned char *mapped;

static void die(const char *what)
{
	fprintf(stderr, "bare: %s: %s\n", what, strerrorname_np(errno));
	exit(1);
}

static long check(long answer, const char *what)
{
	if (answer < 0)
		die(what);
	return answer;
}

static uint64_t nanos(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * UINT64_C(1000000000) + now.tv_nsec;
}

/* Ends a stage that began at a time, and returns when the next one begins. */
static uint64_t figure_of(const char *who, const char *what, uint64_t since)
{
	uint64_t now = nanos();

	printf("figure %s %s %s %" PRIu64 "\n", setup, who, what, now - since);
	return nanos();
}

static uint64_t figure(const char *what, uint64_t since)
{
	return figure_of("c", what, since);
}

static int retrieve_session(void)
{
	struct liveupdate_ioctl_retrieve_session retrieve = { .size = sizeof(retrieve) };
	int liveupdate = check(open("/dev/liveupdate", O_RDWR), "open /dev/liveupdate");
	int missing;

	strncpy((char *)retrieve.name, session_name, sizeof(retrieve.name) - 1);
	missing = ioctl(liveupdate, LIVEUPDATE_IOCTL_RETRIEVE_SESSION, &retrieve);
	if (missing && errno != ENOENT)
		die("RETRIEVE_SESSION");
	close(liveupdate);
	return missing ? -1 : retrieve.fd;
}

static int create_session(void)
{
	struct liveupdate_ioctl_create_session create = { .size = sizeof(create) };
	int liveupdate = check(open("/dev/liveupdate", O_RDWR), "open /dev/liveupdate");

	strncpy((char *)create.name, session_name, sizeof(create.name) - 1);
	check(ioctl(liveupdate, LIVEUPDATE_IOCTL_CREATE_SESSION, &create), "CREATE_SESSION");
	close(liveupdate);
	return create.fd;
}

static int retrieve_file(uint64_t token)
{
	struct liveupdate_session_retrieve_fd retrieve = { .size = sizeof(retrieve), .token = token };

	check(ioctl(session, LIVEUPDATE_SESSION_RETRIEVE_FD, &retrieve), "RETRIEVE_FD");
	return retrieve.fd;
}

static void preserve_file(int file, uint64_t token)
{
	struct liveupdate_session_preserve_fd preserve = { .size = sizeof(preserve), .fd = file, .token = token };

	check(ioctl(session, LIVEUPDATE_SESSION_PRESERVE_FD, &preserve), "PRESERVE_FD");
}

static void attach(const char *bdf)
{
	struct iommu_ioas_alloc alloc = { .size = sizeof(alloc) };
	struct vfio_device_bind_iommufd bind = { .argsz = sizeof(bind) };
	struct vfio_device_attach_iommufd_pt attach = { .argsz = sizeof(attach) };
	struct dirent *entry;
	char path[600];
	DIR *directory;

	iommufd = check(open("/dev/iommu", O_RDWR), "open /dev/iommu");
	check(ioctl(iommufd, IOMMU_IOAS_ALLOC, &alloc), "IOAS_ALLOC");
	ioas = alloc.out_ioas_id;
	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/vfio-dev", bdf);
	directory = opendir(path);
	device = -1;
	while (directory && device < 0 && (entry = readdir(directory))) {
		if (strncmp(entry->d_name, "noiommu-vfio", 12) != 0)
			continue;
		snprintf(path, sizeof(path), "/dev/vfio/devices/%s", entry->d_name);
		device = open(path, O_RDWR);
	}
	check(device, path);
	closedir(directory);
	bind.iommufd = iommufd;
	check(ioctl(device, VFIO_DEVICE_BIND_IOMMUFD, &bind), "BIND_IOMMUFD");
	attach.pt_id = ioas;
	check(ioctl(device, VFIO_DEVICE_ATTACH_IOMMUFD_PT, &attach), "ATTACH_IOMMUFD_PT");
}

static void map_file(void)
{
	for (uint64_t i = 0; i < count; i++) {
		struct iommu_ioas_map_file map = {
			.size = sizeof(map),
			.flags = IOMMU_IOAS_MAP_FIXED_IOVA | IOMMU_IOAS_MAP_READABLE | IOMMU_IOAS_MAP_WRITEABLE,
			.ioas_id = ioas,
			.fd = memory,
			.start = i * bytes,
			.length = bytes,
			.iova = IOVA + i * bytes,
		};

		check(ioctl(iommufd, IOMMU_IOAS_MAP_FILE, &map), "IOAS_MAP_FILE");
	}
}

/* Asks where the buffers lie; with `record` that is noted, else it must be what was noted. A buffer's extents are its own. */
static void addresses(int record)
{
	uint64_t n = 0;

	for (uint64_t i = 0; i < count; i++) {
		for (uint64_t done = 0; done < bytes; n++) {
			struct iommu_ioas_noiommu_get_pa get = {
				.size = sizeof(get),
				.ioas_id = ioas,
				.iova = IOVA + i * bytes + done,
				.length = bytes - done,
			};

			check(ioctl(iommufd, IOMMU_IOAS_NOIOMMU_GET_PA, &get), "NOIOMMU_GET_PA");
			if (record) {
				manifest->extent[n] = (struct extent){ get.out_phys, get.length };
			} else if (n >= manifest->extents || manifest->extent[n].address != get.out_phys ||
				   manifest->extent[n].length != get.length) {
				fprintf(stderr, "bare: buffer %" PRIu64 " is not where it was\n", i);
				exit(1);
			}
			done += get.length;
		}
	}
	if (record)
		manifest->extents = n;
}

static size_t manifest_size(void)
{
	return sizeof(*manifest) + manifest->extents * sizeof(struct extent);
}

static void first(const char *bdf)
{
	unsigned char *room;

	manifest = calloc(1, sizeof(*manifest) + size / 4096 * sizeof(struct extent));
	if (!manifest)
		die("calloc");
	manifest->count = count;
	manifest->bytes = bytes;
	memory = check(memfd_create("bare", MFD_EXEC | MFD_CLOEXEC | MFD_ALLOW_SEALING), "memfd_create");
	check(ftruncate(memory, size), "ftruncate");
	check(fcntl(memory, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL), "F_ADD_SEALS");
	room = mmap(NULL, size + HUGE_PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	room = (unsigned char *)(((uintptr_t)room + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE);
	mapped = mmap(room, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, memory, 0);
	if (mapped == MAP_FAILED)
		die("mmap");
	for (uint64_t at = 0; at < size; at += HUGE_PAGE) {
		mapped[at] = 0;
		if (madvise(mapped + at, HUGE_PAGE, MADV_COLLAPSE))
			fprintf(stderr, "bare: no huge page: %s\n", strerrorname_np(errno));
	}
	attach(bdf);
	map_file();
	addresses(1);
}

static void restore(const char *bdf, uint64_t since)
{
	struct liveupdate_session_finish finish = { .size = sizeof(finish) };
	uint64_t began = since;
	int file;

	since = figure("session", since);
	file = retrieve_file(MANIFEST_TOKEN);
	manifest = malloc(check(lseek(file, 0, SEEK_END), "the manifest's size"));
	if (!manifest || pread(file, manifest, sizeof(*manifest), 0) != sizeof(*manifest) || manifest->count != count ||
	    manifest->bytes != bytes)
		die("the manifest is that of another setup");
	check(pread(file, manifest, manifest_size(), 0), "read the manifest");
	close(file);
	since = figure("manifest", since);
	attach(bdf);
	since = figure("attach", since);
	memory = retrieve_file(MEMORY_TOKEN);
	since = figure("retrieve", since);
	map_file();
	since = figure("map", since);
	addresses(0);
	since = figure("verify", since);
	mapped = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
	if (mapped == MAP_FAILED)
		die("mmap");
	since = figure("hand-over", since);
	check(ioctl(session, LIVEUPDATE_SESSION_FINISH, &finish), "FINISH");
	close(session);
	session = -1;
	since = figure("finish", since);
	printf("figure %s c restore %" PRIu64 "\n", setup, since - began);
}

static uint64_t region(unsigned index)
{
	struct vfio_region_info info = { .argsz = sizeof(info), .index = index };

	check(ioctl(device, VFIO_DEVICE_GET_REGION_INFO, &info), "GET_REGION_INFO");
	return info.offset;
}

static void bus_mastering(int on)
{
	uint64_t command = region(VFIO_PCI_CONFIG_REGION_INDEX) + 4;
	uint16_t word;

	check(pread(device, &word, sizeof(word), command), "read the command register");
	word = on ? word | 4 : word & ~4;
	check(pwrite(device, &word, sizeof(word), command), "write the command register");
}

/* The edu device takes the buffer's beginning by its physical address; the registers are those of QEMU's docs/specs/edu. */
static void transfer(void)
{
	uint64_t registers = region(VFIO_PCI_BAR0_REGION_INDEX);
	uint64_t words[] = { manifest->extent[0].address, 0x40000, TRANSFER, 1 }, command;

	for (unsigned i = 0; i < 4; i++)
		check(pwrite(device, &words[i], sizeof(words[i]), registers + 0x80 + 8 * i), "write a register");
	do
		check(pread(device, &command, sizeof(command), registers + 0x98), "read a register");
	while (command & 1);
}

/* As Holdfast's: synced, and in its place at once. */
static void write_copy(void)
{
	char path[512], directory[512];
	int file, folder;

	snprintf(path, sizeof(path), "%s.new", copy);
	file = check(open(path, O_CREAT | O_TRUNC | O_WRONLY, 0600), path);
	check(write(file, manifest, manifest_size()), path);
	check(fdatasync(file), path);
	close(file);
	check(rename(path, copy), copy);
	snprintf(directory, sizeof(directory), "%s", copy);
	*strrchr(directory, '/') = 0;
	folder = check(open(directory, O_RDONLY | O_DIRECTORY), directory);
	check(fsync(folder), directory);
	close(folder);
}

static void preserve(void)
{
	int file;

	addresses(0);
	session = create_session();
	preserve_file(memory, MEMORY_TOKEN);
	file = check(memfd_create("manifest", MFD_EXEC | MFD_CLOEXEC), "memfd_create");
	check(write(file, manifest, manifest_size()), "write the manifest");
	preserve_file(file, MANIFEST_TOKEN);
	close(file);
	write_copy();
}

static int live(const char *bdf)
{
	const char *executed = getenv("HOLDFAST_EXEC_NANOS");
	uint64_t since = nanos();
	char line[64];

	if (executed)
		printf("figure %s c exec-to-main %" PRIu64 "\n", setup, since - (uint64_t)strtoull(executed, NULL, 10));
	since = nanos();
	if (sscanf(setup, "%" SCNu64 "x%" SCNu64, &count, &bytes) != 2)
		return 2;
	size = (count * bytes + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
	session = retrieve_session();
	if (session < 0) {
		first(bdf);
		bus_mastering(1);
		transfer();
	} else {
		restore(bdf, since);
		since = nanos();
		bus_mastering(1);
		transfer();
		figure("first-io", since);
	}
	printf("done\n");
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin) && strcmp(line, "end\n")) {
		int after = strcmp(line, "preserve\n") == 0;

		since = nanos();
		if (!after) {
			preserve();
			since = figure("preserve", since);
		}
		bus_mastering(0);
		since = figure(after ? "quiesce" : "inside", since);
		if (after) {
			preserve();
			figure("preserve", since);
		}
		printf("done\n");
		fflush(stdout);
	}
	return 0;
}

/* The figure is WHO's, which stands where a session has its name. */
static int timed(char **command)
{
	uint64_t since = nanos();
	int status;
	pid_t child = fork();

	if (!child) {
		execvp(command[0], command);
		die(command[0]);
	}
	check(waitpid(child, &status, 0), "waitpid");
	figure_of(session_name, "exec-to-exit", since);
	return status != 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	char text[32];

	if (argc == 6 && !strcmp(what, "live")) {
		setup = argv[2];
		session_name = argv[3];
		copy = argv[5];
		return live(argv[4]);
	}
	if (argc > 4 && !strcmp(what, "time")) {
		setup = argv[2];
		session_name = argv[3];
		return timed(argv + 4);
	}
	if (argc > 2 && !strcmp(what, "exec")) {
		snprintf(text, sizeof(text), "%" PRIu64, nanos());
		setenv("HOLDFAST_EXEC_NANOS", text, 1);
		execvp(argv[2], argv + 2);
		die(argv[2]);
	}
	if (!strcmp(what, "clock")) {
		printf("%llu %" PRIu64 "\n", __rdtsc(), nanos());
		return 0;
	}
	return strcmp(what, "nothing") != 0;
}
