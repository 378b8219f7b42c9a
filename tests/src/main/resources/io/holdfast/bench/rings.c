/*
 * The loop of RingsBenchmark in C: the instructions that a driver spends on a command to an NVMe disk, which is played by
 * the same thread. For each line on its standard input it sends COMMANDS commands in batches of 32 and takes their
 * completions, and answers with the nanoseconds that took and how many it was told of.
 *
 * usage: rings COMMANDS
 */
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

#define ENTRIES 256
#define BATCH 32
#define PAGE 4096

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
	_Atomic uint16_t status;
};

static struct command *submissions;
static struct completion *completions;
static volatile uint32_t *doorbells;
static unsigned tail, head, told;
static int phase = 1, disk_phase = 1;
static unsigned disk;

static long long nanos(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static void send_one(unsigned place)
{
	submissions[tail] = (struct command){
		.opcode = 1 + (place & 1),
		.identifier = place,
		.namespace = 1,
		.prp1 = 0x10000000 + place * PAGE,
		.words = { place * 8, 0, 7 },
	};
	tail = (tail + 1) % ENTRIES;
	atomic_thread_fence(memory_order_release);
	doorbells[0] = tail;
}

/* The disk's part: completes the next of the commands. */
static void complete_one(void)
{
	struct completion *completion = &completions[disk];

	completion->identifier = submissions[disk].identifier;
	atomic_store_explicit(&completion->status, disk_phase, memory_order_release);
	if (++disk == ENTRIES) {
		disk = 0;
		disk_phase ^= 1;
	}
}

static void poll(void)
{
	unsigned before = told;

	while ((atomic_load_explicit(&completions[head].status, memory_order_acquire) & 1) == phase) {
		told += completions[head].identifier < BATCH;
		if (++head == ENTRIES) {
			head = 0;
			phase ^= 1;
		}
	}
	if (told != before)
		doorbells[1] = head;
}

int main(int argc, char **argv)
{
	long commands = argc > 1 ? strtol(argv[1], NULL, 0) : 0;
	char *memory = mmap(NULL, 16 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	char line[16];

	if (commands < 1 || memory == MAP_FAILED)
		return 2;
	submissions = (struct command *)memory;
	completions = (struct completion *)(memory + 8 * PAGE);
	doorbells = (volatile uint32_t *)(memory + 12 * PAGE);
	while (fgets(line, sizeof(line), stdin)) {
		long long start = nanos();

		told = 0;
		for (long sent = 0; sent < commands; sent += BATCH) {
			for (unsigned i = 0; i < BATCH; i++)
				send_one(i);
			for (unsigned i = 0; i < BATCH; i++)
				complete_one();
			poll();
		}
		printf("%lld %u\n", nanos() - start, told);
		fflush(stdout);
	}
	return 0;
}
