// `tracer FILE PROGRAM [ARGUMENT...]`: runs a program and all that it forks, and appends to FILE one line for each system
// call about files, memory or their requests, as it ends:
//
//   PID CALL ARGUMENTS... = RESULT [PATH] [before:HEX] [after:HEX] [more:HEX]
//
// Numbers are hexadecimal. What a pointer leads to is copied: a path; the struct of a request, before and after (its
// first word is its size), and of one with ranges the ranges after; what was read or written; and, of memory that is
// unmapped, the first page. `PID fork CHILD` and `PID exit` are lines too. Exits as the program does.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#define MOST_PROCESSES 4096
#define MOST_BYTES 4096
#define IOMMU_IOAS_IOVA_RANGES 0x3b84

struct call {
  pid_t pid;
  int inside;
  struct user_regs_struct entry;
  unsigned char before[MOST_BYTES];
  size_t before_bytes;
};

static struct call calls[MOST_PROCESSES];
static FILE *out;

static struct call *call_of(pid_t pid) {
  struct call *free_slot = NULL;
  for (int i = 0; i < MOST_PROCESSES; i++) {
    if (calls[i].pid == pid) return &calls[i];
    if (!calls[i].pid && !free_slot) free_slot = &calls[i];
  }
  if (!free_slot) {
    fprintf(stderr, "tracer: too many processes\n");
    exit(125);
  }
  memset(free_slot, 0, sizeof(*free_slot));
  free_slot->pid = pid;
  return free_slot;
}

// Copies what it can of a process's memory.
static size_t copy(pid_t pid, uint64_t address, size_t bytes, unsigned char *to) {
  if (bytes > MOST_BYTES) bytes = MOST_BYTES;
  char path[64];
  snprintf(path, sizeof(path), "/proc/%d/mem", pid);
  int memory = open(path, O_RDONLY | O_CLOEXEC);
  if (memory < 0) return 0;
  ssize_t copied = pread(memory, to, bytes, address);
  close(memory);
  return copied > 0 ? copied : 0;
}

static void print_hex(const char *what, const unsigned char *bytes, size_t count) {
  fprintf(out, " %s:", what);
  for (size_t i = 0; i < count; i++) fprintf(out, "%02x", bytes[i]);
}

// The struct of a request says how long it is in its first word.
static size_t copy_struct(pid_t pid, uint64_t address, unsigned char *to) {
  uint32_t bytes = 0;
  if (address < MOST_BYTES || copy(pid, address, sizeof(bytes), (unsigned char *)&bytes) < sizeof(bytes)) return 0;
  if (bytes < 4) bytes = 4;
  return copy(pid, address, bytes > 256 ? 256 : bytes, to);
}

static const char *name_of(long long number) {
  switch (number) {
    case SYS_open: return "open";
    case SYS_openat: return "openat";
    case SYS_close: return "close";
    case SYS_dup: return "dup";
    case SYS_dup2: return "dup2";
    case SYS_dup3: return "dup3";
    case SYS_fcntl: return "fcntl";
    case SYS_ioctl: return "ioctl";
    case SYS_memfd_create: return "memfd_create";
    case SYS_ftruncate: return "ftruncate";
    case SYS_mmap: return "mmap";
    case SYS_munmap: return "munmap";
    case SYS_read: return "read";
    case SYS_write: return "write";
    case SYS_pread64: return "pread";
    case SYS_pwrite64: return "pwrite";
    case SYS_lseek: return "lseek";
    case SYS_eventfd2: return "eventfd2";
    default: return NULL;
  }
}

static void enter(struct call *call) {
  struct user_regs_struct *at = &call->entry;
  ptrace(PTRACE_GETREGS, call->pid, NULL, at);
  call->before_bytes = 0;
  switch (at->orig_rax) {
    case SYS_ioctl: call->before_bytes = copy_struct(call->pid, at->rdx, call->before); break;
    case SYS_write:
    case SYS_pwrite64: call->before_bytes = copy(call->pid, at->rsi, at->rdx, call->before); break;
    case SYS_munmap: call->before_bytes = copy(call->pid, at->rdi, at->rsi, call->before); break;
    case SYS_memfd_create:
    case SYS_open: call->before_bytes = copy(call->pid, at->rdi, 256, call->before); break;
    case SYS_openat: call->before_bytes = copy(call->pid, at->rsi, 256, call->before); break;
  }
}

