// What a live update meets on a bad day, for guest/hardships: `hold SESSION BYTES...` preserves memfds under tokens 1, 2...
// and keeps them until it is killed; the others tell what the kernel answers, and exit 0 when it is what the simulated
// kernel answers too (LifetimesTest.java).
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/iommufd.h>
#include <linux/liveupdate.h>
#include <linux/memfd.h>
#include <linux/vfio.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static int check(int answer, const char *what) {
  if (answer < 0) {
    printf("%s: %s\n", what, strerror(errno));
    exit(1);
  }
  return answer;
}

static int create_session(const char *name) {
  int device = check(open("/dev/liveupdate", O_RDWR), "/dev/liveupdate");
  struct liveupdate_ioctl_create_session create = {.size = sizeof(create)};
  strncpy((char *)create.name, name, sizeof(create.name) - 1);
  check(ioctl(device, LIVEUPDATE_IOCTL_CREATE_SESSION, &create), "create session");
  close(device);
  return create.fd;
}

static int retrieve_session(const char *name) {
  int device = check(open("/dev/liveupdate", O_RDWR), "/dev/liveupdate");
  struct liveupdate_ioctl_retrieve_session retrieve = {.size = sizeof(retrieve)};
  strncpy((char *)retrieve.name, name, sizeof(retrieve.name) - 1);
  int answer = ioctl(device, LIVEUPDATE_IOCTL_RETRIEVE_SESSION, &retrieve) ? -errno : retrieve.fd;
  close(device);
  return answer;
}

static int retrieve(int session, uint64_t token) {
  struct liveupdate_session_retrieve_fd request = {.size = sizeof(request), .token = token};
  return ioctl(session, LIVEUPDATE_SESSION_RETRIEVE_FD, &request) ? -errno : request.fd;
}

static int preserve(int session, int file, uint64_t token) {
  struct liveupdate_session_preserve_fd request = {.size = sizeof(request), .fd = file, .token = token};
  return ioctl(session, LIVEUPDATE_SESSION_PRESERVE_FD, &request) ? -errno : 0;
}

static uint64_t first_number(int file) {
  uint64_t number = 0;
  return pread(file, &number, sizeof(number), 0) == sizeof(number) ? number : 0;
}

static int hold(int count, char **arguments) {
  int session = create_session(arguments[0]);
  for (int i = 1; i < count; i++) {
    size_t bytes = strtoull(arguments[i], NULL, 0);
    int file = check(memfd_create("hardship", MFD_EXEC), "memfd_create");
    check(ftruncate(file, bytes), "ftruncate");
    uint64_t *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    for (size_t at = 0; at < bytes / 8; at += 512) memory[at] = 1000 * i + at / 512;
    munmap(memory, bytes);
    errno = -preserve(session, file, i);
    check(-errno, "preserve");
    close(file);
  }
  prctl(PR_SET_NAME, "held");
  for (;;) pause();
  return 0;
}

// The retriever's memory cgroup is too small for token 1: it is killed, and the file is lost for good. Token 2 is not.
static int small_cgroup(char **arguments) {
  int session = check(retrieve_session(arguments[0]), "retrieve session");
  pid_t child = fork();
  if (!child) {
    int group = check(open(arguments[1], O_WRONLY), arguments[1]);
    check(write(group, "0", 1), "join the cgroup");
    _exit(retrieve(session, 1) < 0 ? 3 : 4);
  }
  int status;
  waitpid(child, &status, 0);
  int again = retrieve(session, 1), other = retrieve(session, 2);
  struct liveupdate_session_finish finish = {.size = sizeof(finish)};
  int finished = ioctl(session, LIVEUPDATE_SESSION_FINISH, &finish);
  printf("retriever %s %d, again %s, other %s %lu, finish %d\n", WIFSIGNALED(status) ? "killed by" : "ended with",
         WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status), again < 0 ? strerrorname_np(-again) : "ok",
         other < 0 ? strerrorname_np(-other) : "holds", other < 0 ? 0 : first_number(other), finished);
  return !(WIFSIGNALED(status) && again == -ENOMEM && other >= 0 && first_number(other) == 2000 && !finished);
}

// In which frames the pages of mapped memory are.
static void look_up(const uint64_t *memory, int pages, uint64_t *frames) {
  int map = check(open("/proc/self/pagemap", O_RDONLY), "/proc/self/pagemap");
  for (int i = 0; i < pages; i++) {
    (void)*(const volatile uint64_t *)(memory + 512L * i);
    uint64_t entry = 0;
    if (pread(map, &entry, 8, ((uintptr_t)memory / 4096 + i) * 8) != 8 || !(entry >> 63)) exit(1);
    frames[i] = entry & ((1ULL << 55) - 1);
  }
  close(map);
}

static int different(const uint64_t *a, const uint64_t *b, int count) {
  int others = 0;
  for (int i = 0; i < count; i++) others += a[i] != b[i];
  return others;
}

