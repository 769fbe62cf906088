/* A fast HTTP/1.1 service for measurements: one thread, epoll, loopback only.

   usage: server DELAY_US DROP_EVERY

   It prints its port, answers every POST or GET after a constant delay with some JSON,
   and keeps a record of its own: requests, connections, the time from the last byte of
   each request to the write of its answer, how often each id was seen, the bodies of
   the first ids. With DROP_EVERY n it reads each n-th request and closes the connection.

   GET /_stats    the record as JSON
   GET /_bodies   the bodies of the first ids, one a line
   GET /_reset    forgets the record

   An id is the number behind "id=" in the target. */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum {
  MAX_FDS = 16384,
  BUFFER = 32768,
  MAX_IDS = 1 << 21,
  KEPT_BODIES = 1000,
  MAX_BODY = 1024,
  MAX_TIMES = 1 << 22,
  QUEUE = 1 << 17
};

typedef struct {
  int length;
  unsigned generation;
  char bytes[BUFFER];
} Connection;

typedef struct {
  uint64_t due_ns, read_ns;
  int fd;
  unsigned generation;
  long id;
} Answer;

static Connection *connections[MAX_FDS];
static Answer queue[QUEUE];
static unsigned queue_head, queue_tail;
static uint64_t delay_ns, served, dropped, accepted, first_ns, last_ns;
static long drop_every;
static uint8_t seen[MAX_IDS];
static char bodies[KEPT_BODIES][MAX_BODY];
static uint32_t times_us[MAX_TIMES];
static int epoll, timer;

static uint64_t now_ns(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000ull + time.tv_nsec;
}

static void forget(int fd) {
  connections[fd]->generation++;
  close(fd);
}

static void send_all(int fd, const char *bytes, size_t length) {
  while (length > 0) {
    ssize_t sent = write(fd, bytes, length);
    if (sent < 0 && errno == EAGAIN) continue;
    if (sent <= 0) return;
    bytes += sent;
    length -= sent;
  }
}

static void send_body(int fd, const char *body, int length) {
  char head[256];
  int size = snprintf(head, sizeof head,
                      "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                      "Date: Tue, 06 Jan 2026 10:00:00 GMT\r\nServer: bench\r\n"
                      "Content-Length: %d\r\nConnection: keep-alive\r\n\r\n",
                      length);
  char small[2048];
  if (size + length < (int)sizeof small) { /* one write, one packet */
    memcpy(small, head, size);
    memcpy(small + size, body, length);
    send_all(fd, small, size + length);
  } else {
    send_all(fd, head, size);
    send_all(fd, body, length);
  }
}

static int compare(const void *left, const void *right) {
  uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
  return (a > b) - (a < b);
}

static void send_stats(int fd) {
  uint64_t kept = served < MAX_TIMES ? served : MAX_TIMES;
  qsort(times_us, kept, sizeof *times_us, compare);
  long distinct = 0, repeated = 0;
  for (long id = 0; id < MAX_IDS; id++) {
    distinct += seen[id] > 0;
    repeated += seen[id] > 1;
  }
  char body[512];
  int length = snprintf(
      body, sizeof body,
      "{\"requests\": %llu, \"dropped\": %llu, \"connections\": %llu, "
      "\"distinct_ids\": %ld, \"ids_seen_again\": %ld, \"span_s\": %.6f, "
      "\"p50_ms\": %.3f, \"p99_ms\": %.3f, \"max_ms\": %.3f}",
      (unsigned long long)(served + dropped), (unsigned long long)dropped,
      (unsigned long long)accepted, distinct, repeated, (last_ns - first_ns) / 1e9,
      kept ? times_us[kept / 2] / 1e3 : 0, kept ? times_us[kept * 99 / 100] / 1e3 : 0,
      kept ? times_us[kept - 1] / 1e3 : 0);
  send_body(fd, body, length);
}

static void send_bodies(int fd) {
  static char all[KEPT_BODIES * (MAX_BODY + 1)];
  int length = 0;
  for (int id = 0; id < KEPT_BODIES; id++)
    length += sprintf(all + length, "%s\n", bodies[id]);
  send_body(fd, all, length);
}

static void reset(void) {
  served = dropped = accepted = first_ns = last_ns = 0;
  memset(seen, 0, sizeof seen);
  memset(bodies, 0, sizeof bodies);
}

static void answer(int fd, long id, uint64_t read_ns) {
  static const char *segments[] = {"enterprise", "mid-market", "small", "public"};
  char body[512];
  unsigned number = (unsigned)id;
  int length = snprintf(
      body, sizeof body,
      "{\"status\": \"ok\", \"requestId\": \"0f8fad5b-d9cb-469f-a165-%012u\", "
      "\"result\": {\"score\": %u, \"segment\": \"%s\", \"employees\": %u, "
      "\"is_customer\": %s, \"revenue\": %u.50, \"tags\": [\"emea\", \"b2b\"], "
      "\"updated\": \"2026-01-06T10:11:12Z\"}, "
      "\"note\": \"nothing else to say about this one\"}",
      number, number % 101, segments[number % 4], number % 5000 + 1,
      number % 3 ? "true" : "false", number % 100000);
  send_body(fd, body, length);
  last_ns = now_ns();
  if (served < MAX_TIMES) times_us[served] = (last_ns - read_ns) / 1000;
  served++;
}