static void leave(struct call *call) {
  struct user_regs_struct *in = &call->entry, now;
  const char *name = name_of(in->orig_rax);
  if (!name) return;
  ptrace(PTRACE_GETREGS, call->pid, NULL, &now);
  long long result = now.rax;
  unsigned char after[MOST_BYTES];
  fprintf(out, "%d %s %llx %llx %llx %llx %llx %llx = %llx", call->pid, name, in->rdi, in->rsi, in->rdx, in->r10,
          in->r8, in->r9, result);
  switch (in->orig_rax) {
    case SYS_open:
    case SYS_openat:
    case SYS_memfd_create: {
      size_t length = strnlen((char *)call->before, call->before_bytes);
      print_hex("path", call->before, length);
      break;
    }
    case SYS_write:
    case SYS_pwrite64:
    case SYS_munmap: print_hex("before", call->before, call->before_bytes); break;
    case SYS_read:
    case SYS_pread64:
      if (result > 0) print_hex("after", after, copy(call->pid, in->rsi, result, after));
      break;
    case SYS_ioctl:
      if (call->before_bytes) {
        print_hex("before", call->before, call->before_bytes);
        print_hex("after", after, copy(call->pid, in->rdx, call->before_bytes, after));
        if (in->rsi == IOMMU_IOAS_IOVA_RANGES && call->before_bytes >= 32) {
          uint32_t room;
          uint64_t ranges;
          memcpy(&room, call->before + 8, sizeof(room));
          memcpy(&ranges, call->before + 16, sizeof(ranges));
          if (room) print_hex("more", after, copy(call->pid, ranges, (size_t)room * 16, after));
        }
      }
      break;
  }
  fprintf(out, "\n");
  fflush(out);
}

int main(int count, char **arguments) {
  if (count < 3 || !(out = fopen(arguments[1], "a"))) {
    fprintf(stderr, "usage: tracer FILE PROGRAM [ARGUMENT...]\n");
    return 125;
  }
  pid_t first = fork();
  if (!first) {
    ptrace(PTRACE_TRACEME, 0, NULL, NULL);
    raise(SIGSTOP);
    execv(arguments[2], arguments + 2);
    perror(arguments[2]);
    _exit(125);
  }
  int status = 0;
  waitpid(first, &status, 0);
  ptrace(PTRACE_SETOPTIONS, first, NULL,
         PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |
             PTRACE_O_TRACEEXIT);
  ptrace(PTRACE_SYSCALL, first, NULL, NULL);
  for (pid_t pid; (pid = waitpid(-1, &status, __WALL)) > 0;) {
    if (WIFEXITED(status) || WIFSIGNALED(status)) {
      if (pid == first) {
        // What it leaves behind, a process that holds sessions, goes on untraced when this one is gone.
        for (int i = 0; i < MOST_PROCESSES; i++) {
          if (calls[i].pid) kill(calls[i].pid, SIGCONT);
        }
        return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
      }
      continue;
    }
    int signal = WSTOPSIG(status), deliver = 0;
    struct call *call = call_of(pid);
    if (signal == (SIGTRAP | 0x80)) {
      call->inside = !call->inside;
      if (call->inside) enter(call);
      else leave(call);
    } else if (status >> 16 == PTRACE_EVENT_EXIT) {
      // Let go before it has ended: who waits for it is to find it at once.
      fprintf(out, "%d exit\n", pid);
      fflush(out);
      call->pid = 0;
      ptrace(PTRACE_DETACH, pid, NULL, NULL);
      continue;
    } else if (status >> 16) {
      unsigned long child;
      ptrace(PTRACE_GETEVENTMSG, pid, NULL, &child);
      fprintf(out, "%d fork %lu\n", pid, child);
      fflush(out);
    } else if (signal != SIGSTOP && signal != SIGTRAP) {
      deliver = signal;
    }
    ptrace(PTRACE_SYSCALL, pid, NULL, (void *)(long)deliver);
  }
  return 125;
}
