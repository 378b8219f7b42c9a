/*
 * An unprivileged service with a device, whose iommufd, device and memfd are kept by systemd's descriptor store while it is
 * dead, and whose memfd goes over a kexec in the session that LUOSession=session gives it; see the job `store`.
 *
 *   kept BDF       of QEMU's edu device, bound to vfio-pci
 *
 * The memory itself says what was: where each of its extents lay, how often its service died, how often it came over a
 * kexec.
 */
#define _GNU_SOURCE
#include "service.h"

#include <dirent.h>
#include <linux/iommufd.h>
#include <linux/vfio.h>

#define LENGTH (4 << 20)
#define IOVA (UINT64_C(1) << 32)
#define PAGE 4096
#define COMMAND 4 /* the command register in the configuration space, and its bits */
#define COMMAND_MEMORY 2
#define COMMAND_MASTER 4

/* The edu device's registers, and its own buffer. */
#define DMA_SOURCE 0x80
#define DMA_DESTINATION 0x88
#define DMA_COUNT 0x90
#define DMA_COMMAND 0x98
#define DMA_START 1
#define DMA_TO_MEMORY 2
#define DMA_BUFFER 0x40000
#define DMA_BYTES 512

struct memory {
	uint64_t extents, addresses; /* how many, and a hash over them */
	unsigned resumes, kexecs;
};

static int iommufd = -1, device = -1, file = -1, session = -1;
static uint32_t ioas;
static struct memory *memory;
static unsigned char *bytes;

static void find_passed(void)
{
	const char *names = getenv("LISTEN_FDNAMES") ?: "";
	const char *name = strstr(names, "iommufd-");

	session = passed("session");
	device = passed("device");
	file = passed("memory");
	if (name && sscanf(name, "iommufd-%u", &ioas) == 1) {
		char exact[32];

		snprintf(exact, sizeof(exact), "iommufd-%u", ioas);
		iommufd = passed(exact);
	}
}

static void open_device(const char *bdf)
{
	char path[600];
	struct dirent *entry;
	DIR *directory;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/vfio-dev", bdf);
	directory = opendir(path);
	if (!directory)
		die(path);
	while (device < 0 && (entry = readdir(directory))) {
		if (strncmp(entry->d_name, "noiommu-vfio", 12) != 0)
			continue;
		snprintf(path, sizeof(path), "/dev/vfio/devices/%s", entry->d_name);
		device = open(path, O_RDWR | O_CLOEXEC);
	}
	closedir(directory);
	iommufd = open("/dev/iommu", O_RDWR | O_CLOEXEC);
	if (device < 0 || iommufd < 0)
		die("open the device and /dev/iommu");
}

static int bind_device(void)
{
	struct vfio_device_bind_iommufd bind = { .argsz = sizeof(bind), .iommufd = iommufd };

	return ioctl(device, VFIO_DEVICE_BIND_IOMMUFD, &bind) ? errno : 0;
}

static void attach_and_map(void)
{
	struct iommu_ioas_alloc alloc = { .size = sizeof(alloc) };
	struct vfio_device_attach_iommufd_pt attach = { .argsz = sizeof(attach) };
	struct iommu_ioas_map_file map = {
		.size = sizeof(map),
		.flags = IOMMU_IOAS_MAP_FIXED_IOVA | IOMMU_IOAS_MAP_READABLE | IOMMU_IOAS_MAP_WRITEABLE,
		.fd = file,
		.length = LENGTH,
		.iova = IOVA,
	};

	errno = bind_device();
	if (errno)
		die("BIND_IOMMUFD");
	if (ioctl(iommufd, IOMMU_IOAS_ALLOC, &alloc))
		die("IOAS_ALLOC");
	ioas = alloc.out_ioas_id;
	attach.pt_id = ioas;
	map.ioas_id = ioas;
	if (ioctl(device, VFIO_DEVICE_ATTACH_IOMMUFD_PT, &attach) || ioctl(iommufd, IOMMU_IOAS_MAP_FILE, &map))
		die("attach and map");
}

