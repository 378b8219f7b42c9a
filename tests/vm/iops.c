/*
 * A driver for one NVMe disk over bare ioctls and mmap, of the same shape as the one in Java (drivers/): queues of 256
 * entries, polled, 32 commands in flight, each one's doorbell rung at once and the completions' after each look. It knows
 * nothing of Holdfast, and is what that is measured against; see guest/iops and NvmeIops.java, which do the same.
 *
 *   iops BDF COMMANDS RUNS   reads and writes 4 KiB at random places of namespace 1; prints the commands a second of
 *                            each run of so many
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/iommufd.h>
#include <linux/memfd.h>
#include <linux/mman.h>
#include <linux/vfio.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define PAGE 4096
#define HUGE (2 << 20)
#define ENTRIES 256
#define ADMIN_ENTRIES 32
#define IN_FLIGHT 32
#define CELLS 2048 /* of 4 KiB, that are used of the namespace */
#define IOVA (UINT64_C(1) << 32)

/* Where things are in the one huge page. */
#define ADMIN_SQ 0
#define ADMIN_CQ (1 * PAGE)
#define SQ (4 * PAGE)
#define CQ (8 * PAGE)
#define DATA (16 * PAGE)

#define CAP 0x00
#define CC 0x14
#define CSTS 0x1c
#define AQA 0x24
#define ASQ 0x28
#define ACQ 0x30
#define DOORBELLS 0x1000

struct command {
	uint8_t opcode, flags;
	uint16_t identifier;
	uint32_t namespace, reserved[4];
	uint64_t prp1, prp2;
	uint32_t words[6];
};

struct completion {
	uint32_t result, reserved;
	uint16_t head, queue, identifier;
	_Atomic uint16_t status; /* the phase in bit 0 */
};

struct queue {
	struct command *submissions;
	struct completion *completions;
	volatile uint32_t *tail_doorbell, *head_doorbell;
	unsigned entries, tail, head, phase;
};

static unsigned char *memory;
static volatile unsigned char *registers;
static uint64_t physical;