static long swap_used(void) {
  FILE *file = fopen("/proc/meminfo", "r");
  char line[256];
  long kilobytes, total = 0, unused = 0;
  while (fgets(line, sizeof(line), file)) {
    if (sscanf(line, "SwapTotal: %ld", &kilobytes) == 1) total = kilobytes;
    if (sscanf(line, "SwapFree: %ld", &kilobytes) == 1) unused = kilobytes;
  }
  fclose(file);
  return total - unused;
}

// Takes a cgroup's pages away, until they are in swap and no longer cached.
static void swap_out(void *memory, size_t bytes, const char *cgroup) {
  char command[256];
  snprintf(command, sizeof(command), "for i in 1 2 3 4 5; do echo 64M >%s/memory.reclaim; sleep 0.2; done 2>&-", cgroup);
  check(madvise(memory, bytes, MADV_PAGEOUT), "madvise");
  (void)!system(command); // It fails once there is no more to be had.
}

// `moved SESSION CGROUP`: what is retrieved and not pinned may be moved and swapped, and keeps its bytes but not its place.
static int moved(char **arguments) {
  char processes[256];
  snprintf(processes, sizeof(processes), "%s/cgroup.procs", arguments[1]);
  int group = check(open(processes, O_WRONLY), processes);
  check(write(group, "0", 1), "join the cgroup");
  int session = check(retrieve_session(arguments[0]), "retrieve session");
  int file = check(retrieve(session, 1), "retrieve");
  off_t bytes = lseek(file, 0, SEEK_END);
  int pages = bytes / 4096;
  uint64_t *memory = mmap(NULL, bytes, PROT_READ, MAP_SHARED, file, 0);
  uint64_t *at_first = calloc(pages, 8), *compacted = calloc(pages, 8), *swapped = calloc(pages, 8);
  look_up(memory, pages, at_first);
  if (system("echo 1 >/proc/sys/vm/compact_memory") != 0) return 1;
  look_up(memory, pages, compacted);
  swap_out(memory, bytes, arguments[1]);
  long kilobytes = swap_used();
  // Somebody else has the frames that are free now, so that none comes back by chance.
  void *taken = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
  look_up(memory, pages, swapped);
  munmap(taken, bytes);
  int wrong = 0, others = different(compacted, swapped, pages);
  for (int i = 0; i < pages; i++) wrong += memory[512L * i] != (uint64_t)(1000 + i);
  printf("%d pages: %d in another frame after compaction, %d after %ld kB were swapped, %d with other bytes\n", pages,
         different(at_first, compacted, pages), others, kilobytes, wrong);
  return wrong || !others || !kilobytes;
}

// Takes memory and gives it back, until it is killed; writes to `held` once all is taken.
static void take_and_give(size_t bytes, int held) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  for (int round = 0;; round++) {
    char *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    // Every other page first, and given back in pieces.
    for (int odd = 0; odd < 2; odd++)
      for (size_t at = 4096 * odd; at < bytes; at += 8192) memory[at] = 1;
    if (round == 0) check(write(held, "h", 1), "held");
    for (size_t at = 0; at < bytes; at += 8192) madvise(memory + at, 4096, MADV_DONTNEED);
    munmap(memory, bytes);
  }
}

// `churn BYTES`: has memory taken and given back, and compacted, until it is killed. Named held once all is taken. What the
// kernel kills, since nobody else has as much, is begun again with a sixteenth less.
static int churn(char **arguments) {
  size_t bytes = strtoull(arguments[0], NULL, 0);
  if (!fork()) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    int compact = check(open("/proc/sys/vm/compact_memory", O_WRONLY), "compact_memory");
    for (;;) check(pwrite(compact, "1", 1, 0), "compact");
  }
  for (;; bytes -= bytes / 16) {
    int held[2], status = 0;
    char told;
    check(pipe(held), "pipe");
    pid_t taker = check(fork(), "fork");
    if (!taker) take_and_give(bytes, held[1]);
    close(held[1]);
    if (read(held[0], &told, 1) == 1) prctl(PR_SET_NAME, "held");
    close(held[0]);
    check(waitpid(taker, &status, 0), "waitpid");
    if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL) return 1;
    printf("churn: killed with %zu MiB\n", bytes >> 20);
    fflush(stdout);
  }
}

// `shred BYTES`: leaves so much of free memory in single pages, every other one its own, until it is killed. Named held
// once that is done.
static int shred(char **arguments) {
  size_t bytes = strtoull(arguments[0], NULL, 0);
  int file = check(memfd_create("shred", 0), "memfd_create");
  check(ftruncate(file, 2 * bytes), "ftruncate");
  char *memory = mmap(NULL, 2 * bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  for (size_t at = 0; at < 2 * bytes; at += 4096) memory[at] = 1;
  for (size_t at = 0; at < 2 * bytes; at += 8192)
    check(fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, at, 4096), "fallocate");
  prctl(PR_SET_NAME, "held");
  pause();
  return 0;
}

static int bind_device(int device, int iommufd) {
  struct vfio_device_bind_iommufd bind = {.argsz = sizeof(bind), .iommufd = iommufd};
  return ioctl(device, VFIO_DEVICE_BIND_IOMMUFD, &bind) ? -errno : 0;
}