static void map_memory(void)
{
	bytes = mmap(NULL, LENGTH, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	if (bytes == MAP_FAILED)
		die("mmap the memory");
	memory = (struct memory *)bytes;
}

static uint64_t address_of(uint64_t offset, uint64_t *run)
{
	struct iommu_ioas_noiommu_get_pa get = { .size = sizeof(get), .ioas_id = ioas };

	get.iova = IOVA + offset;
	get.length = LENGTH - offset;
	if (ioctl(iommufd, IOMMU_IOAS_NOIOMMU_GET_PA, &get))
		die("NOIOMMU_GET_PA");
	*run = get.length;
	return get.out_phys;
}

/* Where the memory lies: the number of its extents, and a hash over the address of each page. */
static uint64_t hash_of_addresses(uint64_t *extents)
{
	uint64_t hash = UINT64_C(14695981039346656037), run;

	*extents = 0;
	for (uint64_t offset = 0; offset < LENGTH; offset += run, ++*extents) {
		uint64_t address = address_of(offset, &run);

		for (uint64_t page = 0; page < run; page += PAGE)
			hash = (hash ^ (address + page)) * UINT64_C(1099511628211);
	}
	return hash;
}

static struct vfio_region_info region(uint32_t index)
{
	struct vfio_region_info info = { .argsz = sizeof(info), .index = index };

	if (ioctl(device, VFIO_DEVICE_GET_REGION_INFO, &info))
		die("GET_REGION_INFO");
	return info;
}

static uint16_t command(void)
{
	uint16_t value;

	if (pread(device, &value, sizeof(value), region(VFIO_PCI_CONFIG_REGION_INDEX).offset + COMMAND) != sizeof(value))
		die("read the command register");
	return value;
}

static void master(void)
{
	uint16_t value = command() | COMMAND_MEMORY | COMMAND_MASTER;

	if (pwrite(device, &value, sizeof(value), region(VFIO_PCI_CONFIG_REGION_INDEX).offset + COMMAND) != sizeof(value))
		die("write the command register");
}

static void transfer(volatile unsigned char *registers, uint64_t from, uint64_t to, uint64_t how)
{
	*(volatile uint64_t *)(registers + DMA_SOURCE) = from;
	*(volatile uint64_t *)(registers + DMA_DESTINATION) = to;
	*(volatile uint64_t *)(registers + DMA_COUNT) = DMA_BYTES;
	*(volatile uint64_t *)(registers + DMA_COMMAND) = how | DMA_START;
	while (*(volatile uint64_t *)(registers + DMA_COMMAND) & DMA_START)
		usleep(1000);
}

/* Whether the device reaches memory, as it is: reads the first half of the last page and writes it to the second. */
static int device_copies(void)
{
	struct vfio_region_info info = region(VFIO_PCI_BAR0_REGION_INDEX);
	unsigned char *page = bytes + LENGTH - PAGE;
	volatile unsigned char *registers;
	uint64_t address, run;

	registers = mmap(NULL, info.size, PROT_READ | PROT_WRITE, MAP_SHARED, device, info.offset);
	if (registers == MAP_FAILED)
		die("mmap the registers");
	for (int i = 0; i < DMA_BYTES; i++)
		page[i] = (memory->resumes + 3 * memory->kexecs + 7 * i) ^ 0x5a;
	memset(page + PAGE / 2, 0, DMA_BYTES);
	address = address_of(LENGTH - PAGE, &run);
	transfer(registers, address, DMA_BUFFER, 0);
	transfer(registers, DMA_BUFFER, address + PAGE / 2, DMA_TO_MEMORY);
	munmap((void *)registers, info.size);
	return !memcmp(page, page + PAGE / 2, DMA_BYTES);
}

static void store_all(void)
{
	char name[32];

	snprintf(name, sizeof(name), "iommufd-%u", ioas);
	store(iommufd, name);
	store(device, "device");
	store(file, "memory");
}

static void first(const char *bdf)
{
	open_device(bdf);
	file = memfd("", LENGTH);
	map_memory();
	memset(bytes, 1, LENGTH);
	memset(memory, 0, sizeof(*memory));
	attach_and_map();
	master();
	memory->addresses = hash_of_addresses(&memory->extents);
	report("kept.first", device_copies(), "%ju extents, uid %d", (uintmax_t)memory->extents, getuid());
	store_all();
}

static void compare_addresses(const char *test)
{
	uint64_t extents, addresses = hash_of_addresses(&extents);

	report(test, extents == memory->extents && addresses == memory->addresses && extents,
	       "%ju extents, %ju before", (uintmax_t)extents, (uintmax_t)memory->extents);
}

/* The service died, nothing else: all is as it was, and nothing is done to make it so. */
static void resumed(void)
{
	char test[64];
	uint16_t was = command();
	int again;

	map_memory();
	memory->resumes++;
	snprintf(test, sizeof(test), "resumed-%u.pinned", memory->resumes);
	compare_addresses(test);
	again = bind_device();
	snprintf(test, sizeof(test), "resumed-%u.bound", memory->resumes);
	report(test, again == EINVAL, "BIND_IOMMUFD once more: %s", strerrorname_np(again));
	snprintf(test, sizeof(test), "resumed-%u.bus-master", memory->resumes);
	report(test, (was & COMMAND_MASTER) && device_copies(), "command register 0x%x, and the device copies", was);
}

/* A kexec left the memory only, and its service has gone on at the same addresses. */
static void restored(const char *bdf)
{
	char test[64];

	open_device(bdf);
	map_memory();
	memory->kexecs++;
	attach_and_map();
	snprintf(test, sizeof(test), "kexec-%u.kept.addresses", memory->kexecs);
	compare_addresses(test);
	finish(session);
	unstore("session");
	close(session);
	session = -1;
	master();
	snprintf(test, sizeof(test), "kexec-%u.kept.dma", memory->kexecs);
	report(test, device_copies(), "uid %d", getuid());
	store_all();
}

int main(int count, char **arguments)
{
	int came;

	if (count != 2)
		return 2;
	find_passed();
	came = session < 0 ? -EBADF : retrieve(session);
	if (came >= 0 && device < 0) {
		file = came;
		restored(arguments[1]);
	} else if (device >= 0 && iommufd >= 0 && file >= 0) {
		resumed();
	} else {
		first(arguments[1]);
	}
	if (session >= 0) {
		int error = preserve(session, file);

		/* EEXIST: by the process before this one, into the same session. */
		if (error && error != EEXIST)
			report("kept.preserve", 0, "PRESERVE_FD: %s", strerrorname_np(error));
	}
	report("kept.barrier", barrier(), "the store has everything");
	notify("READY=1", -1);
	for (;;)
		pause();
}
