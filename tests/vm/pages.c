/*
 * A witness: where in physical memory the memfds are that a process has mapped, by the kernel's page map. It knows nothing
 * of Holdfast, and neither asks the process nor its iommufd.
 *
 *   pages PID      one line for each extent: physical address, bytes, size of its memfd, offset in it; sorted
 *
 * Needs root. Pages that are nowhere come into being by this, as they would when the process touched them.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAGE 4096
#define PAGE_PRESENT (UINT64_C(1) << 63)
#define PAGE_FRAME ((UINT64_C(1) << 55) - 1)
#define MAX_FILES 4096

struct extent {
	uint64_t address, length, size, offset;
};

static struct extent *extents;
static size_t count, room;
static ino_t seen[MAX_FILES];
static unsigned files;

static void die(const char *what, const char *which)
{
	fprintf(stderr, "pages: %s %s: %s\n", what, which, strerrorname_np(errno));
	exit(1);
}

static int compare(const void *one, const void *other)
{
	const struct extent *a = one, *b = other;

	return a->address < b->address ? -1 : a->address > b->address;
}

static void add(uint64_t address, uint64_t size, uint64_t offset)
{
	struct extent *last = count ? &extents[count - 1] : NULL;

	if (last && last->address + last->length == address && last->offset + last->length == offset) {
		last->length += PAGE;
		return;
	}
	if (count == room) {
		room = room ? room * 2 : 1024;
		extents = realloc(extents, room * sizeof(*extents));
		if (!extents)
			die("out of memory for", "extents");
	}
	extents[count++] = (struct extent){ address, PAGE, size, offset };
}

/* A memfd that came over a kexec has lost its name. */
static int is_memfd(const char *link)
{
	return !strncmp(link, "/memfd:", 7) || !strcmp(link, "/ (deleted)");
}

static int first_time(ino_t inode)
{
	for (unsigned i = 0; i < files; i++)
		if (seen[i] == inode)
			return 0;
	if (files == MAX_FILES)
		die("too many", "memfds");
	seen[files++] = inode;
	return 1;
}

static void locate(int pagemap, const char *path)
{
	int file = open(path, O_RDONLY | O_CLOEXEC);
	volatile unsigned char *memory;
	struct stat status;

	if (file < 0 || fstat(file, &status))
		die("open", path);
	if (!first_time(status.st_ino) || !status.st_size) {
		close(file);
		return;
	}
	memory = mmap(NULL, status.st_size, PROT_READ, MAP_SHARED, file, 0);
	close(file);
	if (memory == MAP_FAILED)
		die("mmap", path);
	for (off_t offset = 0; offset < status.st_size; offset += PAGE) {
		uint64_t entry;

		(void)memory[offset];
		if (pread(pagemap, &entry, sizeof(entry), (uintptr_t)(memory + offset) / PAGE * sizeof(entry)) != sizeof(entry) ||
		    !(entry & PAGE_PRESENT) || !(entry & PAGE_FRAME))
			die("no frame for", path);
		add((entry & PAGE_FRAME) * PAGE, status.st_size, offset);
	}
	munmap((void *)memory, status.st_size);
}

int main(int arguments, char **argument)
{
	int pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	char path[300], link[300];
	struct dirent *entry;
	DIR *directory;

	if (arguments != 2) {
		fprintf(stderr, "usage: pages PID\n");
		return 2;
	}
	snprintf(path, sizeof(path), "/proc/%s/map_files", argument[1]);
	directory = opendir(path);
	if (pagemap < 0 || !directory)
		die("open", path);
	while ((entry = readdir(directory))) {
		ssize_t length;

		snprintf(path, sizeof(path), "/proc/%s/map_files/%.64s", argument[1], entry->d_name);
		length = readlink(path, link, sizeof(link) - 1);
		if (length < 0)
			continue;
		link[length] = 0;
		if (is_memfd(link))
			locate(pagemap, path);
	}
	closedir(directory);
	if (!count)
		die("no memfd is mapped by process", argument[1]);
	qsort(extents, count, sizeof(*extents), compare);
	for (size_t i = 0; i < count; i++)
		printf("%" PRIx64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", extents[i].address, extents[i].length,
		       extents[i].size, extents[i].offset);
	return 0;
}