// `container CDEV GROUP BDF`: a driver of the old way has the device, by a container; nobody can bind it the new way.
static int container(char **arguments) {
  int device = check(open(arguments[0], O_RDWR), arguments[0]);
  int iommufd = check(open("/dev/iommu", O_RDWR), "/dev/iommu");
  int box = check(open("/dev/vfio/vfio", O_RDWR), "/dev/vfio/vfio");
  int group = check(open(arguments[1], O_RDWR), arguments[1]);
  check(ioctl(group, VFIO_GROUP_SET_CONTAINER, &box), "VFIO_GROUP_SET_CONTAINER");
  check(ioctl(box, VFIO_SET_IOMMU, VFIO_NOIOMMU_IOMMU), "VFIO_SET_IOMMU");
  int old = check(ioctl(group, VFIO_GROUP_GET_DEVICE_FD, arguments[2]), "VFIO_GROUP_GET_DEVICE_FD");
  int used = bind_device(device, iommufd);
  close(old);
  close(group);
  close(box);
  int unused = bind_device(device, iommufd);
  printf("bound while a container has it: %s, afterwards: %s\n", used ? strerrorname_np(-used) : "ok",
         unused ? strerrorname_np(-unused) : "ok");
  return used != -EBUSY || unused;
}

// `cycle CDEV`: maps a device's own node into its IOAS, and ends; the kernel holds the device from then on.
static int cycle(char **arguments) {
  int device = check(open(arguments[0], O_RDWR), arguments[0]);
  int iommufd = check(open("/dev/iommu", O_RDWR), "/dev/iommu");
  errno = -bind_device(device, iommufd);
  check(-errno, "bind");
  struct iommu_ioas_alloc ioas = {.size = sizeof(ioas)};
  check(ioctl(iommufd, IOMMU_IOAS_ALLOC, &ioas), "IOMMU_IOAS_ALLOC");
  struct iommu_ioas_map_file map = {.size = sizeof(map),
                                    .flags = IOMMU_IOAS_MAP_FIXED_IOVA | IOMMU_IOAS_MAP_READABLE,
                                    .ioas_id = ioas.out_ioas_id,
                                    .fd = device,
                                    .length = 4096,
                                    .iova = 0x10000};
  check(ioctl(iommufd, IOMMU_IOAS_MAP_FILE, &map), "IOMMU_IOAS_MAP_FILE");
  return 0;
}

// `bound CDEV`: binds a device and keeps it until it is killed.
static int bound(char **arguments) {
  int device = check(open(arguments[0], O_RDWR), arguments[0]);
  errno = -bind_device(device, check(open("/dev/iommu", O_RDWR), "/dev/iommu"));
  check(-errno, "bind");
  prctl(PR_SET_NAME, "held");
  for (;;) pause();
  return 0;
}

static int lost(char **arguments) {
  int session = retrieve_session(arguments[0]);
  printf("session %s\n", session < 0 ? strerrorname_np(-session) : "is there");
  return session != -ENOENT;
}

// Preserving fills a sparse file, more than the memory cgroup has room for.
static int full_memory(char **arguments) {
  pid_t child = fork();
  if (!child) {
    int group = check(open(arguments[1], O_WRONLY), arguments[1]);
    check(write(group, "0", 1), "join the cgroup");
    int session = create_session(arguments[0]);
    int file = check(memfd_create("hardship", MFD_EXEC), "memfd_create");
    check(ftruncate(file, 256 << 20), "ftruncate");
    _exit(-preserve(session, file, 1));
  }
  int status;
  waitpid(child, &status, 0);
  if (WIFSIGNALED(status)) printf("killed by %d\n", WTERMSIG(status));
  else printf("%s\n", WEXITSTATUS(status) ? strerrorname_np(WEXITSTATUS(status)) : "ok");
  return 0;
}

int main(int count, char **arguments) {
  const char *scene = count > 2 ? arguments[1] : "";
  if (!strcmp(scene, "hold")) return hold(count - 2, arguments + 2);
  if (!strcmp(scene, "small-cgroup") && count == 4) return small_cgroup(arguments + 2);
  if (!strcmp(scene, "moved") && count == 4) return moved(arguments + 2);
  if (!strcmp(scene, "lost")) return lost(arguments + 2);
  if (!strcmp(scene, "full-memory") && count == 4) return full_memory(arguments + 2);
  if (!strcmp(scene, "churn")) return churn(arguments + 2);
  if (!strcmp(scene, "shred")) return shred(arguments + 2);
  if (!strcmp(scene, "container") && count == 5) return container(arguments + 2);
  if (!strcmp(scene, "cycle")) return cycle(arguments + 2);
  if (!strcmp(scene, "bound")) return bound(arguments + 2);
  fprintf(stderr, "usage: hardships hold SESSION BYTES... | small-cgroup SESSION PROCS | moved SESSION CGROUP | lost SESSION |"
                  " full-memory SESSION PROCS | churn BYTES | shred BYTES | container CDEV GROUP BDF | bound CDEV | cycle CDEV\n");
  return 2;
}