static void arm(uint64_t due_ns) {
  struct itimerspec spec = {{0, 0}, {due_ns / 1000000000, due_ns % 1000000000}};
  timerfd_settime(timer, TFD_TIMER_ABSTIME, &spec, NULL);
}

static void answer_due(void) {
  uint64_t now = now_ns();
  while (queue_head != queue_tail && queue[queue_head % QUEUE].due_ns <= now) {
    Answer *next = &queue[queue_head++ % QUEUE];
    if (connections[next->fd]->generation == next->generation)
      answer(next->fd, next->id, next->read_ns);
  }
  if (queue_head != queue_tail) arm(queue[queue_head % QUEUE].due_ns);
}

static long id_of(const char *target, const char *end) {
  const char *found = memmem(target, end - target, "id=", 3);
  return found ? atol(found + 3) : 0;
}

static void note(long id, const char *body, long length) {
  if (id < 0 || id >= MAX_IDS) return;
  if (seen[id] < 255) seen[id]++;
  if (id < KEPT_BODIES && length < MAX_BODY) {
    memcpy(bodies[id], body, length);
    bodies[id][length] = 0;
  }
}

/* Returns whether the connection is still there. */
static int take_request(int fd, const char *head, const char *body, long length) {
  uint64_t now = now_ns();
  const char *target = strchr(head, ' ') + 1;
  const char *end = strchr(target, ' ');
  if (!strncmp(target, "/_stats", 7)) return send_stats(fd), 1;
  if (!strncmp(target, "/_bodies", 8)) return send_bodies(fd), 1;
  if (!strncmp(target, "/_reset", 7)) return reset(), send_body(fd, "{}", 2), 1;
  long id = id_of(target, end);
  if (!first_ns) first_ns = now;
  note(id, body, length);
  if (drop_every && (served + dropped) % drop_every == (uint64_t)drop_every - 1) {
    dropped++;
    forget(fd);
    return 0;
  }
  if (!delay_ns) return answer(fd, id, now), 1;
  if (queue_head == queue_tail) arm(now + delay_ns);
  queue[queue_tail++ % QUEUE] =
      (Answer){now + delay_ns, now, fd, connections[fd]->generation, id};
  return 1;
}

static void read_from(int fd) {
  Connection *mine = connections[fd];
  ssize_t got = read(fd, mine->bytes + mine->length, BUFFER - 1 - mine->length);
  if (got < 0 && errno == EAGAIN) return;
  if (got <= 0) return forget(fd);
  mine->length += got;
  mine->bytes[mine->length] = 0;
  int used = 0;
  for (;;) {
    char *head = mine->bytes + used, *end = strstr(head, "\r\n\r\n");
    if (!end) break;
    *end = 0; /* so that the search ends with the head */
    char *field = strcasestr(head, "\ncontent-length:");
    long length = field ? atol(field + 16) : 0;
    long size = end + 4 - head + length;
    if (used + size > mine->length) {
      *end = '\r';
      break;
    }
    used += size;
    if (!take_request(fd, head, end + 4, length)) return;
  }
  memmove(mine->bytes, mine->bytes + used, mine->length - used);
  mine->length -= used;
}

static void accept_all(int listener) {
  int fd, on = 1;
  while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
    if (fd >= MAX_FDS) {
      close(fd);
      continue;
    }
    if (!connections[fd]) connections[fd] = calloc(1, sizeof(Connection));
    connections[fd]->length = 0;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    struct epoll_event event = {EPOLLIN, {.fd = fd}};
    epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
    accepted++;
  }
}

static int listen_on_loopback(void) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  struct sockaddr_in address = {.sin_family = AF_INET,
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof address;
  if (bind(fd, (struct sockaddr *)&address, size) || listen(fd, 4096)) exit(1);
  getsockname(fd, (struct sockaddr *)&address, &size);
  printf("%d\n", ntohs(address.sin_port));
  fflush(stdout);
  return fd;
}

int main(int count, char **words) {
  delay_ns = count > 1 ? strtoull(words[1], NULL, 10) * 1000 : 0;
  drop_every = count > 2 ? atol(words[2]) : 0;
  signal(SIGPIPE, SIG_IGN);
  epoll = epoll_create1(0);
  timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
  int listener = listen_on_loopback();
  struct epoll_event events[512];
  struct epoll_event listening = {EPOLLIN, {.fd = listener}};
  struct epoll_event timing = {EPOLLIN, {.fd = timer}};
  epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &listening);
  epoll_ctl(epoll, EPOLL_CTL_ADD, timer, &timing);
  for (;;) {
    int ready = epoll_wait(epoll, events, 512, -1);
    for (int at = 0; at < ready; at++) {
      int fd = events[at].data.fd;
      uint64_t rings;
      if (fd == listener) accept_all(listener);
      else if (fd != timer) read_from(fd);
      else if (read(timer, &rings, sizeof rings) < 0 && errno != EAGAIN) exit(1);
    }
    answer_due();
  }
}
