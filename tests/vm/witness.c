/*
 * An independent witness: restores what Holdfast preserved with nothing but the kernel's headers, and compares the
 * physical extents that the kernel reports, and those of the page map, with a plain table of Holdfast's manifest.
 *
 *   witness SESSION < TABLE      one line each, in this order, addresses in hex, everything else decimal:
 *     device BDF IOAS            IOAS is a small number of the table's own
 *     mapping IOAS NAME IOVA LENGTH TOKEN OFFSET READABLE WRITEABLE
 *     extent PA LENGTH           of the mapping above, in order
 *
 * Exits 0 when every mapping's extents agree one by one. The device is left without bus mastering.
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
#include <unistd.h>

#define MAX_IOASES 16
#define PAGE 4096
#define PAGE_PRESENT (UINT64_C(1) << 63)
#define PAGE_FRAME ((UINT64_C(1) << 55) - 1)

static int iommufd, session, pagemap;
static uint32_t ioases[MAX_IOASES];
static unsigned mappings, extents;

static void die(const char *what, const char *which)
{
	fprintf(stderr, "witness: %s %s: %s\n", what, which, strerrorname_np(errno));
	exit(1);
}

static void differ(const char *mapping, uint64_t iova, const char *what, uint64_t kernel, uint64_t manifest)
{
	fprintf(stderr, "witness: %s, IOVA 0x%" PRIx64 ": %s is 0x%" PRIx64 ", the manifest says 0x%" PRIx64 "\n",
		mapping, iova, what, kernel, manifest);
	exit(1);
}

static uint32_t ioas(unsigned number)
{
	if (number >= MAX_IOASES)
		die("too many IOASes", "in the table");
	if (!ioases[number]) {
		struct iommu_ioas_alloc alloc = { .size = sizeof(alloc) };

		if (ioctl(iommufd, IOMMU_IOAS_ALLOC, &alloc))
			die("IOAS_ALLOC", "");
		ioases[number] = alloc.out_ioas_id;
	}
	return ioases[number];
}

static void retrieve_session(const char *name)
{
	struct liveupdate_ioctl_retrieve_session retrieve = { .size = sizeof(retrieve) };
	int liveupdate = open("/dev/liveupdate", O_RDWR);

	if (liveupdate < 0)
		die("open", "/dev/liveupdate");
	strncpy((char *)retrieve.name, name, sizeof(retrieve.name) - 1);
	if (ioctl(liveupdate, LIVEUPDATE_IOCTL_RETRIEVE_SESSION, &retrieve))
		die("RETRIEVE_SESSION", name);
	close(liveupdate);
	session = retrieve.fd;
}

static int retrieve_file(uint64_t token)
{
	struct liveupdate_session_retrieve_fd retrieve = { .size = sizeof(retrieve), .token = token };

	if (ioctl(session, LIVEUPDATE_SESSION_RETRIEVE_FD, &retrieve))
		die("RETRIEVE_FD of a token", "");
	return retrieve.fd;
}

static void attach(const char *bdf, unsigned number)
{
	struct vfio_device_bind_iommufd bind = { .argsz = sizeof(bind), .iommufd = iommufd };
	struct vfio_device_attach_iommufd_pt attach = { .argsz = sizeof(attach), .pt_id = ioas(number) };
	char path[600];
	struct dirent *entry;
	DIR *folder;
	int cdev = -1;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/vfio-dev", bdf);
	folder = opendir(path);
	if (!folder)
		die("no vfio-dev folder of", bdf);
	while (cdev < 0 && (entry = readdir(folder))) {
		if (strncmp(entry->d_name, "noiommu-vfio", 12) != 0)
			continue;
		snprintf(path, sizeof(path), "/dev/vfio/devices/%s", entry->d_name);
		cdev = open(path, O_RDWR);
	}
	closedir(folder);
	if (cdev < 0 || ioctl(cdev, VFIO_DEVICE_BIND_IOMMUFD, &bind))
		die("BIND_IOMMUFD", bdf);
	if (ioctl(cdev, VFIO_DEVICE_ATTACH_IOMMUFD_PT, &attach))
		die("ATTACH_IOMMUFD_PT", bdf);
}

struct mapping {
	char name[128];
	unsigned ioas;
	uint64_t iova, length, offset, done;
	volatile unsigned char *memory;
};

/* Where the pages of the memory are by the process's own page table, which the iommufd has no part in. */
static void compare_pages(const struct mapping *mapping, uint64_t address, uint64_t length)
{
	for (uint64_t page = 0; page < length; page += PAGE) {
		volatile unsigned char *memory = mapping->memory + mapping->done + page;
		uint64_t entry;

		(void)*memory; /* a page is in the table once it was touched */
		if (pread(pagemap, &entry, sizeof(entry), (uintptr_t)memory / PAGE * sizeof(entry)) != sizeof(entry))
			die("read the page map of", mapping->name);
		if (!(entry & PAGE_PRESENT) || (entry & PAGE_FRAME) * PAGE != address + page)
			differ(mapping->name, mapping->iova + mapping->done + page, "its page by the page map",
			       (entry & PAGE_FRAME) * PAGE, address + page);
	}
}