static void die(const char *what)
{
	fprintf(stderr, "iops: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int open_device(const char *bdf)
{
	char path[600];
	struct dirent *entry;
	DIR *directory;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/vfio-dev", bdf);
	directory = opendir(path);
	if (!directory)
		die(path);
	while ((entry = readdir(directory)))
		if (strncmp(entry->d_name, "noiommu-vfio", 12) == 0)
			break;
	if (!entry)
		die("no device node");
	snprintf(path, sizeof(path), "/dev/vfio/devices/%s", entry->d_name);
	closedir(directory);
	return open(path, O_RDWR | O_CLOEXEC);
}

/* One huge page of a memfd, mapped for the process and the device. */
static void map_memory(int iommufd, uint32_t ioas)
{
	struct iommu_ioas_map_file map = {
		.size = sizeof(map),
		.flags = IOMMU_IOAS_MAP_FIXED_IOVA | IOMMU_IOAS_MAP_READABLE | IOMMU_IOAS_MAP_WRITEABLE,
		.ioas_id = ioas,
		.length = HUGE,
		.iova = IOVA,
	};
	struct iommu_ioas_noiommu_get_pa get = { .size = sizeof(get), .ioas_id = ioas, .iova = IOVA, .length = HUGE };
	uintptr_t room;

	map.fd = memfd_create("iops", MFD_CLOEXEC | MFD_EXEC);
	if (map.fd < 0 || ftruncate(map.fd, HUGE))
		die("memfd");
	room = (uintptr_t)mmap(NULL, 2 * HUGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	memory = mmap((void *)((room + HUGE - 1) / HUGE * HUGE), HUGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, map.fd, 0);
	if (memory == MAP_FAILED)
		die("mmap");
	memory[0] = 0;
	if (madvise(memory, HUGE, MADV_COLLAPSE))
		die("MADV_COLLAPSE");
	if (ioctl(iommufd, IOMMU_IOAS_MAP_FILE, &map) || ioctl(iommufd, IOMMU_IOAS_NOIOMMU_GET_PA, &get))
		die("map");
	if (get.length != HUGE)
		die("the memory is in pieces");
	physical = get.out_phys;
}

static void open_all(const char *bdf)
{
	int iommufd = open("/dev/iommu", O_RDWR | O_CLOEXEC), device = open_device(bdf);
	struct vfio_device_bind_iommufd bind = { .argsz = sizeof(bind), .iommufd = iommufd };
	struct iommu_ioas_alloc alloc = { .size = sizeof(alloc) };
	struct vfio_device_attach_iommufd_pt attach = { .argsz = sizeof(attach) };
	struct vfio_region_info bar = { .argsz = sizeof(bar), .index = VFIO_PCI_BAR0_REGION_INDEX };
	struct vfio_region_info config = { .argsz = sizeof(config), .index = VFIO_PCI_CONFIG_REGION_INDEX };
	uint16_t command;

	if (iommufd < 0 || device < 0)
		die("open");
	if (ioctl(device, VFIO_DEVICE_BIND_IOMMUFD, &bind) || ioctl(iommufd, IOMMU_IOAS_ALLOC, &alloc))
		die("bind");
	attach.pt_id = alloc.out_ioas_id;
	if (ioctl(device, VFIO_DEVICE_ATTACH_IOMMUFD_PT, &attach))
		die("attach");
	map_memory(iommufd, alloc.out_ioas_id);
	if (ioctl(device, VFIO_DEVICE_GET_REGION_INFO, &bar) || ioctl(device, VFIO_DEVICE_GET_REGION_INFO, &config))
		die("region info");
	registers = mmap(NULL, bar.size, PROT_READ | PROT_WRITE, MAP_SHARED, device, bar.offset);
	if (registers == MAP_FAILED)
		die("map BAR 0");
	/* PCI_COMMAND: memory space and bus master */
	if (pread(device, &command, 2, config.offset + 4) != 2)
		die("read the command register");
	command |= 2 | 4;
	if (pwrite(device, &command, 2, config.offset + 4) != 2)
		die("write the command register");
}

static uint32_t get32(unsigned at)
{
	return *(volatile uint32_t *)(registers + at);
}

static void put32(unsigned at, uint32_t value)
{
	*(volatile uint32_t *)(registers + at) = value;
}

static void await_ready(uint32_t wanted)
{
	for (time_t end = time(NULL) + 30; (get32(CSTS) & 1) != wanted;)
		if (time(NULL) > end)
			die("the controller does not get ready");
}

static struct queue queue_at(unsigned id, unsigned entries, size_t submissions, size_t completions)
{
	unsigned stride = 4 << (get32(CAP + 4) & 0xf);

	return (struct queue){
		.submissions = (struct command *)(memory + submissions),
		.completions = (struct completion *)(memory + completions),
		.tail_doorbell = (volatile uint32_t *)(registers + DOORBELLS + 2 * id * stride),
		.head_doorbell = (volatile uint32_t *)(registers + DOORBELLS + (2 * id + 1) * stride),
		.entries = entries,
		.phase = 1,
	};
}

static void submit(struct queue *queue, const struct command *command)
{
	queue->submissions[queue->tail] = *command;
	queue->tail = (queue->tail + 1) % queue->entries;
	atomic_thread_fence(memory_order_release);
	*queue->tail_doorbell = queue->tail;
}

/* The next completion, or NULL; it is taken, and the doorbell is the caller's to ring. */
static struct completion *next(struct queue *queue)
{
	struct completion *completion = &queue->completions[queue->head];

	if ((atomic_load_explicit(&completion->status, memory_order_acquire) & 1) != queue->phase)
		return NULL;
	if (++queue->head == queue->entries) {
		queue->head = 0;
		queue->phase ^= 1;
	}
	return completion;
}

static void execute(struct queue *admin, struct command command)
{
	struct completion *completion;

	submit(admin, &command);
	while (!(completion = next(admin)))
		;
	*admin->head_doorbell = admin->head;
	if (completion->status >> 1) {
		fprintf(stderr, "iops: admin command 0x%x failed with 0x%x\n", command.opcode, completion->status >> 1);
		exit(1);
	}
}

static struct queue start(void)
{
	struct queue admin = queue_at(0, ADMIN_ENTRIES, ADMIN_SQ, ADMIN_CQ);

	put32(CC, 0);
	await_ready(0);
	put32(AQA, (ADMIN_ENTRIES - 1) << 16 | (ADMIN_ENTRIES - 1));
	*(volatile uint64_t *)(registers + ASQ) = physical + ADMIN_SQ;
	*(volatile uint64_t *)(registers + ACQ) = physical + ADMIN_CQ;
	put32(CC, 4 << 20 | 6 << 16 | 1);
	await_ready(1);
	execute(&admin, (struct command){ .opcode = 0x09, .words = { 7, 0 } });
	execute(&admin, (struct command){ .opcode = 0x05, .prp1 = physical + CQ, .words = { (ENTRIES - 1) << 16 | 1, 1 } });
	execute(&admin, (struct command){ .opcode = 0x01, .prp1 = physical + SQ, .words = { (ENTRIES - 1) << 16 | 1, 1 << 16 | 1 } });
	return queue_at(1, ENTRIES, SQ, CQ);
}

static uint64_t random_state = 88172645463325252u;

static uint64_t random64(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	return random_state ^= random_state << 17;
}

static void send_one(struct queue *queue, unsigned place)
{
	uint64_t dice = random64();
	struct command command = {
		.opcode = dice & 1 ? 0x01 : 0x02,
		.identifier = place,
		.namespace = 1,
		.prp1 = physical + DATA + place * PAGE,
		.words = { (dice >> 1) % CELLS * 8, 0, 7 },
	};

	submit(queue, &command);
}

static uint64_t nanos(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * UINT64_C(1000000000) + now.tv_nsec;
}

int main(int argc, char **argv)
{
	struct queue queue;

	if (argc != 4)
		return 2;
	open_all(argv[1]);
	queue = start();
	for (unsigned place = 0; place < IN_FLIGHT; place++)
		send_one(&queue, place);
	for (int run = atoi(argv[3]); run > 0; run--) {
		uint64_t began = nanos(), done = 0, commands = atoi(argv[2]);

		while (done < commands) {
			struct completion *completion;
			int seen = 0;

			while ((completion = next(&queue))) {
				if (completion->status >> 1)
					die("a command failed");
				seen++;
				send_one(&queue, completion->identifier);
			}
			if (seen) {
				*queue.head_doorbell = queue.head;
				done += seen;
			}
		}
		printf("%llu\n", (unsigned long long)(done * 1000000000 / (nanos() - began)));
		fflush(stdout);
	}
	put32(CC, 0);
	await_ready(0);
	return 0;
}