static struct mapping map(const char *line)
{
	struct mapping mapping = { 0 };
	struct iommu_ioas_map_file map = { .size = sizeof(map), .flags = IOMMU_IOAS_MAP_FIXED_IOVA };
	uint64_t token;
	int readable, writeable, file;

	if (sscanf(line, "mapping %u %127s %" SCNx64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %d %d", &mapping.ioas,
		   mapping.name, &mapping.iova, &mapping.length, &token, &mapping.offset, &readable, &writeable) != 8)
		die("not a mapping:", line);
	file = retrieve_file(token);
	map.ioas_id = ioas(mapping.ioas);
	map.fd = file;
	map.start = mapping.offset;
	map.length = mapping.length;
	map.iova = mapping.iova;
	map.flags |= (readable ? IOMMU_IOAS_MAP_READABLE : 0) | (writeable ? IOMMU_IOAS_MAP_WRITEABLE : 0);
	if (ioctl(iommufd, IOMMU_IOAS_MAP_FILE, &map))
		die("MAP_FILE", mapping.name);
	mapping.memory = mmap(NULL, mapping.length, PROT_READ, MAP_SHARED, file, mapping.offset);
	if (mapping.memory == MAP_FAILED)
		die("mmap", mapping.name);
	close(file);
	mappings++;
	return mapping;
}

/* The next extent as the kernel reports it: GET_PA is asked on until the run ends, so that it cannot split it. */
static void compare_extent(struct mapping *mapping, uint64_t address, uint64_t length)
{
	uint64_t iova = mapping->iova + mapping->done, run = 0;

	while (mapping->done + run < mapping->length) {
		struct iommu_ioas_noiommu_get_pa get = { .size = sizeof(get), .ioas_id = ioases[mapping->ioas] };

		get.iova = iova + run;
		get.length = mapping->length - mapping->done - run;
		if (ioctl(iommufd, IOMMU_IOAS_NOIOMMU_GET_PA, &get))
			die("NOIOMMU_GET_PA", mapping->name);
		if (!run && get.out_phys != address)
			differ(mapping->name, iova, "its PA", get.out_phys, address);
		if (get.out_phys != address + run)
			break;
		run += get.length;
	}
	if (run != length)
		differ(mapping->name, iova, "its extent's length", run, length);
	compare_pages(mapping, address, length);
	mapping->done += length;
	extents++;
}

static void must_be_whole(const struct mapping *mapping)
{
	if (mapping->done != mapping->length)
		differ(mapping->name, mapping->iova, "its length", mapping->length, mapping->done);
}

int main(int count, char **arguments)
{
	struct mapping mapping = { 0 };
	uint64_t address, length;
	char line[512], bdf[32];
	unsigned number;

	if (count != 2) {
		fprintf(stderr, "usage: witness SESSION < TABLE\n");
		return 2;
	}
	iommufd = open("/dev/iommu", O_RDWR);
	pagemap = open("/proc/self/pagemap", O_RDONLY);
	if (iommufd < 0 || pagemap < 0)
		die("open", "/dev/iommu and /proc/self/pagemap");
	retrieve_session(arguments[1]);
	close(retrieve_file(0));
	while (fgets(line, sizeof(line), stdin)) {
		if (sscanf(line, "device %31s %u", bdf, &number) == 2) {
			attach(bdf, number);
		} else if (sscanf(line, "extent %" SCNx64 " %" SCNu64, &address, &length) == 2) {
			compare_extent(&mapping, address, length);
		} else {
			must_be_whole(&mapping);
			mapping = map(line);
		}
	}
	must_be_whole(&mapping);
	if (!extents)
		die("the table names no extent", "");
	printf("%u mappings, %u extents agree, with the page map too\n", mappings, extents);
	return 0;
}
